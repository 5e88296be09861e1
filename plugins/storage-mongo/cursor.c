/* cursor.c - see cursor.h. */
#include "cursor.h"
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

struct pryv_cursor *cursor_new(struct pryv_session *session, const struct kind *kind, struct row_order order, uint64_t skip,
                               uint64_t limit)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_cursor *cursor = pryv_new(mem, struct pryv_cursor);

    *cursor = (struct pryv_cursor){ .session = session,
                                    .next = session->cursors,
                                    .kind = kind,
                                    .order = order,
                                    .own = PRYV_ROWS(mem, struct document),
                                    .skip = skip,
                                    .limit = limit,
                                    .mem = mem };
    session->cursors = cursor;
    return cursor;
}

enum pryv_rc cursor_add(struct pryv_cursor *cursor, const bson_t *conditions, uint64_t server_skip, uint64_t server_limit,
                        struct pryv_err *err)
{
    bson_t options = BSON_INITIALIZER, sort;
    int direction = cursor->order.ascending ? 1 : -1;

    bson_append_document_begin(&options, "sort", -1, &sort);
    bson_append_int32(&sort, cursor->order.number, -1, direction);
    bson_append_int32(&sort, cursor->order.text, -1, direction);
    bson_append_document_end(&options, &sort);
    if (server_skip)
        bson_append_int64(&options, "skip", -1, (int64_t) server_skip);
    if (server_limit)
        bson_append_int64(&options, "limit", -1, (int64_t) server_limit);

    enum pryv_rc rc =
        scan_begin(cursor->session, cursor->kind, conditions, &options, &cursor->sources[cursor->source_count], err);

    if (rc == PRYV_OK)
        cursor->source_count++;
    bson_destroy(&options);
    return rc;
}

/* ---- Order ----------------------------------------------------------------------------------- */

static double number_of(struct document row, const char *name)
{
    double number = document_number(row, name);

    return pryv_present(number) ? number : (double) -INFINITY; /* what is not there comes first */
}

static int compare_rows(const struct row_order *order, struct document a, struct document b)
{
    double x = number_of(a, order->number), y = number_of(b, order->number);
    int result = x != y ? (x < y ? -1 : 1) : compare_texts(document_text(a, order->text), document_text(b, order->text));

    return order->ascending ? result : -result;
}

static int compare_own(const void *a, const void *b, void *order)
{
    return compare_rows(order, *(const struct document *) a, *(const struct document *) b);
}

void cursor_add_own(struct pryv_cursor *cursor, bool (*wanted)(struct document row, const void *context), const void *context)
{
    for (const struct own_row *row = NULL; (row = session_own(cursor->session, cursor->kind, row));)
        if (wanted(row->document, context))
            *(struct document *) pryv_rows_add(&cursor->own) = row->document;
    qsort_r(cursor->own.items, cursor->own.count, cursor->own.size, compare_own, &cursor->order);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Makes sure that `committed` is the next of all sources. */
static int look_at_committed(struct pryv_cursor *cursor, struct pryv_err *err)
{
    int more = 0;

    while (!cursor->committed.data && cursor->at < cursor->source_count) {
        more = scan_next(&cursor->sources[cursor->at], &cursor->committed, err);
        if (more < 0)
            return more;
        if (more == 0)
            cursor->at++;
    }
    return cursor->committed.data != NULL;
}

static int next_row(struct pryv_cursor *cursor, struct document *out, struct pryv_err *err)
{
    const struct document *own =
        cursor->own_at < cursor->own.count ? (struct document *) cursor->own.items + cursor->own_at : NULL;
    int more = look_at_committed(cursor, err);

    if (more < 0 || (more == 0 && !own))
        return more;
    if (own && (more == 0 || compare_rows(&cursor->order, *own, cursor->committed) < 0)) {
        *out = *own;
        cursor->own_at++;
    } else {
        *out = cursor->committed;
        cursor->committed = (struct document){ NULL, 0 };
    }
    return 1;
}

static int cursor_next(struct pryv_cursor *c, struct pryv_event *row, struct pryv_err *err)
{
    struct pryv_event found;
    struct document document;
    int more;

    if (c->ended)
        return session_is_usable(c->session, err) ? (int) pryv_fail(err, PRYV_FAILED, "the cursor has ended") : (int) err->rc;
    while (c->limit > 0 && (more = next_row(c, &document, err)) != 0) {
        if (more < 0)
            return more;
        document_read_row(document, c->kind, &found);
        if (c->filter && !pryv_event_filter_matches(c->filter, &found))
            continue;
        if (c->skip > 0) {
            c->skip--;
            continue;
        }
        c->limit--;
        *row = found;
        return 1;
    }
    return 0;
}

void cursor_end(struct pryv_cursor *cursor)
{
    struct pryv_cursor **link = &cursor->session->cursors;

    if (cursor->ended)
        return;
    cursor->ended = true;
    while (*link != cursor)
        link = &(*link)->next;
    *link = cursor->next;
    for (size_t i = 0; i < cursor->source_count; i++)
        scan_end(&cursor->sources[i]);
}

void mongo_cursor_close(struct pryv_cursor *c)
{
    if (!c)
        return;
    cursor_end(c);
    pryv_event_filter_free(c->filter);
    pryv_arena_free(c->mem);
}

void cursor_offer(struct pryv_storage_ops *ops)
{
    ops->cursor_next = cursor_next;
    ops->cursor_close = mongo_cursor_close;
}
