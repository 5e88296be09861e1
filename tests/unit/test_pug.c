/* Templates of mails: what Pug makes of them, what is refused, and that nothing grows without end. */
// link: plugins/mail
#include "../../plugins/mail/html_text.h"
#include "../../plugins/mail/mime.h"
#include "../../plugins/mail/pug.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <pryv/json.h>

static struct pryv_arena *arena;

static void fill(void)
{
    arena = pryv_arena_new();
    settings.max_json_depth = 100;
}

static void empty(void)
{
    pryv_arena_free(arena);
}

TestSuite(pug, .init = fill, .fini = empty);

static const char *render(const char *source)
{
    struct pryv_err err = PRYV_ERR(arena);
    const struct pug *template;
    struct pryv_str out;
    json_t *variables;

    cr_assert_eq(
        pryv_json_parse(
            arena,
            PRYV_STR("{\"name\":\"A & <B>\",\"n\":3,\"list\":[\"x\",\"y\"],\"none\":[],\"o\":{\"p\":\"q\"},\"html\":\"<i>\"}"),
            false, &variables, &err),
        PRYV_OK);
    if (pug_parse(arena, pryv_str(source), &template, &err) != PRYV_OK ||
        pug_render(arena, template, variables, &out, &err) != PRYV_OK)
        return err.message;
    return pryv_cstr(arena, out);
}

Test(pug, renders)
{
    static const struct {
        const char *source, *html;
    } cases[] = {
        { "", "" },
        { "p", "<p></p>" },
        { "p Hello #{name}!", "<p>Hello A &amp; &lt;B&gt;!</p>" },
        { "p Hello !{html} \\#{name}", "<p>Hello <i> #{name}</p>" },
        { "p= name", "<p>A &amp; &lt;B&gt;</p>" },
        { "p!= html", "<p><i></p>" },
        { "= `Dear ${name}, ${n + 1}`", "Dear A &amp; &lt;B&gt;, 4" },
        { "| one\n| two", "one\ntwo" },
        { "| one\n<b>two</b>", "one<b>two</b>" },
        { "ul\n  li a\n  li b\np c", "<ul><li>a</li><li>b</li></ul><p>c</p>" },
        { "ul\n\tli: b x\n\tli\n\t\ti y", "<ul><li><b>x</b></li><li><i>y</i></li></ul>" },
        { "p: a(href=\"x\")\n  b in", "<p><a href=\"x\"><b>in</b></a></p>" },
        { ".one.two#three(title=\"a & b\", class=list) x",
          "<div class=\"one two x y\" id=\"three\" title=\"a &amp; b\">x</div>" },
        { "input(type='checkbox' checked disabled=false value=n)", "<input type=\"checkbox\" checked=\"checked\" value=\"3\">" },
        { "a(href=\"mailto:\" + name,\n  title=`t`) x", "<a href=\"mailto:A &amp; &lt;B&gt;\" title=\"t\">x</a>" },
        { "br\nhr\nimg(src='x')/", "<br><hr><img src=\"x\"/>" },
        { "if n > 3\n  | more\nelse if n == 3\n  | same\nelse\n  | less", "same" },
        { "if missing\n  | yes\nelse\n  p no", "<p>no</p>" },
        { "unless missing\n  | yes", "yes" },
        { "each x, i in list\n  b #{i}#{x}", "<b>0x</b><b>1y</b>" },
        { "each x in none\n  b\nelse\n  | nothing", "nothing" },
        { "each x in [1, 'two', n]\n  = x", "1two3" },
        { "= o.p + o['p'] + list[1] + list.length + name.length", "qqy27" },
        { "= n > 2 && name != 'x' ? 'yes' : 'no'", "yes" },
        { "= missing || 'default'", "default" },
        { "= !n", "false" },
        { "= 'it\\'s ' + -n", "it's -3" },
        { "= 1 + 2 + 'a' + 1 + 2", "3a12" },
        { "= missing", "" },
        { "//- gone\n    all\np a", "<p>a</p>" },
        { "// told\np", "<!-- told--><p></p>" },
        { "doctype html\nhtml: body", "<!DOCTYPE html><html><body></body></html>" },
        { "p.\n  as it is\n    if x\n  #{n}", "<p>as it is\n  if x\n3</p>" },
        { "p\r\n  b x\r\n", "<p><b>x</b></p>" },
        { "p.small 1 < 2", "<p class=\"small\">1 < 2</p>" },
        { "svg:path(d='m')", "<svg:path d=\"m\"></svg:path>" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect_str_eq(render(cases[i].source), cases[i].html, "%s: %s", cases[i].source, render(cases[i].source));
}

Test(pug, refuses_with_the_line)
{
    static const struct {
        const char *source, *says;
    } cases[] = {
        { "p\ninclude x", "line 2" },    { "- var x = 1", "not understood" },
        { "mixin a", "not understood" }, { "p= f(1)", "functions" },
        { "p= 'x", "does not end" },     { "p= `x ${n`", "`}` is missing" },
        { "p #{n", "`}` is missing" },   { "p(a='b'", "`)` is missing" },
        { "else\n  p", "without `if`" }, { "| x\n  p", "inside" },
        { "p= ", "is missing" },         { "p= 1 2", "left after" },
        { "each in x", "each" },         { "p(='x')", "no name" },
        { "?", "not understood" },       { "p: ", "follows the colon" },
        { "p= (1", "`)` is missing" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect(strstr(render(cases[i].source), cases[i].says), "%s: %s", cases[i].source, render(cases[i].source));
}

Test(pug, grows_no_further_than_it_may)
{
    char *deep = pryv_alloc(arena, 200001);
    char *nested = pryv_alloc(arena, 10000);
    size_t n = 0;

    memset(deep, '(', 200000);
    deep[0] = '=';
    deep[200000] = '\0';
    cr_expect(strstr(render(deep), "too deep"));
    memset(deep, '!', 200000);
    deep[0] = '=';
    cr_expect(strstr(render(deep), "too"));
    for (int i = 0; i < 100; i++) {
        for (int k = 0; k < i; k++)
            nested[n++] = ' ';
        nested[n++] = 'p';
        nested[n++] = '\n';
    }
    nested[n] = '\0';
    cr_expect(strstr(render(nested), "nested too deep"));
    cr_expect(
        strstr(render("each a in [1,2,3,4,5,6,7,8,9,10]\n each b in [1,2,3,4,5,6,7,8,9,10]\n  each c in [1,2,3,4,5,6,7,8,9,10]\n"
                      "   each d in [1,2,3,4,5,6,7,8,9,10]\n    each e in [1,2,3,4,5,6,7,8,9,10]\n     | xxxxxxxxxx"),
               "larger"));
}

Test(pug, html_becomes_text)
{
    static const struct {
        const char *html, *text;
    } cases[] = {
        { "<h1>Hello</h1><p>A  &amp;\n B</p>", "Hello\nA & B\n" },
        { "<p>Go to <a href=\"http://x/?a=1&amp;b=2\">this page</a> now</p>", "Go to this page [http://x/?a=1&b=2] now\n" },
        { "<a href=\"mailto:a@b\">a@b</a>", "a@b\n" },
        { "<head><title>t</title></head><style>p{}</style>x<br>y", "x\ny\n" },
        { "a < b", "a < b\n" },
        { "<p", "" },
        { "", "" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect_str_eq(pryv_cstr(arena, html_text(arena, pryv_str(cases[i].html))), cases[i].text, "%s: %s", cases[i].html,
                         pryv_cstr(arena, html_text(arena, pryv_str(cases[i].html))));
}

Test(pug, headers_hold_what_names_would_break)
{
    struct mime_mail mail = { .from_name = PRYV_STR("The \"Lab\""),
                              .from_address = PRYV_STR("lab@example.com"),
                              .to_name = PRYV_STR("J\xc3\xb6rg\r\nBcc: x@y"),
                              .to_address = PRYV_STR("j@example.com"),
                              .subject = PRYV_STR("Hi\r\nBcc: x@y"),
                              .text = PRYV_STR("t"),
                              .html = PRYV_STR("<p>h</p>"),
                              .date = 0 };
    const char *text = pryv_cstr(arena, mime_write(arena, &mail));

    cr_expect_null(strstr(text, "\nBcc:"), "%s", text);
    cr_expect(strstr(text, "From: \"The \\\"Lab\\\"\" <lab@example.com>\r\n"), "%s", text);
    cr_expect(strstr(text, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"), "%s", text);
    cr_expect(strstr(text, "=?UTF-8?B?"), "%s", text);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        cr_expect(strchr(line, '\n') && strchr(line, '\n') - line < 120 && strchr(line, '\n')[-1] == '\r', "%s", line);
}
