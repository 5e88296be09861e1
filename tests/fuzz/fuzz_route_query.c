/* fuzz_route_query.c - any bytes as a path, a query and a form. A path leads somewhere or nowhere, and its variables are parts
 * of it; what a query says can be written as JSON; one look at a parameter agrees with the whole. */
#include "body.h"
#include "percent.h"
#include "query.h"
#include "route.h"
#include "settings.h"
#include <pryv/json.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const patterns[] = {
    "/",
    "/{any}",
    "/reg/hostings",
    "/reg/{name}/server",
    "/{username}/events",
    "/{username}/events/{id}",
    "/{username}/events/{id}/{fileId}",
    "/{username}/profile/public",
    "/www/{rest*}",
    "/{a}/{b}/{c}/{rest*}",
};

static struct route_trie *trie_of_patterns(struct pryv_err *err)
{
    struct route_trie *trie = route_trie_new();

    for (size_t i = 0; i < PRYV_COUNT(patterns); i++)
        if (route_add(trie, "GET", patterns[i], &settings, err) != PRYV_OK)
            abort();
    return trie;
}

static void look_at_path(struct pryv_arena *arena, const struct route_trie *trie, struct pryv_str path)
{
    struct route_match match;
    struct pryv_str text;

    if (!route_find(trie, PRYV_STR("GET"), path, &match))
        return;
    if (match.count > ROUTE_MAX_VARIABLES)
        abort();
    for (size_t i = 0; i < match.count; i++) {
        struct pryv_str value = match.values[i];

        if (value.len && (value.data < path.data || value.data + value.len > path.data + path.len))
            abort();
        if (percent_decode(arena, value, PERCENT_STRICT | PERCENT_NO_NUL, &text) && text.len > value.len)
            abort();
    }
}

static void look_at_query(struct pryv_arena *arena, struct pryv_str raw, enum query_style style, struct pryv_err *err)
{
    json_t *query, *again, *first;

    if (query_masked(arena, raw).len != raw.len)
        abort();
    if (query_parse(arena, raw, style, 1000, &query, err) != PRYV_OK)
        return;

    struct pryv_str text = pryv_json_dump(arena, query);

    if (pryv_json_parse(arena, text, false, &again, err) != PRYV_OK || !json_equal(query, again))
        abort();
    first = json_object_get(query, "auth");
    if (style == QUERY_OF_URL && !first != !query_first(arena, raw, "auth").data)
        abort();
}

static void look_at_body(struct pryv_arena *arena, struct pryv_str raw, struct pryv_err *err)
{
    static const char *const codings[] = { "", "gzip", "deflate" };
    static const char *const types[] = { "application/json", "application/x-www-form-urlencoded;charset=utf-8" };
    const struct body_limits limits = { .max_json = 65536, .max_form = 65536, .max_fields = 100 };
    struct body body;

    for (size_t c = 0; c < PRYV_COUNT(codings); c++)
        for (size_t t = 0; t < PRYV_COUNT(types); t++)
            if (body_read(arena, pryv_str(types[t]), pryv_str(codings[c]), raw, &limits, &body, err) == PRYV_OK && body.value &&
                !json_is_object(body.value) && !json_is_array(body.value))
                abort();
    body_kind(raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct route_trie *trie;
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_str text = pryv_str_n((const char *) data, size);

    settings.max_json_depth = 100;
    if (!trie)
        trie = trie_of_patterns(&err);
    look_at_path(arena, trie, text);
    look_at_query(arena, text, QUERY_OF_URL, &err);
    look_at_query(arena, text, QUERY_OF_FORM, &err);
    look_at_body(arena, text, &err);
    pryv_arena_free(arena);
    return 0;
}
