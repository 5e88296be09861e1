/* Permissions and stream trees: which level holds where, what the server adds, and the tree itself. */
#include "access.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <pryv/json.h>
#include <stdio.h>

static struct pryv_arena *arena;

static void fill(void)
{
    arena = pryv_arena_new();
    settings.audit_active = true;
    settings.max_json_depth = 100;
}

static void empty(void)
{
    pryv_arena_free(arena);
}

TestSuite(access, .init = fill, .fini = empty);

static struct access_object *access_of(const char *type, const char *permissions)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct access_object *object = NULL;
    struct pryv_access_row row = { .id = PRYV_STR("a1"),
                                   .token = PRYV_STR("t1"),
                                   .name = PRYV_STR("test"),
                                   .type = pryv_str(type),
                                   .permissions_json = pryv_str(permissions),
                                   .expires = PRYV_ABSENT };

    cr_assert_eq(access_object_new(&row, &object, &err), PRYV_OK, "%s", permissions);
    shared_keep(arena, &object->shared);
    return object;
}

/* "a", "a/b", "a/b/c": a path names a stream by its last part and its parent by the one before. */
static struct pryv_stream_tree *tree_of(const char *const *paths)
{
    struct pryv_stream rows[32] = { { .id = PRYV_STR_NONE } };
    size_t count = 0;

    for (; paths[count]; count++) {
        const char *last = strrchr(paths[count], '/');
        const char *parent = last;

        while (parent && parent > paths[count] && parent[-1] != '/')
            parent--;
        rows[count].id = rows[count].name = pryv_str(last ? last + 1 : paths[count]);
        if (last)
            rows[count].parent_id = pryv_str_n(parent, (size_t) (last - parent));
    }

    struct pryv_stream_tree *tree = stream_tree_new(rows, count);

    shared_keep(arena, stream_tree_shared(tree));
    return tree;
}

/* ---- Levels ------------------------------------------------------------------------------------ */

static const char *const family[] = { "a/b/c", "a", "a/b", "a/b2", "d", NULL };

enum {
    NO = PRYV_LEVEL_NONE,
    READ = PRYV_LEVEL_READ,
    ONLY = PRYV_LEVEL_CREATE_ONLY,
    WRITE = PRYV_LEVEL_CONTRIBUTE,
    MANAGE = PRYV_LEVEL_MANAGE
};

static const struct {
    const char *permissions;
    const char *stream;
    int level;
} level_cases[] = {
    { "[]", "a", NO },
    { "[{'streamId':':local:b','level':'read'}]", "b", READ },
    { "[{'streamId':':local:b','level':'read'}]", "c", READ },
    { "[{'streamId':':local:','level':'read'}]", "d", READ },
    { "[{'streamId':'b','level':'read'}]", ":local:b", READ },
    { "[{'streamId':'*','level':'read'},{'streamId':':_audit:','level':'manage'}]", ":oddity", READ },
    { "[]", "unknown", NO },
    { "[{'streamId':'a','level':'read'}]", "a", READ },
    { "[{'streamId':'a','level':'read'}]", "c", READ },
    { "[{'streamId':'a','level':'read'}]", "d", NO },
    { "[{'streamId':'b','level':'read'}]", "a", NO }, /* never upwards */
    /* A child's entry replaces its parent's, up and down. */
    { "[{'streamId':'a','level':'read'},{'streamId':'b','level':'manage'}]", "c", MANAGE },
    { "[{'streamId':'a','level':'read'},{'streamId':'b','level':'manage'}]", "b2", READ },
    { "[{'streamId':'b','level':'manage'},{'streamId':'a','level':'read'}]", "c", MANAGE }, /* in any order */
    { "[{'streamId':'a','level':'manage'},{'streamId':'b','level':'none'}]", "c", NO },
    { "[{'streamId':'a','level':'manage'},{'streamId':'b','level':'create-only'}]", "b", ONLY },
    { "[{'streamId':'a','level':'none'},{'streamId':'c','level':'contribute'}]", "c", WRITE },
    { "[{'streamId':'a','level':'none'},{'streamId':'c','level':'contribute'}]", "b", NO },
    /* `*` holds where nothing else does, and for streams that are not there. */
    { "[{'streamId':'*','level':'contribute'}]", "c", WRITE },
    { "[{'streamId':'*','level':'contribute'}]", "unknown", WRITE },
    { "[{'streamId':'*','level':'contribute'},{'streamId':'a','level':'none'}]", "b", NO },
    { "[{'streamId':'*','level':'contribute'},{'streamId':'a','level':'none'}]", "d", WRITE },
    { "[{'streamId':'*','level':'read'},{'streamId':'unknown','level':'manage'}]", "unknown", READ },
    /* The last entry of a stream counts. */
    { "[{'streamId':'a','level':'manage'},{'streamId':'a','level':'read'}]", "b", READ },
    { "[{'streamId':'*','level':'none'},{'streamId':'*','level':'read'}]", "d", READ },
    /* What is no entry means nothing. */
    { "[{'streamId':null,'level':'manage'},{'feature':'selfRevoke','setting':'forbidden'}]", "a", NO },
    /* Names that share a beginning are not related. */
    { "[{'streamId':'b','level':'read'}]", "b2", NO },
    /* The account is closed to `*`, open by its own entry, a field by its own. */
    { "[{'streamId':'*','level':'manage'}]", ":_system:account", NO },
    { "[{'streamId':'*','level':'manage'}]", ":system:email", NO },
    { "[{'streamId':':_system:account','level':'read'}]", ":system:email", READ },
    { "[{'streamId':':_system:account','level':'read'}]", ":_system:language", READ },
    { "[{'streamId':':system:email','level':'contribute'}]", ":system:email", WRITE },
    { "[{'streamId':':system:email','level':'contribute'}]", ":_system:language", NO },
    { "[{'streamId':':_system:account','level':'contribute'},{'streamId':':system:email','level':'none'}]", ":system:email", NO },
    /* Its own audit is open, that of others is not, whatever `*` says. */
    { "[{'streamId':'*','level':'manage'}]", ":_audit:access-a1", READ },
    { "[{'streamId':'*','level':'manage'}]", ":_audit:access-a2", NO },
    { "[{'feature':'selfAudit','setting':'forbidden'}]", ":_audit:access-a1", NO },
    { "[{'streamId':':_audit:','level':'read'}]", ":_audit:access-a2", READ },
    /* Other stores: the stream, the store, `*`. */
    { "[{'streamId':'*','level':'read'}]", ":csv:sheet", READ },
    { "[{'streamId':':csv:','level':'contribute'}]", ":csv:sheet", WRITE },
    { "[{'streamId':':csv:','level':'contribute'}]", ":csv:", WRITE },
    { "[{'streamId':':csv:','level':'contribute'}]", ":other:sheet", NO },
    { "[{'streamId':'*','level':'read'},{'streamId':':csv:','level':'none'}]", ":csv:sheet", NO },
    { "[{'streamId':':csv:','level':'read'},{'streamId':':csv:sheet','level':'manage'}]", ":csv:sheet", MANAGE },
};

/* Quotes as ' are easier on the eye. */
static const char *json_of(const char *text)
{
    char *json = pryv_cstr(arena, pryv_str(text));

    for (char *at = json; *at; at++)
        if (*at == '\'')
            *at = '"';
    return json;
}

Test(access, levels)
{
    struct pryv_stream_tree *tree = tree_of(family);

    for (size_t i = 0; i < PRYV_COUNT(level_cases); i++) {
        struct access_object *object = access_of("shared", json_of(level_cases[i].permissions));
        struct pryv_str id = pryv_str(level_cases[i].stream);
        int level = pryv_access_level(&object->access, tree, id);

        cr_expect_eq(level, level_cases[i].level, "%s on %s: %d", level_cases[i].permissions, level_cases[i].stream, level);
        cr_expect_eq(pryv_access_level(&object->access, tree, id), (enum pryv_level) level_cases[i].level,
                     "asked again: %s on %s", level_cases[i].permissions, level_cases[i].stream);
    }
}

Test(access, levels_follow_a_stream_that_moves)
{
    static const char *const moved[] = { "a", "d", "d/b", "d/b/c", NULL };
    struct access_object *object =
        access_of("app", json_of("[{'streamId':'a','level':'read'},{'streamId':'d','level':'manage'}]"));

    cr_expect_eq(pryv_access_level(&object->access, tree_of(family), PRYV_STR("c")), PRYV_LEVEL_READ);
    cr_expect_eq(pryv_access_level(&object->access, tree_of(moved), PRYV_STR("c")), PRYV_LEVEL_MANAGE);
}

Test(access, personal_may_everything)
{
    struct access_object *object = access_of("personal", "[]");
    struct pryv_stream_tree *tree = tree_of(family);

    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("c")), PRYV_LEVEL_MANAGE);
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("unknown")), PRYV_LEVEL_MANAGE);
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR(":_system:account")), PRYV_LEVEL_MANAGE);
    cr_expect_eq(pryv_access_star_level(&object->access), PRYV_LEVEL_MANAGE);
    cr_expect_null(object->access.permissions, "none are told");
}

Test(access, many_entries)
{
    char text[64];
    json_t *list = json_array();
    struct pryv_stream_tree *tree;

    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "s%d", i);
        json_array_append_new(list, json_pack("{s:s, s:s}", "streamId", text, "level", i % 2 ? "read" : "manage"));
    }

    struct access_object *object = access_of("app", pryv_cstr(arena, pryv_json_dump(arena, list)));

    json_decref(list);
    tree = tree_of((const char *const[]){ "s0", "s998", "s0/s999", "s998/x", NULL });
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("s0")), PRYV_LEVEL_MANAGE);
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("s999")), PRYV_LEVEL_READ);
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("x")), PRYV_LEVEL_MANAGE);
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("s1000")), PRYV_LEVEL_NONE);
}

Test(access, a_deep_tree)
{
    enum { DEPTH = 5000 };
    struct pryv_stream *rows = pryv_new_array(arena, struct pryv_stream, DEPTH);

    for (size_t i = 0; i < DEPTH; i++) {
        rows[i].id = rows[i].name = pryv_format(arena, "n%zu", i);
        if (i)
            rows[i].parent_id = rows[i - 1].id;
    }

    struct pryv_stream_tree *tree = stream_tree_new(rows, DEPTH);
    struct access_object *object =
        access_of("app", json_of("[{'streamId':'n1','level':'read'},{'streamId':'n4000','level':'manage'}]"));

    shared_keep(arena, stream_tree_shared(tree));
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("n0")), PRYV_LEVEL_NONE);
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("n3999")), PRYV_LEVEL_READ);
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("n4999")), PRYV_LEVEL_MANAGE);
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("n2")), PRYV_LEVEL_READ);
}

/* What was worked out for one access and tree is never told of another, in whatever order they are asked. */
Test(access, many_accesses_and_trees_in_turn)
{
    enum { ACCESSES = 40, TREES = 3 };
    static const char *const shapes[TREES][6] = { { "a", "a/b", "a/b/c", "d", NULL },
                                                  { "d", "d/c", "d/c/b", "a", "x", NULL },
                                                  { "c", "c/b", "c/a", "d", NULL } };
    static const char *const names[] = { "none", "read", "create-only", "contribute", "manage" };
    struct access_object *objects[ACCESSES];
    struct pryv_stream_tree *trees[TREES];
    unsigned seed = 1;

    for (size_t i = 0; i < TREES; i++)
        trees[i] = tree_of(shapes[i]);
    for (size_t i = 0; i < ACCESSES; i++) /* a has one level, c another, the rest what is above */
        objects[i] = access_of("app", json_of(pryv_format(arena, "[{'streamId':'a','level':'%s'},{'streamId':'c','level':'%s'}]",
                                                          names[i % 5], names[i / 5 % 5])
                                                  .data));
    for (int round = 0; round < 20000; round++) {
        seed = seed * 1103515245u + 12345u;

        size_t i = (seed >> 8) % ACCESSES, t = (seed >> 16) % TREES;
        char id[] = { "abcd"[(seed >> 24) % 4], '\0' };
        const struct pryv_stream_node *node = pryv_stream_find(trees[t], pryv_str(id));
        int expected = PRYV_LEVEL_NONE;

        while (node && !pryv_str_equal(node->row.id, "a") && !pryv_str_equal(node->row.id, "c"))
            node = node->parent;
        if (node)
            expected = (int) (pryv_str_equal(node->row.id, "a") ? i % 5 : i / 5 % 5) - 1;
        cr_assert_eq((int) pryv_access_level(&objects[i]->access, trees[t], pryv_str(id)), expected, "access %zu, tree %zu, %s",
                     i, t, id);
    }
}

static const struct {
    enum pryv_level level;
    const char *name;
    int rank;
    bool reads, creates, changes, lists, manages;
} words[] = {
    { PRYV_LEVEL_NONE, "none", -1, false, false, false, false, false },
    { PRYV_LEVEL_READ, "read", 0, true, false, false, true, false },
    { PRYV_LEVEL_CREATE_ONLY, "create-only", 1, false, true, false, true, false },
    { PRYV_LEVEL_CONTRIBUTE, "contribute", 1, true, true, true, true, false },
    { PRYV_LEVEL_MANAGE, "manage", 2, true, true, true, true, true },
};

Test(access, what_levels_mean)
{
    enum pryv_level level;

    for (size_t i = 0; i < PRYV_COUNT(words); i++) {
        cr_assert(pryv_level_parse(pryv_str(words[i].name), &level));
        cr_expect_eq(level, words[i].level);
        cr_expect_eq(pryv_level_rank(level), words[i].rank, "%s", words[i].name);
        cr_expect_eq(pryv_level_reads(level), words[i].reads, "%s", words[i].name);
        cr_expect_eq(pryv_level_creates(level), words[i].creates, "%s", words[i].name);
        cr_expect_eq(pryv_level_changes(level), words[i].changes, "%s", words[i].name);
        cr_expect_eq(pryv_level_lists(level), words[i].lists, "%s", words[i].name);
        cr_expect_eq(pryv_level_manages(level), words[i].manages, "%s", words[i].name);
    }
    cr_expect_not(pryv_level_parse(PRYV_STR("Read"), &level));
    cr_expect_not(pryv_level_parse(PRYV_STR(""), &level));
    cr_expect_not(pryv_level_parse(PRYV_STR_NONE, &level));
}

/* ---- What the server adds --------------------------------------------------------------------- */

static const struct {
    bool audit;
    const char *stored, *shown;
} added[] = {
    { false, "[]", "[{'streamId':':_system:account','level':'none'}]" },
    { true, "[]", "[{'streamId':':_system:account','level':'none'},{'streamId':':_audit:access-a1','level':'read'}]" },
    { true, "[{'streamId':'a','level':'read'}]",
      "[{'streamId':':_system:account','level':'none'},{'streamId':'a','level':'read'},{'streamId':':_audit:access-a1','level':'"
      "read'}]" },
    { true, "[{'feature':'selfAudit','setting':'forbidden'}]",
      "[{'streamId':':_system:account','level':'none'},{'feature':'selfAudit','setting':'forbidden'}]" },
    { true, "[{'feature':'selfRevoke','setting':'forbidden'}]",
      "[{'streamId':':_system:account','level':'none'},{'feature':'selfRevoke','setting':'forbidden'},"
      "{'streamId':':_audit:access-a1','level':'read'}]" },
};

Test(access, the_server_adds)
{
    for (size_t i = 0; i < PRYV_COUNT(added); i++) {
        settings.audit_active = added[i].audit;

        struct access_object *object = access_of("shared", json_of(added[i].stored));

        cr_expect_str_eq(pryv_cstr(arena, pryv_json_dump(arena, object->access.permissions)), json_of(added[i].shown));
        cr_expect_str_eq(object->access.row.permissions_json.data, json_of(added[i].stored), "what is stored stays");
    }
}

Test(access, entries_keep_their_order)
{
    struct access_object *object = access_of(
        "app",
        json_of("[{'streamId':'b','level':'read'},{'feature':'x','setting':'forbidden'},{'streamId':'*','level':'manage'}]"));
    const struct pryv_permission *entries;
    const char *const ids[] = { ":_system:account", "b", "*", ":_audit:access-a1" };

    cr_assert_eq(pryv_access_permissions(&object->access, &entries), PRYV_COUNT(ids));
    for (size_t i = 0; i < PRYV_COUNT(ids); i++)
        cr_expect(pryv_str_equal(entries[i].stream_id, ids[i]), "%zu: %.*s", i, PRYV_STR_ARG(entries[i].stream_id));
    cr_expect_eq(pryv_access_star_level(&object->access), PRYV_LEVEL_MANAGE);
}

Test(access, features)
{
    struct access_object *object =
        access_of("app", json_of("[{'feature':'selfRevoke','setting':'forbidden'},{'feature':'mine','setting':'allowed'}]"));

    cr_expect(pryv_str_equal(pryv_access_feature(&object->access, "selfRevoke"), "forbidden"));
    cr_expect(pryv_str_equal(pryv_access_feature(&object->access, "mine"), "allowed"));
    cr_expect_null(pryv_access_feature(&object->access, "selfAudit").data);
    object =
        access_of("app", json_of("[{'feature':'selfAudit','setting':'allowed'},{'feature':'selfAudit','setting':'forbidden'}]"));
    cr_expect(pryv_str_equal(pryv_access_feature(&object->access, "selfAudit"), "forbidden"), "the last counts");
    cr_expect_eq(json_array_size(object->access.permissions), 3, "and is what the server follows");
    cr_expect_null(pryv_access_feature(&access_of("personal", "[]")->access, "selfRevoke").data);
}

Test(access, broken_permissions_are_a_fault_not_a_right)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct access_object *object = NULL;
    struct pryv_access_row row = {
        .id = PRYV_STR("a1"), .type = PRYV_STR("app"), .permissions_json = PRYV_STR("[{"), .expires = PRYV_ABSENT
    };

    cr_expect_eq(access_object_new(&row, &object, &err), PRYV_FAILED);
    cr_expect_null(object);
}

/* ---- The tree ----------------------------------------------------------------------------------- */

static void walk(const struct pryv_stream_node *node, int depth, char *out)
{
    for (; node; node = node->next) {
        snprintf(out + strlen(out), 16, "%d%.*s ", depth, PRYV_STR_ARG(node->row.id));
        walk(node->children, depth + 1, out);
    }
}

Test(access, tree_in_order_of_names)
{
    char text[256] = "";
    struct pryv_stream_tree *tree = tree_of(family);

    walk(pryv_stream_roots(tree), 0, text);
    cr_expect_str_eq(text, "0a 1b 2c 1b2 0d ");
    cr_expect_eq(pryv_stream_count(tree), 5u);
    for (size_t i = 0; family[i]; i++) {
        const char *last = strrchr(family[i], '/');
        const struct pryv_stream_node *node = pryv_stream_find(tree, pryv_str(last ? last + 1 : family[i]));

        cr_assert_not_null(node, "%s", family[i]);
        cr_expect_lt(node->index, 5u);
    }
    cr_expect_null(pryv_stream_find(tree, PRYV_STR("e")));
    cr_expect_null(pryv_stream_find(tree, PRYV_STR("")));
    cr_expect_null(pryv_stream_find(tree, PRYV_STR_NONE));
}

Test(access, siblings_code_point_by_code_point)
{
    struct pryv_stream rows[] = {
        { .id = PRYV_STR("1"), .name = PRYV_STR("é") },  { .id = PRYV_STR("2"), .name = PRYV_STR("b") },
        { .id = PRYV_STR("3"), .name = PRYV_STR("B") },  { .id = PRYV_STR("4"), .name = PRYV_STR("\xF0\x9F\x98\x80") },
        { .id = PRYV_STR("5"), .name = PRYV_STR("ab") }, { .id = PRYV_STR("6"), .name = PRYV_STR("a") },
    };
    struct pryv_stream_tree *tree = stream_tree_new(rows, PRYV_COUNT(rows));
    char text[256] = "";

    shared_keep(arena, stream_tree_shared(tree));
    walk(pryv_stream_roots(tree), 0, text);
    cr_expect_str_eq(text, "03 06 05 02 01 04 ");
}

Test(access, no_streams)
{
    struct pryv_stream_tree *tree = stream_tree_new(NULL, 0);
    struct access_object *object = access_of("app", json_of("[{'streamId':'*','level':'read'}]"));

    shared_keep(arena, stream_tree_shared(tree));
    cr_expect_null(pryv_stream_roots(tree));
    cr_expect_null(pryv_stream_find(tree, PRYV_STR("a")));
    cr_expect_eq(pryv_access_level(&object->access, tree, PRYV_STR("a")), PRYV_LEVEL_READ);
}

/* Nothing of ours stores this, but a walk over it must end. */
Test(access, circles_and_orphans_are_roots)
{
    struct pryv_stream rows[] = {
        { .id = PRYV_STR("a"), .name = PRYV_STR("a"), .parent_id = PRYV_STR("b") },
        { .id = PRYV_STR("b"), .name = PRYV_STR("b"), .parent_id = PRYV_STR("a") },
        { .id = PRYV_STR("c"), .name = PRYV_STR("c"), .parent_id = PRYV_STR("c") },
        { .id = PRYV_STR("d"), .name = PRYV_STR("d"), .parent_id = PRYV_STR("gone") },
    };
    struct pryv_stream_tree *tree = stream_tree_new(rows, PRYV_COUNT(rows));
    struct access_object *object = access_of("app", json_of("[{'streamId':'a','level':'read'}]"));
    size_t seen = 0;

    shared_keep(arena, stream_tree_shared(tree));
    for (size_t i = 0; i < PRYV_COUNT(rows); i++) {
        const struct pryv_stream_node *node = pryv_stream_find(tree, rows[i].id);

        cr_assert_not_null(node);
        for (size_t steps = 0; node; node = node->parent)
            cr_assert_lt(steps++, PRYV_COUNT(rows));
        (void) pryv_access_level(&object->access, tree, rows[i].id);
    }
    for (const struct pryv_stream_node *node = pryv_stream_roots(tree); node; node = node->next)
        seen += 1 + (node->children != NULL);
    cr_expect_eq(seen, PRYV_COUNT(rows), "every stream is reached from the roots");
}
