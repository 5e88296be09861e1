/* user_sessions.c - sessions on a user's data, and what a user takes. */
#include "engine.h"
#include <stdlib.h>

static enum pryv_rc user_open(void *self, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **out,
                              struct pryv_err *err)
{
    struct pryv_session *session = calloc(1, sizeof(*session));
    enum pryv_rc rc;

    if (!session)
        abort();
    if ((rc = session_begin(session, self, user_id, mode, err)) != PRYV_OK) {
        free(session);
        return rc;
    }
    *out = session;
    return PRYV_OK;
}

static void user_close(struct pryv_session *s)
{
    if (!s)
        return;
    session_end(s);
    free(s);
}

/* Bytes as they were given, before PostgreSQL compresses them; indexes and free space are the whole database's. */
#define EVENT_BYTES                                                                                           \
    "coalesce(sum(120 + length(id) + coalesce(octet_length(stream_ids_json), 0) + coalesce(length(type), 0) " \
    "+ coalesce(octet_length(content_json), 0) + coalesce(octet_length(description), 0) "                     \
    "+ coalesce(octet_length(client_data_json), 0) + coalesce(octet_length(attachments_json), 0)), 0)::bigint"

static enum pryv_rc usage(struct pryv_session *s, uint64_t *events, uint64_t *streams, uint64_t *bytes, struct pryv_err *err)
{
    struct call call = {
        .sql =
            "SELECT e.rows, s.rows + d.rows, e.bytes + a.bytes + s.bytes + c.bytes FROM "
            "(SELECT count(*) AS rows, " EVENT_BYTES " AS bytes FROM events WHERE user_number = $1) AS e, "
            "(SELECT " EVENT_BYTES " AS bytes FROM audit_events WHERE user_number = $1) AS a, "
            "(SELECT count(*) AS rows, coalesce(sum(80 + coalesce(octet_length(name), 0) + "
            "coalesce(octet_length(client_data_json), 0)), 0)"
            "::bigint AS bytes FROM streams WHERE user_number = $1) AS s, "
            "(SELECT count(*) AS rows FROM stream_deletions WHERE user_number = $1) AS d, "
            "(SELECT coalesce(sum(60 + octet_length(bytes)), 0)::bigint AS bytes FROM series_chunks WHERE user_number = $1) AS c"
    };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    *events = (uint64_t) answer_integer(answer, 0, 0);
    *streams = (uint64_t) answer_integer(answer, 0, 1);
    *bytes = (uint64_t) answer_integer(answer, 0, 2);
    PQclear(answer);
    return PRYV_OK;
}

void user_sessions_offer(struct pryv_storage_ops *ops)
{
    ops->open = user_open;
    ops->close = user_close;
    ops->usage = usage;
}
