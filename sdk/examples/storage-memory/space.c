/* space.c - see space.h. */
#include "space.h"
#include <stdlib.h>

struct space *space_new(void)
{
    struct space *space = calloc(1, sizeof(*space));

    if (!space)
        abort();
    space->owners = 1;
    pthread_mutex_init(&space->lock, NULL);
    pthread_cond_init(&space->idle, NULL);
    return space;
}

struct space *space_keep(struct space *space)
{
    atomic_fetch_add(&space->owners, 1);
    return space;
}

void space_release(struct space *space)
{
    if (!space || atomic_fetch_sub(&space->owners, 1) > 1)
        return;
    map_release(space->map);
    pthread_cond_destroy(&space->idle);
    pthread_mutex_destroy(&space->lock);
    free(space);
}

void space_erase(struct space *space)
{
    pthread_mutex_lock(&space->lock);

    struct map *map = space->map;

    space->erased = true;
    space->map = NULL;
    pthread_mutex_unlock(&space->lock);
    map_release(map);
}

/* ---- Sessions --------------------------------------------------------------------------------- */

static enum pryv_rc gone(struct pryv_err *err, enum pryv_rc rc)
{
    return pryv_fail(err, rc, "the user was erased");
}

enum pryv_rc session_begin(struct pryv_session *s, struct space *space, bool writes, struct pryv_err *err)
{
    pthread_mutex_lock(&space->lock);
    while (writes && space->writing)
        pthread_cond_wait(&space->idle, &space->lock);

    bool erased = space->erased;

    if (!erased) {
        *s = (struct pryv_session){ .space = space_keep(space), .map = map_keep(space->map), .writes = writes };
        space->writing |= writes;
    } else if (writes) {
        pthread_cond_signal(&space->idle); /* whoever waits as well is told the same */
    }
    pthread_mutex_unlock(&space->lock);
    return erased ? gone(err, PRYV_NOT_FOUND) : PRYV_OK;
}

enum pryv_rc session_commit(struct pryv_session *s, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    pthread_mutex_lock(&s->space->lock);

    bool erased = s->space->erased;
    struct map *old = erased ? NULL : s->space->map;

    if (!erased)
        s->space->map = map_keep(s->map);
    pthread_mutex_unlock(&s->space->lock);
    map_release(old);
    return erased ? gone(err, PRYV_FAILED) : PRYV_OK; /* broken stays true: then only close */
}

void session_end(struct pryv_session *s)
{
    map_release(s->map);
    if (s->writes) {
        pthread_mutex_lock(&s->space->lock);
        s->space->writing = false;
        pthread_cond_signal(&s->space->idle);
        pthread_mutex_unlock(&s->space->lock);
    }
    space_release(s->space);
}

enum pryv_rc session_reads(struct pryv_session *s, struct pryv_err *err)
{
    return s->space->erased ? gone(err, PRYV_FAILED) : PRYV_OK;
}

enum pryv_rc session_writes(struct pryv_session *s, struct pryv_err *err)
{
    if (!s->writes)
        return pryv_fail(err, PRYV_FAILED, "a session for reading cannot write");
    if (s->broken)
        return pryv_fail(err, PRYV_FAILED, "this session is committed or a write in it failed: it can only be closed");
    s->broken = true;
    return session_reads(s, err);
}

enum pryv_rc session_written(struct pryv_session *s)
{
    s->broken = false;
    return PRYV_OK;
}

/* ---- Rows ------------------------------------------------------------------------------------- */

struct row *session_find(const struct pryv_session *s, struct pryv_str key)
{
    return map_get(s->map, key);
}

void session_put(struct pryv_session *s, struct pryv_str key, struct row *row)
{
    s->map = map_put(s->map, key, row_keep(row));
}

void session_remove(struct pryv_session *s, struct pryv_str key)
{
    s->map = map_remove(s->map, key);
}

void *session_list(const struct pryv_session *s, struct pryv_arena *mem, enum row_kind kind, struct map_walk walk, size_t limit,
                   size_t *count)
{
    size_t n = 0, size = row_struct_size(kind);

    walk.map = s->map;
    for (struct map_walk counting = walk; n < limit && map_step(&counting);)
        n++;

    char *list = pryv_alloc0_array(mem, n, size);

    for (size_t i = 0; i < n; i++)
        row_read(map_step(&walk), mem, list + i * size);
    *count = n;
    return list;
}

void list_values(const struct pryv_session *s, struct pryv_arena *mem, struct map_walk walk, size_t limit, struct pryv_str **keys,
                 struct pryv_str **texts, double **ends, size_t *count)
{
    size_t all, n = 0;
    const struct value *values = session_list(s, mem, VALUE, walk, SIZE_MAX, &all);

    *keys = pryv_new_array(mem, struct pryv_str, all);
    *texts = pryv_new_array(mem, struct pryv_str, all);
    if (ends)
        *ends = pryv_new_array(mem, double, all);
    for (size_t i = 0; i < all && n < limit; i++) {
        if (value_is_over(&values[i]))
            continue;
        (*keys)[n] = values[i].key;
        if (ends)
            (*ends)[n] = values[i].expires;
        (*texts)[n++] = values[i].text;
    }
    *count = n;
}
