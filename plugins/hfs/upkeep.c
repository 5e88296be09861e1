/* upkeep.c - see upkeep.h. */
#include "upkeep.h"
#include <pthread.h>
#include <stdlib.h>

enum { BUCKETS = 1024, ENTRIES_MAX = 65536, IDLE_SECONDS = 60, SCAN_PAGE = 64 };
#define TURN_SECONDS 1.0 /* between two of upkeep_run */

struct entry {
    struct entry *next;
    char *user_id, *event_id, *author;
    int64_t end;  /* of what was stored and not told to the event */
    double time;  /* of the write that reached it */
    bool waits;   /* the event is still to be extended */
    double since; /* it waits */
    double used;
    size_t chunks;      /* that came since the last merging */
    struct spans spans; /* where they are, and what waits for neighbours */
    struct span pass;   /* what is being merged, turn by turn, before the spans are looked at again: it ends, however many come */
};

struct upkeep {
    struct hfs *hfs;
    pthread_mutex_t lock;
    struct entry *buckets[BUCKETS];
    size_t count;
    double merge_after; /* of the monotonic clock */
    size_t merge_from;  /* the bucket that is looked at first, so that all events have their turn */
};

/* ---- Entries -------------------------------------------------------------------------------------- */

static void *must(void *made)
{
    if (!made)
        abort();
    return made;
}

static char *copy_of(struct pryv_str text)
{
    char *copy = must(calloc(1, text.len + 1));

    if (text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}

static struct entry **bucket_of(struct upkeep *u, struct pryv_str user_id, struct pryv_str event_id)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < user_id.len; i++)
        hash = (hash ^ (unsigned char) user_id.data[i]) * 1099511628211u;
    for (size_t i = 0; i < event_id.len; i++)
        hash = (hash ^ (unsigned char) event_id.data[i]) * 1099511628211u;
    return &u->buckets[hash % BUCKETS];
}

static struct entry *find(struct upkeep *u, struct pryv_str user_id, struct pryv_str event_id)
{
    struct entry *entry = *bucket_of(u, user_id, event_id);

    while (entry && !(pryv_str_equal(user_id, entry->user_id) && pryv_str_equal(event_id, entry->event_id)))
        entry = entry->next;
    return entry;
}

/* NULL: too many are being written to. */
static struct entry *find_or_add(struct upkeep *u, struct pryv_str user_id, struct pryv_str event_id)
{
    struct entry *entry = find(u, user_id, event_id), **bucket;

    if (entry || u->count >= ENTRIES_MAX)
        return entry;
    entry = must(calloc(1, sizeof(*entry)));
    entry->user_id = copy_of(user_id);
    entry->event_id = copy_of(event_id);
    entry->used = pryv_now();
    entry->pass = SPAN_NONE;
    bucket = bucket_of(u, user_id, event_id);
    entry->next = *bucket;
    *bucket = entry;
    u->count++;
    return entry;
}

static void entry_free(struct entry *entry)
{
    free(entry->user_id);
    free(entry->event_id);
    free(entry->author);
    free(entry);
}

/* ---- What writers and readers tell ---------------------------------------------------------------- */

bool upkeep_has_room(struct upkeep *u, struct pryv_str user_id, struct pryv_str event_id)
{
    bool room;

    pthread_mutex_lock(&u->lock);
    room = find_or_add(u, user_id, event_id) != NULL;
    pthread_mutex_unlock(&u->lock);
    return room;
}

static void set_waiting(struct entry *entry, const struct pryv_call *call, int64_t end)
{
    if (entry->waits && entry->end >= end)
        return;
    if (!entry->waits)
        entry->since = pryv_now();
    free(entry->author);
    entry->author = copy_of(call->author);
    entry->end = end;
    entry->time = call->now;
    entry->waits = true;
}

void upkeep_wrote(struct upkeep *u, const struct pryv_call *call, struct pryv_str event_id, int64_t end, size_t chunks,
                  struct span span, bool extended)
{
    struct entry *entry;
    double now = pryv_now();

    pthread_mutex_lock(&u->lock);
    entry = find_or_add(u, call->user->id, event_id);
    if (entry) {
        entry->used = now;
        entry->chunks += chunks;
        spans_add(&entry->spans, span);
        if (!extended)
            set_waiting(entry, call, end);
    }
    pthread_mutex_unlock(&u->lock);
}

void upkeep_found(struct upkeep *u, struct pryv_str user_id, struct pryv_str event_id, size_t chunks, struct span span)
{
    struct entry *entry;

    pthread_mutex_lock(&u->lock);
    entry = find_or_add(u, user_id, event_id);
    if (entry) {
        entry->used = pryv_now();
        entry->chunks = chunks > entry->chunks ? chunks : entry->chunks;
        spans_add(&entry->spans, span);
    }
    pthread_mutex_unlock(&u->lock);
}

/* ---- Events that last longer ---------------------------------------------------------------------- */

/* The last moment that is stored: `end`, or that of a chunk of which a crash kept the event from knowing. */
static enum pryv_rc last_moment(const struct hfs *hfs, struct pryv_session *session, struct pryv_str event_id, int64_t end,
                                double *seconds, struct pryv_err *err)
{
    size_t got = SCAN_PAGE;

    *seconds = pryv_series_seconds(end);
    for (uint64_t after = 0; got == SCAN_PAGE;) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_series_chunk *chunks;
        enum pryv_rc rc = hfs->storage->series_scan(session, mem, event_id, pryv_series_seconds(end),
                                                    pryv_series_seconds(INT64_MAX), after, SCAN_PAGE, &chunks, &got, err);

        for (size_t i = 0; rc == PRYV_OK && i < got; i++) {
            *seconds = fmax(*seconds, chunks[i].to);
            after = chunks[i].id;
        }
        pryv_arena_free(mem);
        if (rc != PRYV_OK)
            return rc;
    }
    return PRYV_OK;
}

static enum pryv_rc extend(const struct hfs *hfs, struct pryv_arena *mem, const struct entry *what, struct pryv_err *err)
{
    struct pryv_session *session;
    double seconds;
    enum pryv_rc rc = hfs->storage->open(hfs->storage_self, pryv_str(what->user_id), PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    rc = last_moment(hfs, session, pryv_str(what->event_id), what->end, &seconds, err);
    if (rc == PRYV_OK)
        rc = hfs->events->extend(hfs->events_self, session, mem, pryv_str(what->event_id), seconds, pryv_str(what->author),
                                 what->time, err);
    if (rc == PRYV_OK)
        rc = hfs->storage->commit(session, err);
    hfs->storage->close(session);
    return rc;
}

/* The next one to do, as a copy whose texts are its own; what comes in meanwhile waits for its own turn. */
static bool take_waiting(struct upkeep *u, double now, bool all, struct entry *out)
{
    pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *entry = u->buckets[i]; entry; entry = entry->next) {
            if (!entry->waits || (!all && fabs(now - entry->since) < u->hfs->config->event_seconds))
                continue;
            *out = (struct entry){ .user_id = copy_of(pryv_str(entry->user_id)),
                                   .event_id = copy_of(pryv_str(entry->event_id)),
                                   .author = copy_of(pryv_str(entry->author)),
                                   .end = entry->end,
                                   .time = entry->time };
            entry->waits = false;
            pthread_mutex_unlock(&u->lock);
            return true;
        }
    pthread_mutex_unlock(&u->lock);
    return false;
}

static void put_back(struct upkeep *u, const struct entry *what)
{
    struct pryv_call call = { .author = pryv_str(what->author), .now = what->time };
    struct entry *entry;

    pthread_mutex_lock(&u->lock);
    entry = find(u, pryv_str(what->user_id), pryv_str(what->event_id));
    if (entry)
        set_waiting(entry, &call, what->end);
    pthread_mutex_unlock(&u->lock);
}

static void extend_waiting(struct upkeep *u, bool all)
{
    double now = pryv_now();
    struct entry what;
    bool failed = false;

    while (!failed && take_waiting(u, now, all, &what)) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);

        failed = extend(u->hfs, mem, &what, &err) != PRYV_OK;
        if (failed) {
            pryv_log_warn(HFS_LOG, "the duration of a series is written later: %s", pryv_err_reason(&err));
            put_back(u, &what);
        }
        free(what.user_id);
        free(what.event_id);
        free(what.author);
        pryv_arena_free(mem);
    }
}

/* ---- Merging ---------------------------------------------------------------------------------------- */

static struct span take_span(const struct upkeep *u, struct entry *entry)
{
    struct span span = entry->pass;

    entry->pass = SPAN_NONE;
    if (span_is_some(span) || entry->chunks < (size_t) u->hfs->config->merge_chunks)
        return span;
    span = spans_take(&entry->spans);
    if (!entry->spans.count)
        entry->chunks = 0;
    return span;
}

static bool take_fragmented(struct upkeep *u, struct pryv_arena *mem, struct pryv_str *user_id, struct pryv_str *event_id,
                            struct span *span)
{
    *span = SPAN_NONE;
    pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < BUCKETS && !span_is_some(*span); i++) {
        size_t bucket = (u->merge_from + i) % BUCKETS;

        for (struct entry *entry = u->buckets[bucket]; entry && !span_is_some(*span); entry = entry->next) {
            *span = take_span(u, entry);
            if (!span_is_some(*span))
                continue;
            *user_id = pryv_str_copy(mem, pryv_str(entry->user_id));
            *event_id = pryv_str_copy(mem, pryv_str(entry->event_id));
            u->merge_from = bucket + 1;
        }
    }
    pthread_mutex_unlock(&u->lock);
    return span_is_some(*span);
}

/* What a turn left: to be gone on with, or to wait for what comes next. */
static void put_rest(struct upkeep *u, struct pryv_str user_id, struct pryv_str event_id, struct span span, bool more)
{
    struct entry *entry;

    pthread_mutex_lock(&u->lock);
    entry = find_or_add(u, user_id, event_id);
    if (entry) {
        entry->used = pryv_now();
        if (more)
            entry->pass = span;
        else
            spans_add(&entry->spans, span);
    }
    pthread_mutex_unlock(&u->lock);
}

/* False: there is nothing to merge. */
static bool merge_one(struct upkeep *u)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str user_id = PRYV_STR_NONE, event_id = PRYV_STR_NONE;
    struct span span = { 0 };
    bool found = take_fragmented(u, mem, &user_id, &event_id, &span), more = false;

    if (found && compact_event(u->hfs, user_id, event_id, &span, &more, &err) != PRYV_OK)
        pryv_log_warn(HFS_LOG, "the chunks of a series are not merged: %s", pryv_err_reason(&err));
    if (found && span_is_some(span))
        put_rest(u, user_id, event_id, span, more);
    pryv_arena_free(mem);
    return found;
}

static double steady_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static void merge_fragmented(struct upkeep *u)
{
    double began = steady_seconds(), share = u->hfs->config->merge_share, spent = 0;

    if (began < u->merge_after)
        return;
    while (spent < share * TURN_SECONDS && merge_one(u))
        spent = steady_seconds() - began;
    u->merge_after = began + spent / share;
}

/* ---- Life ------------------------------------------------------------------------------------------- */

static void forget_idle(struct upkeep *u, double before)
{
    pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry **link = &u->buckets[i]; *link;) {
            struct entry *entry = *link;

            if (entry->waits || entry->used > before || span_is_some(entry->pass)) {
                link = &entry->next;
                continue;
            }
            *link = entry->next;
            entry_free(entry);
            u->count--;
        }
    pthread_mutex_unlock(&u->lock);
}

void upkeep_run(void *upkeep)
{
    struct upkeep *u = upkeep;

    extend_waiting(u, false);
    merge_fragmented(u);
    forget_idle(u, pryv_now() - IDLE_SECONDS);
}

struct upkeep *upkeep_new(struct hfs *hfs)
{
    struct upkeep *u = must(calloc(1, sizeof(*u)));

    u->hfs = hfs;
    pthread_mutex_init(&u->lock, NULL);
    return u;
}

void upkeep_free(struct upkeep *u)
{
    if (!u)
        return;
    extend_waiting(u, true);
    for (size_t i = 0; i < BUCKETS; i++)
        while (u->buckets[i]) {
            struct entry *entry = u->buckets[i];

            u->buckets[i] = entry->next;
            entry_free(entry);
        }
    pthread_mutex_destroy(&u->lock);
    free(u);
}
