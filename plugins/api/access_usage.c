/* access_usage.c - see access_usage.h.
 *
 * Uses are summed up in a table by access and method. A flush takes the whole table and writes it user by user, one transaction each; meanwhile
 * a new one fills. What a flush is writing stays visible until it is committed: the user's `moving` lock is held for that moment, and by
 * whoever reads storage and table together, so that no use is told twice or not at all. */
#include "access_usage.h"
#include <pthread.h>
#include <stdlib.h>

enum { ID_MAX = 64, SLOTS_FIRST = 256, USES_MAX = 100000, LOCKS = 16 };

#define LONGEST_REST 60.0 /* seconds */

struct use {
    char user_id[ID_MAX], access_id[ID_MAX]; /* NUL-ended */
    const char *method;                      /* of the method's table; NULL: the slot is free */
    uint64_t count;                          /* 0: written */
    double last;
};

struct table {
    struct use *slots; /* open addressing, at most half full */
    size_t slot_count, count;
};

static struct table counting, flushing;
static pthread_mutex_t one_flush = PTHREAD_MUTEX_INITIALIZER; /* at a time; taken before the others */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;      /* of both tables; taken after `moving` */
static pthread_rwlock_t moving[LOCKS] = { [0 ... LOCKS - 1] = PTHREAD_RWLOCK_INITIALIZER };

static uint32_t hash_of(const char *text, uint32_t hash)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char) *text) * 16777619U;
    return hash;
}

static pthread_rwlock_t *lock_of(const char *user_id)
{
    return &moving[hash_of(user_id, 2166136261U) % LOCKS];
}

/* ---- The table -------------------------------------------------------------------------------- */

/* Where the uses of an access begin: they stand together, up to the next free slot, whatever the method. */
static size_t first_of(const struct table *table, const char *user_id, const char *access_id)
{
    return hash_of(access_id, hash_of(user_id, 2166136261U)) & (table->slot_count - 1);
}

static struct use *slot_of(const struct table *table, const char *user_id, const char *access_id, const char *method)
{
    size_t at = first_of(table, user_id, access_id);

    while (table->slots[at].method &&
           (strcmp(table->slots[at].method, method) != 0 || strcmp(table->slots[at].access_id, access_id) != 0 ||
            strcmp(table->slots[at].user_id, user_id) != 0))
        at = (at + 1) & (table->slot_count - 1);
    return &table->slots[at];
}

static void grow(struct table *table)
{
    struct table bigger = { .slot_count = table->slot_count ? table->slot_count * 2 : SLOTS_FIRST, .count = table->count };

    bigger.slots = calloc(bigger.slot_count, sizeof(*bigger.slots));
    if (!bigger.slots)
        abort();
    for (size_t i = 0; i < table->slot_count; i++) {
        const struct use *use = &table->slots[i];

        if (use->method)
            *slot_of(&bigger, use->user_id, use->access_id, use->method) = *use;
    }
    free(table->slots);
    *table = bigger;
}

/* False: there are too many already. */
static bool add(struct table *table, const struct use *use)
{
    struct use *slot;

    if (table->count * 2 >= table->slot_count) {
        if (table->count >= USES_MAX)
            return false;
        grow(table);
    }
    slot = slot_of(table, use->user_id, use->access_id, use->method);
    if (!slot->method) {
        *slot = *use;
        table->count++;
        return true;
    }
    slot->count += use->count;
    slot->last = slot->last > use->last ? slot->last : use->last;
    return true;
}

static bool copy_id(char out[ID_MAX], struct pryv_str id)
{
    if (id.len >= ID_MAX || !id.len)
        return false;
    memcpy(out, id.data, id.len);
    out[id.len] = '\0';
    return true;
}

void access_usage_count(void *self, struct pryv_call *call, const struct pryv_err *err PRYV_UNUSED)
{
    const struct api *api = self;
    struct use use = { .method = call->method->name, .count = 1, .last = call->now };
    bool kept;

    /* An access that was refused (its end has passed, its session is over) was not used: the call has no author then. */
    if (!api->config->account.tracking || !call->access || pryv_str_equal(call->author, "system") || *use.method == '/' ||
        !copy_id(use.user_id, call->user->id) || !copy_id(use.access_id, call->access->row.id))
        return;
    pthread_mutex_lock(&lock);
    kept = add(&counting, &use);
    pthread_mutex_unlock(&lock);
    if (!kept)
        pryv_log_warn(API_LOG, "the use of an access is not counted: %d wait to be written", USES_MAX);
}

/* ---- Writing ------------------------------------------------------------------------------------ */

/* "events.get" -> "events:get": the first dot alone. */
static struct pryv_str call_name(struct pryv_arena *mem, const char *method)
{
    char *name = pryv_cstr(mem, pryv_str(method));
    char *dot = strchr(name, '.');

    if (dot)
        *dot = ':';
    return pryv_str(name);
}

static int by_user(const void *a, const void *b)
{
    return strcmp((*(struct use *const *) a)->user_id, (*(struct use *const *) b)->user_id);
}

static enum pryv_rc write_uses(struct api *api, struct pryv_arena *mem, struct use *const *uses, size_t count,
                               struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = api->storage->open(api->storage_self, pryv_str(uses[0]->user_id), PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc; /* the account is gone, and its accesses with it */
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = api->storage->access_used(session, pryv_str(uses[i]->access_id), call_name(mem, uses[i]->method), uses[i]->count,
                                       uses[i]->last, err);
    if (rc == PRYV_OK)
        rc = api->storage->commit(session, err);
    api->storage->close(session);
    return rc;
}

/* What could not be written waits for the next time. */
static void flush_user(struct api *api, struct use *const *uses, size_t count)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    pthread_rwlock_t *user_lock = lock_of(uses[0]->user_id);

    pthread_rwlock_wrlock(user_lock);

    enum pryv_rc rc = write_uses(api, mem, uses, count, &err);

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++) {
        if (rc != PRYV_OK)
            add(&counting, uses[i]);
        uses[i]->count = 0;
    }
    pthread_mutex_unlock(&lock);
    pthread_rwlock_unlock(user_lock);
    if (rc != PRYV_OK)
        pryv_log_warn(API_LOG, "the use of accesses is written later: %s", err.message ? err.message : "");
    pryv_arena_free(mem);
}

static void flush(struct api *api)
{
    struct use **sorted;
    size_t count = 0;

    pthread_mutex_lock(&lock);
    flushing = counting;
    counting = (struct table){ .slots = NULL };
    pthread_mutex_unlock(&lock);
    if (flushing.count == 0)
        return;
    sorted = calloc(flushing.count, sizeof(struct use *));
    if (!sorted)
        abort();
    for (size_t i = 0; i < flushing.slot_count; i++)
        if (flushing.slots[i].method)
            sorted[count++] = &flushing.slots[i];
    qsort(sorted, count, sizeof(struct use *), by_user);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && strcmp(sorted[to]->user_id, sorted[from]->user_id) == 0; to++)
            ;
        flush_user(api, &sorted[from], to - from);
    }
    free(sorted);
    pthread_mutex_lock(&lock);
    free(flushing.slots);
    flushing = (struct table){ .slots = NULL };
    pthread_mutex_unlock(&lock);
}

void access_usage_flush(void *self)
{
    pthread_mutex_lock(&one_flush);
    flush(self);
    pthread_mutex_unlock(&one_flush);
}

void access_usage_flush_in_turn(void *self)
{
    static double rest_until; /* this task alone uses it */
    double begin = pryv_now(), took;

    if (begin < rest_until && begin + LONGEST_REST > rest_until)
        return;
    access_usage_flush(self);
    took = pryv_now() - begin;
    rest_until = begin + fmin(took * 5, LONGEST_REST);
}

/* ---- Reading -------------------------------------------------------------------------------------- */

static void add_uses(const struct table *table, struct pryv_arena *mem, const char *user_id, const char *access_id, json_t *calls,
                     double *last)
{
    if (!table->slots)
        return;
    for (size_t i = first_of(table, user_id, access_id); table->slots[i].method; i = (i + 1) & (table->slot_count - 1)) {
        const struct use *use = &table->slots[i];

        if (!use->count || strcmp(use->access_id, access_id) != 0 || strcmp(use->user_id, user_id) != 0)
            continue;

        const char *name = call_name(mem, use->method).data;
        double so_far = pryv_json_member_number(calls, name);

        json_object_set_new(calls, name, json_real((pryv_present(so_far) ? so_far : 0) + (double) use->count));
        if (!(*last >= use->last))
            *last = use->last;
    }
}

static enum pryv_rc add_pending(struct pryv_call *call, struct pryv_access_row *row, struct pryv_err *err)
{
    char user_id[ID_MAX], access_id[ID_MAX];
    json_t *calls = NULL;
    enum pryv_rc rc = PRYV_OK;

    if (!copy_id(user_id, call->user->id) || !copy_id(access_id, row->id))
        return PRYV_OK;
    rc = pryv_json_parse(call->arena, row->calls_json.data ? row->calls_json : PRYV_STR("{}"), false, &calls, err);
    if (rc != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored calls of an access are broken");
    pthread_mutex_lock(&lock);
    add_uses(&flushing, call->arena, user_id, access_id, calls, &row->last_used);
    add_uses(&counting, call->arena, user_id, access_id, calls, &row->last_used);
    pthread_mutex_unlock(&lock);
    if (json_object_size(calls))
        row->calls_json = pryv_json_dump(call->arena, calls);
    return PRYV_OK;
}

enum pryv_rc access_usage_read(struct pryv_call *call, struct pryv_str access_id, struct pryv_access_row *row,
                               struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    pthread_rwlock_t *user_lock = lock_of(pryv_cstr(call->arena, call->user->id));
    enum pryv_rc rc;

    pthread_rwlock_rdlock(user_lock);
    rc = api_open(call, PRYV_READ, &session, err);
    if (rc == PRYV_OK) {
        rc = api->storage->access_get(session, call->arena, access_id, row, err);
        api_close(session);
    }
    if (rc == PRYV_OK)
        rc = add_pending(call, row, err);
    pthread_rwlock_unlock(user_lock);
    return rc;
}
