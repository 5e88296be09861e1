/* pattern_cache.c - a small table from a pattern's address to its compiled form. Entries are never taken out. */
#include "pattern_cache.h"
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>

enum { BUCKETS = 128 };

struct compiled {
    struct compiled *next;
    const char *pattern;
    bool usable;
    regex_t regex;
};

static struct compiled *buckets[BUCKETS];
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static size_t bucket_of(const char *pattern)
{
    return ((uintptr_t) pattern >> 3) % BUCKETS;
}

static struct compiled *find(const char *pattern)
{
    struct compiled *entry = buckets[bucket_of(pattern)];

    while (entry && entry->pattern != pattern)
        entry = entry->next;
    return entry;
}

/* NULL: no memory. */
static struct compiled *compile(const char *pattern)
{
    struct compiled *entry = find(pattern), **bucket = &buckets[bucket_of(pattern)];

    if (entry || !(entry = calloc(1, sizeof(*entry))))
        return entry;
    entry->pattern = pattern;
    entry->usable = regcomp(&entry->regex, pattern, REG_EXTENDED | REG_NOSUB) == 0;
    entry->next = *bucket;
    *bucket = entry;
    return entry;
}

bool pattern_cache_matches(const char *pattern, struct pryv_str text)
{
    regmatch_t range = { .rm_so = 0, .rm_eo = (regoff_t) text.len };

    pthread_rwlock_rdlock(&lock);
    struct compiled *entry = find(pattern);
    pthread_rwlock_unlock(&lock);

    if (!entry) {
        pthread_rwlock_wrlock(&lock);
        entry = compile(pattern);
        pthread_rwlock_unlock(&lock);
    }
    /* REG_STARTEND: a NUL inside the text does not end it. */
    return entry && entry->usable && text.len <= INT32_MAX && regexec(&entry->regex, text.data, 1, &range, REG_STARTEND) == 0;
}
