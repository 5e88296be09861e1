/* account_usage.c - storageUsed: asked of storage and files, and kept for a moment, since every list of a user's events tells it. */
#include "account_usage.h"
#include <pthread.h>

enum { KEPT = 256, ID_MAX = 64 };

static struct kept {
    char user_id[ID_MAX];
    size_t len;
    double time;
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

static bool find(struct pryv_str user_id, double max_age, struct account_usage *out)
{
    double now = pryv_now();

    pthread_mutex_lock(&lock);

    const struct kept *place = place_of(user_id);
    bool found =
        pryv_str_is(pryv_str_n(place->user_id, place->len), user_id) && place->time <= now && place->time + max_age > now;

    if (found)
        *out = place->usage;
    pthread_mutex_unlock(&lock);
    return found;
}

static void keep(struct pryv_str user_id, const struct account_usage *usage)
{
    if (user_id.len == 0 || user_id.len > ID_MAX)
        return;
    pthread_mutex_lock(&lock);

    struct kept *place = place_of(user_id);

    memcpy(place->user_id, user_id.data, user_id.len);
    place->len = user_id.len;
    place->time = pryv_now();
    place->usage = *usage;
    pthread_mutex_unlock(&lock);
}

enum pryv_rc account_usage_get(struct pryv_call *call, struct pryv_session *session, struct account_usage *out,
                               struct pryv_err *err)
{
    struct api *api = api_self();
    uint64_t events = 0, streams = 0, bytes = 0, file_bytes = 0;
    enum pryv_rc rc;

    if (find(call->user->id, api->config->account.usage_max_age, out))
        return PRYV_OK;
    rc = api->storage->usage(session, &events, &streams, &bytes, err);
    if (rc == PRYV_OK)
        rc = api->files->usage(api->files_self, call->user->id, &file_bytes, err);
    if (rc != PRYV_OK && rc != PRYV_UNSUPPORTED)
        return rc;
    *out = (struct account_usage){ .db_documents = events ? bytes : 0, .attached_files = file_bytes };
    keep(call->user->id, out);
    return PRYV_OK;
}
