/* Addresses in requests for access: what is trusted, what may be returned to, what a query is made of. */
// link: plugins/reg
#include "../../plugins/reg/auth_page.h"
#include <criterion/criterion.h>

static const struct {
    const char *url;
    bool trusted;
} pages[] = {
    { "https://auth.example/my/page.html", true },
    { "https://auth.example/my", false },
    { "HTTPS://AUTH.example:443/my/?x=1#y", true },
    { "https://auth.example/my?x=1", false },
    { "https://auth.example/my/%2e%2E/evil", false }, /* browsers decode it, and go up */
    { "https://auth.example/my/..", false },
    { "https://auth.example/mypage", false }, /* not a whole segment */
    { "https://auth.example/", false },
    { "https://auth.example", false },
    { "https://auth.example.evil/my/", false },
    { "https://auth.example:444/my/", false },
    { "https://me:secret@auth.example/my/", false },
    { "https://auth.example\\my/", false }, /* browsers read a slash */
    { "https://evil.example?https://auth.example/my/", false },
    { "https:///my/", false },
    { "https:/auth.example/my/", false },
    { "http://auth.example/my/", false },
    { "http://local.example:80/", true },
    { "http://local.example", true },
    { "http://local.example/any/where", true },
    { "http://[::1]:3000/x", true },
    { "javascript:https://auth.example/my/", false },
    { "", false },
};

Test(auth_page, trusted)
{
    json_t *trusted =
        json_pack("[s, s, s, s, i]", "https://auth.example/my/", "http://local.example", "http://[::1]:3000/", "not a url", 5);

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        cr_assert_eq(is_trusted_page(trusted, pryv_str(pages[i].url)), pages[i].trusted, "%s", pages[i].url);
    cr_assert_not(is_trusted_page(NULL, PRYV_STR("https://auth.example/my/")));
    json_decref(trusted);
}

static const struct {
    const char *url;
    bool fine;
} returns[] = {
    { "https://app.example/back", true },
    { "my.app+x-1:", true },
    { "self#", true },
    { "/relative?a=b:c", true },
    { "", true },
    { "javascript:alert(1)", false },
    { "JAVASCRIPT:alert(1)", false },
    { "java\tscript:alert(1)", false }, /* browsers drop it */
    { " javascript:alert(1)", false },
    { "javascript%3Aalert(1)", true }, /* no scheme: a path */
    { "data:text/html,x", false },
    { "vbscript:x", false },
    { "blob:x", false },
    { "view-source:https://x", false },
    { "a b:c", false },
    { "\x7f"
      "https://x",
      false },
};

Test(auth_page, returned_to)
{
    for (size_t i = 0; i < sizeof(returns) / sizeof(returns[0]); i++)
        cr_assert_eq(is_return_address(pryv_str(returns[i].url)), returns[i].fine, "%s", returns[i].url);
    cr_assert_not(is_return_address(pryv_str_n("a\0b", 3)));
}

Test(auth_page, query)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_str page = add_to_query(mem, PRYV_STR("https://x/"), "a", PRYV_STR("1&2=\xc3\xbc !"));

    page = add_to_query(mem, page, "none", PRYV_STR_NONE);
    page = add_to_query(mem, page, "b", PRYV_STR(""));
    cr_assert(pryv_str_equal(page, "https://x/?a=1%262%3D%C3%BC%20!&b="), "%s", page.data);
    pryv_arena_free(mem);
}
