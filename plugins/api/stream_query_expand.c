/* stream_query_expand.c - stream queries worked out into conditions that storage understands: the six steps of events.get.
 *
 * Streams carry marks in a table by their index, taken off again after each query. A branch is walked once for a mark, however many
 * ids of a query lead to it, and what all queries of a question cost together is bounded, so that it never grows with the square. */
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

/* Streams with one mark, in the order of walking. */
struct marked {
    const struct pryv_stream_node **nodes; /* room for all of the forest */
    size_t count;
};

struct expansion {
    struct pryv_arena *mem;
    const struct stream_question *question;
    const struct stream_forest *forest;
    unsigned char *marks;
    struct marked in_any, in_not;    /* of the query at hand */
    struct stream_list open, closed; /* entries of the access that let it read, or do not */
    bool star_closed;                /* its entry `*` does not */
    size_t left;                     /* of question->max_streams */
};

static const struct pryv_stream_node *find(const struct stream_forest *forest, struct pryv_str id, bool *alone)
{
    return forest->find(forest->tree, stream_id_without_mark(id, alone));
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

/* ---- Walks ---------------------------------------------------------------------------------------------- */

/* In the trash, and not asked for: who names a stream alone asks for that one, wherever it is. */
static bool is_shut(const struct expansion *x, const struct pryv_stream_node *node, bool alone)
{
    return node->row.trashed && !alone && !x->question->with_trashed;
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

static bool spend(struct expansion *x, size_t count)
{
    if (x->left < count)
        return false;
    x->left -= count;
    return true;
}

static void put(struct expansion *x, const struct pryv_stream_node *node, unsigned mark)
{
    struct marked *marked = mark == IN_ANY ? &x->in_any : &x->in_not;

    if (!(x->marks[node->index] & mark))
        marked->nodes[marked->count++] = node;
    x->marks[node->index] |= (unsigned char) mark;
}

/* Marks the branch of `top`, without the branches that are named in the opposite list. */
static bool walk(struct expansion *x, const struct pryv_stream_node *top, unsigned mark, unsigned walked, unsigned cut)
{
    const struct pryv_stream_node *node = top;

    while (node) {
        unsigned char *marks = &x->marks[node->index];
        bool skip = is_shut(x, node, false) || *marks & walked || (node != top && *marks & cut);

        if (!spend(x, 1))
            return false;
        if (!skip) {
            put(x, node, mark);
            *marks |= (unsigned char) walked;
        }
        node = step(node, top, !skip);
    }
    return true;
}

static bool mark_branch(struct expansion *x, struct pryv_str id, unsigned mark, unsigned walked, unsigned cut, unsigned cut_alone)
{
    bool alone;
    const struct pryv_stream_node *node = find(x->forest, id, &alone);

    if (!node || is_shut(x, node, alone) || x->marks[node->index] & (alone ? cut_alone : cut))
        return spend(x, 1);
    if (!alone)
        return walk(x, node, mark, walked, cut);
    put(x, node, mark);
    return spend(x, 1);
}

static bool mark_named(struct expansion *x, const struct stream_list *list, unsigned named, unsigned named_alone)
{
    for (size_t i = 0; i < list->count; i++) {
        bool alone;
        const struct pryv_stream_node *node = find(x->forest, list->ids[i], &alone);

        if (node)
            x->marks[node->index] |= (unsigned char) (alone ? named_alone : named);
    }
    return spend(x, list->count);
}

static void unmark(struct expansion *x, const struct stream_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        bool alone;
        const struct pryv_stream_node *node = find(x->forest, list->ids[i], &alone);

        if (node)
            x->marks[node->index] = 0;
    }
}

static void unmark_all(struct expansion *x, struct marked *marked)
{
    for (size_t i = 0; i < marked->count; i++)
        x->marks[marked->nodes[i]->index] = 0;
    marked->count = 0;
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
            stream_may_be_read(x->question, x->forest, entry->stream_id) == readable)
            list.ids[list.count++] = entry->stream_id;
    return list;
}

/* Then `*` is among the streams that no event may be in: it may be in those asked for, and below them, alone. */
static bool star_is_closed(const struct expansion *x)
{
    const struct pryv_access *access = x->question->access;

    return x->forest->star_covers && pryv_access_entry(access, PRYV_STR("*")) &&
           !pryv_level_reads(pryv_access_star_level(access));
}

static bool reads_all(const struct expansion *x)
{
    const struct pryv_access *access = x->question->access;

    if (x->forest->has_root)
        return stream_may_be_read(x->question, x->forest, PRYV_STR("*"));
    return access->type == PRYV_PERSONAL || (x->forest->star_covers && pryv_level_reads(pryv_access_star_level(access)));
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

static void add_marked(struct expansion *x, struct conditions *conditions, bool not_in, const struct marked *marked)
{
    struct pryv_str *ids = pryv_new_array(x->mem, struct pryv_str, marked->count);

    for (size_t i = 0; i < marked->count; i++)
        ids[i] = marked->nodes[i]->row.id;
    add_condition(conditions, not_in, ids, marked->count);
}

/* What the access may not read goes over to the streams that no event may be in: told stream by stream, so that an entry below a closed
 * one opens its branch. */
static void take_out_closed(struct expansion *x)
{
    size_t count = x->in_any.count;

    x->in_any.count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct pryv_stream_node *node = x->in_any.nodes[i];

        if (stream_may_be_read(x->question, x->forest, node->row.id)) {
            x->in_any.nodes[x->in_any.count++] = node;
        } else {
            x->marks[node->index] &= (unsigned char) ~IN_ANY;
            put(x, node, IN_NOT);
        }
    }
}

/* A closed branch below a stream in the trash, which no walk from the roots comes to: an event in it may be in another stream too. */
static bool close_below_trash(struct expansion *x, const struct pryv_stream_node *top)
{
    const struct pryv_stream_node *node = top;

    while (node) {
        bool skip = is_shut(x, node, false) || x->marks[node->index] & WALKED_ANY;

        if (!spend(x, 1))
            return false;
        if (!skip && !stream_may_be_read(x->question, x->forest, node->row.id))
            put(x, node, IN_NOT);
        node = step(node, top, !skip);
    }
    return true;
}

static bool walk_all(struct expansion *x, unsigned mark, unsigned walked, unsigned cut)
{
    bool fits = true;

    for (const struct pryv_stream_node *root = x->forest->roots; root && fits; root = root->next)
        if (!(x->marks[root->index] & cut))
            fits = walk(x, root, mark, walked, cut);
    return fits;
}

static bool mark_everything(struct expansion *x)
{
    bool fits = walk_all(x, IN_ANY, WALKED_ANY, NOT_NAMED), alone;

    if (x->closed.count > 0)
        take_out_closed(x);
    for (size_t i = 0; i < x->closed.count && fits; i++)
        fits = close_below_trash(x, find(x->forest, x->closed.ids[i], &alone));
    return fits;
}

/* Steps 3 and 5: the other list is the one whose branches are cut. */
static bool mark_list(struct expansion *x, const struct stream_list *list, bool not_in)
{
    bool fits = true;

    for (size_t i = 0; i < list->count && fits; i++)
        fits = not_in ? mark_branch(x, list->ids[i], IN_NOT, WALKED_NOT, ANY_NAMED, ANY_ALONE)
                      : mark_branch(x, list->ids[i], IN_ANY, WALKED_ANY, NOT_NAMED, NOT_ALONE);
    return fits;
}

/* Step 4: the streams of one id of `all`, as a condition of their own. */
static bool add_all(struct expansion *x, struct conditions *conditions, struct pryv_str id)
{
    bool alone;
    const struct pryv_stream_node *top = find(x->forest, id, &alone), *node = top;
    struct pryv_str *ids;
    size_t count = 0, room = 8;

    if (!top || is_shut(x, top, alone) || x->marks[top->index] & (alone ? NOT_ALONE : NOT_NAMED))
        return true;
    ids = pryv_new_array(x->mem, struct pryv_str, room);
    while (node) {
        bool skip = is_shut(x, node, alone) || (node != top && x->marks[node->index] & NOT_NAMED);

        if (!spend(x, 1))
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

/* No stream is in neither set: an event could be in one of them alone. */
static bool is_covered(const struct expansion *x)
{
    size_t count = x->in_any.count;

    for (size_t i = 0; i < x->in_not.count; i++)
        count += !(x->marks[x->in_not.nodes[i]->index] & IN_ANY);
    return !x->forest->partial && count == x->forest->count;
}

/* Streams that are not in ANY are told instead of those that are, when they are so few: of a large account with one stream in the trash,
 * say. */
static bool is_nearly_everything(const struct expansion *x)
{
    enum { MANY = 64, FEW = 8 };

    return !x->forest->partial && x->in_any.count >= MANY && (x->forest->count - x->in_any.count) * FEW <= x->in_any.count;
}

static struct marked others(struct expansion *x)
{
    struct marked list = { .nodes = pryv_new_array(x->mem, const struct pryv_stream_node *, x->forest->count - x->in_any.count) };

    for (const struct pryv_stream_node *root = x->forest->roots; root; root = root->next)
        for (const struct pryv_stream_node *node = root; node; node = step(node, root, true))
            if (!(x->marks[node->index] & IN_ANY))
                list.nodes[list.count++] = node;
    return list;
}

/* Steps 4 and 5: what holds besides ANY. */
static bool add_common(struct expansion *x, const struct stream_query *query, struct conditions *conditions)
{
    for (size_t i = 0; i < query->all.count; i++)
        if (!add_all(x, conditions, query->all.ids[i]))
            return false;
    if (x->in_not.count > 0)
        add_marked(x, conditions, true, &x->in_not);
    return true;
}

/* What one query comes to: one block, or two. */
struct blocks {
    struct pryv_stream_block list[2];
    size_t count;
};

static void add_block(struct blocks *blocks, const struct conditions *conditions)
{
    blocks->list[blocks->count++] = (struct pryv_stream_block){ .conditions = conditions->list, .count = conditions->count };
}

static struct conditions with_room(const struct expansion *x, const struct conditions *common)
{
    struct conditions conditions = { .list = pryv_new_array(x->mem, struct pryv_stream_condition, common->count + 2),
                                     .count = common->count };

    for (size_t i = 0; i < common->count; i++)
        conditions.list[i] = common->list[i];
    return conditions;
}

/* An event is in ANY when it is in none of the other streams, or in one of them and in ANY too. */
static void add_around_others(struct expansion *x, const struct conditions *common, struct blocks *blocks)
{
    struct conditions outside = with_room(x, common), both = with_room(x, common);
    struct marked rest = others(x);

    add_marked(x, &outside, true, &rest);
    add_marked(x, &both, false, &rest);
    add_marked(x, &both, false, &x->in_any);
    add_block(blocks, &outside);
    add_block(blocks, &both);
}

static bool add_blocks(struct expansion *x, const struct stream_query *query, struct blocks *blocks)
{
    struct conditions common = { .list = pryv_new_array(x->mem, struct pryv_stream_condition, query->all.count + 2) };
    /* Where `*` is closed the streams that are open are few, and read better than all events. */
    bool covered = !x->star_closed && is_covered(x), around = !covered && !x->star_closed && is_nearly_everything(x);

    if (!covered && !around)
        add_marked(x, &common, false, &x->in_any);
    if (!add_common(x, query, &common))
        return false;
    if (around) {
        add_around_others(x, &common, blocks);
        return true;
    }
    add_block(blocks, &common);
    return true;
}

/* One query. False when the question is too large. No block: nothing is left of it. */
static bool expand_query(struct expansion *x, const struct stream_query *query, struct blocks *blocks)
{
    static const struct stream_list nothing = { .count = 0 };
    bool star = stream_list_is_star(&query->any), everything = star && reads_all(x);
    const struct stream_list *any = everything ? &nothing : star ? &x->open : &query->any;
    const struct stream_list *closed = everything ? &nothing : &x->closed;
    bool fits = mark_named(x, any, ANY_NAMED, ANY_ALONE) && mark_named(x, &query->none, NOT_NAMED, NOT_ALONE) &&
                mark_named(x, closed, NOT_NAMED, NOT_ALONE) && (!everything || mark_everything(x)) && mark_list(x, any, false) &&
                mark_list(x, &query->none, true) && mark_list(x, closed, true) &&
                (!x->star_closed || walk_all(x, IN_NOT, WALKED_NOT, ANY_NAMED));

    if (fits && x->in_any.count > 0)
        fits = add_blocks(x, query, blocks);
    unmark(x, any);
    unmark(x, &query->none);
    unmark(x, closed);
    unmark_all(x, &x->in_any);
    unmark_all(x, &x->in_not);
    return fits;
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
        .in_any = { .nodes = pryv_new_array(mem, const struct pryv_stream_node *, forest->count) },
        .in_not = { .nodes = pryv_new_array(mem, const struct pryv_stream_node *, forest->count) },
        .left = question->max_streams,
    };
    struct pryv_stream_block *list = pryv_new_array(mem, struct pryv_stream_block, 2 * queries->count);

    *out = (struct stream_blocks){ .list = list };
    x.open = entries(&x, true);
    x.closed = entries(&x, false);
    x.star_closed = star_is_closed(&x);
    for (size_t i = 0; i < queries->count; i++) {
        struct blocks blocks = { .count = 0 };

        if (!pryv_str_is(queries->list[i].store, store))
            continue;
        if (!expand_query(&x, &queries->list[i], &blocks))
            return pryv_refuse(err, 400, "invalid-request-structure", NULL,
                               "The parameter `streams` leads to more than %zu streams; name fewer.", question->max_streams);
        for (size_t k = 0; k < blocks.count; k++) {
            out->any_stream = out->any_stream || blocks.list[k].count == 0;
            list[out->count++] = blocks.list[k];
        }
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
