/* Bodies of series: taken and refused as the rest of the API takes and refuses JSON, and cells by the types of their fields; in pieces as whole. */
// link: plugins/hfs
#include <criterion/criterion.h>
#include <pryv/json.h>
#include <stdlib.h>
#include "../../plugins/hfs/fields.h"
#include "hfs_bodies.h"
#include "settings.h"

static const char *const texts[] = {
    "{}",
    "[]",
    "",
    "{",
    "}",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1",
    "{\"a\":1,}",
    "{,}",
    "{a:1}",
    "{\"a\":1 \"b\":2}",
    "{\"points\":[[1,2],[3.5,-4e2]]}",
    "{\"points\":[[0.1,1e400,-1e400,1e-400]]}",
    "{\"a\":[01]}",
    "{\"a\":[-]}",
    "{\"a\":[1.]}",
    "{\"a\":[.5]}",
    "{\"a\":[1e]}",
    "{\"a\":[1e+]}",
    "{\"a\":[+1]}",
    "{\"a\":[-0]}",
    "{\"a\":[0x10]}",
    "{\"a\":[NaN]}",
    "{\"a\":[nul]}",
    "{\"a\":[nullx]}",
    "{\"a\":[truefalse]}",
    "{\"a\":\"\\u00e9\\n\\ud83d\\ude00\"}",
    "{\"a\":\"\\ud83d\"}",
    "{\"a\":\"\\ude00\"}",
    "{\"a\":\"\\ud83d\\u0041\"}",
    "{\"a\":\"\\u00g0\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"\xc3\xa9\"}",
    "{\"a\":\"\xc3\"}",
    "{\"a\":\"\xed\xa0\x80\"}",
    "{\"a\":\"\xf4\x90\x80\x80\"}",
    "{\"a\":\"\xc0\x80\"}",
    "{\"a\":\"\\u0000\"}",
    "{\"\\u0000\":1}",
    "{} x",
    "{}{}",
    " \t\r\n{} \n",
    "\xef\xbb\xbf{}",
    "1",
    "\"a\"",
    "null",
    "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
    "[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]",
    "{\"points\":[{\"a\":[1,{\"b\":\"]\"}]}]}",
    "{\"a\":[123456789012345678901234567890.5]}",
    "{\"a\":[0.000000000000000000000000000001]}",
    "[\"\\\\\"]",
    "[\"\\\\\\\"\"]",
    "{\"a\":1,\"a\":2}",
};

Test(hfs_body, is_json_as_everywhere)
{
    settings.max_json_depth = DEPTH;
    for (size_t i = 0; i < PRYV_COUNT(texts); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem), other = PRYV_ERR(mem);
        struct flat flat;
        struct batch batch;
        json_t *value;
        bool expected = !*texts[i] || pryv_json_parse(mem, pryv_str(texts[i]), false, &value, &other) == PRYV_OK;

        cr_assert_eq(read_flat(mem, pryv_str(texts[i]), NOWHERE, &flat, &err) == PRYV_OK, expected, "%s", texts[i]);
        cr_assert_eq(read_batch(mem, pryv_str(texts[i]), NOWHERE, &batch, &err) == PRYV_OK, expected, "%s", texts[i]);
        pryv_arena_free(mem);
    }
}

Test(hfs_body, has_numbers_as_everywhere)
{
    static const char *const numbers[] = { "0",
                                           "-0",
                                           "1",
                                           "0.1",
                                           "1.005",
                                           "123456789.123456",
                                           "999999999999999",
                                           "9007199254740993",
                                           "0.30000000000000004",
                                           "1e22",
                                           "1e23",
                                           "-2.5e-7",
                                           "5e-324",
                                           "1.7976931348623157e308",
                                           "0.000001",
                                           "100000000000000.1" };

    settings.max_json_depth = DEPTH;
    for (size_t i = 0; i < PRYV_COUNT(numbers); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct flat flat;
        double expected = strtod(numbers[i], NULL);

        cr_assert_eq(read_flat(mem, pryv_format(mem, "{\"points\":[[%s]]}", numbers[i]), NOWHERE, &flat, &err), PRYV_OK);
        cr_assert_eq(flat.points->rows, 1);
        cr_assert_eq(flat.points->width, 1);
        cr_assert_eq(memcmp(grid_numbers(flat.points, 0), &expected, sizeof(expected)), 0, "%s", numbers[i]);
        pryv_arena_free(mem);
    }
}

/* ---- Cells ------------------------------------------------------------------------------------------ */

static const struct pryv_series_field fields[] = {
    { { "n", 1 }, PRYV_FIELD_NUMBER, true },   { { "t", 1 }, PRYV_FIELD_TEXT, true },   { { "b", 1 }, PRYV_FIELD_BOOL, false },
    { { "on", 2 }, PRYV_FIELD_NUMBER, false }, { { "ot", 2 }, PRYV_FIELD_TEXT, false }, { { "o", 1 }, PRYV_FIELD_OTHER, false },
};

static struct pryv_str body_of(struct pryv_arena *mem, const char *names, const char *row)
{
    return pryv_format(mem, "{\"format\":\"flatJSON\",\"fields\":%s,\"points\":[%s]}", names, row);
}

static enum pryv_rc read_points(struct pryv_arena *mem, struct pryv_str body, size_t cut, struct pryv_series_points *out,
                                struct pryv_err *err)
{
    struct flat flat;
    enum pryv_rc rc = read_flat(mem, body, cut, &flat, err);

    return rc == PRYV_OK ? fields_read(mem, &flat, fields, PRYV_COUNT(fields), 1000, out, err) : rc;
}

static enum pryv_rc read_row(struct pryv_arena *mem, const char *names, const char *row, struct pryv_series_points *out)
{
    struct pryv_err err = PRYV_ERR(mem);

    return read_points(mem, body_of(mem, names, row), NOWHERE, out, &err);
}

static const struct {
    const char *names, *row;
    bool fits;
} cases[] = {
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,1,\"x\"]", true },
    { "[\"t\",\"n\",\"deltaTime\"]", "[null,\"2.5\",\" 1.5s\"]", true },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,null,\"x\"]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,\"-1\",\"x\"]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,\"1e1\",\"x\"]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,\"\",\"x\"]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,1,[]]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,1,{}]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,1e400,\"x\"]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[\"inf\",1,\"x\"]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[\"nan\",1,\"x\"]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[\".\",1,\"x\"]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[false,1,\"x\"]", false },
    { "[\"timestamp\",\"n\",\"t\"]", "[1000,1,\"x\"]", true },
    { "[\"timestamp\",\"n\",\"t\"]", "[999,1,\"x\"]", false },
    { "[\"timestamp\",\"n\",\"t\",\"timestamp\"]", "[1000,1,\"x\",1]", false },
    { "[\"deltaTime\",\"n\"]", "[0,1]", false },
    { "[\"deltaTime\",\"n\",\"n\",\"t\"]", "[0,1,1,1]", false },
    { "[\"deltaTime\",\"n\",\"t\",\"b\"]", "[0,1,1,\"true\"]", true },
    { "[\"deltaTime\",\"n\",\"t\",\"b\"]", "[0,1,1,null]", true },
    { "[\"deltaTime\",\"n\",\"t\",\"b\"]", "[0,1,1,1]", false },
    { "[\"deltaTime\",\"n\",\"t\",\"o\"]", "[0,1,1,1]", false },
    { "[\"deltaTime\",\"n\",\"t\",\"o\"]", "[0,1,1,null]", true },
    { "[\"deltaTime\",\"n\",\"t\",\"z\"]", "[0,1,1,1]", false },
    { "[]", "", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "", true },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,1]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,1,2],[0,1,2,3]", false },
    { "[\"deltaTime\",\"n\",\"t\"]", "[0,1,2],7", false },
};

Test(hfs_fields, take_what_fits)
{
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_series_points points;

        settings.max_json_depth = DEPTH;
        cr_assert_eq(read_row(mem, cases[i].names, cases[i].row, &points) == PRYV_OK, cases[i].fits, "%s %s", cases[i].names,
                     cases[i].row);
        pryv_arena_free(mem);
    }
}

Test(hfs_fields, make_texts_of_anything_and_nothing_of_null)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_series_points points;

    cr_assert_eq(read_row(mem, "[\"deltaTime\",\"n\",\"t\",\"ot\"]", "[1.005,\"007\",null,null],[2,1,true,1.50]", &points),
                 PRYV_OK);
    cr_assert_eq(points.count, 2);
    cr_assert_eq(points.times[0], 1005000000);
    cr_assert_eq(points.column_count, 3);
    cr_assert_eq(points.columns[0].numbers[0], 7);
    cr_assert(pryv_str_equal(points.columns[1].texts[0], "null"));
    cr_assert(pryv_str_equal(points.columns[1].texts[1], "true"));
    cr_assert_not(points.columns[2].present[0]);
    cr_assert(pryv_str_equal(points.columns[2].texts[1], "1.5"));
    pryv_arena_free(mem);
}

/* ---- In pieces -------------------------------------------------------------------------------------- */

/* The same answer, and the same points, wherever the body is cut. */
static void cut_anywhere(struct pryv_str body)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points whole;
    enum pryv_rc rc = read_points(mem, body, NOWHERE, &whole, &err);

    for (size_t cut = 0; cut <= body.len + 1; cut++) {
        struct pryv_arena *other = pryv_arena_new();
        struct pryv_err other_err = PRYV_ERR(other);
        struct pryv_series_points points;
        size_t place = cut > body.len ? EVERYWHERE : cut;

        cr_assert_eq(read_points(other, body, place, &points, &other_err), rc, "%s cut at %zu", body.data, cut);
        if (rc == PRYV_OK)
            cr_assert(are_same_points(&points, &whole), "%s cut at %zu", body.data, cut);
        else
            cr_assert_str_eq(other_err.message, err.message, "%s cut at %zu: %s", body.data, cut, other_err.message);
        pryv_arena_free(other);
    }
    pryv_arena_free(mem);
}

Test(hfs_pieces, say_what_the_whole_says)
{
    struct pryv_arena *mem = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(texts); i++) {
        cut_anywhere(pryv_str(texts[i]));
        cut_anywhere(pryv_format(mem, "\xef\xbb\xbf %s", texts[i]));
        cut_anywhere(pryv_format(mem, "{\"format\":\"flatJSON\",\"more\":[%s],\"points\":[]}", texts[i]));
        cut_anywhere(body_of(mem, "[\"deltaTime\",\"n\",\"t\"]", texts[i]));
    }
    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cut_anywhere(body_of(mem, cases[i].names, cases[i].row));
    cut_anywhere(PRYV_STR("\xef{}"));
    cut_anywhere(PRYV_STR("\xef\xbb"));
    cut_anywhere(PRYV_STR(" \xef\xbb\xbf{}"));
    cut_anywhere(PRYV_STR(
        "{\"points\":[[1,\"\\ud83d\\ude00\",\"\\\"\"],[-0.5e-3 , "
        "true,null]],\"f\\u006frmat\":\"flatJSON\",\"fields\":[\"deltaTime\",\"t\","
        "\"n\"],\"points\":[[0,\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\",1],[1.25,\"\\u00e9\\\\\",-12345678901234567890.5e-3]]}"));
    pryv_arena_free(mem);
}

Test(hfs_pieces, of_batches_say_what_the_whole_says)
{
    static const char *const batches[] = {
        "{\"format\":\"seriesBatch\",\"data\":[{\"eventId\":\"a\",\"data\":{\"format\":\"flatJSON\",\"fields\":[\"deltaTime\","
        "\"n\",\"t\"],"
        "\"points\":[[1,2.5,\"x\"],[2,3,\"y\"]]}},{\"data\":{\"points\":[[1]],\"format\":\"x\"},\"eventId\":\"b\",\"data\":[{}]},"
        "null,7,[{}],{}]}",
        "{\"data\":[],\"format\":{\"data\":[]},\"data\":{\"eventId\":\"a\"}}",
        "{\"data\":[{\"eventId\":{\"eventId\":\"a\"},\"data\":{\"fields\":\"x\",\"points\":[[1],2,[3]]}}],\"format\":\"a\","
        "\"format\":\"b\"}",
    };

    for (size_t i = 0; i < PRYV_COUNT(batches); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct pryv_str body = pryv_str(batches[i]);
        struct batch whole, batch;

        cr_assert_eq(read_batch(mem, body, NOWHERE, &whole, &err), PRYV_OK);
        for (size_t cut = 0; cut <= body.len + 1; cut++) {
            cr_assert_eq(read_batch(mem, body, cut > body.len ? EVERYWHERE : cut, &batch, &err), PRYV_OK);
            cr_assert(batch.is_object && batch.data_state == whole.data_state && batch.count == whole.count &&
                      pryv_str_is(batch.format, whole.format));
            for (size_t k = 0; k < whole.count; k++) {
                const struct element *a = &batch.elements[k], *b = &whole.elements[k];
                struct pryv_series_points points, same;
                enum pryv_rc rc = fields_read(mem, &a->flat, fields, PRYV_COUNT(fields), 1000, &points, &err);

                cr_assert(a->is_object == b->is_object && pryv_str_is(a->event_id, b->event_id) &&
                          a->flat.fields_state == b->flat.fields_state && a->flat.points_state == b->flat.points_state);
                cr_assert_eq(fields_read(mem, &b->flat, fields, PRYV_COUNT(fields), 1000, &same, &err), rc);
                cr_assert(rc != PRYV_OK || are_same_points(&points, &same));
            }
        }
        pryv_arena_free(mem);
    }
}

/* Long enough for a grid to grow, and with a value of another kind late in each of its columns. */
Test(hfs_pieces, keep_every_row)
{
    for (size_t odd = 0; odd < 300; odd += 23) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct pryv_series_points points;
        struct pryv_str rows = PRYV_STR("");

        for (size_t i = 0; i < 300; i++)
            rows = pryv_format(mem, i == odd ? "%.*s%s[\"%zu\",%zu,\"%zu\",null]" : "%.*s%s[%zu,%zu.5,%zu,\"true\"]",
                               PRYV_STR_ARG(rows), i ? "," : "", i, i, i);
        cr_assert_eq(read_points(mem, body_of(mem, "[\"deltaTime\",\"n\",\"t\",\"b\"]", rows.data), odd * 17, &points, &err),
                     PRYV_OK, "%s", err.message);
        cr_assert_eq(points.count, 300);
        for (size_t i = 0; i < 300; i++) {
            cr_assert_eq(points.times[i], (int64_t) i * 1000000000);
            cr_assert_eq(points.columns[0].numbers[i], (double) i + (i == odd ? 0 : 0.5));
            cr_assert(pryv_str_is(points.columns[1].texts[i], pryv_format(mem, "%zu", i)));
            cr_assert_eq(points.columns[2].present[i], i != odd);
        }
        pryv_arena_free(mem);
    }
}
