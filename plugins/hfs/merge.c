/* merge.c - see merge.h. */
#include "merge.h"
#include <stdlib.h>

enum {
    PAGE = 128,
    PAGE_LEAST = 16,
    PAGE_MOST = 1024,
    PAGE_BYTES = 256 * 1024,
    KEPT_BYTES = 1024 * 1024,
    KEPT_BYTES_OF_WINDOW = 16 * 1024 * 1024,
    LOOKS = 4
};

struct source { /* a chunk that is open */
    struct pryv_arena *mem;
    struct pryv_series_points points;
    size_t index, end;
    uint64_t id, rank;
};

struct merge {
    const struct pryv_storage_ops *storage;
    struct pryv_session *session;
    struct pryv_arena *mem;   /* bytes of the first chunks */
    struct pryv_arena *names; /* the event's */
    struct pryv_str event_id;
    int64_t from, to;
    struct chunk_ref *chunks; /* by `from` */
    size_t count, size;
    uint64_t points;
    const struct chunk_ref *chosen; /* of them, or all */
    size_t next, end;
    struct source *heap; /* the earliest time first, of these the chunk of the greatest rank */
    size_t open, heap_size;
    size_t handed; /* rows of the first of the heap, in the last run */
    bool started;
    int64_t last;
    const struct pryv_series_points *run; /* what merge_next takes rows of */
    size_t row, row_end;
};

static void *grown(void *items, size_t count, size_t *size, size_t item_size)
{
    if (count < *size)
        return items;
    *size = *size ? 2 * *size : 16;
    items = realloc(items, *size * item_size);
    if (!items)
        abort();
    return items;
}

/* ---- The chunks of the range ------------------------------------------------------------------ */

static int by_from(const void *a, const void *b)
{
    const struct chunk_ref *x = a, *y = b;

    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static bool tells_in_time(const struct pryv_storage_ops *storage)
{
    return storage->size > offsetof(struct pryv_storage_ops, series_scan_by_time) && storage->series_scan_by_time;
}

static enum pryv_rc scan_page(const struct merge *m, struct pryv_arena *mem, double from, double to,
                              const struct pryv_series_chunk *after, size_t limit, struct pryv_series_chunk **page, size_t *got,
                              struct pryv_err *err)
{
    return tells_in_time(m->storage)
               ? m->storage->series_scan_by_time(m->session, mem, m->event_id, from, to, after->id ? after : NULL, limit, page,
                                                 got, err)
               : m->storage->series_scan(m->session, mem, m->event_id, from, to, after->id, limit, page, got, err);
}

static void add_chunk(struct merge *m, const struct pryv_series_chunk *chunk, bool with_bytes)
{
    m->chunks = grown(m->chunks, m->count, &m->size, sizeof(*m->chunks));
    m->chunks[m->count++] = (struct chunk_ref){ .id = chunk->id,
                                                .rank = pryv_series_rank(chunk),
                                                .from = chunk->from,
                                                .to = chunk->to,
                                                .points = chunk->points,
                                                .bytes = with_bytes ? chunk->bytes : PRYV_STR_NONE };
    m->points += chunk->points;
}

/* Of small chunks more at once; of a window with an end about as many as it still takes. */
static size_t next_limit(const struct merge *m, const struct window *window, size_t limit, size_t bytes)
{
    size_t more = bytes < PAGE_BYTES / 2 ? 2 * limit : limit;

    if (window->points == UINT64_MAX || m->points == 0 || m->points >= window->points)
        return more;
    return (size_t) fmin(PAGE_MOST,
                         fmax(PAGE_LEAST, (double) (window->points - m->points) * (double) m->count / (double) m->points + 1));
}

/* All that touch the window, or as many as it takes. Bytes of the first ones are kept, so that chunks of a short range are read once. */
static enum pryv_rc list_chunks(struct merge *m, struct window *window, size_t keep, struct pryv_err *err)
{
    struct pryv_series_chunk after = { .id = 0 };
    size_t kept = 0, limit = PAGE, got = PAGE;
    bool ends = tells_in_time(m->storage), full = false;

    m->count = 0;
    m->points = 0;
    while (got == limit && !full) {
        struct pryv_arena *mem = kept < keep ? m->mem : pryv_arena_new();
        struct pryv_series_chunk *page;
        size_t before = kept;
        enum pryv_rc rc = scan_page(m, mem, window->from, window->to, &after, limit, &page, &got, err);

        for (size_t i = 0; rc == PRYV_OK && i < got && !full; i++) {
            add_chunk(m, &page[i], mem == m->mem);
            kept += page[i].bytes.len;
            after = page[i];
            full = ends && after.from > m->chunks[0].from && (m->points >= window->points || m->count >= window->chunks);
        }
        if (mem != m->mem)
            pryv_arena_free(mem);
        if (rc != PRYV_OK)
            return rc;
        if (got == limit)
            got = limit = next_limit(m, window, limit, kept - before);
    }
    window->edge = full ? after.from : INFINITY;
    if (m->count && !ends)
        qsort(m->chunks, m->count, sizeof(*m->chunks), by_from);
    merge_only(m, m->chunks, m->count);
    return PRYV_OK;
}

/* Whether its chunks overlap with others than those that were looked for: then it is as wide as they are. Behind its edge there are always others. */
static bool widen(const struct merge *m, struct window *window)
{
    struct window before = *window;

    for (size_t i = 0; i < m->count; i++) {
        window->from = fmin(window->from, m->chunks[i].from);
        if (window->edge == INFINITY)
            window->to = fmax(window->to, m->chunks[i].to);
    }
    return window->from < before.from || window->to > before.to;
}

static enum pryv_rc list_window(struct merge *m, struct window *window, struct pryv_err *err)
{
    bool ends = window->points < UINT64_MAX;

    for (int looks = 0; !ends || looks < LOOKS; looks++) {
        enum pryv_rc rc;

        pryv_arena_free(m->mem);
        m->mem = pryv_arena_new();
        if ((rc = list_chunks(m, window, ends ? KEPT_BYTES_OF_WINDOW : KEPT_BYTES, err)) != PRYV_OK)
            return rc;
        if (!widen(m, window))
            return PRYV_OK;
    }
    window->is_cut = true;
    return PRYV_OK;
}

/* ---- Life --------------------------------------------------------------------------------------- */

static struct merge *merge_new(const struct pryv_storage_ops *storage, struct pryv_session *session, struct pryv_str event_id,
                               int64_t from, int64_t to)
{
    struct merge *m = calloc(1, sizeof(*m));

    if (!m)
        abort();
    *m = (struct merge){
        .storage = storage, .session = session, .mem = pryv_arena_new(), .names = pryv_arena_new(), .from = from, .to = to
    };
    m->event_id = pryv_str_copy(m->names, event_id);
    return m;
}

static enum pryv_rc opened(struct merge *m, enum pryv_rc rc, struct merge **out)
{
    if (rc == PRYV_OK)
        *out = m;
    else
        merge_close(m);
    return rc;
}

enum pryv_rc merge_open(const struct pryv_storage_ops *storage, struct pryv_session *session, struct pryv_str event_id,
                        int64_t from, int64_t to, struct merge **out, struct pryv_err *err)
{
    struct merge *m = merge_new(storage, session, event_id, from, to);
    struct window window = {
        .from = from <= 0 ? 0 : pryv_series_seconds(from), .to = pryv_series_seconds(to), .points = UINT64_MAX, .chunks = SIZE_MAX
    };

    return opened(m, from < to ? list_chunks(m, &window, KEPT_BYTES, err) : PRYV_OK, out);
}

enum pryv_rc merge_open_window(const struct pryv_storage_ops *storage, struct pryv_session *session, struct pryv_str event_id,
                               struct window *window, struct merge **out, struct pryv_err *err)
{
    struct merge *m = merge_new(storage, session, event_id, 0, INT64_MAX);

    return opened(m, list_window(m, window, err), out);
}

static void close_sources(struct merge *m)
{
    for (size_t i = 0; i < m->open; i++)
        pryv_arena_free(m->heap[i].mem);
    m->open = 0;
}

void merge_close(struct merge *m)
{
    if (!m)
        return;
    close_sources(m);
    pryv_arena_free(m->mem);
    pryv_arena_free(m->names);
    free(m->heap);
    free(m->chunks);
    free(m);
}

size_t merge_chunks(const struct merge *m, const struct chunk_ref **out)
{
    *out = m->chunks;
    return m->count;
}

void merge_only(struct merge *m, const struct chunk_ref *chunks, size_t count)
{
    close_sources(m);
    m->chosen = chunks;
    m->next = 0;
    m->end = count;
    m->handed = 0;
    m->started = false;
    m->row = m->row_end = 0;
}

uint64_t merge_chunk(const struct merge *m)
{
    return m->heap[0].id;
}

/* ---- The heap ----------------------------------------------------------------------------------- */

static int64_t time_of(const struct source *source)
{
    return source->points.times[source->index];
}

static bool comes_before(const struct source *a, const struct source *b)
{
    return time_of(a) != time_of(b) ? time_of(a) < time_of(b) : a->rank > b->rank;
}

static void swap(struct source *a, struct source *b)
{
    struct source kept = *a;

    *a = *b;
    *b = kept;
}

static void sink(struct merge *m)
{
    for (size_t i = 0;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;

        if (left < m->open && comes_before(&m->heap[left], &m->heap[least]))
            least = left;
        if (right < m->open && comes_before(&m->heap[right], &m->heap[least]))
            least = right;
        if (least == i)
            return;
        swap(&m->heap[i], &m->heap[least]);
        i = least;
    }
}

static void push(struct merge *m, const struct source *source)
{
    size_t i = m->open;

    m->heap = grown(m->heap, m->open, &m->heap_size, sizeof(*m->heap));
    m->heap[m->open++] = *source;
    for (; i > 0 && comes_before(&m->heap[i], &m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&m->heap[i], &m->heap[(i - 1) / 2]);
}

static void advance(struct merge *m)
{
    struct source *first = &m->heap[0];

    first->index += m->handed;
    m->handed = 0;
    if (first->index == first->end) {
        pryv_arena_free(first->mem);
        *first = m->heap[--m->open];
    }
    if (m->open)
        sink(m);
}

/* ---- Opening ---------------------------------------------------------------------------------- */

enum pryv_rc merge_bytes(struct merge *m, struct pryv_arena *mem, const struct chunk_ref *ref, struct pryv_str *out,
                         struct pryv_err *err)
{
    struct pryv_series_chunk *chunk;
    size_t count;
    enum pryv_rc rc;

    *out = ref->bytes;
    if (ref->bytes.data)
        return PRYV_OK;
    rc = m->storage->series_scan(m->session, mem, m->event_id, ref->from, ref->to, ref->id - 1, 1, &chunk, &count, err);
    if (rc != PRYV_OK)
        return rc;
    if (count != 1 || chunk->id != ref->id)
        return pryv_fail(err, PRYV_FAILED, "a chunk of a series is gone within one session");
    *out = chunk->bytes;
    return PRYV_OK;
}

static size_t first_from(const struct pryv_series_points *points, int64_t time)
{
    size_t low = 0, high = points->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (points->times[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum pryv_rc open_chunk(struct merge *m, const struct chunk_ref *ref, struct pryv_err *err)
{
    struct source source = { .mem = pryv_arena_new(), .id = ref->id, .rank = ref->rank };
    struct pryv_str bytes;
    enum pryv_rc rc = merge_bytes(m, source.mem, ref, &bytes, err);

    if (rc == PRYV_OK)
        rc = pryv_series_unpack(source.mem, bytes, &source.points, err);
    if (rc == PRYV_OK) {
        source.index = first_from(&source.points, m->from);
        source.end = m->to == INT64_MAX ? source.points.count : first_from(&source.points, m->to);
    }
    if (rc == PRYV_OK && source.index < source.end)
        push(m, &source);
    else
        pryv_arena_free(source.mem);
    return rc;
}

/* All chunks that may have a point as early as the first of the heap. Seconds are rounded, but never past each other. */
static enum pryv_rc open_due(struct merge *m, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && m->next < m->end &&
           (m->open == 0 || m->chosen[m->next].from <= pryv_series_seconds(time_of(&m->heap[0]))))
        rc = open_chunk(m, &m->chosen[m->next++], err);
    return rc;
}

/* ---- Rows --------------------------------------------------------------------------------------- */

static bool is_before(const struct source *source, size_t row, const struct source *other, double seconds)
{
    int64_t time = source->points.times[row];

    return other ? time < time_of(other) : pryv_series_seconds(time) < seconds;
}

/* The end of the rows from the first one's next on that come before the other's, or before `seconds`: mostly it is near or far away. */
static size_t end_before(const struct source *first, size_t end, const struct source *other, double seconds)
{
    size_t low = first->index + 1, step = 1;

    while (low + step < end && is_before(first, low + step - 1, other, seconds)) {
        low += step;
        step *= 2;
    }
    if (low + step < end)
        end = low + step;
    while (low < end) {
        size_t middle = (low + end) / 2;

        if (is_before(first, middle, other, seconds))
            low = middle + 1;
        else
            end = middle;
    }
    return low;
}

/* How many rows of the first of the heap come before all of the others and before all that is not open. */
static size_t run_length(const struct merge *m)
{
    const struct source *first = &m->heap[0];
    size_t end = first->end;

    for (size_t i = 1; i <= 2 && i < m->open; i++)
        end = end_before(first, end, &m->heap[i], 0);
    if (m->next < m->end)
        end = end_before(first, end, NULL, m->chosen[m->next].from);
    return end - first->index;
}

int merge_next_run(struct merge *m, const struct pryv_series_points **points, size_t *first, size_t *count, struct pryv_err *err)
{
    for (;;) {
        enum pryv_rc rc;

        if (m->handed)
            advance(m);
        if ((rc = open_due(m, err)) != PRYV_OK)
            return rc;
        if (m->open == 0)
            return 0;
        m->handed = 1;
        if (m->started && time_of(&m->heap[0]) == m->last)
            continue; /* replaced by one of a greater rank */
        m->handed = run_length(m);
        m->started = true;
        m->last = m->heap[0].points.times[m->heap[0].index + m->handed - 1];
        *points = &m->heap[0].points;
        *first = m->heap[0].index;
        *count = m->handed;
        return 1;
    }
}

int merge_next(struct merge *m, const struct pryv_series_points **points, size_t *index, struct pryv_err *err)
{
    if (m->row == m->row_end) {
        size_t count = 0;
        int more = merge_next_run(m, &m->run, &m->row, &count, err);

        if (more <= 0)
            return more;
        m->row_end = m->row + count;
    }
    *points = m->run;
    *index = m->row++;
    return 1;
}
