/* questions.c - see questions.h. */
#include "questions.h"
#include <stdlib.h>

struct question {
    struct group_item item; /* the first member: a group's items are cast */
    struct call *call;
    PGresult *answer; /* NULL when the group has none for it */
};

static struct question *question_of(struct group_item *item)
{
    return (struct question *) (void *) item;
}

/* ---- The group -------------------------------------------------------------------------------- */

enum { IN_PIPELINE = PIPELINE_ITEMS / 2 }; /* each call may have its statement prepared */

struct asked {
    struct group_item *const *items;
    size_t answered;
};

static void take_answer(void *context, PGresult *answer)
{
    struct asked *asked = context;

    question_of(asked->items[asked->answered++])->answer = answer;
}

/* False when one was not answered. */
static bool ask(struct connection *connection, struct group_item *const *items, size_t count)
{
    struct asked asked = { .items = items };
    struct call *calls[IN_PIPELINE];

    for (size_t i = 0; i < count; i++)
        calls[i] = question_of(items[i])->call;
    connection_run_each(connection, calls, count, take_answer, &asked);
    return asked.answered == count;
}

/* In line with the sessions: calls go before those, and a flood of questions would keep writers from ever having a connection. */
void questions_do(void *pool, struct group_item *const *items, size_t count)
{
    struct pryv_arena *scratch = pryv_arena_new();
    struct pryv_err unseen = PRYV_ERR(scratch); /* each is told by its own thread, when it asks alone */
    struct connection *connection;
    bool well = pool_take(pool, POOL_SESSION, &connection, &unseen) == PRYV_OK;

    if (well) {
        for (size_t at = 0; well && at < count; at += IN_PIPELINE)
            well = ask(connection, items + at, count - at < IN_PIPELINE ? count - at : IN_PIPELINE);
        pool_give(pool, POOL_SESSION, connection, connection_is_lost(connection));
    }
    pryv_arena_free(scratch);
}

/* ---- Asking ----------------------------------------------------------------------------------- */

enum pryv_rc question_ask(struct group *questions, struct pool *pool, struct call *call, PGresult **answer, struct pryv_err *err)
{
    struct question question = { .call = call };

    group_do(questions, &question.item);
    if (!question.answer)
        return pool_run(pool, call, answer, err);
    *answer = question.answer;
    return PRYV_OK;
}
