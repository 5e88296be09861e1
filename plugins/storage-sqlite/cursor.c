/* cursor.c - see cursor.h. */
#include "cursor.h"
#include "engine.h"
#include "key_merge.h"
#include <pryv/event_filter.h>
#include <stdlib.h>

enum { ROWS_BETWEEN_CHECKS = 256 };

struct pryv_cursor *cursor_new(struct pryv_session *session, uint64_t skip, uint64_t limit)
{
    struct pryv_cursor *cursor = calloc(1, sizeof(*cursor));

    if (!cursor)
        abort();
    cursor->session = session;
    cursor->mem = pryv_arena_new();
    cursor->skip = skip;
    cursor->limit = limit;
    cursor->next = session->cursors;
    session->cursors = cursor;
    return cursor;
}

enum pryv_rc cursor_add(struct pryv_cursor *cursor, sqlite3_stmt *statement, struct key_merge *merge, const struct pryv_err *err)
{
    if (!statement) {
        key_merge_free(merge);
        return err->rc;
    }
    cursor->sources[cursor->source_count++] = (struct row_source){ statement, merge };
    return PRYV_OK;
}

void cursor_end(struct pryv_cursor *cursor)
{
    struct pryv_cursor **at = &cursor->session->cursors;

    if (cursor->ended)
        return;
    cursor->ended = true;
    while (*at != cursor)
        at = &(*at)->next;
    *at = cursor->next;
    for (size_t i = 0; i < cursor->source_count; i++) {
        key_merge_free(cursor->sources[i].merge);
        statement_end(cursor->session->connection, cursor->sources[i].statement);
    }
    pryv_event_filter_free(cursor->filter);
    cursor->filter = NULL;
}

void sqlite_cursor_close(struct pryv_cursor *c)
{
    if (!c)
        return;
    cursor_end(c);
    pryv_arena_free(c->mem);
    free(c);
}

/* 1: the source's statement stands on an event. */
static int source_step(struct pryv_cursor *c, struct row_source *source, struct pryv_err *err)
{
    int64_t number;
    int more;

    if (!source->merge)
        return statement_step(c->session->connection, source->statement, err);
    while ((more = key_merge_next(source->merge, &number, err)) > 0) {
        sqlite3_reset(source->statement);
        sqlite3_bind_int64(source->statement, 1, number);
        if ((more = statement_step(c->session->connection, source->statement, err)) != 0)
            break; /* 0: deleted by this session since its key was read */
    }
    return more;
}

static int wanted(struct pryv_cursor *c, const struct pryv_event *row)
{
    if (c->filter && !pryv_event_filter_matches(c->filter, row))
        return false;
    if (c->skip) {
        c->skip--;
        return false;
    }
    return true;
}

static int cursor_next(struct pryv_cursor *c, struct pryv_event *row, struct pryv_err *err)
{
    if (c->ended)
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    while (c->limit && c->at < c->source_count) {
        struct row_source *source = &c->sources[c->at];
        int more;

        if (++c->rows % ROWS_BETWEEN_CHECKS == 0 && !database_is_there(c->session->database))
            return pryv_fail(err, PRYV_NOT_FOUND, "the user was erased");
        if ((more = source_step(c, source, err)) < 0)
            return more;
        if (more == 0) {
            c->at++;
            continue;
        }
        event_row_read(source->statement, row);
        if (wanted(c, row)) {
            if (c->limit != UINT64_MAX)
                c->limit--;
            return 1;
        }
    }
    return 0;
}

void cursor_offer(struct pryv_storage_ops *ops)
{
    ops->cursor_next = cursor_next;
    ops->cursor_close = sqlite_cursor_close;
}
