/* access.h - how accesses and stream trees are made; what may be asked of them is in pryv/access.h. */
#ifndef KERNEL_ACCESS_H
#define KERNEL_ACCESS_H

#include "cache.h"
#include <pryv/access.h>

/* A cached access. `session_expires`: of a personal access, as last seen; any thread. */
struct access_object {
    struct shared shared;
    struct pryv_access access;
    struct pryv_arena *mem;
    _Atomic double session_expires;
};

/* Compiles the row (copied). PRYV_FAILED when what is stored is broken. The reference is the caller's. */
PRYV_CHECK enum pryv_rc access_object_new(const struct pryv_access_row *row, struct access_object **out, struct pryv_err *err);

/* A tree from rows in any order (copied). A row whose parent is not among them counts as a root, and so does one of a circle.
 * The reference is the caller's; the object begins with struct shared. */
struct pryv_stream_tree *stream_tree_new(const struct pryv_stream *rows, size_t count);
struct shared *stream_tree_shared(struct pryv_stream_tree *tree);
uint64_t stream_tree_number(const struct pryv_stream_tree *tree); /* never used again; for level_memo */

#endif
