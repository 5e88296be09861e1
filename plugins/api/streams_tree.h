/* streams_tree.h - branches of the user's tree, as an access sees them: into the result of a call. */
#ifndef API_STREAMS_TREE_H
#define API_STREAMS_TREE_H

#include "streams.h"

struct streams_view {
    struct pryv_call *call;
    const struct pryv_stream_tree *tree;
    bool with_trashed;
};

/* Not in the trash, unless that is asked for, and the access may list it. What is above it is not looked at. */
bool streams_shows(const struct streams_view *view, const struct pryv_stream_node *node);
/* The stream and what is shown below it; its own right to be shown is the caller's to know. */
void streams_write_branch(const struct streams_view *view, const struct pryv_stream_node *top);
/* Each one of these siblings that is shown. */
void streams_write_chain(const struct streams_view *view, const struct pryv_stream_node *chain);

#endif
