/* Queries and forms: names, lists, objects, limits, and what the log may show of them. */
#include "query.h"
#include <criterion/criterion.h>
#include <pryv/json.h>

static struct pryv_arena *arena;
static struct pryv_err err;

static void begin(void)
{
    arena = pryv_arena_new();
    err = (struct pryv_err) PRYV_ERR(arena);
}

static void end(void)
{
    pryv_arena_free(arena);
}

TestSuite(query, .init = begin, .fini = end);

static const struct {
    enum query_style style;
    const char *raw;
    const char *json; /* NULL: refused */
} cases[] = {
    { QUERY_OF_URL, "", "{}" },
    { QUERY_OF_URL, "a=1", "{\"a\":\"1\"}" },
    { QUERY_OF_URL, "a", "{\"a\":\"\"}" },
    { QUERY_OF_URL, "a=", "{\"a\":\"\"}" },
    { QUERY_OF_URL, "=1", "{\"\":\"1\"}" },
    { QUERY_OF_URL, "&&a=1&", "{\"a\":\"1\"}" },
    { QUERY_OF_URL, "a=1=2", "{\"a\":\"1=2\"}" },
    { QUERY_OF_URL, "a=1&b=2&a=3", "{\"a\":[\"1\",\"3\"],\"b\":\"2\"}" },
    { QUERY_OF_URL, "a[]=1", "{\"a\":[\"1\"]}" },
    { QUERY_OF_URL, "a%5B%5D=1&a%5b%5d=2", "{\"a\":[\"1\",\"2\"]}" },
    { QUERY_OF_URL, "a[0]=x&a[1]=y", "{\"a\":[\"x\",\"y\"]}" },
    { QUERY_OF_URL, "a=1&a[]=2", "{\"a\":[\"1\",\"2\"]}" },
    { QUERY_OF_URL, "a[]=1&a=2", "{\"a\":[\"1\",\"2\"]}" },
    { QUERY_OF_URL, "streams[any]=a", "{\"streams\":{\"any\":\"a\"}}" },
    { QUERY_OF_URL, "s[any][]=a&s[any][]=b&s[not]=c", "{\"s\":{\"any\":[\"a\",\"b\"],\"not\":\"c\"}}" },
    { QUERY_OF_URL, "a[0][b][]=1&a[][]=2", "{\"a\":[{\"[b][]\":\"1\"},{\"[]\":\"2\"}]}" },
    { QUERY_OF_URL, "a=1&a[b]=2", "{\"a\":{\"0\":\"1\",\"b\":\"2\"}}" },
    { QUERY_OF_URL, "a=1&a=2&a[b]=3", "{\"a\":{\"0\":\"1\",\"1\":\"2\",\"b\":\"3\"}}" },
    { QUERY_OF_URL, "a[b]=1&a=2", "{\"a\":{\"b\":\"1\",\"\":\"2\"}}" },
    { QUERY_OF_URL, "[a]=1", "{\"[a]\":\"1\"}" },
    { QUERY_OF_URL, "a[=1", "{\"a[\":\"1\"}" },
    { QUERY_OF_URL, "a=x+y%2Bz%20", "{\"a\":\"x y+z \"}" },
    { QUERY_OF_URL, "a=100%", "{\"a\":\"100%\"}" },
    { QUERY_OF_URL, "a=%C3%A9", "{\"a\":\"\xc3\xa9\"}" },
    { QUERY_OF_URL, "a=%00", "{\"a\":\"\\u0000\"}" },
    { QUERY_OF_URL, "__proto__=1", "{\"__proto__\":\"1\"}" },
    { QUERY_OF_URL, "a=%ff", NULL },
    { QUERY_OF_URL, "%ff=a", NULL },
    { QUERY_OF_URL, "a%00b=1", NULL },
    { QUERY_OF_URL, "1&2&3&4&5&6&7&8",
      "{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\",\"5\":\"\",\"6\":\"\",\"7\":\"\",\"8\":\"\"}" },
    { QUERY_OF_URL, "1&2&3&4&5&6&7&8&9", NULL },
    { QUERY_OF_FORM, "a[]=1&a[b]=2", "{\"a[]\":\"1\",\"a[b]\":\"2\"}" },
    { QUERY_OF_FORM, "a=1&a=2", "{\"a\":[\"1\",\"2\"]}" },
    { QUERY_OF_FORM, "_json=%7B%7D&x=+", "{\"_json\":\"{}\",\"x\":\" \"}" },
};

Test(query, parses)
{
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        json_t *query = NULL;
        enum pryv_rc rc = query_parse(arena, pryv_str(cases[i].raw), cases[i].style, 8, &query, &err);

        cr_assert_eq(rc, cases[i].json ? PRYV_OK : PRYV_REFUSED, "%s", cases[i].raw);
        if (cases[i].json)
            cr_assert(pryv_str_equal(pryv_json_dump(arena, query), cases[i].json), "%s: %.*s", cases[i].raw,
                      PRYV_STR_ARG(pryv_json_dump(arena, query)));
        else
            cr_assert(err.status == 400 && strcmp(err.id, "invalid-request-structure") == 0);
    }
}

Test(query, an_absent_one_is_empty)
{
    json_t *query = NULL;

    cr_assert_eq(query_parse(arena, PRYV_STR_NONE, QUERY_OF_URL, 8, &query, &err), PRYV_OK);
    cr_assert_eq(json_object_size(query), 0);
    cr_assert_null(query_first(arena, PRYV_STR_NONE, "a").data);
}

Test(query, looks_one_up)
{
    struct pryv_str raw = PRYV_STR("auth2=x&b=1&%61uth=to+ken&auth=second&types[]=a%2Fb&bad=%ff");

    cr_assert(pryv_str_equal(query_first(arena, raw, "auth"), "to ken"));
    cr_assert(pryv_str_equal(query_first(arena, raw, "types"), "a/b"));
    cr_assert(pryv_str_equal(query_first(arena, raw, "b"), "1"));
    cr_assert_null(query_first(arena, raw, "Auth").data);
    cr_assert_null(query_first(arena, raw, "bad").data);
    cr_assert_null(query_first(arena, PRYV_STR("c[=1"), "c").data); /* unfinished brackets are part of the name */
}

Test(query, counts_those_of_a_name)
{
    struct pryv_str raw = PRYV_STR("a=1&b=2&%61=3&a[]=4&a[x]=5&aa=6&A=7");

    cr_assert_eq(query_count(arena, raw, "a"), 4);
    cr_assert_eq(query_count(arena, raw, "b"), 1);
    cr_assert_eq(query_count(arena, raw, "c"), 0);
    cr_assert_eq(query_count(arena, PRYV_STR_NONE, "a"), 0);
}

Test(query, masks_secrets)
{
    cr_assert(pryv_str_equal(query_masked(arena, PRYV_STR("a=1&auth=secret&readToken=x-y&au%74h=zz")),
                             "a=1&auth=******&readToken=***&au%74h=**"));
    cr_assert(pryv_str_equal(query_masked(arena, PRYV_STR("auth[=slip")), "auth[=****"));
    cr_assert(pryv_str_equal(query_masked(arena, PRYV_STR("author=me")), "author=me"));
}
