/* store_forest.c - see store_forest.h. */
#include "store_forest.h"
#include "api.h"

enum { DEEPEST = 1000 }; /* no store nests deeper: what is deeper is broken */

struct item {
    struct pryv_str id;
    struct item *parent; /* NULL: none, or it was not loaded */
    bool trashed;
    uint32_t index;
};

struct store_forest {
    struct pryv_call *call;
    const struct store *store;
    struct pryv_err *err;
    enum pryv_rc rc;
    struct item **items;
    size_t count, room;
    json_t *by_id;                  /* id inside the store: index */
    struct pryv_stream_node *nodes; /* by index, when it is viewed */
    const struct pryv_stream_node *roots;
};

struct store_forest *store_forest_new(struct pryv_call *call, const struct store *store, struct pryv_err *err)
{
    struct store_forest *forest = pryv_new(call->arena, struct store_forest);

    *forest =
        (struct store_forest){ .call = call, .store = store, .err = err, .by_id = pryv_json_keep(call->arena, json_object()) };
    return forest;
}

/* ---- Loading ------------------------------------------------------------------------------------------------- */

static const json_t *index_of(const struct store_forest *forest, struct pryv_str id)
{
    return id.len ? json_object_getn(forest->by_id, id.data, id.len) : NULL;
}

static struct item *add_item(struct store_forest *forest, struct pryv_str id)
{
    struct item *item = pryv_new(forest->call->arena, struct item);

    if (forest->count == forest->room) {
        struct item **before = forest->items;

        forest->room = forest->room ? forest->room * 2 : 16;
        forest->items = pryv_new_array(forest->call->arena, struct item *, forest->room);
        for (size_t i = 0; i < forest->count; i++)
            forest->items[i] = before[i];
    }
    *item = (struct item){ .id = id, .index = (uint32_t) forest->count };
    json_object_setn_new(forest->by_id, id.data, id.len, json_integer((json_int_t) forest->count));
    forest->items[forest->count++] = item;
    return item;
}

static bool is_above(const struct item *item, const struct item *other)
{
    for (; other; other = other->parent)
        if (other == item)
            return true;
    return false;
}

/* A stream may come twice: named itself, and below another that is named. */
static enum pryv_rc collect(struct store_forest *forest, struct item *parent, const json_t *list, int depth)
{
    const json_t *stream;
    size_t i;
    enum pryv_rc rc = PRYV_OK;

    if (depth > DEEPEST)
        return store_garbage(forest->store, "streams nested too deep", forest->err);
    json_array_foreach(list, i, stream) {
        struct pryv_str id = pryv_json_member_text(stream, "id");
        const json_t *index = index_of(forest, id);
        struct item *item;

        if (!id.len)
            return store_garbage(forest->store, "a stream without id", forest->err);
        if (!index && forest->count >= (size_t) api_self()->config->store_rows_max)
            return store_garbage(forest->store, "more streams than dataStores.maxRows", forest->err);
        item = index ? forest->items[json_integer_value(index)] : add_item(forest, id);
        if (parent && is_above(item, parent))
            return store_garbage(forest->store, "streams that are below themselves", forest->err);
        if (parent)
            item->parent = parent;
        item->trashed = pryv_json_member_true(stream, "trashed");
        if ((rc = collect(forest, item, json_object_get(stream, "children"), depth + 1)) != PRYV_OK)
            return rc;
    }
    return PRYV_OK;
}

static enum pryv_rc load_all(struct store_forest *forest, const json_t *query)
{
    const struct store *store = forest->store;
    json_t *list = NULL;
    enum pryv_rc rc;

    if (!store->ops.streams_get)
        return store_cannot(store, forest->err);
    rc = store->ops.streams_get(store->handle, forest->call->user->id, query, &list, forest->err);
    return rc == PRYV_OK ? collect(forest, NULL, pryv_json_keep(forest->call->arena, list), 0)
                         : store_result(store, rc, forest->err);
}

static enum pryv_rc load_one(struct store_forest *forest, struct pryv_str inside, const json_t *query)
{
    const struct store *store = forest->store;
    json_t *stream = NULL, *list;
    enum pryv_rc rc;

    if (!store->ops.stream_get)
        return store_cannot(store, forest->err);
    rc = store->ops.stream_get(store->handle, forest->call->user->id, inside, query, &stream, forest->err);
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : store_result(store, rc, forest->err);
    list = pryv_json_keep(forest->call->arena, json_array());
    json_array_append_new(list, stream);
    return collect(forest, NULL, list, 0);
}

enum pryv_rc store_forest_load(struct store_forest *forest, struct pryv_str inside)
{
    json_t *query = pryv_json_keep(forest->call->arena,
                                   json_pack("{s:i, s:[], s:b}", "childrenDepth", -1, "excludedIds", "includeTrashed", true));

    if (index_of(forest, inside))
        return PRYV_OK;
    return pryv_str_equal(inside, "*") ? load_all(forest, query) : load_one(forest, inside, query);
}

/* ---- The view -------------------------------------------------------------------------------------------------- */

/* ":store:x" and "x" are the same stream. */
static struct pryv_str inside_of(const struct store_forest *forest, struct pryv_str id)
{
    struct pryv_str inside;

    if (id.len && id.data[0] == ':' && store_of(api_self()->stores, id, &inside) == forest->store)
        return inside;
    return id;
}

/* Stream queries hold it as what cannot change; a failure is noted all the same. */
struct view {
    struct store_forest *forest;
};

static const struct pryv_stream_node *find_viewed(const void *view, struct pryv_str id)
{
    const struct store_forest *forest = ((const struct view *) view)->forest;
    const json_t *index = index_of(forest, inside_of(forest, id));

    return index ? &forest->nodes[json_integer_value(index)] : NULL;
}

static enum pryv_level level_viewed(const void *view, const struct pryv_access *access PRYV_UNUSED, struct pryv_str id)
{
    struct store_forest *forest = ((const struct view *) view)->forest;
    enum pryv_level level = PRYV_LEVEL_NONE;

    if (forest->rc == PRYV_OK)
        forest->rc = store_level(forest->call, forest->store, inside_of(forest, id), &level, forest->err);
    return forest->rc == PRYV_OK ? level : PRYV_LEVEL_NONE;
}

/* From the last to the first, each in front of its siblings. */
static void link_nodes(struct store_forest *forest)
{
    struct pryv_stream_node *nodes = pryv_new_array(forest->call->arena, struct pryv_stream_node, forest->count);

    forest->nodes = nodes;
    forest->roots = NULL;
    for (size_t i = forest->count; i-- > 0;) {
        const struct item *item = forest->items[i];
        struct pryv_stream_node *parent = item->parent ? &nodes[item->parent->index] : NULL;
        const struct pryv_stream_node **first = parent ? &parent->children : &forest->roots;

        nodes[i].row.id = item->id;
        nodes[i].row.trashed = item->trashed;
        nodes[i].index = item->index;
        nodes[i].parent = parent;
        nodes[i].next = *first;
        *first = &nodes[i];
    }
}

struct stream_forest store_forest_view(struct store_forest *forest)
{
    struct view *view = pryv_new(forest->call->arena, struct view);

    view->forest = forest;
    link_nodes(forest);
    return (struct stream_forest){
        .tree = view,
        .find = find_viewed,
        .level = level_viewed,
        .roots = forest->roots,
        .count = forest->count,
        .star_covers = forest->store->in_star,
        .has_root = true,
        .partial = true,
    };
}

enum pryv_rc store_forest_result(const struct store_forest *forest)
{
    return forest->rc;
}
