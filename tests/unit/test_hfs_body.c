/* Bodies of series: taken and refused as the rest of the API takes and refuses JSON, and cells by the types of their fields. */
// link: plugins/hfs
#include <criterion/criterion.h>
#include <pryv/json.h>
#include <stdlib.h>
#include "../../plugins/hfs/body.h"
#include "../../plugins/hfs/fields.h"
#include "settings.h"

enum { DEPTH = 20 };

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

        cr_assert_eq(body_read_flat(mem, pryv_str(texts[i]), DEPTH, &flat, &err) == PRYV_OK, expected, "%s", texts[i]);
        cr_assert_eq(body_read_batch(mem, pryv_str(texts[i]), DEPTH, &batch, &err) == PRYV_OK, expected, "%s", texts[i]);
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

        cr_assert_eq(body_read_flat(mem, pryv_format(mem, "{\"points\":[[%s]]}", numbers[i]), DEPTH, &flat, &err), PRYV_OK);
        cr_assert_eq(flat.cell_count, 1);
        cr_assert_eq(memcmp(&flat.cells[0].number, &expected, sizeof(expected)), 0, "%s", numbers[i]);
        pryv_arena_free(mem);
    }
}

/* ---- Cells ------------------------------------------------------------------------------------------ */

static const struct pryv_series_field fields[] = {
    { { "n", 1 }, PRYV_FIELD_NUMBER, true },   { { "t", 1 }, PRYV_FIELD_TEXT, true },   { { "b", 1 }, PRYV_FIELD_BOOL, false },
    { { "on", 2 }, PRYV_FIELD_NUMBER, false }, { { "ot", 2 }, PRYV_FIELD_TEXT, false }, { { "o", 1 }, PRYV_FIELD_OTHER, false },
};

static enum pryv_rc read_row(struct pryv_arena *mem, const char *names, const char *row, struct pryv_series_points *out)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct flat flat;

    cr_assert_eq(body_read_flat(mem, pryv_format(mem, "{\"format\":\"flatJSON\",\"fields\":%s,\"points\":[%s]}", names, row),
                                DEPTH, &flat, &err),
                 PRYV_OK);
    return fields_read(mem, &flat, fields, PRYV_COUNT(fields), 1000, out, &err);
}

Test(hfs_fields, take_what_fits)
{
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
