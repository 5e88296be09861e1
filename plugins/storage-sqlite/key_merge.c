/* key_merge.c - see key_merge.h. */
#include "key_merge.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* All batches together hold about KEYS keys; a list has at least one. */
enum { KEYS = 8192, BATCH_FIRST = 8, BATCH_MOST = 256 };

struct key {
    double time;
    int64_t number;
    size_t id_at, id_len; /* in the list's texts */
};

struct key_list {
    struct pryv_str name;
    double newest; /* no key of it has a later time */
    struct key *keys;
    size_t at, count, room;
    char *texts;
    size_t text_len, text_room;
    size_t batch; /* how many to read next: more each time, for whoever wants few reads few */
    bool begun, ended;
};

struct key_merge {
    struct pryv_session *session;
    const char *sql;
    bool ascending;
    double lower, upper;
    size_t batch_most;
    struct key_list *lists; /* with the latest `newest` first */
    size_t list_count, begun_count;
    struct key_list **heap; /* begun lists with a key at hand, the first in order at the top */
    size_t heap_count;
    double last_time; /* of the one given last: its twins from other lists are left out */
    char *last_id;
    size_t last_len, last_room;
};

static void *grown(void *block, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return block;
    while (*room < wanted)
        *room = *room ? *room * 2 : 16;

    void *wider = realloc(block, *room * size);

    if (!wider)
        abort();
    return wider;
}

/* About as many of each list as will be wanted, if they are alike, and the key that tells which list goes on. */
static size_t first_batch(const struct key_merge *merge, uint64_t wanted)
{
    uint64_t share = wanted / (merge->list_count + 1) + 2;
    size_t batch = share < BATCH_FIRST ? (size_t) share : BATCH_FIRST;

    return batch < merge->batch_most ? batch : merge->batch_most;
}

static int latest_first(const void *a_, const void *b_)
{
    const struct key_list *a = a_, *b = b_;

    return (a->newest < b->newest) - (a->newest > b->newest);
}

/* Mostly they are in order when the interval ends before what is newest. */
static void order_lists(struct key_merge *merge)
{
    size_t i = 1;

    while (i < merge->list_count && merge->lists[i].newest <= merge->lists[i - 1].newest)
        i++;
    if (i < merge->list_count)
        qsort(merge->lists, merge->list_count, sizeof(*merge->lists), latest_first);
}

struct key_merge *key_merge_new(struct pryv_session *session, const char *sql, const struct pryv_str *names, const double *newest,
                                size_t count, bool ascending, double lower, double upper, uint64_t wanted)
{
    struct key_merge *merge = calloc(1, sizeof(*merge));

    if (!merge)
        abort();
    *merge = (struct key_merge){ .session = session, .sql = sql, .ascending = ascending, .lower = lower, .upper = upper };
    merge->lists = calloc(count + 1, sizeof(*merge->lists));
    merge->heap = calloc(count + 1, sizeof(struct key_list *));
    if (!merge->lists || !merge->heap)
        abort();
    merge->list_count = count;
    merge->batch_most = count > KEYS ? 1 : KEYS / (count + 1) + 1;
    if (merge->batch_most > BATCH_MOST)
        merge->batch_most = BATCH_MOST;
    for (size_t i = 0; i < count; i++) {
        merge->lists[i].name = names[i];
        merge->lists[i].newest = newest ? fmin(newest[i], upper) : upper;
        merge->lists[i].batch = first_batch(merge, wanted);
    }
    order_lists(merge);
    return merge;
}

void key_merge_free(struct key_merge *merge)
{
    if (!merge)
        return;
    for (size_t i = 0; i < merge->list_count; i++) {
        free(merge->lists[i].keys);
        free(merge->lists[i].texts);
    }
    free(merge->lists);
    free((void *) merge->heap);
    free(merge->last_id);
    free(merge);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static void bind_position(const struct key_merge *merge, const struct key_list *list, sqlite3_stmt *statement)
{
    if (list->begun) {
        const struct key *last = &list->keys[list->count - 1];

        sqlite3_bind_double(statement, 2, last->time);
        sqlite3_bind_text64(statement, 3, list->texts + last->id_at, last->id_len, SQLITE_TRANSIENT,
                            SQLITE_UTF8); /* the batch replaces it */
    } else {
        sqlite3_bind_double(statement, 2, merge->ascending ? merge->lower : merge->upper);
        if (merge->ascending)
            bind_text(statement, 3, PRYV_STR("")); /* before every id */
        else
            sqlite3_bind_zeroblob(statement, 3, 0); /* a blob comes after every text */
    }
    sqlite3_bind_double(statement, 4, merge->ascending ? merge->upper : merge->lower);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64) list->batch);
}

static void add_key(struct key_list *list, sqlite3_stmt *statement)
{
    struct pryv_str id = column_text(statement, 1);

    list->keys = grown(list->keys, &list->room, list->count + 1, sizeof(*list->keys));
    list->texts = grown(list->texts, &list->text_room, list->text_len + id.len + 1, 1);
    memcpy(list->texts + list->text_len, id.data, id.len);
    list->keys[list->count++] =
        (struct key){ sqlite3_column_double(statement, 0), sqlite3_column_int64(statement, 2), list->text_len, id.len };
    list->text_len += id.len;
}

static int read_batch(struct key_merge *merge, struct key_list *list, struct pryv_err *err)
{
    /* Whether the user was erased meanwhile is for the cursor to look at: not once a list. */
    sqlite3_stmt *statement = statement_begin(merge->session->connection, merge->sql, err);
    int more;

    if (!statement)
        return (int) err->rc;
    bind_text(statement, 1, list->name);
    bind_position(merge, list, statement);
    more = session_step(merge->session, statement, err);
    list->at = list->count = list->text_len = 0;
    for (; more > 0; more = session_step(merge->session, statement, err))
        add_key(list, statement);
    session_done(merge->session, statement);
    if (more < 0)
        return more;
    list->begun = true;
    list->ended = list->count < list->batch;
    if (list->batch * 2 <= merge->batch_most)
        list->batch *= 2;
    return list->count > 0;
}

/* ---- The heap -------------------------------------------------------------------------------- */

static int compare_ids(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t len = a_len < b_len ? a_len : b_len;
    int order = len ? memcmp(a, b, len) : 0;

    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static bool before(const struct key_merge *merge, const struct key_list *a, const struct key_list *b)
{
    const struct key *x = &a->keys[a->at], *y = &b->keys[b->at];
    int order = (x->time > y->time) - (x->time < y->time);

    if (order == 0)
        order = compare_ids(a->texts + x->id_at, x->id_len, b->texts + y->id_at, y->id_len);
    return merge->ascending ? order < 0 : order > 0;
}

static void sift_down(struct key_merge *merge, size_t at)
{
    struct key_list **heap = merge->heap;

    for (;;) {
        size_t first = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < merge->heap_count; child++)
            if (before(merge, heap[child], heap[first]))
                first = child;
        if (first == at)
            return;

        struct key_list *moved = heap[at];

        heap[at] = heap[first];
        heap[first] = moved;
        at = first;
    }
}

static void sift_up(struct key_merge *merge, size_t at)
{
    struct key_list **heap = merge->heap;

    for (; at && before(merge, heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2) {
        struct key_list *moved = heap[at];

        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = moved;
    }
}

/* Whether a list that was not begun may have a key that is wanted, before the one at the top. */
static bool may_be_next(const struct key_merge *merge, const struct key_list *list)
{
    if (merge->heap_count && !merge->ascending)
        return list->newest >= merge->heap[0]->keys[merge->heap[0]->at].time;
    return list->newest >= fmax(merge->lower, -DBL_MAX);
}

static enum pryv_rc begin(struct key_merge *merge, struct pryv_err *err)
{
    while (merge->begun_count < merge->list_count && may_be_next(merge, &merge->lists[merge->begun_count])) {
        struct key_list *list = &merge->lists[merge->begun_count++];
        int more = read_batch(merge, list, err);

        if (more < 0)
            return (enum pryv_rc) more;
        if (more > 0) {
            merge->heap[merge->heap_count] = list;
            sift_up(merge, merge->heap_count++);
        }
    }
    return PRYV_OK;
}

/* The list at the top goes on by one. */
static enum pryv_rc advance(struct key_merge *merge, struct pryv_err *err)
{
    struct key_list *list = merge->heap[0];

    if (++list->at == list->count) {
        int more = list->ended ? 0 : read_batch(merge, list, err);

        if (more < 0) {
            merge->heap_count = 0;
            return (enum pryv_rc) more;
        }
        if (more == 0)
            merge->heap[0] = merge->heap[--merge->heap_count];
    }
    if (merge->heap_count)
        sift_down(merge, 0);
    return PRYV_OK;
}

static bool is_twin(const struct key_merge *merge, const struct key_list *list)
{
    const struct key *key = &list->keys[list->at];

    return merge->last_id && key->time == merge->last_time &&
           compare_ids(list->texts + key->id_at, key->id_len, merge->last_id, merge->last_len) == 0;
}

int key_merge_next(struct key_merge *merge, int64_t *number, struct pryv_err *err)
{
    enum pryv_rc rc = begin(merge, err);

    while (rc == PRYV_OK && merge->heap_count) {
        const struct key_list *list = merge->heap[0];
        const struct key *key = &list->keys[list->at];
        bool twin = is_twin(merge, list);

        if (!twin) {
            *number = key->number;
            merge->last_time = key->time;
            merge->last_len = key->id_len;
            merge->last_id = grown(merge->last_id, &merge->last_room, key->id_len + 1, 1);
            memcpy(merge->last_id, list->texts + key->id_at, key->id_len);
        }
        if ((rc = advance(merge, err)) == PRYV_OK && !twin)
            return 1;
        if (rc == PRYV_OK)
            rc = begin(merge, err);
    }
    return (int) rc;
}
