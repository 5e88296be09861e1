/* questions.c - see questions.h. */
#include "questions.h"

enum { IN_PIPELINE = PIPELINE_ITEMS / 2 }; /* each call may have its statement prepared */

struct asked {
    struct question *const *questions;
    size_t answered;
};

static void take_answer(void *context, PGresult *answer)
{
    struct asked *asked = context;

    asked->questions[asked->answered++]->answer = answer;
}

/* False when one was not answered. */
static bool ask(struct connection *connection, struct question *const *questions, size_t count)
{
    struct asked asked = { .questions = questions };
    struct call *calls[IN_PIPELINE];

    for (size_t i = 0; i < count; i++)
        calls[i] = questions[i]->call;
    connection_run_each(connection, calls, count, take_answer, &asked);
    return asked.answered == count;
}

/* In line with the sessions: calls go before those, and a flood of questions would keep writers from ever having a connection. What fails here is
 * told when it is asked alone. */
static void ask_together(struct pool *pool, struct question *const *questions, size_t count)
{
    struct connection *connection;
    bool well = true;

    if (pool_take(pool, POOL_SESSION, &connection, questions[0]->err) != PRYV_OK)
        return;
    for (size_t at = 0; well && at < count; at += IN_PIPELINE)
        well = ask(connection, questions + at, count - at < IN_PIPELINE ? count - at : IN_PIPELINE);
    pool_give(pool, POOL_SESSION, connection, connection_is_lost(connection));
}

void questions_ask(struct pool *pool, struct question *const *questions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        questions[i]->answer = NULL;
        questions[i]->rc = PRYV_OK;
    }
    if (count > 0)
        ask_together(pool, questions, count);
    for (size_t i = 0; i < count; i++)
        if (!questions[i]->answer)
            questions[i]->rc = pool_run(pool, questions[i]->call, &questions[i]->answer, questions[i]->err);
}
