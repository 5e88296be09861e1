// link: plugins/api
/* The tree as an access sees it, the branch below a stream, ids of stores, and what apps keep with things. */
#include "../../plugins/api/client_data.h"
#include "../../plugins/api/stream_branch.h"
#include "../../plugins/api/streams_tree.h"
#include "access.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <stdio.h>

static struct pryv_arena *arena;

static void fill(void)
{
    arena = pryv_arena_new();
    settings.audit_active = false;
    settings.max_json_depth = 100;
}

static void empty(void)
{
    pryv_arena_free(arena);
}

TestSuite(streams, .init = fill, .fini = empty);

static struct pryv_stream row(const char *id, const char *parent_id, bool trashed)
{
    return (struct pryv_stream){ .id = pryv_str(id), .name = pryv_str(id), .parent_id = pryv_str(parent_id), .trashed = trashed };
}

/* ---- The tree -------------------------------------------------------------------------------- */

static struct streams_view view_of(const struct pryv_stream *rows, size_t count, const char *permissions, bool with_trashed)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_stream_tree *tree = stream_tree_new(rows, count);
    struct pryv_access_row access_row = { .id = PRYV_STR("a1"),
                                          .token = PRYV_STR("t1"),
                                          .type = pryv_str(permissions ? "shared" : "personal"),
                                          .permissions_json = pryv_str(permissions),
                                          .expires = PRYV_ABSENT };
    struct pryv_call *call = pryv_new(arena, struct pryv_call);

    shared_keep(arena, stream_tree_shared(tree));
    cr_assert_eq(pryv_access_of_row(arena, &access_row, &call->access, &err), PRYV_OK);
    call->arena = arena;
    call->out = pryv_json_new(arena);
    return (struct streams_view){ .call = call, .tree = tree, .with_trashed = with_trashed };
}

static void put_shape(char *out, size_t size, const json_t *streams)
{
    size_t i;
    json_t *stream;

    json_array_foreach(streams, i, stream) {
        const json_t *parent = json_object_get(stream, "parentId"), *children = json_object_get(stream, "children");
        size_t len = strlen(out);

        snprintf(out + len, size - len, "%s%s<%s", i ? " " : "", json_string_value(json_object_get(stream, "id")),
                 json_is_string(parent) ? json_string_value(parent) : "null");
        if (json_array_size(children) > 0) {
            strncat(out, "(", size - strlen(out) - 1);
            put_shape(out, size, children);
            strncat(out, ")", size - strlen(out) - 1);
        }
    }
}

/* "b<null(b1<b b2<b)": ids, the parents that are told, what is below. */
static const char *shape(const struct streams_view *view)
{
    struct pryv_err err = PRYV_ERR(arena);
    char *text = pryv_alloc0(arena, 1000);
    json_t *streams = NULL;

    cr_assert_eq(pryv_json_parse(arena, pryv_json_text(view->call->out), false, &streams, &err), PRYV_OK);
    put_shape(text, 1000, streams);
    return text;
}

static const struct pryv_stream small[] = {
    { .id = PRYV_STR("b"), .name = PRYV_STR("Bravo") },
    { .id = PRYV_STR("b1"), .name = PRYV_STR("10"), .parent_id = PRYV_STR("b") },
    { .id = PRYV_STR("b11"), .name = PRYV_STR("deep"), .parent_id = PRYV_STR("b1") },
    { .id = PRYV_STR("b2"), .name = PRYV_STR("2"), .parent_id = PRYV_STR("b") },
    { .id = PRYV_STR("bin"), .name = PRYV_STR("Bin"), .trashed = true },
    { .id = PRYV_STR("in-bin"), .name = PRYV_STR("In bin"), .parent_id = PRYV_STR("bin") },
    { .id = PRYV_STR("z"), .name = PRYV_STR("Zulu") },
    { .id = PRYV_STR("a"), .name = PRYV_STR("alpha") },
};

Test(streams, trees)
{
    static const struct {
        const char *permissions; /* NULL: personal */
        bool with_trashed;
        const char *shape;
    } cases[] = {
        { NULL, false, "b<null(b1<b(b11<b1) b2<b) z<null a<null" },
        { NULL, true, "bin<null(in-bin<bin) b<null(b1<b(b11<b1) b2<b) z<null a<null" },
        { "[{\"streamId\":\"*\",\"level\":\"read\"},{\"streamId\":\"b1\",\"level\":\"none\"}]", false,
          "b<null(b2<b) z<null a<null" },
        { "[{\"streamId\":\"*\",\"level\":\"create-only\"}]", false, "b<null(b1<b(b11<b1) b2<b) z<null a<null" },
        { "[{\"streamId\":\"b11\",\"level\":\"read\"}]", false, "" }, /* not at the root */
        { "[]", true, "" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct streams_view view = view_of(small, PRYV_COUNT(small), cases[i].permissions, cases[i].with_trashed);

        pryv_json_array(view.call->out);
        streams_write_chain(&view, pryv_stream_roots(view.tree));
        pryv_json_array_end(view.call->out);
        cr_expect_str_eq(shape(&view), cases[i].shape, "case %zu: %s", i, shape(&view));
    }
}

Test(streams, parent_of_a_branch_is_told_when_it_can_be_listed)
{
    static const struct {
        const char *permissions, *shape;
    } cases[] = {
        { "[{\"streamId\":\"b1\",\"level\":\"read\"}]", "b1<null(b11<b1)" },
        { "[{\"streamId\":\"b1\",\"level\":\"read\"},{\"streamId\":\"b\",\"level\":\"create-only\"}]", "b1<b(b11<b1)" },
        { "[{\"streamId\":\"b1\",\"level\":\"read\"},{\"streamId\":\"b\",\"level\":\"none\"}]", "b1<null(b11<b1)" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct streams_view view = view_of(small, PRYV_COUNT(small), cases[i].permissions, false);

        pryv_json_array(view.call->out);
        streams_write_branch(&view, pryv_stream_find(view.tree, PRYV_STR("b1")));
        pryv_json_array_end(view.call->out);
        cr_expect_str_eq(shape(&view), cases[i].shape, "case %zu: %s", i, shape(&view));
    }
}

/* A chain of streams as long as a user likes. */
enum { DEPTH = 100000 };

static struct pryv_stream *chain_rows(void)
{
    struct pryv_stream *rows = pryv_new_array(arena, struct pryv_stream, DEPTH);

    for (size_t i = 0; i < DEPTH; i++) {
        rows[i].id = rows[i].name = pryv_format(arena, "s%zu", i);
        rows[i].parent_id = i ? rows[i - 1].id : PRYV_STR_NONE;
    }
    return rows;
}

Test(streams, deep_tree)
{
    struct streams_view view = view_of(chain_rows(), DEPTH, NULL, false);
    size_t opened = 0, closed = 0;

    streams_write_chain(&view, pryv_stream_roots(view.tree));

    struct pryv_str text = pryv_json_text(view.call->out);

    for (size_t i = 0; i < text.len; i++) {
        opened += text.data[i] == '{';
        closed += text.data[i] == '}';
    }
    cr_expect_eq(opened, (size_t) DEPTH);
    cr_expect_eq(closed, (size_t) DEPTH);
}

/* ---- A branch --------------------------------------------------------------------------------- */

static const char *branch_text(const struct pryv_stream *rows, size_t count, const char *top)
{
    struct stream_branch branch;
    char *text = pryv_alloc0(arena, 1000);

    stream_branch_of(arena, rows, count, pryv_str(top), &branch);
    for (size_t i = 0; i < branch.count; i++) {
        size_t len = strlen(text);

        cr_expect(stream_branch_has(&branch, branch.ids[i]));
        snprintf(text + len, 1000 - len, "%s%.*s", i ? " " : "", PRYV_STR_ARG(branch.ids[i]));
    }
    cr_expect_not(stream_branch_has(&branch, PRYV_STR("nowhere")));
    return text;
}

Test(streams, branches)
{
    cr_expect_str_eq(branch_text(small, PRYV_COUNT(small), "z"), "z");
    cr_expect_str_eq(branch_text(small, PRYV_COUNT(small), "bin"), "bin in-bin");
    cr_expect_str_eq(branch_text(small, PRYV_COUNT(small), "b1"), "b1 b11");
    cr_expect_str_eq(branch_text(NULL, 0, "gone"), "gone");

    const char *all = branch_text(small, PRYV_COUNT(small), "b");

    cr_expect(strcmp(all, "b b1 b2 b11") == 0 || strcmp(all, "b b2 b1 b11") == 0, "%s", all);
}

Test(streams, branch_of_a_stored_circle_ends)
{
    const struct pryv_stream rows[] = { row("x", "y", false), row("y", "z", false), row("z", "x", false) };

    cr_expect_str_eq(branch_text(rows, PRYV_COUNT(rows), "x"), "x z y");
}

Test(streams, large_branch)
{
    struct stream_branch branch;

    stream_branch_of(arena, chain_rows(), DEPTH, PRYV_STR("s1"), &branch);
    cr_expect_eq(branch.count, (size_t) DEPTH - 1);
    cr_expect(stream_branch_has(&branch, PRYV_STR("s99999")));
    cr_expect_not(stream_branch_has(&branch, PRYV_STR("s0")));
}

/* ---- Ids -------------------------------------------------------------------------------------- */

Test(streams, stores)
{
    static const struct {
        const char *id;
        enum stream_store store;
        const char *inside;
    } cases[] = {
        { "diary", STREAM_LOCAL, "diary" },
        { ":local:diary", STREAM_LOCAL, "diary" },
        { ":diary", STREAM_LOCAL, ":diary" }, /* no second colon: no store */
        { ":", STREAM_LOCAL, ":" },
        { "", STREAM_LOCAL, "" },
        { "a:b:c", STREAM_LOCAL, "a:b:c" },
        { ":_system:account", STREAM_ACCOUNT, ":_system:account" },
        { ":system:email", STREAM_ACCOUNT, ":system:email" },
        { ":system:given", STREAM_LOCAL, ":system:given" },
        { ":_audit:", STREAM_FOREIGN, ":_audit:" },
        { ":shelf:books", STREAM_FOREIGN, ":shelf:books" },
    };

    struct pryv_stream others[] = { row(":system:given", NULL, false) };
    const struct account_fields account = { .others = others, .other_count = PRYV_COUNT(others) };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_str inside;

        cr_expect_eq(stream_store_of(&account, pryv_str(cases[i].id), &inside), cases[i].store, "%s", cases[i].id);
        cr_expect(pryv_str_equal(inside, cases[i].inside), "%s", cases[i].id);
    }
}

/* ---- clientData ------------------------------------------------------------------------------- */

Test(streams, client_data)
{
    static const struct {
        const char *stored, *changes, *merged; /* NULL: not there */
    } cases[] = {
        { NULL, NULL, NULL },
        { "{\"a\":1}", NULL, "{\"a\":1}" },
        { NULL, "{\"a\":1}", "{\"a\":1}" },
        { NULL, "{}", NULL }, /* changes nothing */
        { "{\"a\":1,\"b\":{\"c\":1,\"d\":2}}", "{\"a\":null,\"b\":{\"c\":3},\"e\":\"new\"}", "{\"b\":{\"c\":3},\"e\":\"new\"}" },
        { "{\"a\":1}", "{}", "{\"a\":1}" },
        { "{\"a\":1}", "{\"a\":null}", "{}" },
        { "{\"a\":1}", "null", NULL },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_err err = PRYV_ERR(arena);
        struct pryv_str merged;
        json_t *changes = NULL;

        if (cases[i].changes)
            cr_assert_eq(pryv_json_parse(arena, pryv_str(cases[i].changes), true, &changes, &err), PRYV_OK);
        cr_assert_eq(client_data_merge(arena, pryv_str(cases[i].stored), changes, &merged, &err), PRYV_OK);
        cr_expect_eq(merged.data != NULL, cases[i].merged != NULL, "case %zu", i);
        cr_expect(pryv_str_is(merged, pryv_str(cases[i].merged)), "case %zu: %.*s", i, PRYV_STR_ARG(merged));
    }
}

Test(streams, broken_client_data_is_a_fault_of_ours)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_str merged;
    json_t *changes = json_pack("{s:i}", "a", 1);

    cr_expect_eq(client_data_merge(arena, PRYV_STR("{"), changes, &merged, &err), PRYV_FAILED);
    json_decref(changes);
}
