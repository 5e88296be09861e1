/* level_memo.c - see level_memo.h. */
#include "level_memo.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES = 16 }; /* per thread; the least recently used is taken for a new pair */

struct table {
    uint64_t access, tree; /* 0: free */
    uint64_t used;
    size_t capacity;
    int8_t *levels;
};

struct tables {
    uint64_t clock;
    struct table *last;
    struct table all[TABLES];
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

uint64_t level_memo_number(void)
{
    static atomic_ullong last;

    return atomic_fetch_add(&last, 1) + 1;
}

static void tables_free(void *object)
{
    struct tables *tables = object;

    for (size_t i = 0; i < TABLES; i++)
        free(tables->all[i].levels);
    free(tables);
}

static void make_key(void)
{
    if (pthread_key_create(&key, tables_free) != 0)
        abort();
}

static struct tables *tables_of_thread(void)
{
    pthread_once(&once, make_key);

    struct tables *tables = pthread_getspecific(key);

    if (tables)
        return tables;
    tables = calloc(1, sizeof(*tables));
    if (!tables || pthread_setspecific(key, tables) != 0)
        abort();
    tables->last = &tables->all[0];
    return tables;
}

/* The table of the pair, or the one to take for it. */
static struct table *table_of(struct tables *tables, uint64_t access, uint64_t tree)
{
    struct table *oldest = &tables->all[0];

    for (struct table *table = tables->all; table < tables->all + TABLES; table++) {
        if (table->access == access && table->tree == tree)
            return table;
        if (table->used < oldest->used)
            oldest = table;
    }
    return oldest;
}

static void begin(struct table *table, uint64_t access, uint64_t tree, size_t count)
{
    if (table->capacity < count || table->capacity / 4 > count) {
        free(table->levels);
        table->levels = malloc(count);
        if (!table->levels)
            abort();
        table->capacity = count;
    }
    memset(table->levels, LEVEL_UNKNOWN, count);
    table->access = access;
    table->tree = tree;
}

int8_t *level_memo(uint64_t access_number, uint64_t tree_number, size_t count)
{
    struct tables *tables = tables_of_thread();
    struct table *table = tables->last;

    if (table->access != access_number || table->tree != tree_number) {
        table = tables->last = table_of(tables, access_number, tree_number);
        table->used = ++tables->clock;
        if (table->access != access_number || table->tree != tree_number)
            begin(table, access_number, tree_number, count);
    }
    return table->levels;
}
