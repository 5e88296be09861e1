/* streams_tree.c - branches of the user's tree, as an access sees them. A tree may be deep: it is walked without recursion. */
#include "streams_tree.h"

bool streams_shows(const struct streams_view *view, const struct pryv_stream_node *node)
{
    return (view->with_trashed || !node->row.trashed) &&
           pryv_level_lists(pryv_access_level(view->call->access, view->tree, node->row.id));
}

static const struct pryv_stream_node *first_shown(const struct streams_view *view, const struct pryv_stream_node *chain)
{
    while (chain && !streams_shows(view, chain))
        chain = chain->next;
    return chain;
}

static void open_stream(const struct streams_view *view, const struct pryv_stream_node *node, struct pryv_str parent_id)
{
    struct pryv_json *js = view->call->out;

    pryv_json_object(js);
    stream_write_members(js, &node->row, parent_id);
    pryv_json_key(js, "children");
    pryv_json_array(js);
}

static void close_stream(const struct streams_view *view)
{
    pryv_json_array_end(view->call->out);
    pryv_json_object_end(view->call->out);
}

/* The parent of the branch is told when it can be listed. */
static struct pryv_str parent_told(const struct streams_view *view, const struct pryv_stream_node *top)
{
    bool told = top->parent && pryv_level_lists(pryv_access_level(view->call->access, view->tree, top->parent->row.id));

    return told ? top->parent->row.id : PRYV_STR_NONE;
}

void streams_write_branch(const struct streams_view *view, const struct pryv_stream_node *top)
{
    const struct pryv_stream_node *node = top, *next;

    open_stream(view, top, parent_told(view, top));
    for (;;) {
        if ((next = first_shown(view, node->children))) {
            node = next;
            open_stream(view, node, node->parent->row.id);
            continue;
        }
        close_stream(view);
        while (node != top && !(next = first_shown(view, node->next))) {
            node = node->parent;
            close_stream(view);
        }
        if (node == top)
            return;
        node = next;
        open_stream(view, node, node->parent->row.id);
    }
}

void streams_write_chain(const struct streams_view *view, const struct pryv_stream_node *chain)
{
    while ((chain = first_shown(view, chain))) {
        streams_write_branch(view, chain);
        chain = chain->next;
    }
}
