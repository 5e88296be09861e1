/* pooler.c - see pooler.h. */
#include "pooler.h"
#include <stdlib.h>

/* PostgreSQL's process that serves the connection now. */
static enum pryv_rc ask_process(struct connection *connection, int *process, struct pryv_err *err)
{
    PGresult *answer = NULL;
    enum pryv_rc rc = connection_script(connection, "SELECT pg_backend_pid()", &answer, err);

    if (rc == PRYV_OK)
        *process = (int) strtol(PQgetvalue(answer, 0, 0), NULL, 10);
    PQclear(answer);
    return rc;
}

static enum pryv_rc ask_process_of_another(const struct connection_options *options, int *process, struct pryv_err *err)
{
    struct connection *another;
    enum pryv_rc rc = connection_open(options, &another, NULL, err);

    if (rc != PRYV_OK)
        return rc;
    if (PQexitPipelineMode(another->handle))
        rc = ask_process(another, process, err);
    connection_close(another);
    return rc;
}

/* A pooler has a number of its own for each session. It lends the connection that was used last first. */
enum pryv_rc pooler_check(struct connection *first, struct pryv_err *err)
{
    int process = 0, of_another = 0;
    enum pryv_rc rc = ask_process(first, &process, err);

    if (rc != PRYV_OK || process == PQbackendPID(first->handle))
        return rc;
    if ((rc = ask_process_of_another(first->options, &of_another, err)) != PRYV_OK)
        return rc;
    if (of_another == process)
        return pryv_fail(
            err, PRYV_FAILED,
            "sessions share connections at %s, which is a pooler: pryvd needs a connection for each session (in PgBouncer: "
            "pool_mode = session)",
            first->options->name);
    return PRYV_OK;
}
