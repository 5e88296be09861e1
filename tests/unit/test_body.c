/* Bodies: types, character sets, codings and their limits, forms and the overrides they carry. */
#include "body.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <pryv/json.h>
#include <zlib.h>

static struct pryv_arena *arena;
static struct pryv_err err;
static const struct body_limits limits = { .max_json = 4096, .max_form = 256, .max_fields = 10 };

static void begin(void)
{
    arena = pryv_arena_new();
    err = (struct pryv_err) PRYV_ERR(arena);
    settings.max_json_depth = 100;
}

static void end(void)
{
    pryv_arena_free(arena);
}

TestSuite(body, .init = begin, .fini = end);

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

static const struct {
    const char *type, *coding, *raw;
    const char *json;  /* NULL: refused; "": no value */
    const char *verb;  /* NULL: as sent */
    const char *token; /* likewise */
} cases[] = {
    { JSON, NULL, "{\"a\":1}", "{\"a\":1}", NULL, NULL },
    { "Application/JSON ; charset=\"UTF-8\"; x=y", NULL, "[1,2]", "[1,2]", NULL, NULL },
    { "application/json;charset=utf-8", "identity", "{}", "{}", NULL, NULL },
    { JSON, NULL, "\xEF\xBB\xBF{\"a\":1}", "{\"a\":1}", NULL, NULL },
    { JSON, NULL, "", "", NULL, NULL },
    { "application/json; charset=latin1", NULL, "{}", NULL, NULL, NULL },
    { "application/json; charset=utf-16", NULL, "{}", NULL, NULL, NULL },
    { JSON, "snail", "{}", NULL, NULL, NULL },
    { JSON, "br", "{}", NULL, NULL, NULL },
    { JSON, "gzip", "{}", NULL, NULL, NULL },
    { JSON, "deflate", "{}", NULL, NULL, NULL },
    { JSON, "gzip, gzip", "{}", NULL, NULL, NULL },
    { JSON, NULL, "   ", NULL, NULL, NULL },
    { JSON, NULL, "null", NULL, NULL, NULL },
    { JSON, NULL, "12", NULL, NULL, NULL },
    { JSON, NULL, "\"text\"", NULL, NULL, NULL },
    { JSON, NULL, "{\"a\":", NULL, NULL, NULL },
    { JSON, NULL, "{\"_method\":\"GET\",\"_auth\":\"t\"}", "{\"_method\":\"GET\",\"_auth\":\"t\"}", NULL, NULL },
    { "application/vnd.api+json", NULL, "{\"a\":1}", "", NULL, NULL },
    { "text/plain", "snail", "{\"a\":", "", NULL, NULL },
    { "multipart/form-data; boundary=x", NULL, "--x--", "", NULL, NULL },
    { "", NULL, "{}", "", NULL, NULL },
    { FORM, NULL, "a=1&b=x+y&a=2", "{\"a\":[\"1\",\"2\"],\"b\":\"x y\"}", NULL, NULL },
    { FORM, NULL, "_method=put&a=1", "{\"a\":\"1\"}", "PUT", NULL },
    { FORM, NULL, "_method=&a=1", "{\"a\":\"1\"}", "", NULL },
    { FORM, NULL, "_method=FETCH", "{}", "FETCH", NULL },
    { FORM, NULL, "_auth=t+caller&a=1", "{\"a\":\"1\"}", NULL, "t caller" },
    { FORM, NULL, "_auth=&a=1", "{\"_auth\":\"\",\"a\":\"1\"}", NULL, NULL },
    { FORM, NULL, "_json=%7B%22b%22%3A2%7D&a=1&_method=DELETE&_auth=t", "{\"b\":2}", "DELETE", "t" },
    { FORM, NULL, "_json=[]", "[]", NULL, NULL },
    { FORM, NULL, "_json=", NULL, NULL, NULL },
    { FORM, NULL, "_json={", NULL, NULL, NULL },
    { FORM, NULL, "_json=1", NULL, NULL, NULL },
    { FORM, NULL, "a=%ff", NULL, NULL, NULL },
    { FORM, NULL, "1&2&3&4&5&6&7&8&9&10&11", NULL, NULL, NULL },
    { FORM ";charset=latin1", NULL, "a=1", NULL, NULL, NULL },
};

Test(body, says_what_was_sent)
{
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct body body;
        enum pryv_rc rc =
            body_read(arena, pryv_str(cases[i].type), pryv_str(cases[i].coding), pryv_str(cases[i].raw), &limits, &body, &err);

        cr_assert_eq(rc, cases[i].json ? PRYV_OK : PRYV_REFUSED, "%s", cases[i].raw);
        if (rc != PRYV_OK) {
            cr_assert(err.status == 400 && strcmp(err.id, "invalid-request-structure") == 0, "%s", cases[i].raw);
            continue;
        }

        struct pryv_str text = body.value ? pryv_json_dump(arena, body.value) : PRYV_STR("");

        cr_assert(pryv_str_equal(text, cases[i].json), "%s: %.*s", cases[i].raw, PRYV_STR_ARG(text));
        cr_assert(!body.verb.data == !cases[i].verb && pryv_str_is(body.verb, pryv_str(cases[i].verb)), "%s", cases[i].raw);
        cr_assert(!body.token.data == !cases[i].token && pryv_str_is(body.token, pryv_str(cases[i].token)), "%s", cases[i].raw);
    }
}

Test(body, forms_have_a_limit_of_their_own)
{
    char text[300];
    struct body body;

    memset(text, 'x', sizeof(text));
    cr_assert_eq(body_read(arena, PRYV_STR(FORM), PRYV_STR_NONE, pryv_str_n(text, 257), &limits, &body, &err), PRYV_REFUSED);
    cr_assert_eq(body_read(arena, PRYV_STR(FORM), PRYV_STR_NONE, pryv_str_n(text, 256), &limits, &body, &err), PRYV_OK);
}

/* `window`: of zlib; 31 gzip, 15 zlib, -15 raw. */
static struct pryv_str packed(struct pryv_str text, int window)
{
    z_stream stream = { .next_in = (Bytef *) (uintptr_t) text.data, .avail_in = (uInt) text.len };
    char *out = pryv_alloc(arena, text.len + 256);

    cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = (Bytef *) out;
    stream.avail_out = (uInt) text.len + 256;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);

    struct pryv_str result = pryv_str_n(out, text.len + 256 - stream.avail_out);

    deflateEnd(&stream);
    return result;
}

/* {"a":"xxx..."} of `len` bytes. */
static struct pryv_str json_of(size_t len)
{
    char *text = pryv_alloc(arena, len);

    memset(text, 'x', len);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + len - 2, "\"}", 2);
    return pryv_str_n(text, len);
}

Test(body, inflates_up_to_the_limit)
{
    static const struct {
        const char *coding;
        int window;
    } codings[] = { { "gzip", 31 }, { "X-Gzip", 31 }, { "deflate", 15 }, { "Deflate ", -15 } };

    for (size_t i = 0; i < PRYV_COUNT(codings); i++) {
        struct pryv_str coding = pryv_str(codings[i].coding);
        struct pryv_str whole = packed(json_of(4096), codings[i].window);
        struct body body;

        cr_assert_eq(body_read(arena, PRYV_STR(JSON), coding, whole, &limits, &body, &err), PRYV_OK, "%s", codings[i].coding);
        cr_assert_eq(pryv_json_member_text(body.value, "a").len, 4088);

        struct pryv_str too_much = packed(json_of(4097), codings[i].window);
        struct pryv_str bomb = packed(json_of(400000), codings[i].window);
        struct pryv_str cut = pryv_str_n(whole.data, whole.len - 5);
        struct pryv_str more = pryv_format(arena, "%*s", (int) whole.len + 3, "");

        memcpy((char *) (uintptr_t) more.data, whole.data, whole.len);
        cr_assert_eq(body_read(arena, PRYV_STR(JSON), coding, too_much, &limits, &body, &err), PRYV_REFUSED);
        cr_assert_eq(body_read(arena, PRYV_STR(JSON), coding, bomb, &limits, &body, &err), PRYV_REFUSED);
        cr_assert_eq(body_read(arena, PRYV_STR(JSON), coding, cut, &limits, &body, &err), PRYV_REFUSED);
        cr_assert_eq(body_read(arena, PRYV_STR(JSON), coding, more, &limits, &body, &err), PRYV_REFUSED);
    }
}

Test(body, what_inflates_to_nothing_is_empty)
{
    struct body body;

    cr_assert_eq(body_read(arena, PRYV_STR(JSON), PRYV_STR("gzip"), packed(PRYV_STR(""), 31), &limits, &body, &err), PRYV_OK);
    cr_assert_null(body.value);
}

/* ---- Piece by piece ------------------------------------------------------------------------- */

struct gathered {
    char text[5000];
    size_t len, fails_at;
};

static struct gathered gathered;

static enum pryv_rc gather(void *state, struct pryv_str piece, struct pryv_err *fault)
{
    struct gathered *g = state;

    cr_assert_neq(piece.len, 0);
    cr_assert_lt(g->len, g->fails_at, "nothing is taken after an error");
    cr_assert_leq(g->len + piece.len, sizeof(g->text));
    memcpy(g->text + g->len, piece.data, piece.len);
    g->len += piece.len;
    return g->len < g->fails_at ? PRYV_OK : pryv_refuse(fault, 418, "of-the-sink", NULL, "enough");
}

static const struct pryv_body_sink sink = { .take = gather };

/* The body cut in two at `cut`. */
static enum pryv_rc take_in_pieces(struct pryv_str type, struct pryv_str coding, struct pryv_str raw, size_t cut, bool wanted)
{
    struct body_pieces *pieces = body_pieces_new(arena, &sink, wanted ? &gathered : NULL, type, coding, 4096);
    void *state;

    gathered.len = 0;
    body_pieces_take(pieces, pryv_str_n(raw.data, cut));
    body_pieces_take(pieces, pryv_str_n(raw.data + cut, raw.len - cut));

    enum pryv_rc rc = body_pieces_end(pieces, &state, &err);

    cr_assert_eq(state, wanted ? &gathered : NULL);
    return rc;
}

Test(body, comes_in_pieces_as_it_comes_whole)
{
    static const struct {
        const char *coding;
        int window;
        size_t len;
        bool good;
    } bodies[] = { { "gzip", 31, 4096, true },     { " X-GZIP", 31, 70, true }, { "deflate", 15, 4096, true },
                   { "deflate", -15, 4096, true }, { "gzip", 31, 4097, false }, { "deflate", -15, 400000, false },
                   { "gzip", 15, 70, false },      { "br", 31, 70, false },     { "identity", 0, 4096, true },
                   { NULL, 0, 4096, true } };

    gathered.fails_at = SIZE_MAX;
    for (size_t i = 0; i < PRYV_COUNT(bodies); i++) {
        struct pryv_str coding = bodies[i].coding ? pryv_str(bodies[i].coding) : PRYV_STR_NONE;
        struct pryv_str text = json_of(bodies[i].len), raw = bodies[i].window ? packed(text, bodies[i].window) : text, whole;
        enum pryv_rc rc = body_text(arena, PRYV_STR(JSON), coding, raw, 4096, &whole, &err);
        struct pryv_err whole_err = err;

        cr_assert_eq(rc == PRYV_OK, bodies[i].good, "case %zu", i);
        for (size_t cut = 0; cut <= raw.len; cut += 1 + raw.len / 200) {
            cr_assert_eq(take_in_pieces(PRYV_STR(JSON), coding, raw, cut, true), rc, "case %zu cut at %zu", i, cut);
            if (rc == PRYV_OK)
                cr_assert(pryv_str_is(pryv_str_n(gathered.text, gathered.len), whole), "case %zu cut at %zu", i, cut);
            else
                cr_assert_str_eq(err.message, whole_err.message);
            cr_assert_eq(take_in_pieces(PRYV_STR(JSON), coding, raw, cut, false), PRYV_OK, "nobody is interested");
        }
    }
    cr_assert_eq(take_in_pieces(PRYV_STR(JSON "; charset=latin1"), PRYV_STR_NONE, PRYV_STR("{}"), 1, true), PRYV_REFUSED);
    cr_assert_eq(gathered.len, 0);
    cr_assert_eq(take_in_pieces(PRYV_STR(JSON), PRYV_STR("gzip"), PRYV_STR(""), 0, true), PRYV_REFUSED,
                 "no end of what never began");
}

Test(body, that_cannot_be_inflated_is_told_before_what_its_sink_says)
{
    struct pryv_str raw = packed(json_of(4096), 31);

    gathered.fails_at = 1;
    cr_assert_eq(take_in_pieces(PRYV_STR(JSON), PRYV_STR("gzip"), raw, raw.len / 2, true), PRYV_REFUSED);
    cr_assert_str_eq(err.id, "of-the-sink");
    raw.len -= 5;
    cr_assert_eq(take_in_pieces(PRYV_STR(JSON), PRYV_STR("gzip"), raw, raw.len / 2, true), PRYV_REFUSED);
    cr_assert_str_eq(err.id, "invalid-request-structure");
}
