/* event_page.c - a few events in one question, without a session; the questions for several pages are asked together.
 *
 * What a session has its advisory lock for is to end for a user who is being erased. One question needs none: its snapshot holds all of a user,
 * or nothing, and it has ended soon. So rows tell that there is the user; where there is none the index of users is asked. */
#include "cursor.h"
#include "engine.h"
#include "questions.h"

/* Short enough to travel with others. */
enum { PAGE_ROWS = 128, PAGE_SKIPPED = 1024, PAGE_NAMES = 32 };
/* So many ranges of a user are read in sessions when one was longer than a page: then hardly anything is read in vain. */
enum { RANGES_IN_SESSIONS = 16 };

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

static bool is_timed(const struct pryv_event_query *query)
{
    return pryv_present(query->from) && !query->running;
}

/* All between two times, which may be few. */
static bool is_range(const struct pryv_event_query *query)
{
    return is_timed(query) && query->limit == UINT64_MAX;
}

static atomic_uchar *ranges_left(struct engine *engine, int64_t user)
{
    return &engine->ranges_in_sessions[(uint64_t) user % RANGES_OF_USERS];
}

/* Users of the same place share what is known, and two threads may count as one: it is only a guess. */
static bool is_long_range(struct engine *engine, int64_t user, const struct pryv_event_query *query)
{
    atomic_uchar *left = ranges_left(engine, user);
    unsigned char count = atomic_load(left);

    if (!is_range(query) || count == 0)
        return false;
    atomic_store(left, (unsigned char) (count - 1));
    return true;
}

/* Questions before the first rows or after them, or rows that are read to be left out, however many they are: see event_query.c. */
static bool takes_longer(const struct pryv_event_query *query)
{
    if ((query->limit > PAGE_ROWS && !is_range(query)) || query->skip > (is_timed(query) ? PAGE_ROWS : PAGE_SKIPPED) ||
        streams_named(query) > PAGE_NAMES || query->type_count > PAGE_NAMES)
        return true;
    if (query->running)
        return false;
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

struct page {
    struct pryv_events_page *asked;
    bool known; /* the user's number was, so that it may have changed */
    struct pryv_session session;
    struct pryv_cursor *cursor;
    struct call call;
    struct question question;
};

static void give_up_answer(void *answer)
{
    PQclear(answer);
}

/* The statement for the rows, if one does. */
static enum pryv_rc plan(struct engine *engine, struct page *page, int64_t user)
{
    struct pryv_events_page *asked = page->asked;
    struct pryv_event_query query = *asked->query;
    enum pryv_rc rc;

    if (is_range(&query))
        query.limit = PAGE_ROWS + 1;
    session_begin_page(&page->session, engine, user);
    rc = query_events(&page->session, &query, &page->cursor, asked->err);
    if (rc == PRYV_OK)
        cursor_first_call(page->cursor, &page->call);
    page->question = (struct question){ .call = &page->call, .err = asked->err };
    return rc;
}

static void give_up_plan(struct page *page)
{
    pg_cursor_close(page->cursor);
    page->cursor = NULL;
    session_end(&page->session);
}

static enum pryv_rc prepare(struct engine *engine, struct page *page)
{
    struct pryv_events_page *asked = page->asked;
    int64_t user = number_of(&engine->numbers, asked->user_id);
    enum pryv_rc rc = PRYV_OK;

    if (takes_longer(asked->query))
        return pryv_fail(asked->err, PRYV_UNSUPPORTED, "more than a short question");
    page->known = user != 0;
    if (!page->known)
        rc = ask_number(engine, asked->user_id, &user, asked->err);
    if (rc == PRYV_OK && is_long_range(engine, user, asked->query))
        rc = pryv_fail(asked->err, PRYV_UNSUPPORTED, "a range that may be long");
    return rc == PRYV_OK ? plan(engine, page, user) : rc;
}

static enum pryv_rc take_rows(struct page *page)
{
    struct pryv_events_page *asked = page->asked;
    struct pryv_event *rows;
    size_t count = 0;
    int more;

    asked->count = 0;
    if (!page->call.sql)
        return PRYV_OK;
    if (page->question.rc != PRYV_OK)
        return page->question.rc;
    pryv_defer(asked->mem, give_up_answer, page->question.answer);
    cursor_take_first(page->cursor, page->question.answer);
    rows = pryv_new_array(asked->mem, struct pryv_event, (size_t) PQntuples(page->question.answer) + 1);
    while ((more = pg_cursor_next(page->cursor, &rows[count], asked->err)) > 0)
        count++;
    if (more < 0)
        return (enum pryv_rc) more;
    if (is_range(asked->query) && count > PAGE_ROWS)
        return pryv_fail(asked->err, PRYV_UNSUPPORTED, "more than a page");
    asked->rows = rows;
    asked->count = count;
    return PRYV_OK;
}

static enum pryv_rc read_rows(struct engine *engine, struct page *page)
{
    enum pryv_rc rc = take_rows(page);

    if (rc == PRYV_UNSUPPORTED && is_range(page->asked->query))
        atomic_store(ranges_left(engine, page->session.user), RANGES_IN_SESSIONS);
    return rc;
}

/* No rows where there may be no such user, or one who was erased and made again. */
static enum pryv_rc make_sure(struct engine *engine, struct page *page)
{
    struct pryv_events_page *asked = page->asked;
    int64_t before = page->session.user, user;
    enum pryv_rc rc = ask_number(engine, asked->user_id, &user, asked->err);

    if (rc != PRYV_OK || user == before)
        return rc;
    give_up_plan(page);
    if ((rc = plan(engine, page, user)) != PRYV_OK)
        return rc;
    if (page->call.sql)
        questions_ask(&engine->pool, &(struct question *){ &page->question }, 1);
    return read_rows(engine, page);
}

static void events_pages(void *self, struct pryv_events_page *pages, size_t count)
{
    struct engine *engine = self;
    struct pryv_arena *scratch = pryv_arena_new();
    struct page *all = pryv_new_array(scratch, struct page, count);
    struct question **questions = pryv_new_array(scratch, struct question *, count);
    size_t asked = 0;

    for (size_t i = 0; i < count; i++) {
        all[i].asked = &pages[i];
        pages[i].rc = prepare(engine, &all[i]);
        if (pages[i].rc == PRYV_OK && all[i].call.sql)
            questions[asked++] = &all[i].question;
    }
    questions_ask(&engine->pool, questions, asked);
    for (size_t i = 0; i < count; i++) {
        if (pages[i].rc == PRYV_OK)
            pages[i].rc = read_rows(engine, &all[i]);
        if (pages[i].rc == PRYV_OK && pages[i].count == 0 && all[i].known)
            pages[i].rc = make_sure(engine, &all[i]);
        give_up_plan(&all[i]);
    }
    pryv_arena_free(scratch);
}

void event_page_offer(struct pryv_storage_ops *ops)
{
    ops->events_pages = events_pages;
}
