/* known.c - see known.h. One place for each hash: the last event that was written to has it. */
#include "known.h"
#include <pthread.h>
#include <stdlib.h>

enum { USER, EVENT, TYPE, STREAMS, TEXTS };

struct entry {
    double time;
    size_t lengths[TEXTS];
    char texts[]; /* one behind the other */
};

struct known {
    pthread_mutex_t lock;
    struct entry *entries[KNOWN_EVENTS];
};

struct known *known_new(void)
{
    struct known *known = calloc(1, sizeof(*known));

    if (!known)
        abort();
    pthread_mutex_init(&known->lock, NULL);
    return known;
}

void known_free(struct known *known)
{
    if (!known)
        return;
    for (size_t i = 0; i < KNOWN_EVENTS; i++)
        free(known->entries[i]);
    pthread_mutex_destroy(&known->lock);
    free(known);
}

static uint64_t hash_on(uint64_t hash, struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char) text.data[i]) * 1099511628211u; /* FNV-1a */
    return hash;
}

static struct entry **place_of(struct known *known, struct pryv_str user_id, struct pryv_str event_id)
{
    return &known->entries[hash_on(hash_on(14695981039346656037u, user_id), event_id) % KNOWN_EVENTS];
}

static struct pryv_str text_of(const struct entry *entry, int which)
{
    const char *at = entry->texts;

    for (int i = 0; i < which; i++)
        at += entry->lengths[i];
    return pryv_str_n(at, entry->lengths[which]);
}

static bool is_of(const struct entry *entry, struct pryv_str user_id, struct pryv_str event_id)
{
    return entry && pryv_str_is(text_of(entry, EVENT), event_id) && pryv_str_is(text_of(entry, USER), user_id);
}

bool known_find(struct known *known, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_str event_id,
                struct pryv_event *out)
{
    struct entry **at = place_of(known, user_id, event_id);
    bool found;

    pthread_mutex_lock(&known->lock);
    found = is_of(*at, user_id, event_id);
    if (found)
        *out = (struct pryv_event){
            .id = pryv_str_copy(mem, text_of(*at, EVENT)),
            .stream_ids_json = pryv_str_copy(mem, text_of(*at, STREAMS)),
            .time = (*at)->time,
            .duration = PRYV_ABSENT,
            .type = pryv_str_copy(mem, text_of(*at, TYPE)),
            .deleted = PRYV_ABSENT,
        };
    pthread_mutex_unlock(&known->lock);
    return found;
}

static void replace(struct known *known, struct entry **at, struct entry *entry)
{
    struct entry *gone;

    pthread_mutex_lock(&known->lock);
    gone = *at;
    *at = entry;
    pthread_mutex_unlock(&known->lock);
    free(gone);
}

static bool is_the_same(struct known *known, struct entry **at, struct pryv_str user_id, const struct pryv_event *event)
{
    bool same;

    pthread_mutex_lock(&known->lock);
    same = is_of(*at, user_id, event->id) && (*at)->time == event->time && pryv_str_is(text_of(*at, TYPE), event->type) &&
           pryv_str_is(text_of(*at, STREAMS), event->stream_ids_json);
    pthread_mutex_unlock(&known->lock);
    return same;
}

void known_keep(struct known *known, struct pryv_str user_id, const struct pryv_event *event)
{
    const struct pryv_str texts[TEXTS] = { user_id, event->id, event->type, event->stream_ids_json };
    struct entry **at = place_of(known, user_id, event->id), *entry;
    size_t size = 0;

    for (int i = 0; i < TEXTS; i++)
        size += texts[i].len;
    if (size > KNOWN_BYTES || is_the_same(known, at, user_id, event))
        return;
    entry = malloc(sizeof(*entry) + size);
    if (!entry)
        abort();
    entry->time = event->time;
    size = 0;
    for (int i = 0; i < TEXTS; i++) {
        entry->lengths[i] = texts[i].len;
        memcpy(entry->texts + size, texts[i].data, texts[i].len);
        size += texts[i].len;
    }
    replace(known, at, entry);
}

void known_forget(struct known *known, struct pryv_str user_id, struct pryv_str event_id)
{
    struct entry **at = place_of(known, user_id, event_id), *gone = NULL;

    pthread_mutex_lock(&known->lock);
    if (is_of(*at, user_id, event_id)) {
        gone = *at;
        *at = NULL;
    }
    pthread_mutex_unlock(&known->lock);
    free(gone);
}
