/* copy_events.c - events, with their versions and deletions; audit records. */
#include "copy_kinds.h"
#include <pryv/integrity.h>

#define S struct pryv_event
static const struct member event_members[] = { TEXT(S, id, "id"),
                                               TEXT(S, head_id, "headId"),
                                               TEXT(S, stream_ids_json, "streamIds"),
                                               NUMBER(S, time, "time"),
                                               NUMBER(S, duration, "duration"),
                                               FLAG(S, running, "running"),
                                               TEXT(S, type, "type"),
                                               TEXT(S, content_json, "content"),
                                               TEXT(S, description, "description"),
                                               TEXT(S, client_data_json, "clientData"),
                                               TEXT(S, attachments_json, "attachments"),
                                               FLAG(S, trashed, "trashed"),
                                               NUMBER(S, deleted, "deleted"),
                                               TEXT(S, integrity, "integrity"),
                                               NUMBER(S, created, "created"),
                                               TEXT(S, created_by, "createdBy"),
                                               NUMBER(S, modified, "modified"),
                                               TEXT(S, modified_by, "modifiedBy"),
                                               MEMBERS_END };
#undef S

static int by_time(const void *a_, const void *b_)
{
    const struct pryv_event *a = a_, *b = b_;
    int order = order_numbers(a->time, b->time);

    return order ? order : order_texts(a->id, b->id);
}

static int by_deletion(const void *a_, const void *b_)
{
    const struct pryv_event *a = a_, *b = b_;
    int order = order_numbers(a->deleted, b->deleted);

    return order ? order : order_texts(a->id, b->id);
}

/* Of equal ones the order of insertion is part of what is copied. */
static int by_head(const void *a_, const void *b_)
{
    const struct pryv_event *a = a_, *b = b_;
    int order = order_texts(a->head_id, b->head_id);

    return order ? order : order_numbers(a->modified, b->modified);
}

static struct pryv_str version_label(struct pryv_arena *mem, const void *row_)
{
    const struct pryv_event *row = row_;

    return pryv_format(mem, "%.*s of %.*s", PRYV_STR_ARG(row->id), PRYV_STR_ARG(row->head_id));
}

/* All that are not deleted, by time. The engine skips. */
static struct pryv_event_query all_from(uint64_t skip)
{
    return (struct pryv_event_query){ .state = PRYV_STATE_ALL,
                                      .from = PRYV_ABSENT,
                                      .to = PRYV_ABSENT,
                                      .modified_since = PRYV_ABSENT,
                                      .any_stream = true,
                                      .ascending = true,
                                      .skip = skip,
                                      .limit = UINT64_MAX };
}

static int opened(struct reader *reader, enum pryv_rc rc)
{
    if (rc != PRYV_OK)
        reader->cursor = NULL;
    reader->skip = 0;
    return rc == PRYV_OK ? 1 : (int) rc;
}

static int more_events(struct reader *reader, struct pryv_err *err)
{
    struct pryv_event_query query = all_from(reader->skip);

    return reader->started ? 0
                           : opened(reader, reader->side->storage->events_query(reader->session, &query, &reader->cursor, err));
}

static int more_audit(struct reader *reader, struct pryv_err *err)
{
    struct pryv_event_query query = all_from(reader->skip);

    return reader->started ? 0
                           : opened(reader, reader->side->storage->audit_query(reader->session, &query, &reader->cursor, err));
}

static int more_event_deletions(struct reader *reader, struct pryv_err *err)
{
    return reader->started
               ? 0
               : opened(reader, reader->side->storage->event_deletions(reader->session, (double) -INFINITY, true, reader->skip,
                                                                       UINT64_MAX, &reader->cursor, err));
}

static int more_event_versions(struct reader *reader, struct pryv_err *err)
{
    struct pryv_str head = PRYV_STR_NONE;
    int more = reader_next_name(reader, reader->side->storage->versioned_events, &head, err);
    enum pryv_rc rc = more > 0 ? reader->side->storage->event_versions(reader->session, head, &reader->cursor, err) : PRYV_OK;

    if (rc != PRYV_OK)
        reader->cursor = NULL;
    return rc != PRYV_OK ? (int) rc : more;
}

static enum pryv_rc insert_events(const struct side *side, struct pryv_session *session, const void *rows_, size_t count,
                                  struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = side->storage;
    const struct pryv_event *rows = rows_;
    enum pryv_rc rc = PRYV_OK;

    if (IS_OFFERED(storage, struct pryv_storage_ops, event_insert_all))
        return storage->event_insert_all(session, rows, count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = storage->event_insert(session, &rows[i], err);
    return rc;
}

static enum pryv_rc insert_audit(const struct side *side, struct pryv_session *session, const void *rows_, size_t count,
                                 struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = side->storage;
    const struct pryv_event *rows = rows_;
    enum pryv_rc rc = PRYV_OK;

    if (IS_OFFERED(storage, struct pryv_storage_ops, audit_insert_all))
        return storage->audit_insert_all(session, rows, count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = storage->audit_insert(session, &rows[i], err);
    return rc;
}

static enum pryv_rc event_hashes(const struct side *side PRYV_UNUSED, struct pryv_session *session PRYV_UNUSED,
                                 struct pryv_arena *mem, const void *row_, struct pryv_str *made, struct pryv_str *carried,
                                 struct pryv_err *err PRYV_UNUSED)
{
    const struct pryv_event *row = row_;

    *carried = row->integrity;
    *made = row->integrity.data ? pryv_event_integrity(mem, row, NULL, NULL) : PRYV_STR_NONE;
    return PRYV_OK;
}

const struct kind event_kind = { .name = "events",
                                 .size = sizeof(struct pryv_event),
                                 .members = event_members,
                                 .order = by_time,
                                 .label = label_id,
                                 .more = more_events,
                                 .insert_all = insert_events,
                                 .integrity = event_hashes };

const struct kind event_version_kind = { .name = "event versions",
                                         .size = sizeof(struct pryv_event),
                                         .members = event_members,
                                         .order = by_head,
                                         .label = version_label,
                                         .more = more_event_versions,
                                         .insert_all = insert_events,
                                         .integrity = event_hashes };

const struct kind event_deletion_kind = { .name = "event deletions",
                                          .size = sizeof(struct pryv_event),
                                          .members = event_members,
                                          .order = by_deletion,
                                          .label = label_id,
                                          .more = more_event_deletions,
                                          .insert_all = insert_events,
                                          .integrity = event_hashes };

const struct kind audit_kind = { .name = "audit records",
                                 .size = sizeof(struct pryv_event),
                                 .members = event_members,
                                 .order = by_time,
                                 .label = label_id,
                                 .more = more_audit,
                                 .insert_all = insert_audit,
                                 .integrity = event_hashes };
