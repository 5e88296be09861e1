// link: plugins/api
/* fuzz_stream_query.c - any JSON as the `streams` parameter of events.get, against a small tree: it is refused, or comes to conditions on streams of
 * that tree. The same JSON as conditions on content, looked up in itself. */
#include "../../plugins/api/events_own.h"
#include "access.h"
#include "settings.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct account_fields *account;
static struct pryv_stream_tree *tree;

static void make_once(struct pryv_arena *arena)
{
    static const struct pryv_stream rows[] = {
        { .id = { "a", 1 }, .name = { "a", 1 } },
        { .id = { "b", 1 }, .name = { "b", 1 }, .parent_id = { "a", 1 } },
        { .id = { "c", 1 }, .name = { "c", 1 }, .parent_id = { "b", 1 }, .trashed = true },
        { .id = { "d", 1 }, .name = { "d", 1 }, .parent_id = { "c", 1 } },
        { .id = { "e", 1 }, .name = { "e", 1 } },
    };
    struct pryv_err err = PRYV_ERR(arena);

    if (tree)
        return;
    settings.max_json_depth = 100;
    tree = stream_tree_new(rows, PRYV_COUNT(rows));
    if (account_fields_new(NULL, NULL, &account, &err) != PRYV_OK)
        abort();
}

static const struct pryv_access *access_of(struct pryv_arena *arena, bool personal)
{
    const struct pryv_access *access;
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_access_row row = {
        .id = PRYV_STR("x"),
        .token = PRYV_STR("x"),
        .type = personal ? PRYV_STR("personal") : PRYV_STR("shared"),
        .permissions_json = PRYV_STR("[{\"streamId\":\"a\",\"level\":\"read\"},{\"streamId\":\"b\",\"level\":\"none\"},{"
                                     "\"streamId\":\"d\",\"level\":\"read\"}]"),
        .expires = PRYV_ABSENT,
    };

    if (pryv_access_of_row(arena, &row, &access, &err) != PRYV_OK)
        abort();
    return access;
}

/* Every stream that is told is in the tree. */
static void check_blocks(const struct stream_blocks *blocks)
{
    for (size_t i = 0; i < blocks->count; i++)
        for (size_t k = 0; k < blocks->list[i].count; k++)
            for (size_t n = 0; n < blocks->list[i].conditions[k].count; n++)
                if (!pryv_stream_find(tree, blocks->list[i].conditions[k].ids[n]))
                    abort();
}

static void ask(struct pryv_arena *arena, json_t *value, bool personal)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct stream_question question = { .access = access_of(arena, personal), .max_streams = 1000 };
    struct stream_forest forest = stream_forest_of_tree(tree);
    struct stream_complaints complaints = { .unknown = NULL };
    struct stream_queries queries;
    struct stream_blocks blocks;

    if (stream_queries_parse(arena, account, value, 100, &queries, &err) != PRYV_OK)
        return;
    for (size_t i = 0; i < queries.count; i++)
        stream_query_check(&question, &forest, &queries.list[i], &complaints);
    if (stream_complaints_tell(&complaints, &err) == PRYV_OK &&
        stream_queries_expand(arena, &question, &forest, &queries, STORE_LOCAL, &blocks, &err) == PRYV_OK)
        check_blocks(&blocks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    struct content_conditions conditions;
    json_t *value;

    make_once(arena);
    if (pryv_json_parse(arena, pryv_str_n((const char *) data, size), true, &value, &err) == PRYV_OK) {
        ask(arena, value, size % 2 == 0);
        if (content_conditions_parse(arena, value, "content", &conditions, &err) == PRYV_OK)
            content_conditions_hold(&conditions, pryv_json_dump(arena, value));
    }
    pryv_arena_free(arena);
    return 0;
}
