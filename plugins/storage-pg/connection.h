/* connection.h - one connection to PostgreSQL. Several calls travel in one pipeline: one round trip, and what follows a failure is not run.
 *
 * Statements  A call's statement is prepared by the first call that needs it, in the same round trip.
 * Patience    Who waits for an answer gives the connection up when nothing has come for longer than a statement may take: a server, or a network, that has
 *             stopped without a word.
 * Planning    Every statement is written for an index. The connection's settings keep the planner to that, whatever it knows of the tables.
 * Threads     A connection belongs to one thread at a time.
 * Errors      connection_failed turns PostgreSQL's into ours: PRYV_CONFLICT with the key of a unique index (migrations.h); PRYV_BUSY when the
 *             server cannot be reached, stops, is read-only or full, or a lock was not had in time; PRYV_FAILED for the rest. */
#ifndef STORAGE_PG_CONNECTION_H
#define STORAGE_PG_CONNECTION_H

#include "call.h"
#include <pryv/error.h>

enum { STATEMENTS_KEPT = 256, PIPELINE_ITEMS = 64 };

struct connection_options {
    char **keywords, **values; /* as PQconnectdbParams takes them, ended by NULL */
    double connect_seconds;    /* how long making a connection may take */
    double lock_seconds;       /* how long a statement waits for a lock */
    double statement_seconds;  /* how long a statement may take; 0: no limit */
    char *name;                /* "HOST:PORT/DATABASE", for messages */
    uint32_t server_number;    /* see neighbours.h */
};

enum statement_state { STATEMENT_UNKNOWN, STATEMENT_ASKED, STATEMENT_READY };

struct statement {
    const char *sql;
    enum statement_state state;
};

struct connection {
    PGconn *handle;
    const struct connection_options *options;
    struct statement statements[STATEMENTS_KEPT];
    unsigned statement_count;
    struct statement *items[PIPELINE_ITEMS]; /* what was sent: a statement that is being prepared, or NULL for a call */
    unsigned item_count, item_at;
    unsigned unread; /* pipelines that were sent, and not yet read */
    double patience; /* seconds without a word; 0: no limit */
    bool given_up;   /* for that reason */

    /* The pool's. */
    uint64_t opened; /* see flush.h */
    struct connection *next;
    double idle_since;
};

/* `*none_left` (may be NULL) is set: the server has as many as it, the role or the database may have. */
enum pryv_rc connection_open(const struct connection_options *options, struct connection **out, bool *none_left,
                             struct pryv_err *err);
void connection_close(struct connection *connection);         /* NULL is fine */
bool connection_is_lost(const struct connection *connection); /* a call on it has found that */
/* False when the server has ended it, as far as is known here. Waits for no more than answers that are due. */
bool connection_is_alive(struct connection *connection);

/* Before PQgetResult: waits until it has something to tell, or the connection is lost. */
void connection_wait(struct connection *connection);
/* What follows may take as long as it needs; as long as any statement may. */
void connection_be_patient(struct connection *connection);
void connection_have_usual_patience(struct connection *connection);

/* What the server said, or that the connection is lost when `error` is NULL or says no more. */
enum pryv_rc connection_failed(const struct connection *connection, const PGresult *error, struct pryv_err *err);

/* Several statements without parameters, outside of a pipeline. `answer`: of the last, to be given to PQclear; may be NULL. */
enum pryv_rc connection_script(struct connection *connection, const char *sql, PGresult **answer, struct pryv_err *err);

/* Sends calls as one pipeline and does not wait. False when the connection is lost. */
bool connection_send(struct connection *connection, struct call *calls, size_t count);
/* Reads the oldest pipeline that was sent. `answer` (may be NULL) is the last call's, to be given to PQclear. */
enum pryv_rc connection_read(struct connection *connection, PGresult **answer, struct pryv_err *err);
/* Both, when nothing but what may be ignored was sent before. */
enum pryv_rc connection_run(struct connection *connection, struct call *calls, size_t count, PGresult **answer,
                            struct pryv_err *err);
/* The same for calls behind others, in one pipeline. `early` is the answer of the last before. Both answers are NULL at first; what is set then is to be
 * given to PQclear, on failure too. `answer` may be NULL. */
enum pryv_rc connection_run_after(struct connection *connection, struct call *before, size_t before_count, struct call *calls,
                                  size_t count, PGresult **early, PGresult **answer, struct pryv_err *err);
/* Calls that have nothing to do with each other, in one pipeline. Each answer is handed over as it comes, in their order, and is then to be given to PQclear.
 * With the first failure there are no more; it is not told. */
void connection_run_each(struct connection *connection, struct call *const *calls, size_t count,
                         void (*take)(void *context, PGresult *answer), void *context);

#endif
