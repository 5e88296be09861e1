/* The trie of routes, and percent-decoding: what matches, what wins, what is refused. */
#include "percent.h"
#include "route.h"
#include <pryv/http.h>
#include <criterion/criterion.h>

static struct pryv_arena *arena;
static struct route_trie *trie;
static struct pryv_err err;

/* A route is its own target: verb, pattern. */
static const char *const routes[][2] = {
    { "GET", "/" },
    { "GET", "/{any}" },
    { "POST", "/{username}" },
    { "POST", "/users" },
    { "GET", "/reg/hostings" },
    { "GET", "/reg/{name}/server" },
    { "GET", "/{username}/events" },
    { "POST", "/{username}/events" },
    { "GET", "/{username}/events/{id}" },
    { "DELETE", "/{username}/events/{id}" },
    { "GET", "/{username}/events/{id}/{fileId}" },
    { "GET", "/{username}/profile/public" },
    { "GET", "/{username}/profile/{id}" },
    { "GET", "/www/{rest*}" },
    { "GET", "/www/health" },
};

static void *target_of(size_t i)
{
    return (void *) (uintptr_t) (i + 1);
}

static void fill(void)
{
    arena = pryv_arena_new();
    err = (struct pryv_err) PRYV_ERR(arena);
    trie = route_trie_new();
    for (size_t i = 0; i < PRYV_COUNT(routes); i++)
        cr_assert_eq(route_add(trie, routes[i][0], routes[i][1], target_of(i), &err), PRYV_OK, "%s", routes[i][1]);
}

static void empty(void)
{
    route_trie_free(trie);
    pryv_arena_free(arena);
}

TestSuite(route, .init = fill, .fini = empty);

static const struct {
    const char *verb, *path;
    const char *pattern;   /* NULL: none */
    const char *values[3]; /* of its variables */
} cases[] = {
    { "GET", "/", "/", { NULL } },
    { "HEAD", "/", "/", { NULL } },
    { "GET", "//", NULL, { NULL } },
    { "GET", "", NULL, { NULL } },
    { "GET", "*", NULL, { NULL } },
    { "GET", "bob/events", NULL, { NULL } },
    { "POST", "/", NULL, { NULL } },
    { "GET", "/bob", "/{any}", { "bob" } },
    { "GET", "/bob/", "/{any}", { "bob" } },
    { "GET", "/bob//", NULL, { NULL } },
    { "GET", "//bob", NULL, { NULL } },
    { "POST", "/bob", "/{username}", { "bob" } },
    { "POST", "/users", "/users", { NULL } },
    { "POST", "/USERS/", "/users", { NULL } },
    { "GET", "/users", "/{any}", { "users" } }, /* known to another verb only */
    { "DELETE", "/users", NULL, { NULL } },
    { "get", "/", NULL, { NULL } },
    { "GET", "/reg/hostings", "/reg/hostings", { NULL } },
    { "GET", "/reg/events", "/{username}/events", { "reg" } }, /* the way back from /reg */
    { "GET", "/reg/bob/server", "/reg/{name}/server", { "bob" } },
    { "GET", "/reg/profile/public", "/{username}/profile/public", { "reg" } },
    { "GET", "/bob/Events", "/{username}/events", { "bob" } },
    { "GET", "/bob/events/", "/{username}/events", { "bob" } },
    { "PATCH", "/bob/events", NULL, { NULL } },
    { "GET", "/bob/event", NULL, { NULL } },
    { "GET", "/bob/eventss", NULL, { NULL } },
    { "GET", "/bob/events/e1", "/{username}/events/{id}", { "bob", "e1" } },
    { "HEAD", "/bob/events/e1/", "/{username}/events/{id}", { "bob", "e1" } },
    { "DELETE", "/bob/events/e1", "/{username}/events/{id}", { "bob", "e1" } },
    { "GET", "/bob//e1", NULL, { NULL } },
    { "GET", "/bob/events//", NULL, { NULL } },
    { "GET", "/bob/events/e1/f1", "/{username}/events/{id}/{fileId}", { "bob", "e1", "f1" } },
    { "GET", "/bob/events/e1/f1/name", NULL, { NULL } },
    { "GET", "/bob/events/../e1", "/{username}/events/{id}/{fileId}", { "bob", "..", "e1" } },
    { "GET", "/bob/profile/public", "/{username}/profile/public", { "bob" } },
    { "GET", "/bob/profile/private", "/{username}/profile/{id}", { "bob", "private" } },
    { "GET", "/bob/events/a%2Fb", "/{username}/events/{id}", { "bob", "a%2Fb" } },
    { "GET", "/www", "/www/{rest*}", { "" } },
    { "GET", "/www/", "/www/{rest*}", { "" } },
    { "GET", "/www/a//b/../c/", "/www/{rest*}", { "a//b/../c/" } },
    { "GET", "/www/health", "/www/health", { NULL } },
    { "GET", "/www/events", "/www/{rest*}", { "events" } }, /* the longest literal way wins */
};

Test(route, finds_what_the_patterns_say)
{
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct route_match match;
        void *found = route_find(trie, pryv_str(cases[i].verb), pryv_str(cases[i].path), &match);
        const char *pattern = found ? routes[(uintptr_t) found - 1][1] : NULL;

        cr_assert(pattern == cases[i].pattern || (pattern && cases[i].pattern && strcmp(pattern, cases[i].pattern) == 0),
                  "%s %s led to %s", cases[i].verb, cases[i].path, pattern ? pattern : "nothing");
        for (size_t v = 0; found && v < 3 && cases[i].values[v]; v++)
            cr_assert(v < match.count && pryv_str_equal(match.values[v], cases[i].values[v]), "%s %s, variable %zu: %.*s",
                      cases[i].verb, cases[i].path, v, PRYV_STR_ARG(match.values[v]));
    }
}

Test(route, names_are_those_of_the_route_found)
{
    struct route_match match;

    cr_assert(route_find(trie, PRYV_STR("GET"), PRYV_STR("/bob"), &match));
    cr_assert(pryv_str_equal(match.names[0], "any"));
    cr_assert(route_find(trie, PRYV_STR("POST"), PRYV_STR("/bob"), &match));
    cr_assert(pryv_str_equal(match.names[0], "username"));
    cr_assert(route_find(trie, PRYV_STR("GET"), PRYV_STR("/www/x"), &match));
    cr_assert(pryv_str_equal(match.names[0], "rest"));
}

Test(route, refuses_duplicates_and_what_is_no_pattern)
{
    static const char *const taken[][2] = {
        { "GET", "/{other}/EVENTS/{x}" },
        { "POST", "/Users/" },
        { "GET", "/www/{all*}" },
        { "GET", "/" },
    };
    static const char *const broken[] = {
        "", "users", "/a//b", "/{}", "/{*}", "/{a", "/x{a}", "/{rest*}/x", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}",
    };

    for (size_t i = 0; i < PRYV_COUNT(taken); i++)
        cr_assert_eq(route_add(trie, taken[i][0], taken[i][1], target_of(0), &err), PRYV_CONFLICT, "%s", taken[i][1]);
    for (size_t i = 0; i < PRYV_COUNT(broken); i++)
        cr_assert_eq(route_add(trie, "GET", broken[i], target_of(0), &err), PRYV_FAILED, "%s", broken[i]);
    cr_assert_eq(route_add(trie, "PUT", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}", target_of(0), &err), PRYV_OK);
}

Test(route, percent_decoding)
{
    static const struct {
        const char *raw;
        unsigned flags;
        const char *text; /* NULL: refused */
    } texts[] = {
        { "plain", PERCENT_STRICT, "plain" },
        { "a%20b", PERCENT_STRICT, "a b" },
        { "a+b", PERCENT_STRICT, "a+b" },
        { "a+b", PERCENT_PLUS_IS_SPACE, "a b" },
        { "a%2Bb", PERCENT_PLUS_IS_SPACE, "a+b" },
        { "%C3%a9", PERCENT_STRICT, "\xc3\xa9" },
        { "%", PERCENT_STRICT, NULL },
        { "%4", PERCENT_STRICT, NULL },
        { "%4g", PERCENT_STRICT, NULL },
        { "100%", 0, "100%" },
        { "%zz%41", 0, "%zzA" },
        { "%ff", 0, NULL },
        { "%c0%af", 0, NULL },    /* an overlong slash */
        { "%ed%a0%80", 0, NULL }, /* a surrogate */
        { "%f4%90%80%80", 0, NULL },
        { "%e2%82", 0, NULL },
        { "\xc3", 0, NULL }, /* raw octets are looked at too */
        { "a%00b", PERCENT_NO_NUL, NULL },
        { "%f0%9f%a6%89", PERCENT_STRICT, "\xf0\x9f\xa6\x89" },
    };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++) {
        struct pryv_str out = PRYV_STR("untouched");
        bool ok = percent_decode(arena, pryv_str(texts[i].raw), texts[i].flags, &out);

        cr_assert_eq(ok, texts[i].text != NULL, "%s", texts[i].raw);
        cr_assert(pryv_str_equal(out, ok ? texts[i].text : "untouched"), "%s: %.*s", texts[i].raw, PRYV_STR_ARG(out));
    }
}

Test(route, percent_encoding)
{
    static const struct {
        struct pryv_str text;
        const char *kept, *encoded;
    } texts[] = {
        { { "aZ09", 4 }, "", "aZ09" },
        { { "a b/c?d=e&f#g%", 14 }, "", "a%20b%2Fc%3Fd%3De%26f%23g%25" },
        { { "-_.!~*'()", 9 }, PRYV_URI_COMPONENT, "-_.!~*'()" },
        { { "../x-y", 6 }, "-_", "%2E%2E%2Fx-y" },
        { { "\xc3\xa9\x00\xff", 4 }, PRYV_URI_COMPONENT, "%C3%A9%00%FF" }, /* NUL is in no list */
        { { NULL, 0 }, "", "" },
    };
    for (size_t i = 0; i < PRYV_COUNT(texts); i++) {
        struct pryv_str out = pryv_percent_encode(arena, texts[i].text, texts[i].kept);

        cr_assert(pryv_str_equal(out, texts[i].encoded), "case %zu: %.*s", i, PRYV_STR_ARG(out));
    }
}
