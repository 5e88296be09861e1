/* user_sessions.c - sessions on a user's data, and what a user takes. */
#include "engine.h"
#include <pryv/folders.h>
#include <errno.h>
#include <stdlib.h>

static enum pryv_rc user_open(void *self, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **out,
                              struct pryv_err *err)
{
    struct database *database;
    struct pryv_session *session;
    enum pryv_rc rc = user_database(self, user_id, &database, err);

    if (rc != PRYV_OK)
        return rc;
    session = calloc(1, sizeof(*session));
    if (!session)
        abort();
    if ((rc = session_begin(session, self, database, mode, err)) != PRYV_OK) {
        database_put(database);
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
    database_put(s->database);
    free(s);
}

static enum pryv_rc usage(struct pryv_session *s, uint64_t *events, uint64_t *streams, uint64_t *bytes, struct pryv_err *err)
{
    uint64_t event_count = 0, stream_count = 0;
    enum pryv_rc rc = session_count(s, "SELECT count(*) FROM events", &event_count, err);

    if (rc == PRYV_OK)
        rc = session_count(s, "SELECT (SELECT count(*) FROM streams) + (SELECT count(*) FROM stream_deletions)", &stream_count,
                           err);
    if (rc != PRYV_OK)
        return rc;

    const char *path = s->database->path;
    const char *slash = strrchr(path, '/');

    *events = event_count;
    *streams = stream_count;
    *bytes = 0;
    if (pryv_tree_bytes(pryv_cstr(err->arena, pryv_str_n(path, (size_t) (slash - path))), bytes) == -1)
        rc = pryv_fail(err, PRYV_FAILED, "cannot read the folder of %s: %s", path, strerror(errno));
    return rc;
}

void user_sessions_offer(struct pryv_storage_ops *ops)
{
    ops->open = user_open;
    ops->close = user_close;
    ops->usage = usage;
}
