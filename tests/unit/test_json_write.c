/* The writer: commas, escapes, numbers, sinks of any size, marks. */
#include <criterion/criterion.h>
#include <pryv/json.h>
#include <stdlib.h>

/* ---- A sink that keeps what it got --------------------------------------------------------- */

struct kept {
    char text[1 << 16];
    size_t len;
    int calls;
    int fail_at; /* the call that fails; 0: none */
};

static enum pryv_rc keep(void *context, const char *data, size_t len)
{
    struct kept *kept = context;

    if (++kept->calls == kept->fail_at)
        return PRYV_GONE;
    cr_assert_leq(kept->len + len, sizeof(kept->text));
    memcpy(kept->text + kept->len, data, len);
    kept->len += len;
    return PRYV_OK;
}

/* ---- Structure ------------------------------------------------------------------------------ */

static void write_sample(struct pryv_json *js)
{
    pryv_json_object(js);
    pryv_json_put_text(js, "a", "b");
    pryv_json_put_number(js, "n", 1385046854.282);
    pryv_json_key(js, "list");
    pryv_json_array(js);
    pryv_json_null(js);
    pryv_json_bool(js, true);
    pryv_json_object(js);
    pryv_json_object_end(js);
    pryv_json_array(js);
    pryv_json_array_end(js);
    pryv_json_raw(js, PRYV_STR("{\"x\":[1]}"));
    pryv_json_number(js, -0.5);
    pryv_json_array_end(js);
    pryv_json_put_bool(js, "f", false);
    pryv_json_put_str_if(js, "absent", PRYV_STR_NONE);
    pryv_json_put_number_if(js, "absent", PRYV_ABSENT);
    pryv_json_put_raw_if(js, "absent", PRYV_STR_NONE);
    pryv_json_put_str(js, "long",
                      pryv_str("0123456789\"0123456789\\0123456789\n0123456789\x01"
                               "0123456789"));
    pryv_json_object_end(js);
}

static const char sample[] = "{\"a\":\"b\",\"n\":1385046854.282,\"list\":[null,true,{},[],{\"x\":[1]},-0.5],\"f\":false,"
                             "\"long\":\"0123456789\\\"0123456789\\\\0123456789\\n0123456789\\u00010123456789\"}";

Test(json_write, puts_commas_itself)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_json *js = pryv_json_new(arena);

    write_sample(js);
    cr_assert(pryv_str_equal(pryv_json_text(js), sample), "%.*s", PRYV_STR_ARG(pryv_json_text(js)));
    cr_assert_eq(pryv_json_written(js), sizeof(sample) - 1);
    pryv_arena_free(arena);
}

Test(json_write, a_sink_gets_the_same_bytes_whatever_the_buffer)
{
    for (size_t size = 0; size < 400; size++) {
        struct pryv_arena *arena = pryv_arena_new();
        struct kept kept = { .len = 0 };
        struct pryv_json *js = pryv_json_new_sink(arena, size, keep, &kept);

        write_sample(js);
        cr_assert_eq(pryv_json_flush(js), PRYV_OK);
        cr_assert(pryv_str_equal(pryv_str_n(kept.text, kept.len), sample), "buffer of %zu", size);
        cr_assert_eq(pryv_json_written(js), sizeof(sample) - 1);
        cr_assert_eq(pryv_json_failed(js), PRYV_OK);
        pryv_arena_free(arena);
    }
}

Test(json_write, without_a_sink_all_is_kept)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_json *js = pryv_json_new_sink(arena, 100, NULL, NULL);
    struct pryv_str text;

    pryv_json_array(js);
    for (int i = 0; i < 100; i++)
        write_sample(js);
    pryv_json_array_end(js);
    text = pryv_json_text(js);
    cr_assert_eq(text.len, 100 * sizeof(sample) + 1);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(memcmp(text.data + 1 + (size_t) i * sizeof(sample), sample, sizeof(sample) - 1), 0, "sample %d", i);
    pryv_arena_free(arena);
}

Test(json_write, a_failing_sink_makes_it_deaf)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct kept kept = { .fail_at = 2 };
    struct pryv_json *js = pryv_json_new_sink(arena, 64, keep, &kept);
    char large[5000];

    memset(large, 'x', sizeof(large));
    pryv_json_array(js);
    for (int i = 0; i < 100; i++) {
        write_sample(js);
        pryv_json_str(js, pryv_str_n(large, sizeof(large)));
        pryv_json_raw(js, pryv_str_n(large, sizeof(large)));
    }
    pryv_json_array_end(js);
    cr_assert_eq(pryv_json_failed(js), PRYV_GONE);
    cr_assert_eq(pryv_json_flush(js), PRYV_GONE);
    cr_assert_eq(kept.calls, 2);
    pryv_arena_free(arena);
}

Test(json_write, what_was_not_flushed_can_be_taken_back)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct kept kept = { .len = 0 };
    struct pryv_json *js = pryv_json_new_sink(arena, 4096, keep, &kept);
    struct pryv_json_mark start, later;

    pryv_json_object(js);
    pryv_json_put_number(js, "a", 1);
    start = pryv_json_mark(js);
    pryv_json_key(js, "events");
    pryv_json_array(js);
    later = pryv_json_mark(js);
    pryv_json_number(js, 1);
    cr_assert(pryv_json_rewind(js, later));
    pryv_json_number(js, 2);
    cr_assert(pryv_json_rewind(js, start));
    pryv_json_put_number(js, "b", 2);
    pryv_json_object_end(js);
    cr_assert(pryv_str_equal(pryv_json_text(js), "{\"a\":1,\"b\":2}"));
    cr_assert_eq(pryv_json_flush(js), PRYV_OK);
    cr_assert_not(pryv_json_rewind(js, start), "it has left");
    pryv_arena_free(arena);
}

/* ---- Texts ---------------------------------------------------------------------------------- */

/* Told byte by byte, as ECMA-262's QuoteJSONString does. */
static size_t quote_slowly(char *out, const unsigned char *text, size_t len)
{
    size_t at = 0;
    const char *names = "btn fr";

    out[at++] = '"';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = text[i];

        if (c == '"' || c == '\\')
            at += (size_t) sprintf(out + at, "\\%c", c);
        else if (c >= 8 && c <= 13 && c != 11)
            at += (size_t) sprintf(out + at, "\\%c", names[c - 8]);
        else if (c < 0x20)
            at += (size_t) sprintf(out + at, "\\u%04x", c);
        else
            out[at++] = (char) c;
    }
    out[at++] = '"';
    return at;
}

static void expect_quoted(const unsigned char *text, size_t len)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_json *js = pryv_json_new(arena);
    char wanted[140];

    pryv_json_str(js, pryv_str_n((const char *) text, len));
    cr_assert(pryv_str_is(pryv_json_text(js), pryv_str_n(wanted, quote_slowly(wanted, text, len))), "%zu bytes: %.*s", len,
              PRYV_STR_ARG(pryv_json_text(js)));
    pryv_arena_free(arena);
}

Test(json_write, escapes_as_json_stringify_at_every_place_of_a_word)
{
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 20; place++) {
            unsigned char text[20];

            memset(text, byte % 3 ? 'a' : 0xe9, sizeof(text));
            text[place] = (unsigned char) byte;
            expect_quoted(text, place + 1);
            text[(place + 5) % 20] = '"';
            expect_quoted(text, sizeof(text));
        }
    }
}

Test(json_write, long_texts_are_whole)
{
    static unsigned char text[20000];
    static char wanted[130000];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (unsigned char) (i * 7 + i / 256);
    for (size_t len = 1000; len < sizeof(text); len = len * 2 + 1) {
        struct pryv_arena *arena = pryv_arena_new();
        struct pryv_json *js = pryv_json_new(arena);

        pryv_json_str(js, pryv_str_n((const char *) text, len));
        cr_assert(pryv_str_is(pryv_json_text(js), pryv_str_n(wanted, quote_slowly(wanted, text, len))), "%zu bytes", len);
        pryv_arena_free(arena);
    }
}

Test(json_write, what_is_absent_is_null)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_json *js = pryv_json_new(arena);

    pryv_json_array(js);
    pryv_json_str(js, PRYV_STR_NONE);
    pryv_json_str(js, PRYV_STR(""));
    pryv_json_number(js, PRYV_ABSENT);
    pryv_json_raw(js, PRYV_STR_NONE);
    pryv_json_value(js, NULL);
    pryv_json_array_end(js);
    cr_assert(pryv_str_equal(pryv_json_text(js), "[null,\"\",null,null,null]"));
    pryv_arena_free(arena);
}

/* ---- Numbers -------------------------------------------------------------------------------- */

Test(json_write, numbers_as_ecmascript)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { -0.0, "0" },
        { 1, "1" },
        { -1, "-1" },
        { 100, "100" },
        { 0.5, "0.5" },
        { 0.001, "0.001" },
        { 0.0014, "0.0014" },
        { 1e-6, "0.000001" },
        { 5.5e-7, "5.5e-7" },
        { 1e-7, "1e-7" },
        { 1e21, "1e+21" },
        { 1e20, "100000000000000000000" },
        { 123456789012345680000.0, "123456789012345680000" },
        { 0x1p53, "9007199254740992" },
        { 0x1p53 - 1, "9007199254740991" },
        { 999999999999999.9, "999999999999999.9" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1385046854.282, "1385046854.282" },
        { -1385046854.5, "-1385046854.5" },
        { 10000001.00000001, "10000001.00000001" },
        { 5e-324, "5e-324" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
        { 2.2250738585072014e-308, "2.2250738585072014e-308" },
        { 0x1p-44, "5.684341886080802e-14" }, /* the nearest of 16 digits reads as its neighbour */
        { 0x1p-1074 * 3, "1.5e-323" },
        { NAN, "null" },
        { INFINITY, "null" },
        { -INFINITY, "null" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        char text[PRYV_NUMBER_SIZE];
        size_t len = pryv_number_format(text, cases[i].number);

        cr_expect_str_eq(text, cases[i].text);
        cr_expect_eq(len, strlen(cases[i].text));
    }
}

Test(json_write, every_number_reads_back)
{
    uint64_t bits = 88172645463325252u;

    for (int i = 0; i < 20000; i++) {
        double number;
        char text[PRYV_NUMBER_SIZE];

        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        memcpy(&number, &bits, sizeof(number));
        if (!isfinite(number))
            continue;
        pryv_number_format(text, number);
        cr_assert_eq(strtod(text, NULL), number, "%s", text);
    }
}

Test(json_write, whole_numbers_of_jansson_are_doubles_too)
{
    struct pryv_arena *arena = pryv_arena_new();
    json_t *value = json_pack("{s:i, s:I, s:n, s:[b,f]}", "a", 3, "b", (json_int_t) 9007199254740993, "c", "d", 1, 2.0);

    cr_assert(pryv_str_equal(pryv_json_dump(arena, value), "{\"a\":3,\"b\":9007199254740992,\"c\":null,\"d\":[true,2]}"));
    json_decref(value);
    pryv_arena_free(arena);
}
