/* events_stores.c - see events_stores.h. */
#include "events_stores.h"

/* ---- The stores of a question ---------------------------------------------------------------------------------- */

static const struct store *store_named(struct pryv_str name)
{
    const struct store *list;
    size_t count = stores_list(api_self()->stores, &list);

    for (size_t i = 0; i < count; i++)
        if (pryv_str_is(list[i].id, name))
            return &list[i];
    return NULL;
}

const struct events_store *events_stores_find(const struct events_stores *stores, struct pryv_str name)
{
    for (size_t i = 0; i < stores->count; i++)
        if (pryv_str_is(stores->list[i].store->id, name))
            return &stores->list[i];
    return NULL;
}

static bool has_entries(const struct pryv_access *access, const struct store *store)
{
    const struct pryv_permission *entries;
    size_t count = pryv_access_permissions(access, &entries);
    struct pryv_str inside;

    for (size_t i = 0; i < count; i++)
        if (store_of(api_self()->stores, entries[i].stream_id, &inside) == store && pryv_level_reads(entries[i].level))
            return true;
    return false;
}

/* Never the audit log, which is asked for by name. */
static bool goes_without_naming(const struct pryv_call *call, const struct events_question *question, const struct store *store)
{
    for (size_t i = 0; i < question->streams.count; i++)
        if (pryv_str_is(question->streams.list[i].store, store->id))
            return false;
    return !pryv_str_equal(store->id, "_audit") && has_entries(call->access, store);
}

static bool asks_for_everything(const struct events_question *question)
{
    for (size_t i = 0; i < question->streams.count; i++)
        if (pryv_str_is(question->streams.list[i].store, STORE_LOCAL) &&
            pryv_str_equal(question->streams.list[i].any.ids[0], "*"))
            return true;
    return false;
}

static void add_readable_stores(const struct pryv_call *call, struct events_question *question)
{
    static struct pryv_str star[] = { { "*", 1 } };
    const struct store *list;
    size_t count = stores_list(api_self()->stores, &list);
    struct stream_queries all = { .list = pryv_new_array(call->arena, struct stream_query, question->streams.count + count) };

    if (call->access->type == PRYV_PERSONAL || !asks_for_everything(question))
        return;
    for (; all.count < question->streams.count; all.count++)
        all.list[all.count] = question->streams.list[all.count];
    for (size_t i = 0; i < count; i++)
        if (goes_without_naming(call, question, &list[i]))
            all.list[all.count++] = (struct stream_query){ .store = list[i].id, .any = { .ids = star, .count = 1 } };
    question->streams = all;
}

/* ---- Loading ----------------------------------------------------------------------------------------------------- */

static struct pryv_str without_mark(struct pryv_str id)
{
    return id.len > 1 && id.data[id.len - 1] == '!' ? pryv_str_n(id.data, id.len - 1) : id;
}

static enum pryv_rc load_list(struct store_forest *streams, const struct stream_list *list)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < list->count; i++)
        rc = store_forest_load(streams, without_mark(list->ids[i]));
    return rc;
}

static enum pryv_rc load_query(struct store_forest *streams, const struct stream_query *query)
{
    enum pryv_rc rc = load_list(streams, &query->any);

    if (rc == PRYV_OK)
        rc = load_list(streams, &query->all);
    return rc == PRYV_OK ? load_list(streams, &query->none) : rc;
}

/* What is closed to the access takes events out of what is open to it, so that it must be known. */
static enum pryv_rc load_closed(const struct pryv_call *call, const struct events_store *from)
{
    const struct pryv_permission *entries;
    size_t count = pryv_access_permissions(call->access, &entries);
    enum pryv_rc rc = PRYV_OK;
    struct pryv_str inside;

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (!pryv_level_reads(entries[i].level) && store_of(api_self()->stores, entries[i].stream_id, &inside) == from->store &&
            !pryv_str_equal(inside, "*"))
            rc = store_forest_load(from->streams, inside);
    return rc;
}

static enum pryv_rc check_conditions(const struct events_question *question, const struct store *store, struct pryv_err *err)
{
    if (content_conditions_supported(&question->content, "content", store->supports) &&
        content_conditions_supported(&question->client_data, "clientData", store->supports))
        return PRYV_OK;
    return pryv_refuse(err, 400, "invalid-operation", NULL, "The store \"%.*s\" does not know such conditions on content.",
                       PRYV_STR_ARG(store->id));
}

enum pryv_rc events_stores_load(struct pryv_call *call, struct events_question *question, struct events_stores *out,
                                struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    add_readable_stores(call, question);
    *out = (struct events_stores){ .list = pryv_new_array(call->arena, struct events_store, question->streams.count) };
    for (size_t i = 0; rc == PRYV_OK && i < question->streams.count; i++) {
        const struct stream_query *query = &question->streams.list[i];
        const struct events_store *known = events_stores_find(out, query->store);
        const struct store *store = known ? known->store : store_named(query->store);

        if (!store)
            continue;
        if (!known) {
            if ((rc = check_conditions(question, store, err)) != PRYV_OK)
                break;
            out->list[out->count] = (struct events_store){ .store = store, .streams = store_forest_new(call, store, err) };
            known = &out->list[out->count++];
            rc = load_closed(call, known);
        }
        if (rc == PRYV_OK)
            rc = load_query(known->streams, query);
    }
    for (size_t i = 0; i < out->count; i++)
        out->list[i].forest = store_forest_view(out->list[i].streams);
    return rc;
}

enum pryv_rc events_stores_plan(struct pryv_call *call, const struct events_question *question, const struct stream_question *ask,
                                struct events_stores *stores, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < stores->count; i++) {
        struct events_store *from = &stores->list[i];

        rc = stream_queries_expand(call->arena, ask, &from->forest, &question->streams, from->store->id, &from->blocks, err);
        if (rc == PRYV_OK)
            rc = store_forest_result(from->streams);
    }
    return rc;
}

/* ---- The question as a store is asked it --------------------------------------------------------------------------- */

static json_t *ids_json(const struct pryv_stream_condition *condition)
{
    json_t *list = json_array();

    for (size_t i = 0; i < condition->count; i++)
        json_array_append_new(list, pryv_json_string(condition->ids[i]));
    return list;
}

static json_t *streams_json(const struct stream_blocks *blocks)
{
    json_t *list = json_array();

    for (size_t i = 0; i < blocks->count; i++) {
        const struct pryv_stream_block *block = &blocks->list[i];
        json_t *conditions = json_array();

        for (size_t k = 0; k < block->count; k++)
            json_array_append_new(
                conditions, json_pack("{s:o}", block->conditions[k].not_in ? "not" : "any", ids_json(&block->conditions[k])));
        json_array_append_new(list, conditions);
    }
    return list;
}

static json_t *types_json(const struct pryv_event_query *query)
{
    json_t *list = json_array();

    for (size_t i = 0; i < query->type_count; i++) {
        struct pryv_str text = query->types[i].text;

        json_array_append_new(list, json_sprintf("%.*s%s", (int) text.len, text.data, query->types[i].whole_class ? "*" : ""));
    }
    return list;
}

static void put_number(json_t *object, const char *key, double number)
{
    if (pryv_present(number))
        json_object_set_new(object, key, json_real(number));
}

static void put_conditions(json_t *object, const char *key, const struct content_conditions *conditions)
{
    if (conditions->count)
        json_object_set(object, key, conditions->json);
}

static json_t *query_json(const struct events_question *question, const struct stream_blocks *blocks)
{
    static const char *const states[] = {
        [PRYV_STATE_DEFAULT] = "default",
        [PRYV_STATE_TRASHED] = "trashed",
        [PRYV_STATE_ALL] = "all",
    };
    const struct pryv_event_query *query = &question->query;
    json_t *asked = json_pack("{s:s}", "state", states[query->state]);

    if (query->type_count)
        json_object_set_new(asked, "types", types_json(query));
    if (query->running)
        json_object_set_new(asked, "running", json_true());
    put_number(asked, "fromTime", query->from);
    put_number(asked, "toTime", query->to);
    put_number(asked, "modifiedSince", query->modified_since);
    json_object_set_new(asked, "streams", streams_json(blocks));
    put_conditions(asked, "content", &question->content);
    put_conditions(asked, "clientData", &question->client_data);
    return asked;
}

static json_t *options_json(const struct pryv_event_query *query)
{
    return json_pack("{s:o, s:o, s:b}", "skip", query->skip ? json_real((double) query->skip) : json_null(), "limit",
                     query->limit == UINT64_MAX ? json_null() : json_real((double) query->limit), "sortAscending",
                     query->ascending);
}

/* ---- Reading ---------------------------------------------------------------------------------------------------------- */

struct reading {
    const struct events_store *from;
    uint64_t left;
    events_store_take take;
    void *context;
    enum pryv_rc rc; /* of what was not the store's */
    struct pryv_err *err;
};

/* What was not asked for is not told, whatever the store says. */
static bool is_asked_for(const struct reading *reading, struct pryv_arena *mem, const json_t *event)
{
    const json_t *list = json_object_get(event, "streamIds");
    struct pryv_str *ids = pryv_new_array(mem, struct pryv_str, json_array_size(list));

    for (size_t i = 0; i < json_array_size(list); i++)
        ids[i] = pryv_json_text_of(json_array_get(list, i));
    return stream_blocks_match(&reading->from->blocks, ids, json_array_size(list));
}

static enum pryv_rc take_event(void *context, const json_t *event)
{
    struct reading *reading = context;
    struct pryv_arena *mem;
    struct pryv_event row;

    if (reading->left == 0)
        return PRYV_OK; /* more than it was asked for */
    mem = pryv_arena_new();
    reading->rc = store_event_row(mem, reading->from->store, event, &row, reading->err);
    if (reading->rc == PRYV_OK && is_asked_for(reading, mem, event)) {
        reading->left--;
        reading->rc = reading->take(reading->context, &row, reading->err);
    }
    pryv_arena_free(mem);
    return reading->rc;
}

enum pryv_rc events_store_read(struct pryv_call *call, const struct events_question *question, const struct events_store *from,
                               events_store_take take, void *context, struct pryv_err *err)
{
    struct reading reading = { .from = from, .left = question->query.limit, .take = take, .context = context, .err = err };
    const struct store *store = from->store;
    json_t *query, *options;
    enum pryv_rc rc;

    if (!from->blocks.count || !question->query.limit)
        return PRYV_OK;
    if (!store->ops.events_get)
        return store_cannot(store, err);
    query = query_json(question, &from->blocks);
    options = options_json(&question->query);
    rc = store->ops.events_get(store->handle, call->user->id, query, options, take_event, &reading, err);
    json_decref(query);
    json_decref(options);
    return reading.rc != PRYV_OK ? reading.rc : store_result(store, rc, err);
}
