/* broken_page.c - see broken_page.h. */
#include "broken_page.h"
#include <pryv/rows.h>
#include <pthread.h>
#include <sched.h>

static const struct pryv_storage_ops *storage;

void broken_page_begin(const struct pryv_storage_ops *whole)
{
    storage = whole;
}

static struct pryv_event copy_of(struct pryv_arena *mem, struct pryv_event row)
{
    struct pryv_str *const texts[] = { &row.id,           &row.head_id,     &row.stream_ids_json,  &row.type,
                                       &row.content_json, &row.description, &row.client_data_json, &row.attachments_json,
                                       &row.integrity,    &row.created_by,  &row.modified_by };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++)
        *texts[i] = pryv_str_copy(mem, *texts[i]);
    return row;
}

static enum pryv_rc open_cursor(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **cursor,
                                struct pryv_err *err)
{
    if (query->deletions)
        return storage->event_deletions(s, query->modified_since, query->ascending, query->skip, query->limit, cursor, err);
    return storage->events_query(s, query, cursor, err);
}

static enum pryv_rc read_rows(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_event_query *query,
                              struct pryv_rows *rows, struct pryv_err *err)
{
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;
    enum pryv_rc rc = open_cursor(s, query, &cursor, err);
    int more = (int) rc;

    while (rc == PRYV_OK && (more = storage->cursor_next(cursor, &row, err)) > 0)
        *(struct pryv_event *) pryv_rows_add(rows) = copy_of(mem, row);
    storage->cursor_close(cursor);
    return (enum pryv_rc) more;
}

static enum pryv_rc read_in_session(void *self, const struct pryv_events_page *page, const struct pryv_event_query *query,
                                    struct pryv_rows *rows)
{
    struct pryv_session *s = NULL;
    enum pryv_rc rc = storage->open(self, page->user_id, PRYV_READ, &s, page->err);

    if (rc == PRYV_OK)
        rc = read_rows(s, page->mem, query, rows, page->err);
    storage->close(s);
    return rc;
}

static void read_page(void *self, struct pryv_events_page *page, const struct pryv_event_query *query)
{
    struct pryv_rows found = PRYV_ROWS(page->mem, struct pryv_event);

    page->rc = read_in_session(self, page, query, &found);
    page->rows = found.items;
    page->count = found.count;
}

void page_right(void *self, struct pryv_events_page *pages, size_t count)
{
    for (size_t i = 0; i < count; i++)
        read_page(self, &pages[i], pages[i].query);
}

void page_from_first(void *self, struct pryv_events_page *pages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pryv_event_query first = *pages[i].query;

        first.skip = 0;
        read_page(self, &pages[i], &first);
    }
}

void page_deletions_unpaged(void *self, struct pryv_events_page *pages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pryv_event_query whole = *pages[i].query;

        if (whole.deletions)
            whole.limit = UINT64_MAX;
        read_page(self, &pages[i], &whole);
    }
}

void page_of_nobody(void *self, struct pryv_events_page *pages, size_t count)
{
    page_right(self, pages, count);
    for (size_t i = 0; i < count; i++)
        if (pages[i].rc == PRYV_NOT_FOUND)
            pages[i].rc = PRYV_OK;
}

void page_of_another(void *self, struct pryv_events_page *pages, size_t count)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char asked[64];

    for (size_t i = 0; i < count; i++) {
        struct pryv_events_page other = pages[i];

        pthread_mutex_lock(&lock);
        if (asked[0])
            other.user_id = pryv_str_copy(other.mem, pryv_str(asked));
        if (pages[i].user_id.len < sizeof(asked)) {
            memcpy(asked, pages[i].user_id.data, pages[i].user_id.len);
            asked[pages[i].user_id.len] = '\0';
        }
        pthread_mutex_unlock(&lock);
        read_page(self, &other, other.query);
        pages[i] = other;
    }
}

void page_of_neighbour(void *self, struct pryv_events_page *pages, size_t count)
{
    for (size_t i = 0; i < count; i++)
        read_page(self, &pages[i], pages[i > 0 ? i - 1 : 0].query);
}

void page_row_by_row(void *self, struct pryv_events_page *pages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pryv_rows found = PRYV_ROWS(pages[i].mem, struct pryv_event);
        struct pryv_event_query one = *pages[i].query;

        pages[i].rc = PRYV_OK;
        one.limit = 1;
        for (uint64_t k = 0; k < pages[i].query->limit && pages[i].rc == PRYV_OK && found.count == k; k++) {
            one.skip = pages[i].query->skip + k;
            pages[i].rc = read_in_session(self, &pages[i], &one, &found);
            sched_yield();
        }
        pages[i].rows = found.items;
        pages[i].count = found.count;
    }
}
