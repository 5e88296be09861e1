/* event_page.c - a few events in one question, without a session.
 *
 * What a session has its advisory lock for is to end for a user who is being erased. One question needs none: its snapshot holds all of a user,
 * or nothing, and it has ended soon. So rows tell that there is the user; where there is none the index of users is asked. */
#include "cursor.h"
#include "engine.h"

/* Short enough to travel with others. */
enum { PAGE_ROWS = 128, PAGE_SKIPPED = 1024, PAGE_NAMES = 32 };

static size_t streams_named(const struct pryv_event_query *query)
{
    size_t count = 0;

    for (size_t i = 0; !query->any_stream && i < query->block_count; i++)
        for (size_t k = 0; k < query->blocks[i].count; k++)
            count += query->blocks[i].conditions[k].count;
    return count;
}

static bool has_class(const struct pryv_event_query *query)
{
    for (size_t i = 0; i < query->type_count; i++)
        if (query->types[i].whole_class)
            return true;
    return false;
}

/* Questions before the first rows or after them, or rows that are read to be left out, however many they are: see event_query.c. */
static bool takes_longer(const struct pryv_event_query *query)
{
    bool timed = pryv_present(query->from) && !query->running;

    if (query->limit > PAGE_ROWS || query->skip > (timed ? PAGE_ROWS : PAGE_SKIPPED) || streams_named(query) > PAGE_NAMES ||
        query->type_count > PAGE_NAMES)
        return true;
    if (query->running)
        return false;
    if (timed && query->with_running && (!query->any_stream || query->type_count))
        return true;
    return pryv_present(query->modified_since) || query->state == PRYV_STATE_TRASHED || has_class(query);
}

/* PRYV_NOT_FOUND: no such user. */
static enum pryv_rc ask_number(struct engine *engine, struct pryv_str user_id, int64_t *number, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT number FROM users WHERE id = $1" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, user_id);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0) {
        number_forget(&engine->numbers, user_id);
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    } else {
        *number = answer_integer(answer, 0, 0);
        number_is(&engine->numbers, user_id, *number);
    }
    PQclear(answer);
    return rc;
}

static enum pryv_rc read_rows(struct pryv_session *session, struct pryv_cursor *cursor, const struct pryv_event_query *query,
                              struct pryv_event **rows, size_t *count, struct pryv_err *err)
{
    struct pryv_event *page = pryv_new_array(session->page, struct pryv_event, query->limit);
    size_t n = 0;
    int more;

    while ((more = pg_cursor_next(cursor, &page[n], err)) > 0)
        n++;
    if (more < 0)
        return (enum pryv_rc) more;
    *rows = page;
    *count = n;
    return PRYV_OK;
}

static enum pryv_rc read_page(struct engine *engine, struct pryv_arena *mem, int64_t user, const struct pryv_event_query *query,
                              struct pryv_event **rows, size_t *count, struct pryv_err *err)
{
    struct pryv_session session;
    struct pryv_cursor *cursor = NULL;
    enum pryv_rc rc;

    session_begin_page(&session, engine, user, mem);
    rc = query_events(&session, query, &cursor, err);
    if (rc == PRYV_OK)
        rc = read_rows(&session, cursor, query, rows, count, err);
    pg_cursor_close(cursor);
    session_end(&session);
    return rc;
}

static enum pryv_rc events_page(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                                struct pryv_event **rows, size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    int64_t known = number_of(&engine->numbers, user_id), user = known;
    struct pryv_event *found = NULL;
    size_t n = 0;
    enum pryv_rc rc = PRYV_OK;

    if (takes_longer(query))
        return pryv_fail(err, PRYV_UNSUPPORTED, "more than a short question");
    if (!known)
        rc = ask_number(engine, user_id, &user, err);
    if (rc == PRYV_OK)
        rc = read_page(engine, mem, user, query, &found, &n, err);
    if (rc == PRYV_OK && n == 0 && known && (rc = ask_number(engine, user_id, &user, err)) == PRYV_OK && user != known)
        rc = read_page(engine, mem, user, query, &found, &n, err); /* erased, and made again */
    if (rc != PRYV_OK)
        return rc;
    *rows = found;
    *count = n;
    return PRYV_OK;
}

void event_page_offer(struct pryv_storage_ops *ops)
{
    ops->events_page = events_page;
}
