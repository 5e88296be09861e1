/* events_question.c - the parameters of events.get as a query for the stores. */
#include "events_read.h"

enum {
    DEFAULT_LIMIT = 20,
    MIB = 1024 * 1024,
    DAY = 24 * 60 * 60,
    PRESENT = 5, /* seconds: a range that ends "now" on a client whose clock is a little slow still contains the present */
};

static bool has(const json_t *params, const char *name)
{
    return json_object_get(params, name) != NULL;
}

/* Whole and not negative: the table has seen to it. */
static uint64_t read_count(const json_t *params, const char *name, uint64_t usual)
{
    double number = pryv_json_member_number(params, name);

    if (!pryv_present(number))
        return usual;
    return number < 18446744073709549568.0 ? (uint64_t) number : UINT64_MAX;
}

static void read_paging(const json_t *params, struct pryv_event_query *query)
{
    bool has_range = has(params, "fromTime") || has(params, "toTime");

    query->ascending = pryv_json_member_true(params, "sortAscending");
    query->skip = read_count(params, "skip", 0);
    query->limit = read_count(params, "limit", has_range ? UINT64_MAX : DEFAULT_LIMIT);
}

static void read_times(const json_t *params, double now, struct pryv_event_query *query)
{
    query->from = pryv_json_member_number(params, "fromTime");
    query->to = pryv_json_member_number(params, "toTime");
    query->modified_since = pryv_json_member_number(params, "modifiedSince");
    query->running = pryv_json_member_true(params, "running");
    if (pryv_present(query->from) && !pryv_present(query->to))
        query->to = now;
    else if (pryv_present(query->to) && !pryv_present(query->from))
        query->from = query->to - DAY;
    query->with_running = pryv_present(query->from) && query->from <= now - PRESENT && query->to >= now - PRESENT;
}

static void read_state(const json_t *params, struct pryv_event_query *query)
{
    struct pryv_str state = pryv_json_member_text(params, "state");

    query->state = pryv_str_equal(state, "trashed") ? PRYV_STATE_TRASHED
                   : pryv_str_equal(state, "all")   ? PRYV_STATE_ALL
                                                    : PRYV_STATE_DEFAULT;
}

static void read_types(struct pryv_call *call, struct pryv_event_query *query)
{
    const json_t *list = json_object_get(call->params, "types");
    size_t count = json_array_size(list);
    struct pryv_type_filter *types = pryv_new_array(call->arena, struct pryv_type_filter, count);

    for (size_t i = 0; i < count; i++) {
        struct pryv_str text = pryv_json_text_of(json_array_get(list, i));

        types[i].whole_class = text.data[text.len - 1] == '*';
        types[i].text = types[i].whole_class ? pryv_str_n(text.data, text.len - 1) : text;
    }
    query->types = types;
    query->type_count = count;
}

/* In the address a query is JSON text; brackets spell lists of ids and nothing more. */
static enum pryv_rc check_brackets(const struct pryv_call *call, const json_t *streams, struct pryv_err *err)
{
    bool is_address = call->request && !call->parent;
    bool is_tree = json_is_object(streams);
    json_t *item;
    size_t i;

    json_array_foreach(streams, i, item)
        is_tree = is_tree || !json_is_string(item);
    return is_address && is_tree ? pryv_refuse(err, 400, "invalid-request-structure", NULL,
                                               "The parameter `streams` is a list of ids, or queries as JSON text.")
                                 : PRYV_OK;
}

enum pryv_rc events_question_read(struct pryv_call *call, struct events_question *out, struct pryv_err *err)
{
    const struct api_config *config = api_self()->config;
    json_t *params = call->params;
    enum pryv_rc rc;

    *out = (struct events_question){ .with_deletions =
                                         has(params, "modifiedSince") && pryv_json_member_true(params, "includeDeletions") };
    read_paging(params, &out->query);
    read_times(params, call->now, &out->query);
    read_state(params, &out->query);
    if (json_array_size(json_object_get(params, "types")) > (size_t) config->max_query_types)
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "At most %lld types can be asked for.",
                           (long long) config->max_query_types);
    read_types(call, &out->query);
    rc = content_conditions_parse(call->arena, json_object_get(params, "content"), "content", &out->content, err);
    if (rc == PRYV_OK)
        rc = content_conditions_parse(call->arena, json_object_get(params, "clientData"), "clientData", &out->client_data, err);
    if (rc == PRYV_OK)
        rc = check_brackets(call, json_object_get(params, "streams"), err);
    if (rc == PRYV_OK)
        rc = stream_queries_parse(call->arena, api_self()->account, json_object_get(params, "streams"),
                                  (size_t) config->max_query_streams, &out->streams, err);
    return rc;
}

static bool is_kept_whole(const struct pryv_call *call)
{
    return call->parent || !call->request;
}

uint64_t events_most_rows(const struct pryv_call *call)
{
    return is_kept_whole(call) ? (uint64_t) api_self()->config->max_batch_events : UINT64_MAX;
}

enum pryv_rc events_check_written(const struct pryv_call *call, struct pryv_err *err)
{
    int64_t most_mb = api_self()->config->max_batch_mb;

    if (!is_kept_whole(call) || pryv_json_written(call->out) <= (uint64_t) most_mb * MIB)
        return PRYV_OK;
    return pryv_refuse(err, 413, "too-many-results", json_pack("{s:f}", "limitMb", (double) most_mb),
                       "More than %lld MiB; ask for less at a time.", (long long) most_mb);
}
