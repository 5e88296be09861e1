/* stream_branch.h - a stream and all below it, as they are in one session. */
#ifndef API_STREAM_BRANCH_H
#define API_STREAM_BRANCH_H

#include "api.h"

struct stream_branch {
    struct pryv_str *ids; /* parents before their children */
    size_t count;
    const struct pryv_str **sorted; /* the same ids, for stream_branch_has */
};

/* In `mem`. The time it takes grows with the number of the user's streams, not with its square. */
PRYV_CHECK enum pryv_rc stream_branch_load(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str top,
                                           struct stream_branch *out, struct pryv_err *err);
bool stream_branch_has(const struct stream_branch *branch, struct pryv_str id);

/* The same from rows at hand. */
void stream_branch_of(struct pryv_arena *mem, const struct pryv_stream *rows, size_t count, struct pryv_str top,
                      struct stream_branch *out);

#endif
