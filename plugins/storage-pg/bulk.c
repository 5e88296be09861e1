/* bulk.c - many events at once, by COPY (copy.h): first their rows, then the links that lead to them from their streams. */
#include "copy.h"
#include "engine.h"
#include "event_row.h"
#include <pryv/event_filter.h>
#include <pryv/rows.h>
#include <stdlib.h>

struct bulk_statements {
    const char *events, *links;
};

#define BULK_STATEMENTS(events_, event_streams)                                                                \
    {                                                                                                          \
        .events = "COPY " events_ " (" EVENT_WRITTEN_COLUMNS ") FROM STDIN (FORMAT binary)",                   \
        .links = "COPY " event_streams " (user_number, stream_id, time, event_id) FROM STDIN (FORMAT binary)", \
    }

static const struct bulk_statements event_statements = BULK_STATEMENTS("events", "event_streams");
static const struct bulk_statements audit_statements = BULK_STATEMENTS("audit_events", "audit_streams");

enum { EVENT_COLUMN_COUNT = 19, LINK_COLUMN_COUNT = 4 };

/* ---- Rows ------------------------------------------------------------------------------------ */

/* In the order of EVENT_WRITTEN_COLUMNS. */
static void copy_event(struct copy *copy, int64_t user, const struct pryv_event *row)
{
    copy_row(copy, EVENT_COLUMN_COUNT);
    copy_integer(copy, user);
    copy_text(copy, row->id);
    copy_text(copy, row->head_id);
    copy_text(copy, row->stream_ids_json);
    copy_number(copy, row->time);
    copy_number(copy, row->duration);
    copy_bool(copy, row->running);
    copy_text(copy, row->type);
    copy_text(copy, row->content_json);
    copy_text(copy, row->description);
    copy_text(copy, row->client_data_json);
    copy_text(copy, row->attachments_json);
    copy_bool(copy, row->trashed);
    copy_number(copy, row->deleted);
    copy_text(copy, row->integrity);
    copy_number(copy, row->created);
    copy_text(copy, row->created_by);
    copy_number(copy, row->modified);
    copy_text(copy, row->modified_by);
}

/* ---- Links ----------------------------------------------------------------------------------- */

static int by_bytes(const void *a_, const void *b_)
{
    const struct pryv_str *a = a_, *b = b_;
    size_t len = a->len < b->len ? a->len : b->len;
    int order = len ? memcmp(a->data, b->data, len) : 0;

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* One for each stream: COPY knows no ON CONFLICT for those that are listed twice. */
static void copy_links(struct copy *copy, int64_t user, const struct pryv_event *row, struct pryv_arena *mem)
{
    struct pryv_rows streams = PRYV_ROWS(mem, struct pryv_str);
    const struct pryv_str *all;

    event_streams_add(&streams, row->stream_ids_json);
    qsort(streams.items, streams.count, streams.size, by_bytes);
    all = streams.items;
    for (size_t i = 0; i < streams.count; i++) {
        if (i && pryv_str_is(all[i - 1], all[i]))
            continue;
        copy_row(copy, LINK_COLUMN_COUNT);
        copy_integer(copy, user);
        copy_text(copy, all[i]);
        copy_number(copy, row->time);
        copy_text(copy, row->id);
    }
}

/* ---- All of them ------------------------------------------------------------------------------ */

static enum pryv_rc copy_events(struct pryv_session *s, const char *sql, const struct pryv_event *rows, size_t count,
                                struct pryv_err *err)
{
    struct copy copy;

    copy_begin(&copy, s->connection, sql, err);
    for (size_t i = 0; i < count; i++)
        copy_event(&copy, s->user, &rows[i]);
    return copy_end(&copy);
}

static enum pryv_rc copy_all_links(struct pryv_session *s, const char *sql, const struct pryv_event *rows, size_t count,
                                   struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct copy copy;

    copy_begin(&copy, s->connection, sql, err);
    for (size_t i = 0; i < count; i++)
        if (event_is_live(&rows[i]))
            copy_links(&copy, s->user, &rows[i], mem);
    pryv_arena_free(mem);
    return copy_end(&copy);
}

static enum pryv_rc insert_all(struct pryv_session *s, const struct bulk_statements *statements, const struct pryv_event *rows,
                               size_t count, struct pryv_err *err)
{
    /* Nothing: the transaction begins, where it has not, and no answer is due afterwards. */
    enum pryv_rc rc = session_write(s, NULL, 0, NULL, err);

    if (rc != PRYV_OK || count == 0)
        return rc;
    rc = copy_events(s, statements->events, rows, count, err);
    if (rc == PRYV_OK)
        rc = copy_all_links(s, statements->links, rows, count, err);
    if (rc != PRYV_OK)
        session_end(s);
    return rc;
}

static enum pryv_rc event_insert_all(struct pryv_session *s, const struct pryv_event *rows, size_t count, struct pryv_err *err)
{
    return insert_all(s, &event_statements, rows, count, err);
}

static enum pryv_rc audit_insert_all(struct pryv_session *s, const struct pryv_event *rows, size_t count, struct pryv_err *err)
{
    return insert_all(s, &audit_statements, rows, count, err);
}

void bulk_offer(struct pryv_storage_ops *ops)
{
    ops->event_insert_all = event_insert_all;
    ops->audit_insert_all = audit_insert_all;
}
