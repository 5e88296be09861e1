/* stream_query_expand.c - stream queries worked out into conditions that storage understands: the six steps of events.get.
 *
 * Streams carry marks in a table by their index, made anew for each query. A branch is walked once for a mark, however many ids
 * of a query lead to it, and all walks of a question together are bounded, so that the cost never grows with the square. */
#include "stream_query.h"
#include <pryv/json.h>

enum {
    ANY_NAMED = 1, /* as `a` */
    ANY_ALONE = 2, /* as `a!` */
    NOT_NAMED = 4,
    NOT_ALONE = 8,
    IN_ANY = 16,
    IN_NOT = 32,
    WALKED_ANY = 64,
    WALKED_NOT = 128,
};

struct expansion {
    struct pryv_arena *mem;
    const struct stream_question *question;
    const struct stream_forest *forest;
    unsigned char *marks;
    const struct pryv_stream_node **nodes; /* by index, of those that were walked */
    size_t left;                           /* of question->max_streams */
    struct pryv_err *err;
};

/* ---- Ids as written ------------------------------------------------------------------------------------- */

static bool is_star(const struct stream_list *list)
{
    return list->count == 1 && pryv_str_equal(list->ids[0], "*");
}

static struct pryv_str without_mark(struct pryv_str id, bool *alone)
{
    *alone = id.len > 0 && id.data[id.len - 1] == '!';
    return *alone ? pryv_str_n(id.data, id.len - 1) : id;
}

static const struct pryv_stream_node *find(const struct stream_forest *forest, struct pryv_str id, bool *alone)
{
    return forest->find(forest->tree, without_mark(id, alone));
}

/* ---- The local streams ---------------------------------------------------------------------------------- */

static const struct pryv_stream_node *find_local(const void *tree, struct pryv_str id)
{
    return pryv_stream_find(tree, id);
}

static enum pryv_level level_of_local(const void *tree, const struct pryv_access *access, struct pryv_str id)
{
    return pryv_access_level(access, tree, id);
}

struct stream_forest stream_forest_of_tree(const struct pryv_stream_tree *tree)
{
    return (struct stream_forest){
        .tree = tree,
        .find = find_local,
        .level = level_of_local,
        .roots = pryv_stream_roots(tree),
        .count = pryv_stream_count(tree),
        .star_covers = true,
    };
}

/* ---- Step 1: may they be read, are they there? ----------------------------------------------------------- */

static bool may_read(const struct stream_question *question, const struct stream_forest *forest, struct pryv_str id)
{
    return pryv_level_reads(forest->level(forest->tree, question->access, id));
}

static void add_unknown(struct stream_complaints *complaints, struct pryv_str id)
{
    if (!complaints->unknown)
        complaints->unknown = json_array();
    json_array_append_new(complaints->unknown, pryv_json_string(id));
}

void stream_query_check(const struct stream_question *question, const struct stream_forest *forest,
                        const struct stream_query *query, struct stream_complaints *complaints)
{
    if (is_star(&query->any))
        return;
    for (size_t i = 0; i < query->any.count; i++) {
        bool alone;
        struct pryv_str id = without_mark(query->any.ids[i], &alone);

        if (!forest->find(forest->tree, id))
            add_unknown(complaints, id);
        else if (!may_read(question, forest, id))
            complaints->forbidden = true;
    }
}

enum pryv_rc stream_complaints_tell(struct stream_complaints *complaints, struct pryv_err *err)
{
    json_t *unknown = complaints->unknown;

    complaints->unknown = NULL;
    if (complaints->forbidden) {
        json_decref(unknown);
        return pryv_refuse(err, 403, "forbidden", NULL, "This access may not read all of these streams.");
    }
    if (!unknown)
        return PRYV_OK;
    return pryv_refuse(err, 400, "unknown-referenced-resource", json_pack("{s:o}", "streams", unknown),
                       "There are no such streams.");
}

/* ---- Walks ---------------------------------------------------------------------------------------------- */

static bool is_shut(const struct expansion *x, const struct pryv_stream_node *node)
{
    return node->row.trashed && !x->question->with_trashed;
}

/* What follows `node` within the branch of `top`, leaving out what is below it unless `below`. */
static const struct pryv_stream_node *step(const struct pryv_stream_node *node, const struct pryv_stream_node *top, bool below)
{
    if (below && node->children)
        return node->children;
    while (node != top && !node->next)
        node = node->parent;
    return node == top ? NULL : node->next;
}

static bool spend(struct expansion *x)
{
    if (x->left == 0)
        return false;
    x->left--;
    return true;
}

/* Marks the branch of `top`, without the branches that are named in the opposite list. */
static bool walk(struct expansion *x, const struct pryv_stream_node *top, unsigned mark, unsigned walked, unsigned cut)
{
    const struct pryv_stream_node *node = top;

    while (node) {
        unsigned char *marks = &x->marks[node->index];
        bool skip = is_shut(x, node) || *marks & walked || (node != top && *marks & cut);

        if (!spend(x))
            return false;
        if (!skip) {
            *marks |= (unsigned char) (mark | walked);
            x->nodes[node->index] = node;
        }
        node = step(node, top, !skip);
    }
    return true;
}

static bool mark_branch(struct expansion *x, struct pryv_str id, unsigned mark, unsigned walked, unsigned cut, unsigned cut_alone)
{
    bool alone;
    const struct pryv_stream_node *node = find(x->forest, id, &alone);

    if (!node || is_shut(x, node) || x->marks[node->index] & (alone ? cut_alone : cut))
        return true;
    if (!alone)
        return walk(x, node, mark, walked, cut);
    x->marks[node->index] |= (unsigned char) mark;
    x->nodes[node->index] = node;
    return spend(x);
}

static void mark_named(struct expansion *x, struct pryv_str id, unsigned named, unsigned named_alone)
{
    bool alone;
    const struct pryv_stream_node *node = find(x->forest, id, &alone);

    if (node)
        x->marks[node->index] |= (unsigned char) (alone ? named_alone : named);
}

/* ---- What the server adds ------------------------------------------------------------------------------- */

/* Streams that have an entry of their own and may be read, or may not. */
static struct stream_list entries(struct expansion *x, bool readable)
{
    const struct pryv_permission *entry;
    size_t count = pryv_access_permissions(x->question->access, &entry);
    struct stream_list list = { .ids = pryv_new_array(x->mem, struct pryv_str, count) };

    for (; count > 0; count--, entry++)
        if (!pryv_str_equal(entry->stream_id, "*") && x->forest->find(x->forest->tree, entry->stream_id) &&
            may_read(x->question, x->forest, entry->stream_id) == readable)
            list.ids[list.count++] = entry->stream_id;
    return list;
}

static bool reads_all(const struct expansion *x)
{
    const struct pryv_access *access = x->question->access;

    if (x->forest->has_root)
        return may_read(x->question, x->forest, PRYV_STR("*"));
    return access->type == PRYV_PERSONAL || (x->forest->star_covers && pryv_level_reads(pryv_access_star_level(access)));
}

static struct stream_list join(struct expansion *x, struct stream_list a, struct stream_list b)
{
    struct stream_list both = { .ids = pryv_new_array(x->mem, struct pryv_str, a.count + b.count) };

    for (size_t i = 0; i < a.count; i++)
        both.ids[both.count++] = a.ids[i];
    for (size_t i = 0; i < b.count; i++)
        both.ids[both.count++] = b.ids[i];
    return both;
}

/* ---- Conditions ----------------------------------------------------------------------------------------- */

struct conditions {
    struct pryv_stream_condition *list;
    size_t count;
};

static void add_condition(struct conditions *conditions, bool not_in, const struct pryv_str *ids, size_t count)
{
    conditions->list[conditions->count++] = (struct pryv_stream_condition){ .not_in = not_in, .ids = ids, .count = count };
}

static size_t count_marked(const struct expansion *x, unsigned mark)
{
    size_t count = 0;

    for (size_t i = 0; i < x->forest->count; i++)
        count += (x->marks[i] & mark) != 0;
    return count;
}

static void add_marked(struct expansion *x, struct conditions *conditions, bool not_in, unsigned mark, size_t count)
{
    struct pryv_str *ids = pryv_new_array(x->mem, struct pryv_str, count);
    size_t at = 0;

    for (size_t i = 0; i < x->forest->count; i++)
        if (x->marks[i] & mark)
            ids[at++] = x->nodes[i]->row.id;
    add_condition(conditions, not_in, ids, count);
}

/* Everything, but what the access may not read: that is told stream by stream, so that an entry below a closed one opens its branch. */
static bool mark_everything(struct expansion *x, bool has_closed)
{
    bool fits = true;

    for (const struct pryv_stream_node *root = x->forest->roots; root && fits; root = root->next)
        if (!(x->marks[root->index] & NOT_NAMED))
            fits = walk(x, root, IN_ANY, WALKED_ANY, NOT_NAMED);
    for (size_t i = 0; i < x->forest->count && has_closed; i++)
        if (x->marks[i] & IN_ANY && !may_read(x->question, x->forest, x->nodes[i]->row.id))
            x->marks[i] = (unsigned char) ((x->marks[i] & ~IN_ANY) | IN_NOT);
    return fits;
}

/* Steps 3 and 5. */
static bool mark_any_and_not(struct expansion *x, const struct stream_list *any, const struct stream_list *none)
{
    bool fits = true;

    for (size_t i = 0; i < any->count && fits; i++)
        fits = mark_branch(x, any->ids[i], IN_ANY, WALKED_ANY, NOT_NAMED, NOT_ALONE);
    for (size_t i = 0; i < none->count && fits; i++)
        fits = mark_branch(x, none->ids[i], IN_NOT, WALKED_NOT, ANY_NAMED, ANY_ALONE);
    return fits;
}

/* Step 4: the streams of one id of `all`, as a condition of their own. */
static bool add_all(struct expansion *x, struct conditions *conditions, struct pryv_str id)
{
    bool alone;
    const struct pryv_stream_node *top = find(x->forest, id, &alone), *node = top;
    struct pryv_str *ids;
    size_t count = 0, room = 8;

    if (!top || is_shut(x, top) || x->marks[top->index] & (alone ? NOT_ALONE : NOT_NAMED))
        return true;
    ids = pryv_new_array(x->mem, struct pryv_str, room);
    while (node) {
        bool skip = is_shut(x, node) || (node != top && x->marks[node->index] & NOT_NAMED);

        if (!spend(x))
            return false;
        if (!skip && count == room) {
            struct pryv_str *more = pryv_new_array(x->mem, struct pryv_str, room * 2);

            memcpy(more, ids, room * sizeof(*ids));
            ids = more;
            room *= 2;
        }
        if (!skip)
            ids[count++] = node->row.id;
        node = alone ? NULL : step(node, top, !skip);
    }
    add_condition(conditions, false, ids, count);
    return true;
}

/* The streams that are in neither set: an event could be in one of them alone. */
static bool is_covered(const struct expansion *x)
{
    return !x->forest->partial && count_marked(x, IN_ANY | IN_NOT) == x->forest->count;
}

/* One query. False when the question is too large. `*matches` false: nothing is left of it. */
static bool expand_query(struct expansion *x, const struct stream_query *query, struct pryv_stream_block *block, bool *matches)
{
    struct stream_list closed = entries(x, false), any = query->any, none = query->none;
    bool everything = is_star(&query->any) && reads_all(x), fits = true;
    struct conditions conditions = { .list = pryv_new_array(x->mem, struct pryv_stream_condition, query->all.count + 2) };
    size_t in_any, in_not;

    memset(x->marks, 0, x->forest->count);
    if (everything)
        any.count = 0;
    else if (is_star(&query->any))
        any = entries(x, true);
    if (!everything && closed.count > 0)
        none = join(x, none, closed);
    for (size_t i = 0; i < any.count; i++)
        mark_named(x, any.ids[i], ANY_NAMED, ANY_ALONE);
    for (size_t i = 0; i < none.count; i++)
        mark_named(x, none.ids[i], NOT_NAMED, NOT_ALONE);
    if (everything)
        fits = mark_everything(x, closed.count > 0);
    if (!fits || !mark_any_and_not(x, &any, &none))
        return false;
    in_any = count_marked(x, IN_ANY);
    in_not = count_marked(x, IN_NOT);
    *matches = in_any > 0;
    if (!*matches)
        return true;
    if (!is_covered(x))
        add_marked(x, &conditions, false, IN_ANY, in_any);
    for (size_t i = 0; i < query->all.count; i++)
        if (!add_all(x, &conditions, query->all.ids[i]))
            return false;
    if (in_not > 0)
        add_marked(x, &conditions, true, IN_NOT, in_not);
    *block = (struct pryv_stream_block){ .conditions = conditions.list, .count = conditions.count };
    return true;
}

enum pryv_rc stream_queries_expand(struct pryv_arena *mem, const struct stream_question *question,
                                   const struct stream_forest *forest, const struct stream_queries *queries,
                                   struct pryv_str store, struct stream_blocks *out, struct pryv_err *err)
{
    struct expansion x = {
        .mem = mem,
        .question = question,
        .forest = forest,
        .marks = pryv_alloc0(mem, forest->count),
        .nodes = pryv_new_array(mem, const struct pryv_stream_node *, forest->count),
        .left = question->max_streams,
        .err = err,
    };
    struct pryv_stream_block *blocks = pryv_new_array(mem, struct pryv_stream_block, queries->count);

    *out = (struct stream_blocks){ .list = blocks };
    for (size_t i = 0; i < queries->count; i++) {
        bool matches;

        if (!pryv_str_is(queries->list[i].store, store))
            continue;
        if (!expand_query(&x, &queries->list[i], &blocks[out->count], &matches))
            return pryv_refuse(err, 400, "invalid-request-structure", NULL,
                               "The parameter `streams` leads to more than %zu streams; name fewer.", question->max_streams);
        if (matches && blocks[out->count].count == 0)
            out->any_stream = true;
        out->count += matches;
    }
    return PRYV_OK;
}

/* ---- Matching here -------------------------------------------------------------------------------------- */

static bool is_in(const struct pryv_stream_condition *condition, const struct pryv_str *ids, size_t count)
{
    for (size_t i = 0; i < condition->count; i++)
        for (size_t j = 0; j < count; j++)
            if (pryv_str_is(condition->ids[i], ids[j]))
                return true;
    return false;
}

bool stream_blocks_match(const struct stream_blocks *blocks, const struct pryv_str *ids, size_t count)
{
    if (blocks->any_stream)
        return true;
    for (size_t i = 0; i < blocks->count; i++) {
        const struct pryv_stream_block *block = &blocks->list[i];
        size_t held = 0;

        while (held < block->count && is_in(&block->conditions[held], ids, count) != block->conditions[held].not_in)
            held++;
        if (held == block->count)
            return true;
    }
    return false;
}
