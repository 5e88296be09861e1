/* fuzz_url.c - any bytes as a request's target: routed, its query read in both styles and masked for the log. */
#include "query.h"
#include "route.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const patterns[] = { "/", "/{username}", "/{username}/events", "/{username}/events/{id}", "/{username}/events/{id}/{file}/{name}",
                                        "/reg/{email}/username", "/www/{rest*}" };

static struct route_trie *make_routes(void)
{
    struct route_trie *trie = route_trie_new();
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err    err = PRYV_ERR(arena);

    for (size_t i = 0; i < PRYV_COUNT(patterns); i++)
        if (route_add(trie, "GET", patterns[i], (void *) patterns[i], &err) != PRYV_OK)
            abort();
    pryv_arena_free(arena);
    return trie;
}

static void route(struct route_trie *trie, struct pryv_str path)
{
    struct route_match match = { .count = 0 };

    if (!route_find(trie, PRYV_STR("GET"), path, &match))
        return;
    for (size_t i = 0; i < match.count; i++)
        if (match.values[i].data < path.data || match.values[i].data + match.values[i].len > path.data + path.len)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct route_trie *trie;
    struct pryv_arena        *arena = pryv_arena_new();
    struct pryv_err           err = PRYV_ERR(arena);
    const uint8_t            *mark = size ? memchr(data, '?', size) : NULL;
    size_t                    path_len = mark ? (size_t) (mark - data) : size;
    struct pryv_str           query = mark ? pryv_str_n((const char *) mark + 1, size - path_len - 1) : PRYV_STR_NONE;
    json_t                   *parsed;

    if (!trie)
        trie = make_routes();
    route(trie, pryv_str_n((const char *) data, path_len));
    if (query_parse(arena, query, QUERY_OF_URL, 1000, &parsed, &err) == PRYV_OK && !json_is_object(parsed))
        abort();
    if (query_parse(arena, query, QUERY_OF_FORM, 1000, &parsed, &err) == PRYV_OK && !json_is_object(parsed))
        abort();
    query_first(arena, query, "auth");
    query_masked(arena, query);
    pryv_arena_free(arena);
    return 0;
}
