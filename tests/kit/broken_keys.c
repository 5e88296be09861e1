/* broken_keys.c - see broken_keys.h. */
#include "broken_keys.h"
#include <ctype.h>
#include <stdlib.h>

static const struct pryv_storage_ops *storage;
static const struct pryv_platform_ops *platform;

void broken_keys_begin(const struct pryv_storage_ops *whole, const struct pryv_platform_ops *whole_platform)
{
    storage = whole;
    platform = whole_platform;
}

static struct pryv_str folded(struct pryv_arena *mem, struct pryv_str text)
{
    char *small = pryv_cstr(mem, text);

    for (size_t i = 0; i < text.len; i++)
        small[i] = (char) tolower((unsigned char) small[i]);
    return pryv_str_n(small, text.len);
}

enum pryv_rc stream_insert_folded(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err)
{
    struct pryv_stream changed = *row;

    changed.id = folded(err->arena, row->id);
    return storage->stream_insert(s, &changed, err);
}

static struct pryv_str trimmed(struct pryv_str text)
{
    while (text.len && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

enum pryv_rc value_set_trimmed(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                               struct pryv_err *err)
{
    return storage->value_set(s, trimmed(scope), trimmed(key), value_json, err);
}

enum pryv_rc query_rounded(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                           struct pryv_err *err)
{
    struct pryv_event_query changed = *query;

    if (pryv_present(query->modified_since))
        changed.modified_since = strtod(pryv_format(err->arena, "%.15g", query->modified_since).data, NULL);
    return storage->events_query(s, &changed, out, err);
}

enum pryv_rc query_narrow(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                          struct pryv_err *err)
{
    struct pryv_event_query changed = *query;

    changed.limit = query->limit == UINT64_MAX ? UINT64_MAX : (uint32_t) query->limit;
    return storage->events_query(s, &changed, out, err);
}

enum pryv_rc access_insert_narrow(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    struct pryv_access_row changed = *row;

    changed.serial = (uint16_t) row->serial;
    return storage->access_insert(s, &changed, err);
}

enum pryv_rc access_update_partly(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    struct pryv_access_row changed = *row, before;
    enum pryv_rc rc = storage->access_get(s, err->arena, row->id, &before, err);

    changed.modified_by = rc == PRYV_OK ? before.modified_by : row->modified_by;
    return storage->access_update(s, &changed, err);
}

enum pryv_rc indexed_set_only(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                              struct pryv_err *err)
{
    return value.data ? platform->indexed_set(self, username, field, value, err) : PRYV_OK;
}
