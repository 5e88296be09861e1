// link: plugins/api
/* Random trees, permissions, queries and events: what the expansion comes to finds exactly the events that the six steps of events.get
 * name when they are followed to the letter, stream by stream. */
#include "stream_query_fixture.h"
#include <stdlib.h>

TestSuite(stream_query_property, .init = fixture_fill, .fini = fixture_empty);

enum { STREAMS = 9, ENTRIES = 4, IDS = 3, EVENTS = 24, TRIES = 4000 };

/* A world: streams are numbers, -1 is no stream. */
struct world {
    int parent[STREAMS];
    bool trashed[STREAMS];
    int entry_stream[ENTRIES]; /* STREAMS: "*" */
    int entry_level[ENTRIES];  /* in `levels` */
    int entry_count;           /* -1: a personal access */
    bool with_trashed;
};

struct id {
    int stream; /* STREAMS: one that is not there */
    bool alone;
};

struct query {
    bool star;
    struct id any[IDS], all[IDS], none[IDS];
    int any_count, all_count, none_count;
};

static const char *const levels[] = { "none", "read", "create-only", "contribute", "manage" };

static uint64_t seed;

static int below(int n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int) ((seed >> 20) % (uint64_t) n);
}

/* ---- The letter ----------------------------------------------------------------------------------------- */

struct set {
    bool has[STREAMS];
};

static bool level_reads(int level)
{
    return level == 1 || level >= 3;
}

/* The level of an entry for the stream itself, -1 without; the last counts. */
static int own_level(const struct world *w, int stream)
{
    int level = -1;

    for (int i = 0; i < w->entry_count; i++)
        if (w->entry_stream[i] == stream)
            level = w->entry_level[i];
    return level;
}

static bool reads(const struct world *w, int stream)
{
    if (w->entry_count < 0)
        return true;
    for (; stream >= 0; stream = w->parent[stream])
        if (own_level(w, stream) >= 0)
            return level_reads(own_level(w, stream));
    return own_level(w, STREAMS) >= 0 && level_reads(own_level(w, STREAMS));
}

static bool names(const struct id *ids, int count, struct id id)
{
    for (int i = 0; i < count; i++)
        if (ids[i].stream == id.stream && ids[i].alone == id.alone)
            return true;
    return false;
}

/* D(s) without the branches that `cut` names. */
static void add_branch(const struct world *w, int stream, const struct id *cut, int cut_count, struct set *out)
{
    if (w->trashed[stream] && !w->with_trashed)
        return;
    out->has[stream] = true;
    for (int child = 0; child < STREAMS; child++)
        if (w->parent[child] == stream && !names(cut, cut_count, (struct id){ child, false }))
            add_branch(w, child, cut, cut_count, out);
}

static void add_id(const struct world *w, struct id id, const struct id *opposite, int opposite_count, struct set *out)
{
    if (id.stream == STREAMS || names(opposite, opposite_count, id))
        return;
    if (!id.alone)
        add_branch(w, id.stream, opposite, opposite_count, out);
    else
        out->has[id.stream] = true;
}

static bool meets(const struct set *set, const bool *in)
{
    for (int i = 0; i < STREAMS; i++)
        if (set->has[i] && in[i])
            return true;
    return false;
}

static bool is_empty(const struct set *set)
{
    static const bool everywhere[STREAMS] = { true, true, true, true, true, true, true, true, true };

    return !meets(set, everywhere);
}

/* Everything: what is closed to the access is left out stream by stream. */
static void everything(const struct world *w, const struct query *q, struct set *any, struct set *none)
{
    struct set all = { { false } }, closed = { { false } };

    for (int root = 0; root < STREAMS; root++)
        if (w->parent[root] < 0 && !names(q->none, q->none_count, (struct id){ root, false }))
            add_branch(w, root, q->none, q->none_count, &all);
    for (int i = 0; i < w->entry_count; i++)
        if (w->entry_stream[i] != STREAMS && !level_reads(own_level(w, w->entry_stream[i])))
            add_branch(w, w->entry_stream[i], NULL, 0, &closed);
    for (int i = 0; i < STREAMS; i++) {
        any->has[i] = all.has[i] && reads(w, i);
        none->has[i] = (all.has[i] || closed.has[i]) && !reads(w, i);
    }
    for (int i = 0; i < q->none_count; i++)
        add_id(w, q->none[i], NULL, 0, none);
}

static bool matches(const struct world *w, const struct query *q, const bool *in)
{
    struct id any_ids[IDS + ENTRIES], none_ids[IDS + ENTRIES];
    int any_count = 0, none_count = 0;
    struct set any = { { false } }, none = { { false } };
    bool star_reads = w->entry_count < 0 || (own_level(w, STREAMS) >= 0 && level_reads(own_level(w, STREAMS)));

    for (int i = 0; i < q->none_count; i++)
        none_ids[none_count++] = q->none[i];
    for (int i = 0; i < q->any_count && !q->star; i++)
        any_ids[any_count++] = q->any[i];
    for (int i = 0; i < w->entry_count; i++) {
        struct id id = { w->entry_stream[i], false };

        if (id.stream == STREAMS)
            continue;
        if (!level_reads(own_level(w, id.stream)))
            none_ids[none_count++] = id;
        else if (q->star)
            any_ids[any_count++] = id;
    }
    if (q->star && star_reads) {
        everything(w, q, &any, &none);
    } else {
        for (int i = 0; i < any_count; i++)
            add_id(w, any_ids[i], none_ids, none_count, &any);
        for (int i = 0; i < none_count; i++)
            add_id(w, none_ids[i], any_ids, any_count, &none);
        for (int root = 0; root < STREAMS; root++) /* an entry `*` that does not read closes all branches */
            if (w->parent[root] < 0 && own_level(w, STREAMS) >= 0 && !star_reads)
                add_id(w, (struct id){ root, false }, any_ids, any_count, &none);
    }
    for (int i = 0; i < q->all_count; i++) {
        struct set all = { { false } };

        add_id(w, q->all[i], none_ids, none_count, &all);
        if (!is_empty(&all) && !meets(&all, in))
            return false;
    }
    return meets(&any, in) && !meets(&none, in);
}

/* ---- A world at random ---------------------------------------------------------------------------------- */

static struct world random_world(void)
{
    struct world w = { .with_trashed = below(4) == 0, .entry_count = below(3) ? below(ENTRIES + 1) : -1 };

    for (int i = 0; i < STREAMS; i++) {
        w.parent[i] = below(i + 1) - 1;
        w.trashed[i] = below(6) == 0;
    }
    for (int i = 0; i < ENTRIES; i++) {
        w.entry_stream[i] = below(STREAMS + 1);
        w.entry_level[i] = below((int) PRYV_COUNT(levels));
    }
    return w;
}

static int random_ids(struct id *ids, int least, bool may_be_unknown)
{
    int count = least + below(IDS + 1 - least);

    for (int i = 0; i < count; i++)
        ids[i] = (struct id){ below(STREAMS + may_be_unknown), below(4) == 0 };
    return count;
}

static struct query random_query(void)
{
    struct query q = { .star = below(4) == 0 };

    q.any_count = random_ids(q.any, 1, false);
    q.all_count = q.star ? 0 : below(2) * random_ids(q.all, 0, true);
    q.none_count = random_ids(q.none, 0, true);
    return q;
}

/* ---- As the server sees it ------------------------------------------------------------------------------- */

static struct pryv_str name_of(int stream)
{
    return pryv_format(arena, "s%d", stream);
}

static const struct pryv_stream_tree *tree_of(const struct world *w)
{
    struct pryv_stream rows[STREAMS] = { { .id = PRYV_STR_NONE } };

    for (int i = 0; i < STREAMS; i++) {
        rows[i] = (struct pryv_stream){ .id = name_of(i), .name = name_of(i), .trashed = w->trashed[i] };
        if (w->parent[i] >= 0)
            rows[i].parent_id = name_of(w->parent[i]);
    }

    struct pryv_stream_tree *tree = stream_tree_new(rows, STREAMS);

    shared_keep(arena, stream_tree_shared(tree));
    return tree;
}

static const struct pryv_access *access_of(const struct world *w)
{
    struct pryv_json *js = pryv_json_new(arena);

    pryv_json_array(js);
    for (int i = 0; i < w->entry_count; i++) {
        pryv_json_object(js);
        pryv_json_put_str(js, "streamId", w->entry_stream[i] == STREAMS ? PRYV_STR("*") : name_of(w->entry_stream[i]));
        pryv_json_put_text(js, "level", levels[w->entry_level[i]]);
        pryv_json_object_end(js);
    }
    pryv_json_array_end(js);
    return fixture_access(w->entry_count < 0 ? NULL : pryv_cstr(arena, pryv_json_text(js)));
}

static void write_ids(struct pryv_json *js, const char *key, const struct id *ids, int count)
{
    pryv_json_key(js, key);
    pryv_json_array(js);
    for (int i = 0; i < count; i++)
        pryv_json_str(js, pryv_format(arena, "s%d%s", ids[i].stream, ids[i].alone ? "!" : ""));
    pryv_json_array_end(js);
}

static char *text_of(const struct query *queries, int count)
{
    struct pryv_json *js = pryv_json_new(arena);

    pryv_json_array(js);
    for (int i = 0; i < count; i++) {
        pryv_json_object(js);
        if (queries[i].star) {
            pryv_json_put_raw(js, "any", PRYV_STR("[\"*\"]"));
        } else {
            write_ids(js, "any", queries[i].any, queries[i].any_count);
            write_ids(js, "all", queries[i].all, queries[i].all_count);
        }
        write_ids(js, "not", queries[i].none, queries[i].none_count);
        pryv_json_object_end(js);
    }
    pryv_json_array_end(js);
    return pryv_cstr(arena, pryv_json_text(js));
}

static void compare(const struct world *w, const struct query *queries, int count, const struct stream_blocks *blocks,
                    const char *text)
{
    for (int i = 0; i < EVENTS; i++) {
        struct pryv_str ids[STREAMS];
        bool in[STREAMS] = { false }, expected = false;
        size_t id_count = 0;

        for (int k = 1 + below(3); k > 0; k--)
            in[below(STREAMS)] = true;
        for (int k = 0; k < STREAMS; k++)
            if (in[k])
                ids[id_count++] = name_of(k);
        for (int k = 0; k < count; k++)
            expected |= matches(w, &queries[k], in);
        cr_assert_eq(stream_blocks_match(blocks, ids, id_count), expected, "%s: an event in %zu streams, the first is %.*s, %s",
                     text, id_count, PRYV_STR_ARG(ids[0]), expected ? "is not found" : "is found");
    }
}

Test(stream_query_property, finds_what_the_six_steps_name)
{
    for (int i = 0; i < TRIES; i++) {
        seed = 88172645463325252u + (uint64_t) i * 7919;

        struct world w = random_world();
        struct query queries[2] = { random_query(), random_query() };
        int count = 1 + below(2);
        struct pryv_err err = PRYV_ERR(arena);
        struct stream_forest forest = stream_forest_of_tree(tree_of(&w));
        struct stream_question question = { .access = access_of(&w), .with_trashed = w.with_trashed, .max_streams = 10000 };
        struct stream_queries parsed;
        struct stream_blocks blocks;
        char *text = text_of(queries, count);

        cr_assert_eq(stream_queries_parse(arena, account, fixture_json(text), 100, &parsed, &err), PRYV_OK, "%s", text);
        cr_assert_eq(stream_queries_expand(arena, &question, &forest, &parsed, STORE_LOCAL, &blocks, &err), PRYV_OK, "%s", text);
        compare(&w, queries, count, &blocks, text);
    }
}
