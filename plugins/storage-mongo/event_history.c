/* event_history.c - versions of events, and what remains of deleted ones. */
#include "cursor.h"
#include "engine.h"
#include "event_document.h"
#include <stdlib.h>

struct wanted {
    struct pryv_str key;
    double after; /* deletions after that; absent: all */
};

static bool is_wanted(struct document row, const void *wanted_)
{
    const struct wanted *wanted = wanted_;

    return document_lists(row, "keys", wanted->key) &&
           (!pryv_present(wanted->after) || document_number(row, "deleted") > wanted->after);
}

static void append_deleted_after(bson_t *conditions, double time)
{
    bson_t range;

    bson_append_document_begin(conditions, "deleted", -1, &range);
    bson_append_double(&range, "$gt", -1, time);
    bson_append_document_end(conditions, &range);
}

static enum pryv_rc open_cursor(struct pryv_cursor *cursor, const struct wanted *wanted, struct pryv_cursor **out,
                                struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER;
    enum pryv_rc rc;

    document_put_text(&conditions, "keys", wanted->key);
    if (pryv_present(wanted->after))
        append_deleted_after(&conditions, wanted->after);
    rc = cursor_add(cursor, &conditions, 0, 0, err);
    bson_destroy(&conditions);
    if (rc != PRYV_OK) {
        mongo_cursor_close(cursor);
        return rc;
    }
    cursor_add_own(cursor, is_wanted, wanted);
    *out = cursor;
    return PRYV_OK;
}

static enum pryv_rc event_versions(struct pryv_session *s, struct pryv_str head_id, struct pryv_cursor **out,
                                   struct pryv_err *err)
{
    const struct wanted wanted = { key_of(err->arena, "head:", head_id), PRYV_ABSENT };

    return open_cursor(cursor_new(s, &event_kind, (struct row_order){ "modified", "born", true }, 0, UINT64_MAX), &wanted, out,
                       err);
}

static enum pryv_rc event_deletions(struct pryv_session *s, double since, bool ascending, uint64_t skip, uint64_t limit,
                                    struct pryv_cursor **out, struct pryv_err *err)
{
    const struct wanted wanted = { PRYV_STR("deleted"), since };

    return open_cursor(cursor_new(s, &event_kind, (struct row_order){ "deleted", "id", ascending }, skip, limit), &wanted, out,
                       err);
}

static enum pryv_rc list_versions(struct pryv_session *s, struct pryv_str head_id, struct pryv_rows *out, struct pryv_err *err)
{
    return session_list(s, &event_kind, key_of(err->arena, "head:", head_id), out, err);
}

static enum pryv_rc event_versions_delete(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err)
{
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = list_versions(s, head_id, &versions, err);

    return rc == PRYV_OK ? session_remove_all(s, &event_kind, &versions, err) : rc;
}

static enum pryv_rc event_versions_reduce(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err)
{
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = list_versions(s, head_id, &versions, err);

    for (size_t i = 0; rc == PRYV_OK && i < versions.count; i++) {
        const struct version *version = (struct version *) versions.items + i;
        struct pryv_event full;

        document_read_row(version->document, &event_kind, &full);

        const struct pryv_event reduced = { .id = full.id,
                                            .head_id = full.head_id,
                                            .time = PRYV_ABSENT,
                                            .duration = PRYV_ABSENT,
                                            .deleted = PRYV_ABSENT,
                                            .created = PRYV_ABSENT,
                                            .modified = full.modified,
                                            .modified_by = full.modified_by };

        rc = event_put(s, &event_kind, &reduced, version, err);
    }
    return rc;
}

/* ---- Purging --------------------------------------------------------------------------------- */

/* Those of the kind with `deleted` before the time, their whole documents. */
static enum pryv_rc list_deleted(struct pryv_session *s, const struct kind *kind, struct pryv_str key, double before,
                                 struct pryv_rows *out, struct pryv_err *err)
{
    struct pryv_rows all = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = session_list(s, kind, key, &all, err);

    for (size_t i = 0; rc == PRYV_OK && i < all.count; i++) {
        const struct version *version = (struct version *) all.items + i;

        if (document_number(version->document, "deleted") < before)
            *(struct version *) pryv_rows_add(out) = *version;
    }
    return rc;
}

static enum pryv_rc deletions_purge(struct pryv_session *s, double before, uint64_t *purged, struct pryv_err *err)
{
    struct pryv_rows events = PRYV_ROWS(err->arena, struct version), streams = PRYV_ROWS(err->arena, struct version);
    uint64_t total = 0;
    enum pryv_rc rc = list_deleted(s, &event_kind, PRYV_STR("deleted"), before, &events, err);

    if (rc == PRYV_OK)
        rc = list_deleted(s, &stream_deletion_kind, PRYV_STR_NONE, before, &streams, err);
    for (size_t i = 0; rc == PRYV_OK && i < events.count; i++) {
        struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);

        rc = list_versions(s, document_text(((struct version *) events.items)[i].document, "id"), &versions, err);
        if (rc == PRYV_OK)
            rc = session_remove_all(s, &event_kind, &versions, err);
        total += versions.count;
    }
    if (rc == PRYV_OK)
        rc = session_remove_all(s, &event_kind, &events, err);
    if (rc == PRYV_OK)
        rc = session_remove_all(s, &stream_deletion_kind, &streams, err);
    if (rc == PRYV_OK)
        *purged = total + events.count + streams.count;
    return rc;
}

void event_history_offer(struct pryv_storage_ops *ops)
{
    ops->event_versions = event_versions;
    ops->event_versions_delete = event_versions_delete;
    ops->event_versions_reduce = event_versions_reduce;
    ops->event_deletions = event_deletions;
    ops->deletions_purge = deletions_purge;
}
