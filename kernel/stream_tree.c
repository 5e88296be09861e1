/* stream_tree.c - all live streams of a user as one immutable tree; see pryv/access.h. */
#include "access.h"
#include <stdlib.h>

struct pryv_stream_tree {
    struct shared shared;
    struct pryv_arena *mem;
    struct pryv_stream_node *nodes; /* by id */
    size_t count;
    const struct pryv_stream_node *roots;
};

static int compare(struct pryv_str a, struct pryv_str b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_id(const void *a, const void *b)
{
    return compare(((const struct pryv_stream_node *) a)->row.id, ((const struct pryv_stream_node *) b)->row.id);
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

const struct pryv_stream_node *pryv_stream_find(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    struct pryv_stream_node wanted = { .row.id = id };

    return id.data ? bsearch(&wanted, tree->nodes, tree->count, sizeof(wanted), by_id) : NULL;
}

const struct pryv_stream_node *pryv_stream_roots(const struct pryv_stream_tree *tree)
{
    return tree->roots;
}

size_t pryv_stream_count(const struct pryv_stream_tree *tree)
{
    return tree->count;
}

/* A parent that would close a circle is left out, so that every walk upwards ends. */
static void set_parents(struct pryv_stream_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        struct pryv_stream_node *node = &tree->nodes[i];
        const struct pryv_stream_node *parent = pryv_stream_find(tree, node->row.parent_id);
        const struct pryv_stream_node *above = parent;

        while (above && above != node)
            above = above->parent;
        node->parent = above ? NULL : parent;
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
    tree->count = count;
    tree->nodes = pryv_new_array(tree->mem, struct pryv_stream_node, count);
    for (size_t i = 0; i < count; i++)
        tree->nodes[i].row = copy_row(tree->mem, &rows[i]);
    qsort(tree->nodes, count, sizeof(*tree->nodes), by_id);
    for (size_t i = 0; i < count; i++)
        tree->nodes[i].index = (uint32_t) i;
    set_parents(tree);
    chain_children(tree);
    return tree;
}

struct shared *stream_tree_shared(struct pryv_stream_tree *tree)
{
    return &tree->shared;
}
