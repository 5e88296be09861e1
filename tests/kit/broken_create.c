/* broken_create.c - see broken_create.h. */
#include "broken_create.h"
#include <unistd.h>

static const struct pryv_storage_ops *storage;

void broken_create_begin(const struct pryv_storage_ops *whole)
{
    storage = whole;
}

static enum pryv_rc look(struct pryv_session *s, const struct pryv_str *streams, size_t count, bool trashed_too,
                         struct pryv_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct pryv_stream stream;
        enum pryv_rc rc = storage->stream_get(s, err->arena, streams[i], &stream, err);

        if (rc == PRYV_OK && stream.trashed && !trashed_too)
            rc = pryv_fail(err, PRYV_NOT_FOUND, "the stream is trashed");
        if (rc != PRYV_OK)
            return rc;
    }
    return PRYV_OK;
}

static enum pryv_rc insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    enum pryv_rc rc = storage->event_insert(s, row, err);

    return rc == PRYV_OK ? storage->commit(s, err) : rc;
}

static enum pryv_rc create(void *self, struct pryv_str user_id, const struct pryv_event *row, const struct pryv_str *streams,
                           size_t count, bool trashed_too, struct pryv_err *err)
{
    struct pryv_session *s = NULL;
    enum pryv_rc rc = storage->open(self, user_id, PRYV_WRITE, &s, err);

    if (rc == PRYV_OK)
        rc = look(s, streams, count, trashed_too, err);
    if (rc == PRYV_OK)
        rc = insert(s, row, err);
    storage->close(s);
    return rc;
}

enum pryv_rc create_right(void *self, struct pryv_str user_id, const struct pryv_event *row, const struct pryv_str *streams,
                          size_t count, struct pryv_pending_commit **pending PRYV_UNUSED, struct pryv_err *err)
{
    return create(self, user_id, row, streams, count, false, err);
}

enum pryv_rc create_in_trashed(void *self, struct pryv_str user_id, const struct pryv_event *row, const struct pryv_str *streams,
                               size_t count, struct pryv_pending_commit **pending PRYV_UNUSED, struct pryv_err *err)
{
    return create(self, user_id, row, streams, count, true, err);
}

enum pryv_rc create_looking_before(void *self, struct pryv_str user_id, const struct pryv_event *row,
                                   const struct pryv_str *streams, size_t count, struct pryv_pending_commit **pending PRYV_UNUSED,
                                   struct pryv_err *err)
{
    struct pryv_session *s = NULL;
    enum pryv_rc rc = storage->open(self, user_id, PRYV_READ, &s, err);

    if (rc == PRYV_OK)
        rc = look(s, streams, count, false, err);
    storage->close(s);
    usleep(200);
    return rc == PRYV_OK ? create(self, user_id, row, NULL, 0, false, err) : rc;
}

enum pryv_rc create_over_taken(void *self, struct pryv_str user_id, const struct pryv_event *row, const struct pryv_str *streams,
                               size_t count, struct pryv_pending_commit **pending PRYV_UNUSED, struct pryv_err *err)
{
    enum pryv_rc rc = create(self, user_id, row, streams, count, false, err);

    return rc == PRYV_CONFLICT ? PRYV_OK : rc;
}

enum pryv_rc settle_nothing(struct pryv_pending_commit *pending PRYV_UNUSED, struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}
