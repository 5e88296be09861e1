/* events_streams.c - the streams that an event is in, and what they let an access do with it. */
#include "events.h"

/* ---- The list --------------------------------------------------------------------------------------------- */

static size_t count_of(char c, struct pryv_str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == c;
    return count;
}

/* ["a","b"] without escapes: every second piece between quotes is an id. */
static bool read_plain(struct pryv_arena *mem, struct pryv_str list, struct event_streams *out)
{
    const char *at = list.data, *end = list.data + list.len;
    size_t quotes = count_of('"', list);

    if (list.len < 2 || list.data[0] != '[' || quotes % 2 || memchr(list.data, '\\', list.len))
        return false;
    out->ids = pryv_new_array(mem, struct pryv_str, quotes / 2);
    for (out->count = 0; out->count < quotes / 2; out->count++) {
        const char *open = memchr(at, '"', (size_t) (end - at));
        const char *close = memchr(open + 1, '"', (size_t) (end - open - 1));

        out->ids[out->count] = pryv_str_n(open + 1, (size_t) (close - open - 1));
        at = close + 1;
    }
    return true;
}

enum pryv_rc event_streams(struct pryv_arena *mem, const struct pryv_event *row, struct event_streams *out, struct pryv_err *err)
{
    json_t *list, *id;
    size_t i;

    *out = (struct event_streams){ 0 };
    if (!row->stream_ids_json.data || read_plain(mem, row->stream_ids_json, out))
        return PRYV_OK;
    if (pryv_json_parse(mem, row->stream_ids_json, false, &list, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored streams of an event are broken");
    out->ids = pryv_new_array(mem, struct pryv_str, json_array_size(list));
    json_array_foreach(list, i, id)
        out->ids[out->count++] = pryv_json_text_of(id);
    return PRYV_OK;
}

struct pryv_str event_streams_json(struct pryv_arena *mem, const struct event_streams *streams)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_array(js);
    for (size_t i = 0; i < streams->count; i++)
        pryv_json_str(js, streams->ids[i]);
    pryv_json_array_end(js);
    return pryv_json_text(js);
}

bool event_streams_have(const struct event_streams *streams, struct pryv_str id)
{
    for (size_t i = 0; i < streams->count; i++)
        if (pryv_str_is(streams->ids[i], id))
            return true;
    return false;
}

/* ---- Rights ----------------------------------------------------------------------------------------------- */

bool event_may_read(const struct pryv_access *access, const struct pryv_stream_tree *tree, const struct event_streams *streams)
{
    for (size_t i = 0; i < streams->count; i++)
        if (pryv_level_reads(pryv_access_level(access, tree, streams->ids[i])))
            return true;
    return false;
}

bool event_may_change(const struct pryv_access *access, const struct pryv_stream_tree *tree, const struct event_streams *streams)
{
    for (size_t i = 0; i < streams->count; i++)
        if (pryv_level_changes(pryv_access_level(access, tree, streams->ids[i])))
            return true;
    return false;
}

bool event_may_create(const struct pryv_access *access, const struct pryv_stream_tree *tree, const struct event_streams *streams)
{
    for (size_t i = 0; i < streams->count; i++)
        if (!pryv_level_creates(pryv_access_level(access, tree, streams->ids[i])))
            return false;
    return true;
}

enum pryv_rc event_forbidden(struct pryv_err *err)
{
    return pryv_refuse(err, 403, "forbidden", NULL, "This access may not do that with events of these streams.");
}

enum pryv_rc event_unknown(struct pryv_str id, struct pryv_err *err)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "Unknown event \"%.*s\"", PRYV_STR_ARG(id));
}
