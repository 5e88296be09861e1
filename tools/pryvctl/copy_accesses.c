/* copy_accesses.c - accesses, with their versions and deletions; webhooks; who is signed in. */
#include "copy_kinds.h"
#include <pryv/integrity.h>
#include <stdlib.h>

#define S struct pryv_access_row
static const struct member access_members[] = { TEXT(S, id, "id"),
                                                TEXT(S, head_id, "headId"),
                                                COUNT(S, serial, "serial"),
                                                TEXT(S, token, "token"),
                                                TEXT(S, type, "type"),
                                                TEXT(S, name, "name"),
                                                TEXT(S, device_name, "deviceName"),
                                                TEXT(S, permissions_json, "permissions"),
                                                TEXT(S, client_data_json, "clientData"),
                                                NUMBER(S, expires, "expires"),
                                                NUMBER(S, last_used, "lastUsed"),
                                                TEXT(S, calls_json, "calls"),
                                                TEXT(S, integrity, "integrity"),
                                                NUMBER(S, created, "created"),
                                                TEXT(S, created_by, "createdBy"),
                                                COUNT(S, created_by_serial, "createdBySerial"),
                                                NUMBER(S, modified, "modified"),
                                                TEXT(S, modified_by, "modifiedBy"),
                                                COUNT(S, modified_by_serial, "modifiedBySerial"),
                                                NUMBER(S, deleted, "deleted"),
                                                MEMBERS_END };
#undef S

ONE_LIST(more_accesses, struct pryv_access_row, accesses_all(reader->session, reader->page, &all, &count, err))

ONE_LIST(more_access_deletions, struct pryv_access_row, access_deletions(reader->session, reader->page, &all, &count, err))

/* The ids of live ones as names; they are few enough to be told at once. */
static enum pryv_rc list_accesses(struct reader *reader, struct pryv_err *err)
{
    struct pryv_access_row *all;
    enum pryv_rc rc;

    reader->names_page = pryv_arena_new();
    rc = reader->side->storage->accesses_all(reader->session, reader->names_page, &all, &reader->name_count, err);
    if (rc != PRYV_OK)
        return rc;
    if (reader->name_count)
        qsort(all, reader->name_count, sizeof(*all), order_ids);
    reader->names = pryv_new_array(reader->names_page, struct pryv_str, reader->name_count);
    for (size_t i = 0; i < reader->name_count; i++)
        reader->names[i] = all[i].id;
    reader->names_ended = true;
    return PRYV_OK;
}

static int more_access_versions(struct reader *reader, struct pryv_err *err)
{
    struct pryv_access_row *all;
    struct pryv_str head = PRYV_STR_NONE;
    size_t count;
    enum pryv_rc rc = reader->started ? PRYV_OK : list_accesses(reader, err);
    int more = rc == PRYV_OK ? reader_next_name(reader, NULL, &head, err) : (int) rc;

    if (more <= 0)
        return more;
    rc = reader->side->storage->access_versions(reader->session, reader->page, head, &all, &count, err);
    if (rc != PRYV_OK)
        return (int) rc;
    reader_set_list(reader, all, count); /* by serial */
    return 1;
}

static int by_head_and_serial(const void *a_, const void *b_)
{
    const struct pryv_access_row *a = a_, *b = b_;
    int order = order_texts(a->head_id, b->head_id);

    return order ? order : (a->serial > b->serial) - (a->serial < b->serial);
}

static struct pryv_str access_version_label(struct pryv_arena *mem, const void *row_)
{
    const struct pryv_access_row *row = row_;

    return pryv_format(mem, "%u of %.*s", row->serial, PRYV_STR_ARG(row->head_id));
}

static enum pryv_rc insert_access(const struct side *side, struct pryv_session *session, const void *row, struct pryv_err *err)
{
    return side->storage->access_insert(session, row, err);
}

/* The hash holds the alias that an access may have, which the API keeps as a value: a JSON text of letters that need no escapes. */
static enum pryv_rc access_hashes(const struct side *side, struct pryv_session *session, struct pryv_arena *mem, const void *row_,
                                  struct pryv_str *made, struct pryv_str *carried, struct pryv_err *err)
{
    const struct pryv_access_row *row = row_;
    struct pryv_str alias = PRYV_STR_NONE;
    enum pryv_rc rc =
        side->storage->value_get(session, mem, PRYV_STR("access-alias"), row->head_id.data ? row->head_id : row->id, &alias, err);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    if (alias.len > 2)
        alias = pryv_str_n(alias.data + 1, alias.len - 2);
    *carried = row->integrity;
    *made = row->integrity.data ? pryv_access_integrity(mem, row, alias) : PRYV_STR_NONE;
    return PRYV_OK;
}

const struct kind access_kind = { .name = "accesses",
                                  .size = sizeof(struct pryv_access_row),
                                  .members = access_members,
                                  .order = order_ids,
                                  .label = label_id,
                                  .more = more_accesses,
                                  .insert = insert_access,
                                  .integrity = access_hashes };

const struct kind access_version_kind = { .name = "access versions",
                                          .size = sizeof(struct pryv_access_row),
                                          .members = access_members,
                                          .order = by_head_and_serial,
                                          .label = access_version_label,
                                          .more = more_access_versions,
                                          .insert = insert_access,
                                          .integrity = access_hashes };

const struct kind access_deletion_kind = { .name = "access deletions",
                                           .size = sizeof(struct pryv_access_row),
                                           .members = access_members,
                                           .order = order_ids,
                                           .label = label_id,
                                           .more = more_access_deletions,
                                           .insert = insert_access,
                                           .integrity = access_hashes };

/* ---- Webhooks ---- */
#define S struct pryv_webhook_row
static const struct member webhook_members[] = { TEXT(S, id, "id"),
                                                 TEXT(S, access_id, "accessId"),
                                                 TEXT(S, url, "url"),
                                                 TEXT(S, state_json, "state"),
                                                 NUMBER(S, created, "created"),
                                                 NUMBER(S, modified, "modified"),
                                                 MEMBERS_END };
#undef S

ONE_LIST(more_webhooks, struct pryv_webhook_row, webhooks_all(reader->session, reader->page, &all, &count, err))

static enum pryv_rc insert_webhook(const struct side *side, struct pryv_session *session, const void *row, struct pryv_err *err)
{
    return side->storage->webhook_insert(session, row, err);
}

const struct kind webhook_kind = { .name = "webhooks",
                                   .size = sizeof(struct pryv_webhook_row),
                                   .members = webhook_members,
                                   .order = order_ids,
                                   .label = label_id,
                                   .more = more_webhooks,
                                   .insert = insert_webhook };

/* ---- Sessions ---- */
#define S struct pryv_session_row
static const struct member session_members[] = { TEXT(S, id, "id"), TEXT(S, username, "username"), TEXT(S, app_id, "appId"),
                                                 NUMBER(S, expires, "expires"), MEMBERS_END };
#undef S

ONE_LIST(more_sessions, struct pryv_session_row, sessions_all(reader->session, reader->page, &all, &count, err))

static enum pryv_rc insert_session(const struct side *side, struct pryv_session *session, const void *row, struct pryv_err *err)
{
    return side->storage->session_put(session, row, err);
}

/* The id is a token that lets in. */
static struct pryv_str session_label(struct pryv_arena *mem, const void *row_)
{
    const struct pryv_session_row *row = row_;

    return pryv_format(mem, "%.*s.. of %.*s", (int) (row->id.len < 4 ? row->id.len : 4), row->id.data, PRYV_STR_ARG(row->app_id));
}

const struct kind session_kind = { .name = "sessions",
                                   .size = sizeof(struct pryv_session_row),
                                   .members = session_members,
                                   .order = order_ids,
                                   .label = session_label,
                                   .more = more_sessions,
                                   .insert = insert_session };
