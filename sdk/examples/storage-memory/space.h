/* space.h - a space is what transactions run in: one for each user, one for the index of users, one for the platform.
 *
 * A session keeps the space's map as it is when it begins. One that writes changes its own copy, which nobody sees before
 * commit puts it in the place of the space's; there is one at a time. One that reads waits for nobody. */
#ifndef SPACE_H
#define SPACE_H

#include "map.h"
#include <pthread.h>

struct space {
    atomic_size_t owners;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    struct map *map;
    bool writing;
    atomic_bool erased; /* sessions fail from then on */
};

struct pryv_session {
    struct space *space;
    struct map *map;
    bool writes;
    bool broken; /* a write failed, or it is committed: it can only be closed */
};

struct space *space_new(void);
struct space *space_keep(struct space *space);
void space_release(struct space *space); /* NULL is fine */
void space_erase(struct space *space);

/* NOT_FOUND when the space was erased. End what has begun. */
enum pryv_rc session_begin(struct pryv_session *s, struct space *space, bool writes, struct pryv_err *err);
enum pryv_rc session_commit(struct pryv_session *s, struct pryv_err *err);
void session_end(struct pryv_session *s);

/* Hands on what went wrong, or goes on. */
#define MUST(call)                 \
    do {                           \
        enum pryv_rc rc_ = (call); \
        if (rc_ != PRYV_OK)        \
            return rc_;            \
    } while (0)

/* Around each operation. A write that does not get to session_written has failed, and its session with it. */
enum pryv_rc session_reads(struct pryv_session *s, struct pryv_err *err);
enum pryv_rc session_writes(struct pryv_session *s, struct pryv_err *err);
enum pryv_rc session_written(struct pryv_session *s);

/* Rows by key. `find` lends a row until the next change, or gives NULL; `put` becomes one more owner of it. */
struct row *session_find(const struct pryv_session *s, struct pryv_str key);
void session_put(struct pryv_session *s, struct pryv_str key, struct row *row);
void session_remove(struct pryv_session *s, struct pryv_str key);

/* The rows that a walk meets, at most `limit`, as an array of their structs in `mem`. The walk needs no map. */
void *session_list(const struct pryv_session *s, struct pryv_arena *mem, enum row_kind kind, struct map_walk walk, size_t limit,
                   size_t *count);
/* The same for rows of kind VALUE that are not over, as lists; `ends` may be NULL. */
void list_values(const struct pryv_session *s, struct pryv_arena *mem, struct map_walk walk, size_t limit, struct pryv_str **keys,
                 struct pryv_str **texts, double **ends, size_t *count);

#endif
