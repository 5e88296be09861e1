/* event_page.c - a few events in one question, without a session; the questions for several pages are asked together.
 *
 * What a session has its advisory lock for is to end for a user who is being erased. One question needs none: its snapshot holds all of a user,
 * or nothing, and it has ended soon. So rows tell that there is the user; where there is none the index of users is asked. */
#include "cursor.h"
#include "engine.h"
#include "questions.h"

/* Short enough to travel with others. */
enum { PAGE_ROWS = 128, PAGE_SKIPPED = 1024, PAGE_NAMES = 32 };
/* So many rows are one answer's, where nobody has to wait for them. */
enum { MOST_ROWS = 512 };
/* So many questions of a user are read in sessions when one of the kind was more than a page: then hardly anything is read in vain. */
enum { KEPT_IN_SESSIONS = 64 };

static size_t streams_named(const struct pryv_event_query *query)
{
    size_t count = 0;

    for (size_t i = 0; !query->any_stream && i < query->block_count; i++)
        for (size_t k = 0; k < query->blocks[i].count; k++)
            count += query->blocks[i].conditions[k].count;
    return count;
}

/* However many are asked for, there may be few. */
static bool is_open(const struct pryv_event_query *query)
{
    return query->limit > MOST_ROWS;
}

/* More rows, or more to be read for them: this one goes alone. */
static bool takes_longer(const struct pryv_event_query *query)
{
    return (query->limit > PAGE_ROWS && !is_open(query)) || query->skip > PAGE_SKIPPED || streams_named(query) > PAGE_NAMES ||
           query->type_count > PAGE_NAMES;
}

/* What the rows of a page may not do for, in bits. None: they always do. */
static unsigned kind_of(const struct pryv_event_query *query)
{
    return (unsigned) is_open(query) | (unsigned) pryv_present(query->modified_since) << 1 |
           (unsigned) (query->type_count > 0) << 2 | (unsigned) !query->any_stream << 3 |
           (unsigned) (pryv_present(query->from) && !query->running) << 4 | (unsigned) query->deletions << 5;
}

static atomic_uchar *sessions_left(struct engine *engine, int64_t user, unsigned kind)
{
    return &engine->kept_in_sessions[((uint64_t) user << 6 | kind) % QUESTIONS_OF_USERS];
}

/* Users of the same place share what is known, and two threads may count as one: it is only a guess. */
static bool is_kept_in_sessions(struct engine *engine, int64_t user, unsigned kind)
{
    atomic_uchar *left = sessions_left(engine, user, kind);
    unsigned char count = atomic_load(left);

    if (kind == 0 || count == 0)
        return false;
    atomic_store(left, (unsigned char) (count - 1));
    return true;
}

static void put_number(struct call *call, struct pryv_str user_id)
{
    *call = (struct call){ .sql = "SELECT number FROM users WHERE id = $1" };
    call_text(call, user_id);
}

/* PRYV_NOT_FOUND: no such user. The answer is given up. */
static enum pryv_rc take_number(struct engine *engine, struct pryv_str user_id, const struct question *question, int64_t *number)
{
    enum pryv_rc rc = question->rc;

    if (rc != PRYV_OK)
        return rc;
    if (PQntuples(question->answer) == 0) {
        number_forget(&engine->numbers, user_id);
        rc = pryv_fail(question->err, PRYV_NOT_FOUND, "no such user");
    } else {
        *number = answer_integer(question->answer, 0, 0);
        number_is(&engine->numbers, user_id, *number);
    }
    PQclear(question->answer);
    return rc;
}

static enum pryv_rc ask_number(struct engine *engine, struct pryv_str user_id, int64_t *number, struct pryv_err *err)
{
    struct call call;
    struct question question = { .call = &call, .err = err };

    put_number(&call, user_id);
    questions_ask(&engine->pool, &(struct question *){ &question }, 1);
    return take_number(engine, user_id, &question, number);
}

struct page {
    struct pryv_events_page *asked;
    bool alone; /* no other waits for it */
    bool known; /* the user's number was, so that it may have changed */
    bool doubtful;
    struct pryv_session session;
    struct pryv_cursor *cursor;
    struct call call;
    struct question question;
};

static void give_up_answer(void *answer)
{
    PQclear(answer);
}

/* The statement for the rows, if one does. Rows that are left out here are read in vain. */
static enum pryv_rc plan(struct engine *engine, struct page *page, int64_t user)
{
    struct pryv_events_page *asked = page->asked;
    struct pryv_event_query query = *asked->query;
    enum pryv_rc rc;

    if (is_open(&query))
        query.limit = PAGE_ROWS + 1;
    session_begin_page(&page->session, engine, user);
    rc = query.deletions ? query_deletions(&page->session, &query, &page->cursor, asked->err)
                         : query_events(&page->session, &query, &page->cursor, asked->err);
    if (rc == PRYV_OK && page->cursor->source.drops != DROPS_NONE && query.skip > PAGE_ROWS)
        rc = pryv_fail(asked->err, PRYV_UNSUPPORTED, "much to be left out");
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

    if (!page->alone && takes_longer(asked->query))
        return pryv_fail(asked->err, PRYV_UNSUPPORTED, "more than a short question");
    page->known = user != 0;
    if (!page->known)
        rc = ask_number(engine, asked->user_id, &user, asked->err);
    if (rc == PRYV_OK && is_kept_in_sessions(engine, user, kind_of(asked->query)))
        rc = pryv_fail(asked->err, PRYV_UNSUPPORTED, "more than a page, as it was before");
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
    if (!cursor_take_first(page->cursor, page->question.answer))
        return pryv_fail(asked->err, PRYV_UNSUPPORTED, "too many to sort");
    rows = pryv_new_array(asked->mem, struct pryv_event, (size_t) PQntuples(page->question.answer) + 1);
    while ((more = pg_cursor_next(page->cursor, &rows[count], asked->err)) > 0)
        count++;
    if (more < 0)
        return (enum pryv_rc) more;
    if (is_open(asked->query) && count > PAGE_ROWS)
        return pryv_fail(asked->err, PRYV_UNSUPPORTED, "more than a page");
    asked->rows = rows;
    asked->count = count;
    return PRYV_OK;
}

static enum pryv_rc read_rows(struct engine *engine, struct page *page)
{
    enum pryv_rc rc = take_rows(page);

    if (rc == PRYV_UNSUPPORTED)
        atomic_store(sessions_left(engine, page->session.user, kind_of(page->asked->query)), KEPT_IN_SESSIONS);
    return rc;
}

/* No rows: there may be no such user, or one who was erased and made again. */
static bool is_doubtful(const struct page *page)
{
    return page->asked->rc == PRYV_OK && page->asked->count == 0 && page->known;
}

static enum pryv_rc make_sure(struct engine *engine, struct page *page)
{
    struct pryv_events_page *asked = page->asked;
    int64_t before = page->session.user, user;
    enum pryv_rc rc = take_number(engine, asked->user_id, &page->question, &user);

    if (rc != PRYV_OK || user == before)
        return rc;
    give_up_plan(page);
    if ((rc = plan(engine, page, user)) != PRYV_OK)
        return rc;
    if (page->call.sql)
        questions_ask(&engine->pool, &(struct question *){ &page->question }, 1);
    return read_rows(engine, page);
}

static void make_all_sure(struct engine *engine, struct page *all, size_t count, struct question **questions)
{
    size_t asked = 0;

    for (size_t i = 0; i < count; i++)
        if ((all[i].doubtful = is_doubtful(&all[i]))) {
            put_number(&all[i].call, all[i].asked->user_id);
            questions[asked++] = &all[i].question;
        }
    questions_ask(&engine->pool, questions, asked);
    for (size_t i = 0; i < count; i++)
        if (all[i].doubtful)
            all[i].asked->rc = make_sure(engine, &all[i]);
}

/* Events, and deletions with them. */
static bool is_one(const struct pryv_events_page *pages, size_t count)
{
    size_t others = 0;

    for (size_t i = 0; i < count; i++)
        others += !pages[i].query->deletions;
    return others <= 1;
}

static void events_pages(void *self, struct pryv_events_page *pages, size_t count)
{
    struct engine *engine = self;
    struct pryv_arena *scratch = pryv_arena_new();
    struct page *all = pryv_new_array(scratch, struct page, count);
    struct question **questions = pryv_new_array(scratch, struct question *, count);
    bool alone = is_one(pages, count);
    size_t asked = 0;

    for (size_t i = 0; i < count; i++) {
        all[i].asked = &pages[i];
        all[i].alone = alone;
        pages[i].rc = prepare(engine, &all[i]);
        if (pages[i].rc == PRYV_OK && all[i].call.sql)
            questions[asked++] = &all[i].question;
    }
    questions_ask(&engine->pool, questions, asked);
    for (size_t i = 0; i < count; i++)
        if (pages[i].rc == PRYV_OK)
            pages[i].rc = read_rows(engine, &all[i]);
    make_all_sure(engine, all, count, questions);
    for (size_t i = 0; i < count; i++)
        give_up_plan(&all[i]);
    pryv_arena_free(scratch);
}

void event_page_offer(struct pryv_storage_ops *ops)
{
    ops->events_pages = events_pages;
    ops->pages_of_deletions = true;
}
