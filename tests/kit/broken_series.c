/* broken_series.c - see broken_series.h. */
#include "broken_series.h"
#include <pryv/series_write.h>
#include <unistd.h>

static const struct pryv_storage_ops *storage;

void broken_series_begin(const struct pryv_storage_ops *whole)
{
    storage = whole;
}

enum pryv_rc write_right(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                         const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err)
{
    return pryv_series_write(storage, self, user_id, events, chunks, count, err);
}

enum pryv_rc write_unlooked(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                            const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err)
{
    struct pryv_session *s = NULL;
    enum pryv_rc rc = storage->open(self, user_id, PRYV_WRITE, &s, err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = storage->series_append(s, events[i]->id, &chunks[i], err);
    if (rc == PRYV_OK)
        rc = storage->commit(s, err);
    storage->close(s);
    return rc;
}

enum pryv_rc write_partly(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                          const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = write_right(self, user_id, &events[i], &chunks[i], 1, err);
    return rc;
}

static enum pryv_rc look(void *self, struct pryv_str user_id, const struct pryv_event *told, struct pryv_err *err)
{
    struct pryv_session *s = NULL;
    struct pryv_event found;
    enum pryv_rc rc = storage->open(self, user_id, PRYV_READ, &s, err);

    if (rc == PRYV_OK)
        rc = storage->event_get(s, err->arena, told->id, &found, err);
    if (rc == PRYV_OK && !pryv_str_is(found.type, told->type))
        rc = pryv_conflict(err, "event", "it is of another type");
    storage->close(s);
    return rc;
}

enum pryv_rc write_looking_before(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                                  const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = look(self, user_id, events[i], err);
    usleep(200);
    return rc == PRYV_OK ? write_unlooked(self, user_id, events, chunks, count, err) : rc;
}
