// link: plugins/api
/* The `streams` parameter of events.get: its forms, what is refused, and what it comes to against trees and permissions. */
#include "stream_query_fixture.h"
#include <stdlib.h>

TestSuite(stream_query, .init = fixture_fill, .fini = fixture_empty);

/* ---- Reading -------------------------------------------------------------------------------------------- */

static void put_list(struct pryv_json *js, const char *name, const struct stream_list *list)
{
    if (list->count == 0)
        return;
    pryv_json_key(js, name);
    pryv_json_array(js);
    for (size_t i = 0; i < list->count; i++)
        pryv_json_str(js, list->ids[i]);
    pryv_json_array_end(js);
}

/* What was read, as JSON; or the id of the error. */
static const char *read_back(const char *text, size_t max_ids)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct stream_queries queries;
    struct pryv_json *js = pryv_json_new(arena);

    if (stream_queries_parse(arena, account, text ? fixture_json(text) : NULL, max_ids, &queries, &err) != PRYV_OK)
        return pryv_err_status(&err) == 400 ? pryv_err_id(&err) : "another status";
    pryv_json_array(js);
    for (size_t i = 0; i < queries.count; i++) {
        pryv_json_object(js);
        pryv_json_put_str(js, "store", queries.list[i].store);
        put_list(js, "any", &queries.list[i].any);
        put_list(js, "all", &queries.list[i].all);
        put_list(js, "not", &queries.list[i].none);
        pryv_json_object_end(js);
    }
    pryv_json_array_end(js);
    return pryv_cstr(arena, pryv_json_text(js));
}

static const struct {
    const char *in, *out; /* out NULL: refused */
} forms[] = {
    { NULL, "[{\"store\":\"local\",\"any\":[\"*\"]}]" },
    { "null", "[{\"store\":\"local\",\"any\":[\"*\"]}]" },
    { "\"a\"", "[{\"store\":\"local\",\"any\":[\"a\"]}]" },
    { "\"\"", "[{\"store\":\"local\",\"any\":[\"\"]}]" },
    { "\"null\"", "[{\"store\":\"local\",\"any\":[\"null\"]}]" },
    { "[]", "[]" },
    { "\"[]\"", "[]" },
    { "[\"a\",\"b!\"]", "[{\"store\":\"local\",\"any\":[\"a\",\"b!\"]}]" },
    { "\"[\\\"a\\\",\\\"b\\\"]\"", "[{\"store\":\"local\",\"any\":[\"a\",\"b\"]}]" },
    { "{\"any\":[\"a\"],\"all\":[\"b\"],\"not\":[\"c\"]}",
      "[{\"store\":\"local\",\"any\":[\"a\"],\"all\":[\"b\"],\"not\":[\"c\"]}]" },
    { "\"{\\\"any\\\":[\\\"a\\\"]}\"", "[{\"store\":\"local\",\"any\":[\"a\"]}]" },
    { "[{\"any\":[\"a\"]},{\"any\":[\"b\"],\"not\":[]}]",
      "[{\"store\":\"local\",\"any\":[\"a\"]},{\"store\":\"local\",\"any\":[\"b\"]}]" },
    { "[\":_audit:\",\"a\",\":_audit:x\"]", /* beside a store's root, what is below it adds nothing */
      "[{\"store\":\"_audit\",\"any\":[\"*\"]},{\"store\":\"local\",\"any\":[\"a\"]}]" },
    { "{\"any\":[\":_audit:x\",\":_audit:\"],\"all\":[\":_audit:y\"]}",
      "[{\"store\":\"_audit\",\"any\":[\"*\"],\"all\":[\"y\"]}]" },
    { "[\"{\\\"any\\\":[\\\"a\\\"]}\"]", NULL }, /* JSON text stands for the whole parameter only */
    { "[\"{}\"]", "[{\"store\":\"local\",\"any\":[\"{}\"]}]" },
    { "[\"a\",\":_audit:x\",\":system:email\",\":_system:language\",\"b\"]",
      "[{\"store\":\"local\",\"any\":[\"a\",\"b\"]},{\"store\":\"_audit\",\"any\":[\"x\"]},"
      "{\"store\":\"account\",\"any\":[\":system:email\",\":_system:language\"]}]" },
    { "\":_audit:\"", "[{\"store\":\"_audit\",\"any\":[\"*\"]}]" },
    { "\":local:a\"", "[{\"store\":\"local\",\"any\":[\"a\"]}]" },
    { "\":nocolon\"", "[{\"store\":\"local\",\"any\":[\":nocolon\"]}]" },
    { "\":local:\"", "[{\"store\":\"local\",\"any\":[\"*\"]}]" },
    { "{\"any\":[\"*\"],\"not\":[\"a\"]}", "[{\"store\":\"local\",\"any\":[\"*\"],\"not\":[\"a\"]}]" },
    { "12", NULL },
    { "true", NULL },
    { "[12]", NULL },
    { "[null]", NULL },
    { "[[\"a\"]]", NULL },
    { "{}", NULL },
    { "{\"any\":[]}", NULL },
    { "{\"any\":\"a\"}", NULL },
    { "{\"any\":[1]}", NULL },
    { "{\"any\":[null]}", NULL },
    { "{\"all\":[\"a\"]}", NULL },
    { "{\"not\":[\"a\"]}", NULL },
    { "{\"any\":[\"a\"],\"not\":\"b\"}", NULL },
    { "{\"any\":[\"a\"],\"none\":[\"b\"]}", NULL },
    { "[\"a\",{\"any\":[\"b\"]}]", NULL },
    { "[{\"any\":[\"b\"]},\"a\"]", NULL },
    { "\"{\\\"any\\\":[\\\"a\\\"\"", NULL },
    { "{\"any\":[\"*\",\"a\"]}", NULL },
    { "[\"*\",\"a\"]", NULL },
    { "{\"any\":[\"*\"],\"all\":[\"a\"]}", NULL },
    { "{\"any\":[\"a\"],\"all\":[\"*\"]}", NULL },
    { "{\"any\":[\"a\"],\"not\":[\"*\"]}", NULL },
    { "\"#*\"", NULL },
    { "{\"any\":[\"a\"],\"not\":[\"#*\"]}", NULL },
    { "\"a'b\"", NULL },
    { "\"a\\\"b\"", NULL },
    { "\"a\\\\b\"", NULL },
    { "\"a\\u0000b\"", NULL },
    { "\"a\\bb\"", NULL },
    { "\"a\\tb\"", NULL },
    { "\"a\\nb\"", NULL },
    { "\"a\\rb\"", NULL },
    { "\"a\\u001ab\"", NULL },
    { "{\"any\":[\"a\",\":_audit:\"]}", NULL },
    { "{\"any\":[\"a\"],\"not\":[\":_audit:x\"]}", NULL },
    { "{\"any\":[\":system:email\"],\"all\":[\"a\"]}", NULL },
};

Test(stream_query, forms)
{
    for (size_t i = 0; i < PRYV_COUNT(forms); i++) {
        const char *out = read_back(forms[i].in, 100);

        cr_expect_str_eq(out, forms[i].out ? forms[i].out : "invalid-request-structure", "%s: %s", forms[i].in, out);
    }
}

Test(stream_query, as_many_ids_as_allowed)
{
    cr_expect_str_eq(read_back("[\"a\",\"b\"]", 2), "[{\"store\":\"local\",\"any\":[\"a\",\"b\"]}]");
    cr_expect_str_eq(read_back("[\"a\",\"b\",\"c\"]", 2), "invalid-request-structure");
    cr_expect_str_eq(read_back("{\"any\":[\"a\"],\"all\":[\"b\"],\"not\":[\"c\"]}", 2), "invalid-request-structure");
    cr_expect_str_eq(read_back("[{\"any\":[\"a\"]},{\"any\":[\"b\",\"c\"]}]", 2), "invalid-request-structure");
}

enum { MOST_STREAMS = 64 };

/* ---- Meaning -------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* "+a,a1 -b | +c", ids in order; "everything"; "nothing". */
static const char *describe(const struct stream_blocks *blocks)
{
    struct pryv_str text = PRYV_STR("");

    if (blocks->any_stream)
        return "everything";
    for (size_t i = 0; i < blocks->count; i++) {
        if (i > 0)
            text = pryv_format(arena, "%.*s | ", PRYV_STR_ARG(text));
        for (size_t j = 0; j < blocks->list[i].count; j++) {
            const struct pryv_stream_condition *condition = &blocks->list[i].conditions[j];
            const char *ids[MOST_STREAMS];

            for (size_t k = 0; k < condition->count; k++)
                ids[k] = pryv_cstr(arena, condition->ids[k]);
            qsort(ids, condition->count, sizeof(*ids), by_text);
            text = pryv_format(arena, "%.*s%s%c", PRYV_STR_ARG(text), j ? " " : "", condition->not_in ? '-' : '+');
            for (size_t k = 0; k < condition->count; k++)
                text = pryv_format(arena, "%.*s%s%s", PRYV_STR_ARG(text), k ? "," : "", ids[k]);
        }
    }
    return blocks->count ? pryv_cstr(arena, text) : "nothing";
}

/* "a a/b ~a/b/c": a path names a stream by its last part and its parent by the one before; `~`: it is trashed. */
static const struct pryv_stream_tree *tree_of(const char *paths)
{
    struct pryv_stream rows[MOST_STREAMS] = { { .id = PRYV_STR_NONE } };
    size_t count = 0;

    for (const char *at = paths; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        struct pryv_stream *row = &rows[count++];
        const char *part = at + (*at == '~'), *end = at + len;

        row->trashed = *at == '~';
        for (const char *slash; (slash = memchr(part, '/', (size_t) (end - part))); part = slash + 1)
            row->parent_id = pryv_str_n(part, (size_t) (slash - part));
        row->id = row->name = pryv_str_n(part, (size_t) (end - part));
        at = end;
    }

    struct pryv_stream_tree *tree = stream_tree_new(rows, count);

    shared_keep(arena, stream_tree_shared(tree));
    return tree;
}

static const char *told(const struct pryv_err *err)
{
    return err->data ? pryv_cstr(arena, pryv_json_dump(arena, err->data)) : pryv_err_id(err);
}

static const char *meaning(const char *paths, const char *permissions, const char *query, bool with_trashed, size_t max_streams)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct stream_forest forest = stream_forest_of_tree(tree_of(paths));
    struct stream_question question = { .access = fixture_access(permissions),
                                        .with_trashed = with_trashed,
                                        .max_streams = max_streams };
    struct stream_complaints complaints = { .unknown = NULL };
    struct stream_queries queries;
    struct stream_blocks blocks;

    cr_assert_eq(stream_queries_parse(arena, account, query ? fixture_json(query) : NULL, 100, &queries, &err), PRYV_OK, "%s",
                 query);
    for (size_t i = 0; i < queries.count; i++)
        stream_query_check(&question, &forest, &queries.list[i], &complaints);
    if (stream_complaints_tell(&complaints, &err) != PRYV_OK ||
        stream_queries_expand(arena, &question, &forest, &queries, STORE_LOCAL, &blocks, &err) != PRYV_OK)
        return told(&err);
    return describe(&blocks);
}

#define TREE  "a a/a1 a/a1/a11 a/a2 b c"
#define TRASH "a a/a1 ~gone ~gone/deep gone/sub gone/sub/leaf"

static const struct {
    const char *paths, *permissions, *query;
    bool with_trashed;
    const char *expected;
} meanings[] = {
    { TREE, NULL, NULL, false, "everything" },
    { TREE, NULL, "\"*\"", false, "everything" },
    { TREE, NULL, "\"a\"", false, "+a,a1,a11,a2" },
    { TREE, NULL, "\"a!\"", false, "+a" },
    { TREE, NULL, "[\"a1!\",\"a2\"]", false, "+a1,a2" },
    { TREE, NULL, "[\"b\",\"b\"]", false, "+b" },
    { TREE, NULL, "[\"a11\",\"a\",\"a1\"]", false, "+a,a1,a11,a2" },
    { TREE, NULL, "[]", false, "nothing" },
    { TREE, NULL, "{\"any\":[\"a\"],\"all\":[\"b\"]}", false, "+a,a1,a11,a2 +b" },
    { TREE, NULL, "{\"any\":[\"c\"],\"all\":[\"a\",\"b\"]}", false, "+c +a,a1,a11,a2 +b" },
    { TREE, NULL, "{\"any\":[\"a\"],\"all\":[\"a!\"]}", false, "+a,a1,a11,a2 +a" },
    { TREE, NULL, "{\"any\":[\"a\"],\"not\":[\"b\"]}", false, "+a,a1,a11,a2 -b" },
    { TREE, NULL, "{\"any\":[\"a\"],\"not\":[\"a1\"]}", false, "+a,a2 -a1,a11" },
    { TREE, NULL, "{\"any\":[\"a\"],\"not\":[\"a1!\"]}", false, "+a,a1,a11,a2 -a1" }, /* cuts nothing */
    { TREE, NULL, "{\"any\":[\"a1\"],\"not\":[\"a\"]}", false, "+a1,a11 -a,a2" },     /* finds what any names below */
    { TREE, NULL, "{\"any\":[\"a\",\"b\"],\"not\":[\"b\"]}", false, "+a,a1,a11,a2" }, /* named in both: in neither */
    { TREE, NULL, "{\"any\":[\"a\",\"b\"],\"all\":[\"c\"],\"not\":[\"b\"]}", false, "+a,a1,a11,a2 +c" },
    { TREE, NULL, "{\"any\":[\"a\"],\"not\":[\"a\"]}", false, "nothing" },
    { TREE, NULL, "{\"any\":[\"a!\"],\"not\":[\"a\"]}", false, "+a -a,a1,a11,a2" }, /* compared as written */
    { TREE, NULL, "{\"any\":[\"b\"],\"all\":[\"nowhere\"]}", false, "+b" },
    { TREE, NULL, "{\"any\":[\"b\"],\"not\":[\"nowhere\"]}", false, "+b" },
    { TREE, NULL, "{\"any\":[\"b\"],\"all\":[\"a\"],\"not\":[\"a1\"]}", false, "+b +a,a2 -a1,a11" },
    { TREE, NULL, "{\"any\":[\"*\"],\"not\":[\"a\"]}", false, "-a,a1,a11,a2" },
    { TREE, NULL, "{\"any\":[\"*\"],\"not\":[\"a1!\"]}", false, "-a1" },
    { TREE, NULL, "[{\"any\":[\"a!\"]},{\"any\":[\"c\"]}]", false, "+a | +c" },
    { TREE, NULL, "[{\"any\":[\"a\"],\"not\":[\"a\"]},{\"any\":[\"c\"]}]", false, "+c" },
    { TREE, NULL, "[\"a\",\"x\",\"y!\"]", false, "{\"streams\":[\"x\",\"y\"]}" },
    { "", NULL, NULL, false, "nothing" },
    /* The trash. */
    { TRASH, NULL, NULL, false, "+a,a1" },
    { TRASH, NULL, NULL, true, "everything" },
    { TRASH, NULL, "\"gone\"", false, "nothing" },
    { TRASH, NULL, "\"gone!\"", false, "+gone" }, /* one alone is asked for wherever it is */
    { TRASH, NULL, "{\"any\":[\"a\",\"gone!\"],\"not\":[\"deep!\"]}", false, "+a,a1,gone -deep" },
    { TRASH, NULL, "{\"any\":[\"a\"],\"all\":[\"gone!\"]}", false, "+a,a1 +gone" },
    { TRASH, NULL, "\"gone\"", true, "+deep,gone,leaf,sub" },
    { TRASH, NULL, "\"sub\"", false, "+leaf,sub" }, /* a child of a trashed one is there when it is named */
    { TRASH, NULL, "[\"gone\",\"a\"]", false, "+a,a1" },
    { TRASH, NULL, "{\"any\":[\"a\"],\"all\":[\"gone\"]}", false, "+a,a1" },
    { TRASH, NULL, "{\"any\":[\"a\"],\"not\":[\"gone\"]}", false, "+a,a1" },
    { TRASH, NULL, "{\"any\":[\"a\"],\"not\":[\"gone\"]}", true, "-deep,gone,leaf,sub" }, /* that leaves a and a1 */
    { TRASH, NULL, "{\"any\":[\"*\"],\"not\":[\"a1\"]}", false, "+a -a1" },
    /* Permissions. */
    { TREE, "[]", NULL, false, "nothing" },
    { TREE, "[]", "\"a\"", false, "forbidden" },
    { TREE, "[]", "[\"nowhere\",\"a\"]", false, "forbidden" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"read\"}]", NULL, false, "+a,a1,a11,a2" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"read\"}]", "[\"a1\",\"nowhere\"]", false, "{\"streams\":[\"nowhere\"]}" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"read\"}]", "[\"a\",\"b\"]", false, "forbidden" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"read\"}]", "{\"any\":[\"a\"],\"all\":[\"b\"],\"not\":[\"c\"]}", false,
      "+a,a1,a11,a2 +b -c" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"read\"},{\"streamId\":\"a1\",\"level\":\"none\"}]", NULL, false, "+a,a2 -a1,a11" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"read\"},{\"streamId\":\"a1\",\"level\":\"none\"}]", "\"a\"", false,
      "+a,a2 -a1,a11" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"read\"},{\"streamId\":\"a1\",\"level\":\"none\"}]", "\"a11\"", false, "forbidden" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"read\"},{\"streamId\":\"a1\",\"level\":\"create-only\"}]", NULL, false,
      "+a,a2 -a1,a11" },
    { TREE,
      "[{\"streamId\":\"a\",\"level\":\"read\"},{\"streamId\":\"a1\",\"level\":\"none\"},{\"streamId\":\"a11\",\"level\":"
      "\"manage\"}]",
      NULL, false, "+a,a11,a2 -a1" },
    { TREE, "[{\"streamId\":\"*\",\"level\":\"read\"}]", NULL, false, "everything" },
    { TREE, "[{\"streamId\":\"*\",\"level\":\"read\"}]", "{\"any\":[\"*\"],\"not\":[\"b\"]}", false, "-b" },
    { TREE, "[{\"streamId\":\"*\",\"level\":\"create-only\"}]", NULL, false, "nothing" },
    { TREE, "[{\"streamId\":\"*\",\"level\":\"none\"},{\"streamId\":\"a1\",\"level\":\"contribute\"}]", NULL, false,
      "+a1,a11 -a,a2,b,c" }, /* nor in a stream that `*` closes */
    { TREE, "[{\"streamId\":\"*\",\"level\":\"read\"},{\"streamId\":\"a\",\"level\":\"none\"}]", NULL, false, "-a,a1,a11,a2" },
    { TREE,
      "[{\"streamId\":\"*\",\"level\":\"read\"},{\"streamId\":\"a\",\"level\":\"none\"},{\"streamId\":\"a1\",\"level\":\"read\"}"
      "]",
      NULL, false, "-a,a2" }, /* an entry below a closed stream opens its branch */
    { TRASH, "[{\"streamId\":\"*\",\"level\":\"read\"},{\"streamId\":\"sub\",\"level\":\"none\"}]", NULL, false,
      "+a,a1 -leaf,sub" }, /* closed though it is below the trash */
    { TREE, "[{\"streamId\":\"*\",\"level\":\"read\"},{\"streamId\":\"a1\",\"level\":\"contribute\"}]",
      "{\"any\":[\"*\"],\"not\":[\"a\"]}", false, "-a,a1,a11,a2" },
    { TREE, "[{\"streamId\":\"nowhere\",\"level\":\"read\"}]", NULL, false, "nothing" },
    { TREE, "[{\"streamId\":\"a\",\"level\":\"none\"},{\"streamId\":\"a\",\"level\":\"read\"}]", NULL, false,
      "+a,a1,a11,a2" }, /* the last counts */
};

Test(stream_query, meanings)
{
    for (size_t i = 0; i < PRYV_COUNT(meanings); i++) {
        const char *out = meaning(meanings[i].paths, meanings[i].permissions, meanings[i].query, meanings[i].with_trashed, 1000);

        cr_expect_str_eq(out, meanings[i].expected, "%s, %s: %s instead of %s", meanings[i].permissions, meanings[i].query, out,
                         meanings[i].expected);
    }
}

Test(stream_query, a_question_that_leads_to_too_many_streams_is_refused)
{
    cr_expect_str_eq(meaning(TREE, NULL, "\"a\"", false, 5), "+a,a1,a11,a2"); /* one named, four walked */
    cr_expect_str_eq(meaning(TREE, NULL, "\"a\"", false, 4), "invalid-request-structure");
    cr_expect_str_eq(meaning(TREE, NULL, "{\"any\":[\"a\"],\"all\":[\"a\",\"a\"]}", false, 12), "invalid-request-structure");
    cr_expect_str_eq(meaning(TREE, NULL, NULL, false, 5), "invalid-request-structure");
}

/* A chain of a hundred thousand streams is walked without a stack as deep. */
Test(stream_query, a_deep_tree)
{
    enum { DEPTH = 100000 };
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_stream *rows = pryv_new_array(arena, struct pryv_stream, DEPTH);
    struct stream_queries queries;
    struct stream_blocks blocks;

    for (size_t i = 0; i < DEPTH; i++) {
        rows[i].id = rows[i].name = pryv_format(arena, "s%zu", i);
        if (i > 0)
            rows[i].parent_id = rows[i - 1].id;
    }

    struct pryv_stream_tree *tree = stream_tree_new(rows, DEPTH);
    struct stream_forest forest = stream_forest_of_tree(tree);
    struct stream_question question = { .access = fixture_access(NULL), .max_streams = 1000000 };

    shared_keep(arena, stream_tree_shared(tree));
    cr_assert_eq(stream_queries_parse(arena, account, fixture_json("[\"s1\",\"s2\",\"s3\"]"), 10, &queries, &err), PRYV_OK);
    cr_assert_eq(stream_queries_expand(arena, &question, &forest, &queries, STORE_LOCAL, &blocks, &err), PRYV_OK);
    /* All but the first: in none of the one that is left out, or in both. */
    cr_assert_eq(blocks.count, 2);
    cr_expect(blocks.list[0].conditions[0].not_in);
    cr_expect_eq(blocks.list[0].conditions[0].count, 1);
    cr_expect_eq(blocks.list[1].conditions[1].count, (size_t) DEPTH - 1);
}

/* ---- The account ---------------------------------------------------------------------------------------- */

Test(stream_query, account_streams)
{
    static const struct {
        const char *permissions, *query, *expected;
    } cases[] = {
        { NULL, "\":_system:account\"", "everything" },
        { NULL, "\":_system:language\"", "+:_system:language" },
        { NULL, "\":_system:nothing\"", "{\"streams\":[\":_system:nothing\"]}" },
        { NULL, "{\"any\":[\":_system:account\"],\"not\":[\":_system:storageUsed\"]}",
          "-:_system:attachedFiles,:_system:dbDocuments,:_system:storageUsed" },
        { "[{\"streamId\":\"*\",\"level\":\"manage\"}]", "\":_system:language\"", "forbidden" },
        { "[{\"streamId\":\":_system:language\",\"level\":\"read\"}]", "\":_system:language\"",
          "-:_system:account,:_system:appId,:_system:attachedFiles,:_system:dbDocuments,:_system:invitationToken,:_system:"
          "referer,"
          ":_system:storageUsed" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_err err = PRYV_ERR(arena);
        struct stream_forest forest = account_forest(arena, account);
        struct stream_question question = { .access = fixture_access(cases[i].permissions), .max_streams = 100 };
        struct stream_complaints complaints = { .unknown = NULL };
        struct stream_queries queries;
        struct stream_blocks blocks;
        const char *out;

        cr_assert_eq(stream_queries_parse(arena, account, fixture_json(cases[i].query), 10, &queries, &err), PRYV_OK);
        cr_assert_eq(queries.count, 1u);
        stream_query_check(&question, &forest, &queries.list[0], &complaints);
        if (stream_complaints_tell(&complaints, &err) != PRYV_OK)
            out = told(&err);
        else if (stream_queries_expand(arena, &question, &forest, &queries, STORE_ACCOUNT, &blocks, &err) != PRYV_OK)
            out = pryv_err_id(&err);
        else
            out = describe(&blocks);
        cr_expect_str_eq(out, cases[i].expected, "%s, %s: %s", cases[i].permissions, cases[i].query, out);
    }
}
