/* events_checks.c - what a client may name in an event: ids, streams, content. */
#include "events_write.h"
#include "stream_query.h"
#include "streams.h"

/* ---- Ids --------------------------------------------------------------------------------------------------- */

static bool is_small(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* `count` characters of a-z 0-9, and hyphens if they may be there. */
static bool all_small(const char *text, size_t count, bool hyphens)
{
    for (size_t i = 0; i < count; i++)
        if (!is_small(text[i]) && !(hyphens && text[i] == '-'))
            return false;
    return true;
}

struct pryv_str event_store_of(struct pryv_str id)
{
    const char *end = id.len > 1 && id.data[0] == ':' ? memchr(id.data + 1, ':', id.len - 1) : NULL;

    return end ? pryv_str_n(id.data + 1, (size_t) (end - id.data) - 1) : PRYV_STR("");
}

/* `^:[a-z0-9-]+:[a-z0-9A-Z-]{1,256}`: what follows is the store's business. */
static bool is_of_a_store(struct pryv_str id)
{
    struct pryv_str store = event_store_of(id);
    size_t first = store.len + 2;

    if (!store.len || !all_small(store.data, store.len, true) || first >= id.len)
        return false;
    return is_small(id.data[first]) || (id.data[first] >= 'A' && id.data[first] <= 'Z') || id.data[first] == '-';
}

bool event_id_is_valid(struct pryv_str id)
{
    if (id.len == 25 && id.data[0] == 'c')
        return all_small(id.data + 1, 24, true);
    if (id.len == 24 && id.data[0] >= 'a' && id.data[0] <= 'z')
        return all_small(id.data + 1, 23, false);
    return is_of_a_store(id);
}

/* ---- Streams ----------------------------------------------------------------------------------------------- */

void event_streams_named(struct pryv_arena *mem, const json_t *list, struct event_streams *out)
{
    json_t *seen = json_object(), *item;
    size_t i;

    out->ids = pryv_new_array(mem, struct pryv_str, json_array_size(list));
    out->count = 0;
    json_array_foreach(list, i, item) {
        struct pryv_str id = pryv_json_text_of(item), inside;

        if (stream_store_of(api_self()->account, id, &inside) == STREAM_LOCAL && inside.len)
            id = inside;
        if (json_object_getn(seen, id.data, id.len))
            continue;
        json_object_setn_new(seen, id.data, id.len, json_true());
        out->ids[out->count++] = id;
    }
    json_decref(seen);
}

/* The store of a stream or event; empty: here, like some whose ids only look like another store's. */
static struct pryv_str home_of(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    struct pryv_str store = event_store_of(id);

    if (pryv_str_equal(store, "_cmc") || pryv_str_equal(store, "_shared-secrets") || pryv_str_equal(store, "_emails") ||
        (store.len && pryv_stream_find(tree, id)))
        return PRYV_STR("");
    return store;
}

static bool of_one_store(const struct pryv_stream_tree *tree, const struct event_streams *streams, struct pryv_str event_id)
{
    struct pryv_str first = home_of(tree, event_id.data ? event_id : streams->ids[0]);

    for (size_t i = 0; i < streams->count; i++)
        if (!pryv_str_is(home_of(tree, streams->ids[i]), first))
            return false;
    return true;
}

/* Of the account, or of a store that is there. */
static bool is_elsewhere(struct pryv_str id)
{
    struct pryv_str inside;

    return account_owns(api_self()->account, id) || store_of(api_self()->stores, id, &inside);
}

/* Errors name a stream as its store does, also one of a store that is not there. */
static struct pryv_str within_store(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    struct pryv_str inside;

    (void) store_of_id(api_self()->account, id, &inside);
    return home_of(tree, id).len ? inside : id;
}

enum pryv_rc event_other_store(struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "An event and its streams belong to one store.");
}

enum pryv_rc event_streams_unknown(json_t *ids, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "unknown-referenced-resource", json_pack("{s:o}", "streamIds", ids),
                       "Streams that are not there are named.");
}

enum pryv_rc event_stream_trashed(struct pryv_str id, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s}", "trashedReference", "streamIds"),
                       "The stream \"%.*s\" is in the trash.", PRYV_STR_ARG(id));
}

enum pryv_rc event_streams_check(const struct pryv_stream_tree *tree, const struct event_streams *streams,
                                 struct pryv_str event_id, struct pryv_err *err)
{
    json_t *unknown = NULL;
    const struct pryv_str *trashed = NULL;

    for (size_t i = 0; i < streams->count; i++) {
        const struct pryv_stream_node *node = pryv_stream_find(tree, streams->ids[i]);

        if (node && node->row.trashed)
            trashed = &streams->ids[i];
        if (node || is_elsewhere(streams->ids[i]))
            continue;
        if (!unknown)
            unknown = json_array();
        json_array_append_new(unknown, pryv_json_string(within_store(tree, streams->ids[i])));
    }
    if (unknown)
        return event_streams_unknown(unknown, err);
    if (trashed)
        return event_stream_trashed(*trashed, err);
    return of_one_store(tree, streams, event_id) ? PRYV_OK : event_other_store(err);
}

enum pryv_rc event_streams_check_again(struct pryv_session *session, struct pryv_arena *mem, const struct event_streams *streams,
                                       struct pryv_err *err)
{
    for (size_t i = 0; i < streams->count; i++) {
        struct pryv_stream row;
        enum pryv_rc rc;

        if (event_store_of(streams->ids[i]).len)
            continue; /* given by the server: never deleted */
        rc = api_self()->storage->stream_get(session, mem, streams->ids[i], &row, err);
        if (rc == PRYV_NOT_FOUND) {
            json_t *ids = json_array();

            json_array_append_new(ids, pryv_json_string(streams->ids[i]));
            return event_streams_unknown(ids, err);
        }
        if (rc != PRYV_OK)
            return rc;
        if (row.trashed)
            return event_stream_trashed(streams->ids[i], err);
    }
    return PRYV_OK;
}

/* ---- Members of the row ----------------------------------------------------------------------------------------------- */

enum pryv_rc event_series_content_given(struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-parameters-format", json_string("The content of series is set by the server."),
                       "The content of series is set by the server.");
}

enum pryv_rc event_client_data_check(struct pryv_str client_data_json, struct pryv_err *err)
{
    long long max = api_self()->config->event_data_kb_max;
    json_t *complaints;

    if (client_data_json.len <= (size_t) max * 1024)
        return PRYV_OK;
    complaints = json_array();
    pryv_param_complain(complaints, "MAX_LENGTH", "#/clientData", NULL, "clientData takes more than %lld KB", max);
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
}

void event_set_duration(struct pryv_event *row, const json_t *duration)
{
    double seconds = duration ? json_number_value(duration) : row->duration;

    if (!duration)
        return;
    row->running = json_is_null(duration);
    row->duration = row->running || seconds == 0 ? PRYV_ABSENT : seconds;
}

void event_modified(const struct pryv_call *call, struct pryv_event *row, const json_t *content)
{
    /* Times have milliseconds: what is changed twice within one has two times all the same, also when the clock was set back. */
    row->modified = call->now > row->modified ? call->now : round(row->modified * 1000 + 1) / 1000;
    row->modified_by = call->author;
    row->integrity = api_self()->config->event_integrity ? pryv_event_integrity(call->arena, row, content, NULL) : PRYV_STR_NONE;
}
