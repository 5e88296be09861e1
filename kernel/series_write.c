/* series_write.c - see pryv/series_write.h. */
#include <pryv/series_write.h>

static enum pryv_rc not_as_told(struct pryv_err *err)
{
    return pryv_conflict(err, "event", "an event is not as it was told");
}

static bool is_as_told(const struct pryv_event *found, const struct pryv_event *told)
{
    return !pryv_present(found->deleted) && found->time == told->time && found->trashed == told->trashed &&
           pryv_str_is(found->type, told->type) && pryv_str_is(found->stream_ids_json, told->stream_ids_json);
}

/* Chunks of one event follow each other mostly: it is looked at once. */
static enum pryv_rc look(const struct pryv_storage_ops *storage, struct pryv_session *s, const struct pryv_event *const *events,
                         size_t count, struct pryv_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct pryv_event found;
        enum pryv_rc rc;

        if (i && events[i] == events[i - 1])
            continue;
        rc = storage->event_get(s, err->arena, events[i]->id, &found, err);
        if (rc == PRYV_NOT_FOUND || (rc == PRYV_OK && !is_as_told(&found, events[i])))
            return not_as_told(err);
        if (rc != PRYV_OK)
            return rc;
    }
    return PRYV_OK;
}

static enum pryv_rc append(const struct pryv_storage_ops *storage, struct pryv_session *s, const struct pryv_event *const *events,
                           const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    if (storage->size > offsetof(struct pryv_storage_ops, series_append_all) && storage->series_append_all) {
        struct pryv_str *ids = pryv_new_array(err->arena, struct pryv_str, count);

        for (size_t i = 0; i < count; i++)
            ids[i] = events[i]->id;
        return storage->series_append_all(s, ids, chunks, count, err);
    }
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = storage->series_append(s, events[i]->id, &chunks[i], err);
    return rc;
}

enum pryv_rc pryv_series_write(const struct pryv_storage_ops *storage, void *self, struct pryv_str user_id,
                               const struct pryv_event *const *events, const struct pryv_series_chunk *chunks, size_t count,
                               struct pryv_err *err)
{
    struct pryv_session *s = NULL;
    enum pryv_rc rc = storage->open(self, user_id, PRYV_WRITE, &s, err);

    if (rc == PRYV_NOT_FOUND)
        return not_as_told(err);
    if (rc == PRYV_OK)
        rc = look(storage, s, events, count, err);
    if (rc == PRYV_OK)
        rc = append(storage, s, events, chunks, count, err);
    if (rc == PRYV_OK)
        rc = storage->commit(s, err);
    storage->close(s);
    return rc;
}
