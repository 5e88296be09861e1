/* stream_tree.c - all live streams of a user as one immutable tree; see pryv/access.h. */
#include "access.h"
#include "hash.h"
#include "level_memo.h"
#include <stdlib.h>

struct pryv_stream_tree {
    struct shared shared;
    struct pryv_arena *mem;
    struct pryv_stream_node *nodes;
    uint32_t *slots; /* by id: index + 1, 0 is free; open addressing, a power of two, at most half full */
    size_t slot_count;
    uint64_t number;
    size_t count;
    const struct pryv_stream_node *roots;
};

/* What every tree has beside the user's own rows. */
static const struct pryv_stream *given;
static size_t given_count;

void pryv_streams_given(const struct pryv_stream *rows, size_t count)
{
    given = rows;
    given_count = count;
}

static int compare(struct pryv_str a, struct pryv_str b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* UTF-8 orders as its code points do. */
static int by_name_descending(const void *a, const void *b)
{
    return -compare((*(struct pryv_stream_node *const *) a)->row.name, (*(struct pryv_stream_node *const *) b)->row.name);
}

static struct pryv_stream copy_row(struct pryv_arena *mem, const struct pryv_stream *row)
{
    struct pryv_stream copy = *row;
    struct pryv_str *texts[] = { &copy.id,         &copy.name,       &copy.parent_id, &copy.client_data_json,
                                 &copy.created_by, &copy.modified_by };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++)
        *texts[i] = pryv_str_copy(mem, *texts[i]);
    return copy;
}

/* Where the id is, or would be. */
static uint32_t *slot_of(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    size_t at = hash_text(id) & (tree->slot_count - 1);

    while (tree->slots[at] && !pryv_str_is(tree->nodes[tree->slots[at] - 1].row.id, id))
        at = (at + 1) & (tree->slot_count - 1);
    return &tree->slots[at];
}

static struct pryv_stream_node *node_of(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    uint32_t slot = id.data ? *slot_of(tree, id) : 0;

    return slot ? &tree->nodes[slot - 1] : NULL;
}

const struct pryv_stream_node *pryv_stream_find(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    return node_of(tree, id);
}

const struct pryv_stream_node *pryv_stream_roots(const struct pryv_stream_tree *tree)
{
    return tree->roots;
}

size_t pryv_stream_count(const struct pryv_stream_tree *tree)
{
    return tree->count;
}

/* A parent that would close a circle is left out, so that every walk upwards ends. Each stream is walked over once. */
static void set_parents(struct pryv_stream_tree *tree)
{
    uint32_t *walk = pryv_new_array(tree->mem, uint32_t, tree->count); /* the walk that passed it first, from 1 */

    for (uint32_t i = 0; i < tree->count; i++) {
        struct pryv_stream_node *node = &tree->nodes[i];

        while (!walk[node->index]) {
            struct pryv_stream_node *parent = node_of(tree, node->row.parent_id);

            walk[node->index] = i + 1;
            if (!parent || walk[parent->index] == i + 1)
                break;
            node->parent = parent;
            node = parent;
        }
    }
}

static void add(struct pryv_stream_tree *tree, const struct pryv_stream *row)
{
    struct pryv_stream_node *node = &tree->nodes[tree->count];

    node->row = copy_row(tree->mem, row);
    node->index = (uint32_t) tree->count++;
    *slot_of(tree, node->row.id) = node->index + 1;
}

static void add_all(struct pryv_stream_tree *tree, const struct pryv_stream *rows, size_t count)
{
    for (tree->slot_count = 4; tree->slot_count < (count + given_count) * 2; tree->slot_count *= 2)
        ;
    tree->slots = pryv_new_array(tree->mem, uint32_t, tree->slot_count);
    tree->nodes = pryv_new_array(tree->mem, struct pryv_stream_node, count + given_count);
    for (size_t i = 0; i < count; i++)
        add(tree, &rows[i]);
    for (size_t i = 0; i < given_count; i++)
        if (!node_of(tree, given[i].id)) {
            add(tree, &given[i]);
            tree->nodes[tree->count - 1].given = true;
        }
}

/* Every node is put in front of its siblings, the last by name first. */
static void chain_children(struct pryv_stream_tree *tree)
{
    struct pryv_stream_node **sorted = pryv_new_array(tree->mem, struct pryv_stream_node *, tree->count);

    for (size_t i = 0; i < tree->count; i++)
        sorted[i] = &tree->nodes[i];
    qsort(sorted, tree->count, sizeof(struct pryv_stream_node *), by_name_descending);
    for (size_t i = 0; i < tree->count; i++) {
        struct pryv_stream_node *node = sorted[i];
        const struct pryv_stream_node **chain = node->parent ? &tree->nodes[node->parent->index].children : &tree->roots;

        node->next = *chain;
        *chain = node;
    }
}

static void stream_tree_free(struct shared *shared)
{
    struct pryv_stream_tree *tree = (struct pryv_stream_tree *) (void *) shared;

    pryv_arena_free(tree->mem);
    free(tree);
}

struct pryv_stream_tree *stream_tree_new(const struct pryv_stream *rows, size_t count)
{
    struct pryv_stream_tree *tree = calloc(1, sizeof(*tree));

    if (!tree)
        abort();
    shared_init(&tree->shared, stream_tree_free);
    tree->mem = pryv_arena_new();
    add_all(tree, rows, count);
    tree->number = level_memo_number();
    set_parents(tree);
    chain_children(tree);
    tree->shared.size = sizeof(*tree) + pryv_arena_size(tree->mem);
    return tree;
}

struct shared *stream_tree_shared(struct pryv_stream_tree *tree)
{
    return &tree->shared;
}

uint64_t stream_tree_number(const struct pryv_stream_tree *tree)
{
    return tree->number;
}
