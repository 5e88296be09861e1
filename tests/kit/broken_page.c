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

static enum pryv_rc read_rows(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_event_query *query,
                              struct pryv_rows *rows, struct pryv_err *err)
{
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;
    enum pryv_rc rc = storage->events_query(s, query, &cursor, err);
    int more = (int) rc;

    while (rc == PRYV_OK && (more = storage->cursor_next(cursor, &row, err)) > 0)
        *(struct pryv_event *) pryv_rows_add(rows) = copy_of(mem, row);
    storage->cursor_close(cursor);
    return (enum pryv_rc) more;
}

static enum pryv_rc read_in_session(void *self, struct pryv_arena *mem, struct pryv_str user_id,
                                    const struct pryv_event_query *query, struct pryv_rows *rows, struct pryv_err *err)
{
    struct pryv_session *s = NULL;
    enum pryv_rc rc = storage->open(self, user_id, PRYV_READ, &s, err);

    if (rc == PRYV_OK)
        rc = read_rows(s, mem, query, rows, err);
    storage->close(s);
    return rc;
}

enum pryv_rc page_right(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                        struct pryv_event **rows, size_t *count, struct pryv_err *err)
{
    struct pryv_rows found = PRYV_ROWS(mem, struct pryv_event);
    enum pryv_rc rc = read_in_session(self, mem, user_id, query, &found, err);

    if (rc != PRYV_OK)
        return rc;
    *rows = found.items;
    *count = found.count;
    return PRYV_OK;
}

enum pryv_rc page_from_first(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                             struct pryv_event **rows, size_t *count, struct pryv_err *err)
{
    struct pryv_event_query first = *query;

    first.skip = 0;
    return page_right(self, mem, user_id, &first, rows, count, err);
}

enum pryv_rc page_of_nobody(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                            struct pryv_event **rows, size_t *count, struct pryv_err *err)
{
    enum pryv_rc rc = page_right(self, mem, user_id, query, rows, count, err);

    if (rc != PRYV_NOT_FOUND)
        return rc;
    *count = 0;
    return PRYV_OK;
}

enum pryv_rc page_of_another(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                             struct pryv_event **rows, size_t *count, struct pryv_err *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char asked[64];
    struct pryv_str before;

    pthread_mutex_lock(&lock);
    before = asked[0] ? pryv_str_copy(mem, pryv_str(asked)) : user_id;
    if (user_id.len < sizeof(asked)) {
        memcpy(asked, user_id.data, user_id.len);
        asked[user_id.len] = '\0';
    }
    pthread_mutex_unlock(&lock);
    return page_right(self, mem, before, query, rows, count, err);
}

enum pryv_rc page_row_by_row(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                             struct pryv_event **rows, size_t *count, struct pryv_err *err)
{
    struct pryv_rows found = PRYV_ROWS(mem, struct pryv_event);
    struct pryv_event_query one = *query;
    enum pryv_rc rc = PRYV_OK;

    one.limit = 1;
    for (uint64_t i = 0; i < query->limit && rc == PRYV_OK && found.count == i; i++) {
        one.skip = query->skip + i;
        rc = read_in_session(self, mem, user_id, &one, &found, err);
        sched_yield();
    }
    if (rc != PRYV_OK)
        return rc;
    *rows = found.items;
    *count = found.count;
    return PRYV_OK;
}
