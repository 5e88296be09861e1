/* Chunks that overlap read like a map of moments, before they are merged and after. */
// link: plugins/hfs
#include <criterion/criterion.h>
#include <stdlib.h>
#include "../../plugins/hfs/builder.h"
#include "../../plugins/hfs/compact.h"
#include "../../plugins/hfs/merge.h"
#include "../../plugins/hfs/spans.h"

/* ---- A storage of one series, with transactions ------------------------------------------------ */

enum { MOST_CHUNKS = 4096, MOMENTS = 512 };

struct chunks {
    struct pryv_series_chunk items[MOST_CHUNKS];
    size_t count;
    uint64_t last_id;
};

static struct chunks stored, changed;
static struct pryv_arena *memory;
static bool fails_to_commit;

static enum pryv_rc fake_open(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, enum pryv_session_mode mode PRYV_UNUSED,
                              struct pryv_session **out, struct pryv_err *err PRYV_UNUSED)
{
    changed = stored;
    *out = NULL;
    return PRYV_OK;
}

static enum pryv_rc fake_commit(struct pryv_session *s PRYV_UNUSED, struct pryv_err *err)
{
    if (fails_to_commit)
        return pryv_fail(err, PRYV_FAILED, "as wanted");
    stored = changed;
    return PRYV_OK;
}

static void fake_close(struct pryv_session *s PRYV_UNUSED) {}

static enum pryv_rc fake_append(struct pryv_session *s PRYV_UNUSED, struct pryv_str event PRYV_UNUSED,
                                const struct pryv_series_chunk *chunk, struct pryv_err *err PRYV_UNUSED)
{
    cr_assert_lt(changed.count, MOST_CHUNKS);
    changed.items[changed.count] = *chunk;
    changed.items[changed.count].id = ++changed.last_id;
    changed.items[changed.count++].bytes = pryv_str_copy(memory, chunk->bytes);
    return PRYV_OK;
}

static enum pryv_rc fake_scan(struct pryv_session *s PRYV_UNUSED, struct pryv_arena *mem, struct pryv_str event PRYV_UNUSED,
                              double from, double to, uint64_t after, size_t limit, struct pryv_series_chunk **out, size_t *count,
                              struct pryv_err *err PRYV_UNUSED)
{
    *out = pryv_new_array(mem, struct pryv_series_chunk, limit);
    *count = 0;
    for (size_t i = 0; i < changed.count && *count < limit; i++)
        if (changed.items[i].id > after && changed.items[i].to >= from && changed.items[i].from <= to) {
            (*out)[*count] = changed.items[i];
            (*out)[(*count)++].bytes = pryv_str_copy(mem, changed.items[i].bytes);
        }
    return PRYV_OK;
}

static size_t listed; /* chunks, in the order of their times */

static int by_place(const void *a, const void *b)
{
    const struct pryv_series_chunk *x = a, *y = b;

    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static enum pryv_rc fake_scan_by_time(struct pryv_session *s PRYV_UNUSED, struct pryv_arena *mem,
                                      struct pryv_str event PRYV_UNUSED, double from, double to,
                                      const struct pryv_series_chunk *after, size_t limit, struct pryv_series_chunk **out,
                                      size_t *count, struct pryv_err *err PRYV_UNUSED)
{
    static struct pryv_series_chunk found[MOST_CHUNKS];
    size_t all = 0;

    for (size_t i = 0; i < changed.count; i++)
        if (changed.items[i].to >= from && changed.items[i].from <= to && (!after || by_place(&changed.items[i], after) > 0))
            found[all++] = changed.items[i];
    qsort(found, all, sizeof(*found), by_place);
    *count = all < limit ? all : limit;
    *out = pryv_new_array(mem, struct pryv_series_chunk, *count);
    for (size_t i = 0; i < *count; i++) {
        (*out)[i] = found[i];
        (*out)[i].bytes = pryv_str_copy(mem, found[i].bytes);
    }
    listed += *count;
    return PRYV_OK;
}

static enum pryv_rc fake_drop(struct pryv_session *s PRYV_UNUSED, struct pryv_str event PRYV_UNUSED, const uint64_t *ids,
                              size_t count, struct pryv_err *err PRYV_UNUSED)
{
    size_t kept = 0;

    for (size_t i = 0; i < changed.count; i++) {
        bool goes = false;

        for (size_t j = 0; j < count; j++)
            goes |= ids[j] == changed.items[i].id;
        if (!goes)
            changed.items[kept++] = changed.items[i];
    }
    changed.count = kept;
    return PRYV_OK;
}

static const struct pryv_storage_ops storage = {
    .size = sizeof(storage),
    .engine = "fake",
    .open = fake_open,
    .commit = fake_commit,
    .close = fake_close,
    .series_append = fake_append,
    .series_scan = fake_scan,
    .series_drop = fake_drop,
};

/* One that knows chunks by their times too. */
static const struct pryv_storage_ops storage_in_time = {
    .size = sizeof(storage_in_time),
    .engine = "fake",
    .open = fake_open,
    .commit = fake_commit,
    .close = fake_close,
    .series_append = fake_append,
    .series_scan = fake_scan,
    .series_drop = fake_drop,
    .series_scan_by_time = fake_scan_by_time,
};

/* ---- The model --------------------------------------------------------------------------------- */

static struct {
    bool there;
    double number;
    bool is_text; /* some moments have a text of that column's name instead: its type was changed */
} model[MOMENTS];

static unsigned seed;

static unsigned any(unsigned below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % below;
}

static void write_some(struct pryv_arena *mem, bool may_be_text)
{
    enum { MOST = 40 };
    size_t start = any(MOMENTS), count = 0;
    bool is_text = may_be_text && any(5) == 0;
    int64_t times[MOST];
    double numbers[MOST];
    struct pryv_str texts[MOST];
    struct pryv_series_column column = {
        .name = PRYV_STR("value"), .kind = is_text ? PRYV_SERIES_TEXT : PRYV_SERIES_NUMBER, .numbers = numbers, .texts = texts
    };
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_chunk chunk;
    struct pryv_session *session;

    for (size_t at = start; at < MOMENTS && count < MOST; at += 1 + any(6)) {
        times[count] = (int64_t) at * 1000;
        numbers[count] = any(1000);
        texts[count] = pryv_format(mem, "%g", numbers[count]);
        model[at].there = true;
        model[at].is_text = is_text;
        model[at].number = numbers[count++];
    }

    struct pryv_series_points points = { .count = count, .times = times, .column_count = 1, .columns = &column };

    cr_assert_eq(pryv_series_pack(mem, &points, &chunk, &err), PRYV_OK);
    cr_assert_eq(fake_open(NULL, PRYV_STR("u"), PRYV_WRITE, &session, &err), PRYV_OK);
    cr_assert_eq(fake_append(session, PRYV_STR("e"), &chunk, &err), PRYV_OK);
    cr_assert_eq(fake_commit(session, &err), PRYV_OK);
}

static void assert_point(const struct pryv_series_points *points, size_t index, size_t moment, struct pryv_arena *mem)
{
    const struct pryv_series_column *value = NULL;

    for (size_t i = 0; i < points->column_count; i++)
        if (!points->columns[i].present || points->columns[i].present[index])
            value = &points->columns[i];
    cr_assert_not_null(value);
    cr_assert_eq(points->times[index], (int64_t) moment * 1000);
    cr_assert_eq(value->kind == PRYV_SERIES_TEXT, model[moment].is_text);
    if (model[moment].is_text)
        cr_assert(pryv_str_is(value->texts[index], pryv_format(mem, "%g", model[moment].number)));
    else
        cr_assert_eq(value->numbers[index], model[moment].number);
}

static void assert_reads_like_model(size_t from, size_t to)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_session *session;
    const struct pryv_series_points *points;
    struct merge *merge;
    size_t index;

    cr_assert_eq(fake_open(NULL, PRYV_STR("u"), PRYV_READ, &session, &err), PRYV_OK);
    cr_assert_eq(merge_open(&storage, session, PRYV_STR("e"), (int64_t) from * 1000, (int64_t) to * 1000, &merge, &err), PRYV_OK);
    for (size_t at = from; at < to && at < MOMENTS; at++)
        if (model[at].there) {
            cr_assert_eq(merge_next(merge, &points, &index, &err), 1, "moment %zu", at);
            assert_point(points, index, at, mem);
        }
    cr_assert_eq(merge_next(merge, &points, &index, &err), 0);
    merge_close(merge);
    pryv_arena_free(mem);
}

static size_t compact_all(const struct hfs *hfs)
{
    struct span span = { 0, INFINITY };
    bool more = true;
    size_t turns = 0;

    for (; more; turns++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);

        cr_assert_lt(turns, 1000, "merging does not end");
        cr_assert_eq(compact_event(hfs, PRYV_STR("u"), PRYV_STR("e"), &span, &more, &err), PRYV_OK);
        pryv_arena_free(mem);
    }
    return turns;
}

static void start_anew(unsigned number)
{
    seed = number;
    fails_to_commit = false;
    memset(model, 0, sizeof(model));
    stored = changed = (struct chunks){ .count = 0 };
}

Test(hfs_merge, reads_like_a_map_before_and_after)
{
    for (unsigned run = 1; run <= 80; run++) {
        const struct hfs_config config = { .chunk_points = 16 + any(100), .merge_points = run % 2 ? 1000000 : 20 + any(500) };
        const struct hfs hfs = { .config = &config, .storage = run > 40 ? &storage_in_time : &storage };

        memory = pryv_arena_new();
        start_anew(run);
        for (int round = 0; round < 30; round++) {
            write_some(memory, run % 3 == 0);
            assert_reads_like_model(any(MOMENTS), any(MOMENTS));
            if (any(5) == 0)
                compact_all(&hfs);
            assert_reads_like_model(0, MOMENTS);
        }
        pryv_arena_free(memory);
    }
}

Test(hfs_merge, makes_few_chunks_of_many)
{
    const struct hfs_config config = { .chunk_points = 128, .merge_points = 1000000 };
    const struct hfs hfs = { .config = &config, .storage = &storage };

    memory = pryv_arena_new();
    start_anew(3);
    for (int round = 0; round < 200; round++)
        write_some(memory, false);
    cr_assert_eq(stored.count, 200);
    compact_all(&hfs);
    cr_assert_leq(stored.count, MOMENTS / 128 + 1);
    cr_assert_eq(compact_all(&hfs), 1, "what is merged is left alone");
    assert_reads_like_model(0, MOMENTS);
    pryv_arena_free(memory);
}

static size_t overlapping(void)
{
    size_t pairs = 0;

    for (size_t i = 0; i < stored.count; i++)
        for (size_t j = 0; j < i; j++)
            pairs += stored.items[i].from <= stored.items[j].to && stored.items[j].from <= stored.items[i].to;
    return pairs;
}

/* Groups that hold much more than is merged in one turn are merged all the same, part by part, and nothing is lost on the way. */
Test(hfs_merge, takes_large_groups_part_by_part)
{
    for (unsigned run = 1; run <= 8; run++) {
        const struct hfs_config config = { .chunk_points = 16, .merge_points = 100 };
        const struct hfs hfs = { .config = &config, .storage = run > 4 ? &storage_in_time : &storage };
        struct span span = { 0, INFINITY };
        bool more = true, again = false;
        int writes = 0;

        memory = pryv_arena_new();
        start_anew(run);
        for (int round = 0; round < 300; round++)
            write_some(memory, false);
        for (size_t turns = 0; more; turns++) {
            struct pryv_err err = PRYV_ERR(memory);
            uint64_t before = stored.last_id;

            cr_assert_lt(turns, 2000, "merging does not end");
            cr_assert_eq(compact_event(&hfs, PRYV_STR("u"), PRYV_STR("e"), &span, &more, &err), PRYV_OK);
            cr_assert_leq(stored.last_id - before, 40, "a turn writes %d chunks", (int) (stored.last_id - before));
            if (turns % 4 == 0 && writes++ < 40) {
                write_some(memory, false); /* meanwhile, and within what is being merged */
                again = true;
            }
            if (!more && again) {
                span = (struct span){ 0, INFINITY };
                more = true;
                again = false;
            }
            if (turns % 7 == 0)
                assert_reads_like_model(any(MOMENTS), any(MOMENTS));
            assert_reads_like_model(0, MOMENTS);
        }
        compact_all(&hfs);
        cr_assert_eq(overlapping(), 0);
        cr_assert_leq(stored.count, 2 * MOMENTS / 16);
        assert_reads_like_model(0, MOMENTS);
        pryv_arena_free(memory);
    }
}

/* One point a moment, `count` of them, from the moment `first` on. */
static void write_row(struct pryv_arena *mem, int64_t first, size_t count)
{
    int64_t times[64];
    double numbers[64];
    struct pryv_series_column column = { .name = PRYV_STR("value"), .kind = PRYV_SERIES_NUMBER, .numbers = numbers };
    struct pryv_series_points points = { .count = count, .times = times, .column_count = 1, .columns = &column };
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_chunk chunk;
    struct pryv_session *session;

    for (size_t i = 0; i < count; i++) {
        times[i] = (first + (int64_t) i) * 1000;
        numbers[i] = (double) (first + (int64_t) i);
    }
    cr_assert_eq(pryv_series_pack(mem, &points, &chunk, &err), PRYV_OK);
    cr_assert_eq(fake_open(NULL, PRYV_STR("u"), PRYV_WRITE, &session, &err), PRYV_OK);
    cr_assert_eq(fake_append(session, PRYV_STR("e"), &chunk, &err), PRYV_OK);
    cr_assert_eq(fake_commit(session, &err), PRYV_OK);
}

/* However long the series is: `step` moments from one chunk of 32 to the next, so that they follow each other, or each overlaps with some. Of these all
 * that is before `span` is merged with it, for it hangs together. */
static void assert_turns_list_what_they_merge(int64_t step, struct span span)
{
    enum { CHUNKS = 3000, POINTS = 32 };
    const struct hfs_config config = { .chunk_points = 128, .merge_points = 1024 };
    const struct hfs hfs = { .config = &config, .storage = &storage_in_time };
    double end = fmin(span.to, (double) (CHUNKS * step) / 1e6);
    bool more = true;
    size_t before = 0;

    memory = pryv_arena_new();
    start_anew(1);
    for (int64_t i = 0; i < CHUNKS; i++)
        write_row(memory, i * step, POINTS);
    for (size_t turns = 0; more; turns++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);

        cr_assert_lt(turns, 1000, "merging does not end");
        listed = 0;
        cr_assert_eq(compact_event(&hfs, PRYV_STR("u"), PRYV_STR("e"), &span, &more, &err), PRYV_OK);
        cr_assert_leq(listed, 4 * 128, "a turn lists %zu chunks", listed);
        pryv_arena_free(mem);
    }
    for (size_t i = 0; i < stored.count; i++)
        before += stored.items[i].from < end;
    cr_assert_leq(before, (size_t) (end * 1e6 * 3 / 2 / 128 + 8), "%zu chunks", before);

    struct pryv_err err = PRYV_ERR(memory);
    const struct pryv_series_points *points;
    struct pryv_session *session;
    struct merge *merge;
    size_t index;

    cr_assert_eq(fake_open(NULL, PRYV_STR("u"), PRYV_READ, &session, &err), PRYV_OK);
    cr_assert_eq(merge_open(hfs.storage, session, PRYV_STR("e"), 0, INT64_MAX, &merge, &err), PRYV_OK);
    for (int64_t at = 0; at < (CHUNKS - 1) * step + POINTS; at++) {
        cr_assert_eq(merge_next(merge, &points, &index, &err), 1, "moment %lld", (long long) at);
        cr_assert_eq(points->times[index], at * 1000);
        cr_assert_eq(points->columns[0].numbers[index], (double) at);
    }
    cr_assert_eq(merge_next(merge, &points, &index, &err), 0);
    merge_close(merge);
    pryv_arena_free(memory);
}

Test(hfs_merge, a_turn_lists_what_it_merges)
{
    const struct span all = { 0, INFINITY }, last = { 10 * 2900 / 1e6, 10 * 2900 / 1e6 };

    assert_turns_list_what_they_merge(32, all);
    assert_turns_list_what_they_merge(28, all);
    assert_turns_list_what_they_merge(10, all);
    assert_turns_list_what_they_merge(10, last);
}

Test(hfs_merge, that_fails_changes_nothing)
{
    const struct hfs_config config = { .chunk_points = 128, .merge_points = 1000000 };
    const struct hfs hfs = { .config = &config, .storage = &storage };
    struct span span = { 0, 1 };
    struct pryv_err err;
    bool more;

    memory = pryv_arena_new();
    err = (struct pryv_err) PRYV_ERR(memory);
    start_anew(4);
    for (int round = 0; round < 20; round++)
        write_some(memory, false);
    fails_to_commit = true;
    cr_assert_eq(compact_event(&hfs, PRYV_STR("u"), PRYV_STR("e"), &span, &more, &err), PRYV_FAILED);
    cr_assert_eq(stored.count, 20);
    assert_reads_like_model(0, MOMENTS);
    pryv_arena_free(memory);
}

Test(hfs_merge, knows_a_few_spans)
{
    struct spans spans = { .count = 0 };
    struct span span;

    spans_add(&spans, (struct span){ 0, 10 });
    spans_add(&spans, SPAN_NONE);
    spans_add(&spans, (struct span){ 10.5, 11 }); /* near */
    spans_add(&spans, (struct span){ 1000, 1001 });
    cr_assert_eq(spans.count, 2);
    spans_add(&spans, (struct span){ 5, 990 }); /* brings them together */
    cr_assert_eq(spans.count, 1);
    span = spans_take(&spans);
    cr_assert(span.from == 0 && span.to == 1001);
    cr_assert_not(span_is_some(spans_take(&spans)));
    for (int i = 0; i < 100; i++)
        spans_add(&spans, (struct span){ i * 1e6, i * 1e6 });
    cr_assert_leq(spans.count, SPANS_MOST);
    for (int i = 0; i < 100; i++) {
        bool found = false;

        for (size_t k = 0; k < spans.count; k++)
            found |= spans.items[k].from <= i * 1e6 && spans.items[k].to >= i * 1e6;
        cr_assert(found, "%d", i);
    }
}

Test(hfs_merge, tells_what_is_damaged)
{
    struct pryv_err err;
    struct pryv_session *session;
    const struct pryv_series_points *points;
    struct merge *merge;
    size_t index;

    memory = pryv_arena_new();
    err = (struct pryv_err) PRYV_ERR(memory);
    start_anew(5);
    write_some(memory, false);
    stored.items[0].bytes.len--;
    cr_assert_eq(fake_open(NULL, PRYV_STR("u"), PRYV_READ, &session, &err), PRYV_OK);
    cr_assert_eq(merge_open(&storage, session, PRYV_STR("e"), 0, INT64_MAX, &merge, &err), PRYV_OK);
    cr_assert_eq(merge_next(merge, &points, &index, &err), PRYV_FAILED);
    merge_close(merge);
    pryv_arena_free(memory);
}
