/* affinity.c - see affinity.h. Users of this core that were asked for a moment ago are remembered, so that a request of theirs asks the platform
 * nothing; and while the platform cannot be reached, those whose data is here are served all the same. */
#include "affinity.h"
#include "cores.h"
#include <pthread.h>
#include <stdlib.h>

enum { PLACES = 4096, NAME_MAX_BYTES = 60 };

struct affinity {
    pthread_mutex_t lock;
    struct place {
        double until;
        size_t len;
        char name[NAME_MAX_BYTES];
    } places[PLACES];
};

struct affinity *affinity_new(void)
{
    struct affinity *affinity = calloc(1, sizeof(*affinity));

    if (!affinity)
        abort();
    pthread_mutex_init(&affinity->lock, NULL);
    return affinity;
}

void affinity_free(struct affinity *affinity)
{
    if (!affinity)
        return;
    pthread_mutex_destroy(&affinity->lock);
    free(affinity);
}

void affinity_forget(struct affinity *affinity)
{
    pthread_mutex_lock(&affinity->lock);
    for (size_t i = 0; i < PLACES; i++)
        affinity->places[i].until = 0;
    pthread_mutex_unlock(&affinity->lock);
}

static struct place *place_of(struct affinity *affinity, struct pryv_str name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char) name.data[i]) * 16777619u;
    return &affinity->places[hash % PLACES];
}

static bool is_remembered(struct affinity *affinity, struct pryv_str name)
{
    const struct place *place = place_of(affinity, name);

    pthread_mutex_lock(&affinity->lock);

    bool found = place->until > pryv_now() && pryv_str_is(pryv_str_n(place->name, place->len), name);

    pthread_mutex_unlock(&affinity->lock);
    return found;
}

static void remember(struct affinity *affinity, struct pryv_str name, double seconds)
{
    struct place *place = place_of(affinity, name);

    pthread_mutex_lock(&affinity->lock);
    memcpy(place->name, name.data, name.len);
    place->len = name.len;
    place->until = pryv_now() + seconds;
    pthread_mutex_unlock(&affinity->lock);
}

static enum pryv_rc tell(struct pryv_request *rq, struct pryv_str url, struct pryv_err *err)
{
    struct pryv_json *js = pryv_json_new(err->arena);

    pryv_json_object(js);
    pryv_json_key(js, "error");
    pryv_json_object(js);
    pryv_json_put_text(js, "id", "wrong-core");
    pryv_json_put_text(js, "message", "This user lives on another core.");
    pryv_json_put_str(js, "coreUrl", url);
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    pryv_reply_header(rq, "Cache-Control", PRYV_STR("no-store"));
    return pryv_reply_send(rq, 421, "application/json; charset=utf-8", pryv_json_text(js));
}

static bool is_here(const struct reg *reg, struct pryv_arena *mem, struct pryv_str username)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str id;

    return reg->storage->user_by_name(reg->storage_self, mem, username, &id, &err) == PRYV_OK;
}

static enum pryv_rc check(void *self, struct pryv_request *rq, struct pryv_str username, bool *answered, struct pryv_err *err)
{
    const struct reg *reg = self;
    struct pryv_str core, url;
    enum pryv_rc rc;

    if (is_single_core(reg) || !reg->accounts->username_is_valid(reg->accounts_self, username) || username.len > NAME_MAX_BYTES ||
        is_remembered(reg->affinity, username))
        return PRYV_OK;
    rc = core_of_user(reg, err->arena, username, &core, err);
    if (rc == PRYV_NOT_FOUND || (rc == PRYV_BUSY && is_here(reg, err->arena, username)))
        return PRYV_OK;
    if (rc != PRYV_OK)
        return rc;
    if (pryv_str_is(core, reg->config->core_id)) {
        remember(reg->affinity, username, reg->config->affinity_seconds);
        return PRYV_OK;
    }
    if ((rc = core_url_of(reg, err->arena, core, &url, err)) != PRYV_OK)
        return rc;
    *answered = true;
    return tell(rq, url, err);
}

const struct pryv_affinity_ops affinity_ops = { .size = sizeof(affinity_ops), .check = check };
