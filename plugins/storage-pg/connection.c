/* connection.c - see connection.h. */
#include "connection.h"
#include "unique_key.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* ---- Failures -------------------------------------------------------------------------------- */

/* Class or whole code of an SQLSTATE that means: not now. What is told then, or NULL for the server's own words. */
static const struct {
    const char *code, *meaning;
} busy_states[] = {
    { "08", NULL },                               /* connection failures */
    { "25006", "the database is read-only now" }, /* a standby, or default_transaction_read_only */
    { "25P", NULL },                              /* a limit on transactions, set while the connection was open */
    { "26000", "a pooler in between does not keep a connection to each session" },
    { "40001", "the transaction lost against another one" }, /* serialisation */
    { "40P01", "the transaction lost against another one" }, /* deadlock */
    { "42501", "the role that pryvd signs in as has too few rights" },
    { "42P05", "a pooler in between does not keep a connection to each session" },
    { "53100", "the database's disk is full" },
    { "53", NULL }, /* memory, connections */
    { "55P03", "waited too long for others that write" },
    { "57014", "the statement took too long" },
    { "57P", NULL },   /* shutdown, crash, not yet started, terminated */
    { "58030", NULL }, /* input or output error */
};

static size_t line_length(const char *message)
{
    return strcspn(message, "\n");
}

static enum pryv_rc server_failed(const struct connection *connection, const PGresult *error, struct pryv_err *err)
{
    const char *state = PQresultErrorField(error, PG_DIAG_SQLSTATE), *text = PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = PQresultErrorField(error, PG_DIAG_CONSTRAINT_NAME);
    const char *name = connection->options->name;

    if (!text)
        text = PQresultErrorMessage(error);
    if (state && strcmp(state, "23505") == 0 && unique_key(constraint))
        return pryv_conflict(err, unique_key(constraint), "%s", text);
    for (size_t i = 0; state && i < PRYV_COUNT(busy_states); i++)
        if (strncmp(state, busy_states[i].code, strlen(busy_states[i].code)) == 0)
            return pryv_fail(err, PRYV_BUSY, "PostgreSQL at %s: %s%s%.*s", name,
                             busy_states[i].meaning ? busy_states[i].meaning : "", busy_states[i].meaning ? ": " : "",
                             (int) line_length(text), text);
    return pryv_fail(err, PRYV_FAILED, "PostgreSQL at %s: %.*s (%s)", name, (int) line_length(text), text,
                     state ? state : "no code");
}

static enum pryv_rc lost(const struct connection *connection, struct pryv_err *err)
{
    const char *message = PQerrorMessage(connection->handle);

    if (connection->given_up)
        return pryv_fail(err, PRYV_BUSY, "PostgreSQL at %s was given up: nothing came for %g seconds", connection->options->name,
                         connection->patience);
    return pryv_fail(err, PRYV_BUSY, "the connection to PostgreSQL at %s was lost: %.*s", connection->options->name,
                     (int) line_length(message), message);
}

enum pryv_rc connection_failed(const struct connection *connection, const PGresult *error, struct pryv_err *err)
{
    const char *state = error ? PQresultErrorField(error, PG_DIAG_SQLSTATE) : NULL;

    if (!state && PQstatus(connection->handle) == CONNECTION_BAD)
        return lost(connection, err);
    return error ? server_failed(connection, error, err)
                 : pryv_fail(err, PRYV_FAILED, "PostgreSQL at %s did not answer in order", connection->options->name);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

/* PostgreSQL ends by itself what takes longer than it may; this is for when it cannot. */
enum { MARGIN_SECONDS = 5 };

void connection_have_usual_patience(struct connection *connection)
{
    const struct connection_options *options = connection->options;

    connection->patience =
        options->statement_seconds > 0 ? options->statement_seconds + options->lock_seconds + MARGIN_SECONDS : 0;
}

void connection_be_patient(struct connection *connection)
{
    connection->patience = 0;
}

void connection_wait(struct connection *connection)
{
    struct pollfd socket = { .fd = PQsocket(connection->handle), .events = POLLIN };

    while (connection->patience > 0 && !connection->given_up && PQisBusy(connection->handle)) {
        if (poll(&socket, 1, (int) (connection->patience * 1000)) == 0) {
            connection->given_up = true;
            shutdown(socket.fd, SHUT_RDWR); /* libpq finds that it is lost */
        }
        if (!PQconsumeInput(connection->handle))
            return;
    }
}

/* ---- Outside of pipelines --------------------------------------------------------------------- */

enum pryv_rc connection_script(struct connection *connection, const char *sql, PGresult **answer, struct pryv_err *err)
{
    PGresult *result, *last = NULL;
    enum pryv_rc rc = PRYV_OK;

    if (!PQsendQuery(connection->handle, sql))
        return lost(connection, err);
    while (connection_wait(connection), (result = PQgetResult(connection->handle))) {
        PQclear(last);
        last = result;
    }
    if (PQresultStatus(last) != PGRES_COMMAND_OK && PQresultStatus(last) != PGRES_TUPLES_OK)
        rc = connection_failed(connection, last, err);
    if (rc == PRYV_OK && answer)
        *answer = last;
    else
        PQclear(last);
    return rc;
}

/* ---- Pipelines ------------------------------------------------------------------------------- */

/* NULL when there is no room: the statement is then not kept. */
static struct statement *statement_of(struct connection *connection, const char *sql)
{
    size_t at = ((uintptr_t) sql >> 3) % STATEMENTS_KEPT;

    while (connection->statements[at].sql && connection->statements[at].sql != sql)
        at = (at + 1) % STATEMENTS_KEPT;
    if (!connection->statements[at].sql) {
        if (connection->statement_count == STATEMENTS_KEPT - 1) /* one stays free: it ends the search */
            return NULL;
        connection->statement_count++;
        connection->statements[at].sql = sql;
    }
    return &connection->statements[at];
}

static bool send_call(struct connection *connection, struct call *call)
{
    static const int binary[CALL_PARAMETERS] = { [0 ... CALL_PARAMETERS - 1] = 1 };
    struct statement *statement = call->once ? NULL : statement_of(connection, call->sql);
    char name[16];

    if (!statement) {
        connection->items[connection->item_count++] = NULL;
        return PQsendQueryParams(connection->handle, call->sql, call->count, NULL, call->values, call->lengths, binary, 1);
    }
    snprintf(name, sizeof(name), "s%zu", (size_t) (statement - connection->statements));
    if (statement->state == STATEMENT_UNKNOWN) {
        if (!PQsendPrepare(connection->handle, name, call->sql, 0, NULL))
            return false;
        statement->state = STATEMENT_ASKED;
        connection->items[connection->item_count++] = statement;
    }
    connection->items[connection->item_count++] = NULL;
    return PQsendQueryPrepared(connection->handle, name, call->count, call->values, call->lengths, binary, 1);
}

static bool send_calls(struct connection *connection, struct call *calls, size_t count)
{
    if (connection->item_count + 2 * count > PIPELINE_ITEMS)
        abort();
    for (size_t i = 0; i < count; i++)
        if (!send_call(connection, &calls[i]))
            return false;
    return true;
}

static bool end_pipeline(struct connection *connection)
{
    if (!PQpipelineSync(connection->handle))
        return false;
    connection->unread++;
    return true;
}

bool connection_send(struct connection *connection, struct call *calls, size_t count)
{
    return send_calls(connection, calls, count) && end_pipeline(connection);
}

static void item_is_over(struct connection *connection, bool well)
{
    struct statement *statement = connection->items[connection->item_at];

    if (statement)
        statement->state = well ? STATEMENT_READY : STATEMENT_UNKNOWN;
}

/* What is kept of the results of a pipeline. */
struct kept {
    size_t early_at; /* which call's answer is `early` */
    PGresult **early, **last, *error;
    size_t calls; /* that were answered */
    void (*take)(void *context, PGresult *answer);
    void *context;
};

static void keep(PGresult **kept, PGresult *result)
{
    PQclear(*kept);
    *kept = result;
}

static void keep_answer(struct kept *kept, bool is_call, PGresult *result)
{
    size_t at = is_call ? kept->calls++ : SIZE_MAX;

    if (kept->take && is_call)
        kept->take(kept->context, result);
    else if (kept->early && at == kept->early_at)
        keep(kept->early, result);
    else if (kept->last && is_call)
        keep(kept->last, result);
    else
        PQclear(result);
}

/* The results of one pipeline, up to its end. False when the connection was lost before. */
static bool read_pipeline(struct connection *connection, struct kept *kept)
{
    for (;;) {
        connection_wait(connection);

        PGresult *result = PQgetResult(connection->handle);
        ExecStatusType status = PQresultStatus(result);

        if (!result) { /* the end of one item */
            if (PQstatus(connection->handle) == CONNECTION_BAD || connection->item_at >= connection->item_count)
                return false;
            connection->item_at++;
            continue;
        }
        if (status == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return true;
        }
        bool well = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        bool is_item = connection->item_at < connection->item_count;

        if (is_item)
            item_is_over(connection, well);
        if (well)
            keep_answer(kept, is_item && !connection->items[connection->item_at], result);
        else if (status != PGRES_PIPELINE_ABORTED && !kept->error)
            kept->error = result;
        else
            PQclear(result);
    }
}

static bool read_answers(struct connection *connection, struct kept *kept)
{
    bool well = connection->unread && read_pipeline(connection, kept) && !kept->error;

    if (connection->unread)
        connection->unread--;
    if (!connection->unread)
        connection->item_count = connection->item_at = 0;
    return well;
}

static enum pryv_rc read_kept(struct connection *connection, struct kept *kept, struct pryv_err *err)
{
    enum pryv_rc rc = read_answers(connection, kept) ? PRYV_OK : connection_failed(connection, kept->error, err);

    PQclear(kept->error);
    return rc;
}

enum pryv_rc connection_read(struct connection *connection, PGresult **answer, struct pryv_err *err)
{
    PGresult *last = NULL;
    struct kept kept = { .last = answer ? &last : NULL };
    enum pryv_rc rc = read_kept(connection, &kept, err);

    if (rc == PRYV_OK && answer)
        *answer = last;
    else
        PQclear(last);
    return rc;
}

/* What was sent before without waiting: its answers say nothing that matters. */
static void read_leftovers(struct connection *connection)
{
    struct pryv_arena *scratch;

    if (!connection->unread)
        return;
    scratch = pryv_arena_new();

    struct pryv_err unseen = PRYV_ERR(scratch);

    while (connection->unread)
        (void) !connection_read(connection, NULL, &unseen);
    pryv_arena_free(scratch);
}

static void forget_sent(struct connection *connection)
{
    connection->unread = connection->item_count = connection->item_at = 0;
}

static enum pryv_rc not_sent(struct connection *connection, struct pryv_err *err)
{
    forget_sent(connection);
    return lost(connection, err);
}

enum pryv_rc connection_run(struct connection *connection, struct call *calls, size_t count, PGresult **answer,
                            struct pryv_err *err)
{
    read_leftovers(connection);
    return connection_send(connection, calls, count) ? connection_read(connection, answer, err) : not_sent(connection, err);
}

enum pryv_rc connection_run_after(struct connection *connection, struct call *before, size_t before_count, struct call *calls,
                                  size_t count, PGresult **early, PGresult **answer, struct pryv_err *err)
{
    struct kept kept = { .early_at = before_count - 1, .early = early, .last = answer };

    read_leftovers(connection);
    if (!send_calls(connection, before, before_count) || !send_calls(connection, calls, count) || !end_pipeline(connection))
        return not_sent(connection, err);
    return read_kept(connection, &kept, err);
}

void connection_run_each(struct connection *connection, struct call *const *calls, size_t count,
                         void (*take)(void *context, PGresult *answer), void *context)
{
    struct kept kept = { .take = take, .context = context };
    bool sent = true;

    read_leftovers(connection);
    for (size_t i = 0; i < count && sent; i++)
        sent = send_calls(connection, calls[i], 1);
    if (!sent || !end_pipeline(connection)) {
        forget_sent(connection);
        return;
    }
    (void) read_answers(connection, &kept);
    PQclear(kept.error);
}

bool connection_is_lost(const struct connection *connection)
{
    return PQstatus(connection->handle) == CONNECTION_BAD;
}

bool connection_is_alive(struct connection *connection)
{
    struct pollfd socket = { .fd = PQsocket(connection->handle), .events = POLLIN };

    read_leftovers(connection);
    if (connection_is_lost(connection))
        return false;
    return poll(&socket, 1, 0) == 0; /* an idle server says nothing, unless it ends the connection */
}
