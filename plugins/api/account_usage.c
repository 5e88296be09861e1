/* account_usage.c - storageUsed: asked of storage and files, and kept for a moment, since every list of a user's events tells it.
 *
 * Counting reads all rows of the user where the storage has no counters. What took long to count is not counted again while somebody waits for it: the
 * number there is is told, and counted anew in the background, so seldom that counting takes a small share of the time. */
#include "account_usage.h"
#include <pthread.h>

enum { KEPT = 256, ID_MAX = 64 };

#define LONG_SECONDS   0.02 /* of counting: nobody waits for it again */
#define REST           20   /* times as long as it took there is no further counting */
#define OLDEST_SECONDS 3600 /* of a number that is told */

static struct kept {
    char user_id[ID_MAX];
    size_t len;
    double time, took;
    bool wanted; /* to be counted in the background */
    struct account_usage usage;
} kept[KEPT];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct kept *place_of(struct pryv_str user_id)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < user_id.len; i++)
        hash = (hash ^ (unsigned char) user_id.data[i]) * 16777619U;
    return &kept[hash % KEPT];
}

/* `max_age` 0: nothing is. */
static bool may_be_told(struct kept *place, double max_age)
{
    double age = pryv_now() - place->time;

    if (age < 0 || max_age <= 0)
        return false;
    if (age < fmax(max_age, REST * place->took))
        return true;
    if (place->took < LONG_SECONDS || age > OLDEST_SECONDS)
        return false;
    place->wanted = true;
    return true;
}

static bool find(struct pryv_str user_id, double max_age, struct account_usage *out)
{
    pthread_mutex_lock(&lock);

    struct kept *place = place_of(user_id);
    bool found = pryv_str_is(pryv_str_n(place->user_id, place->len), user_id) && may_be_told(place, max_age);

    if (found)
        *out = place->usage;
    pthread_mutex_unlock(&lock);
    return found;
}

static void keep(struct pryv_str user_id, const struct account_usage *usage, double took)
{
    if (user_id.len == 0 || user_id.len > ID_MAX)
        return;
    pthread_mutex_lock(&lock);

    struct kept *place = place_of(user_id);

    memcpy(place->user_id, user_id.data, user_id.len);
    place->len = user_id.len;
    place->time = pryv_now();
    place->took = took;
    place->wanted = false;
    place->usage = *usage;
    pthread_mutex_unlock(&lock);
}

static enum pryv_rc count(struct api *api, struct pryv_str user_id, struct pryv_session *session, struct account_usage *out,
                          struct pryv_err *err)
{
    uint64_t events = 0, streams = 0, bytes = 0, file_bytes = 0;
    double began = pryv_now();
    enum pryv_rc rc = api->storage->usage(session, &events, &streams, &bytes, err);

    if (rc == PRYV_OK)
        rc = api->files->usage(api->files_self, user_id, &file_bytes, err);
    if (rc != PRYV_OK && rc != PRYV_UNSUPPORTED)
        return rc;
    *out = (struct account_usage){ .db_documents = events ? bytes : 0, .attached_files = file_bytes };
    keep(user_id, out, fmax(0, pryv_now() - began));
    return PRYV_OK;
}

static enum pryv_rc count_in_session(struct pryv_call *call, struct account_usage *out, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = count(api_self(), call->user->id, session, out, err);
    api_close(session);
    return rc;
}

enum pryv_rc account_usage_get(struct pryv_call *call, struct pryv_session *session, struct account_usage *out,
                               struct pryv_err *err)
{
    struct api *api = api_self();

    if (find(call->user->id, api->config->account.usage_max_age, out))
        return PRYV_OK;
    return session ? count(api, call->user->id, session, out, err) : count_in_session(call, out, err);
}

/* ---- In the background --------------------------------------------------------------------------- */

static bool take_wanted(struct pryv_arena *mem, struct pryv_str *user_id)
{
    bool found = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < KEPT && !found; i++)
        if ((found = kept[i].wanted)) {
            kept[i].wanted = false;
            *user_id = pryv_str_copy(mem, pryv_str_n(kept[i].user_id, kept[i].len));
        }
    pthread_mutex_unlock(&lock);
    return found;
}

static enum pryv_rc count_of(struct api *api, struct pryv_str user_id, struct pryv_err *err)
{
    struct account_usage usage;
    struct pryv_session *session;
    enum pryv_rc rc = api->storage->open(api->storage_self, user_id, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    rc = count(api, user_id, session, &usage, err);
    api->storage->close(session);
    return rc;
}

/* One that fails is wanted again by the next who asks. */
void account_usage_count_wanted(void *api)
{
    bool found = true;

    while (found) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct pryv_str user_id;

        found = take_wanted(mem, &user_id);
        if (found && count_of(api, user_id, &err) != PRYV_OK)
            pryv_log_warn(API_LOG, "what an account takes is not counted: %s", pryv_err_reason(&err));
        pryv_arena_free(mem);
    }
}
