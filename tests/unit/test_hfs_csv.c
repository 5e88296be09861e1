/* CSV of points: what is taken and what is refused with which line, in pieces as whole; what is written; who gets it. */
// link: plugins/hfs
#include <criterion/criterion.h>
#include "../../plugins/hfs/accept.h"
#include "../../plugins/hfs/csv_write.h"
#include "hfs_bodies.h"

static const struct pryv_series_field fields[] = {
    { { "n", 1 }, PRYV_FIELD_NUMBER, true },
    { { "t", 1 }, PRYV_FIELD_TEXT, false },
    { { "b", 1 }, PRYV_FIELD_BOOL, false },
    { { "r", 1 }, PRYV_FIELD_NUMBER, false },
};

static enum pryv_rc read_points(struct pryv_arena *mem, struct pryv_str text, size_t cut, struct pryv_series_points *out,
                                struct pryv_err *err)
{
    return csv_table_points(read_csv(mem, text, cut), mem, fields, PRYV_COUNT(fields), 1000, out, err);
}

/* The same answer, and the same points, wherever the body is cut. */
static void cut_anywhere(struct pryv_str text)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points whole;
    enum pryv_rc rc = read_points(mem, text, NOWHERE, &whole, &err);

    for (size_t cut = 0; cut <= text.len + 1; cut++) {
        struct pryv_arena *other = pryv_arena_new();
        struct pryv_err other_err = PRYV_ERR(other);
        struct pryv_series_points points;

        cr_assert_eq(read_points(other, text, cut > text.len ? EVERYWHERE : cut, &points, &other_err), rc, "%s cut at %zu",
                     text.data, cut);
        if (rc == PRYV_OK)
            cr_assert(are_same_points(&points, &whole), "%s cut at %zu", text.data, cut);
        else
            cr_assert_str_eq(other_err.message, err.message, "%s cut at %zu: %s", text.data, cut, other_err.message);
        pryv_arena_free(other);
    }
    pryv_arena_free(mem);
}

Test(hfs_csv, tells_the_line_of_what_it_refuses)
{
    static const struct {
        const char *text;
        int line; /* 0: taken */
    } cases[] = {
        { "deltaTime,n\r\n0,1\r\n", 0 },
        { "deltaTime,n\n0,1", 0 },
        { "deltaTime,n\n", 0 },
        { "deltaTime,n", 0 },
        { "\xef\xbb\xbf"
          "deltaTime,n\n0,1\n",
          0 },
        { "\"n\",\"deltaTime\"\n\"-1e3\",\"0.5\"\n", 0 },
        { "timestamp,n\n1000,1\n", 0 },
        { "timestamp,n\n999,1\n", 2 },
        { "deltaTime,n,t\n0,1,\"a\nb\"\n1,2,\n2,x,\n", 5 },
        { "deltaTime,n,t,b\n0,007.50,,true\n0,1,2,\n", 0 },
        { "deltaTime,n,t,b\n0,1,,TRUE\n", 2 },
        { "deltaTime,n,t,b\n0,1,,1\n", 2 },
        { "", 1 },
        { "\n", 1 },
        { "deltaTime\n0\n", 1 },
        { "n\n0\n", 1 },
        { "deltaTime,n,n\n0,1,1\n", 1 },
        { "deltaTime,timestamp,n\n0,1,1\n", 1 },
        { "deltaTime,n,x\n0,1,1\n", 1 },
        { "deltaTime,n,,,,,,,,,,,,,,,,,,,,,,\n", 1 },
        { "deltaTime,n\n0,1\n\n", 3 },
        { "deltaTime,n\n0\n", 2 },
        { "deltaTime,n\n0,1,2\n", 2 },
        { "deltaTime,n\n0,1,\n", 2 },
        { "deltaTime,n\n0,\n", 2 },
        { "deltaTime,n\n0,\"\"\n", 2 },
        { "deltaTime,n\n,1\n", 2 },
        { "deltaTime,n\n-1,1\n", 2 },
        { "deltaTime,n\n1e12,1\n", 2 },
        { "deltaTime,n\nsoon,1\n", 2 },
        { "deltaTime,n\n0,NaN\n", 2 },
        { "deltaTime,n\n0,Infinity\n", 2 },
        { "deltaTime,n\n0,-Infinity\n", 2 },
        { "deltaTime,n\n0,1e400\n", 2 },
        { "deltaTime,n,r\n0,1,1e400\n", 2 },
        { "deltaTime,n\n0,0x10\n", 2 },
        { "deltaTime,n\n0,.5\n", 2 },
        { "deltaTime,n\n0,5.\n", 2 },
        { "deltaTime,n\n0, 5\n", 2 },
        { "deltaTime,n\n0,5 \n", 2 },
        { "deltaTime,n\n0,1;2\n", 2 },
        { "deltaTime,n\n0,\"1\n", 2 },
        { "deltaTime,n\n0,\"1\"2\n", 2 },
        { "deltaTime,n\n0,1\"\n", 2 },
        { "deltaTime,n\r0,1\r", 1 },
        { "deltaTime,n\n0,1\r1,2\n", 2 },
        { "deltaTime,n,t\n0,1,\xff\n", 2 },
        { "deltaTime,n,t\n0,1,\"\xc3\"\n", 2 },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct pryv_series_points points;
        enum pryv_rc rc = read_points(mem, pryv_str(cases[i].text), NOWHERE, &points, &err);

        cr_assert_eq(rc, cases[i].line ? PRYV_REFUSED : PRYV_OK, "%s: %s", cases[i].text, err.message ? err.message : "taken");
        if (cases[i].line) {
            cr_assert_eq(err.status, 400);
            cr_assert_str_eq(err.id, "invalid-request-structure");
            cr_assert(pryv_str_starts(pryv_str(err.message), pryv_format(mem, "Line %d: ", cases[i].line).data), "%s: %s",
                      cases[i].text, err.message);
        }
        cut_anywhere(pryv_str(cases[i].text));
        pryv_arena_free(mem);
    }
}

Test(hfs_csv, keeps_texts_as_they_are_and_knows_empty_from_none)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points points;
    const char *text = "deltaTime,n,t,b\n2.5,1,\"a \"\"b\"\", c\r\nd\",false\n1,2,,\n1,3,\"\",true\n4,4,1.50,\n";

    cut_anywhere(pryv_str(text));
    cr_assert_eq(read_points(mem, pryv_str(text), NOWHERE, &points, &err), PRYV_OK);
    cr_assert_eq(points.count, 4);
    cr_assert_eq(points.times[0], 2500000000);
    cr_assert_eq(points.column_count, 3);
    cr_assert(pryv_str_equal(points.columns[1].texts[0], "a \"b\", c\r\nd"));
    cr_assert_not(points.columns[1].present[1]);
    cr_assert(points.columns[1].present[2]);
    cr_assert(pryv_str_equal(points.columns[1].texts[2], ""));
    cr_assert(pryv_str_equal(points.columns[1].texts[3], "1.50"));
    cr_assert(points.columns[2].present[0] && !points.columns[2].bools[0]);
    cr_assert_not(points.columns[2].present[1]);
    pryv_arena_free(mem);
}

Test(hfs_csv, knows_numbers_from_texts_by_their_fields)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "-0.0",
        "0.10",
        "-0.5",
        "36.60",
        "1e3",
        "-1E-3",
        "007.50",
        "123456789012345678",
        "1234567890123456789",
        "999999999999999999",
        "0.123456789012345678",
        "0.1234567890123456789",
        "9007199254740993",
        "12345.678901234567",
        "99999999999999999999",
        "-99999999999999999.9",
    };

    for (size_t i = 0; i < PRYV_COUNT(numbers); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct pryv_series_points points;
        double expected = strtod(numbers[i], NULL);
        struct pryv_str text = pryv_format(mem, "deltaTime,n,t\n0,%s,%s\n", numbers[i], numbers[i]);

        cut_anywhere(text);
        cr_assert_eq(read_points(mem, text, NOWHERE, &points, &err), PRYV_OK, "%s", numbers[i]);
        cr_assert_eq(memcmp(&points.columns[0].numbers[0], &expected, sizeof(expected)), 0, "%s: %.17g", numbers[i],
                     points.columns[0].numbers[0]);
        cr_assert(pryv_str_equal(points.columns[1].texts[0], numbers[i]), "%s: %.*s", numbers[i],
                  PRYV_STR_ARG(points.columns[1].texts[0]));
        pryv_arena_free(mem);
    }
}

Test(hfs_csv, only_begins_with_a_mark)
{
    cut_anywhere(PRYV_STR("\xef"));
    cut_anywhere(PRYV_STR("\xef\xbb\xbf"));
    cut_anywhere(PRYV_STR("\xef\xbb"
                          "deltaTime,n\n0,1\n"));
    cut_anywhere(PRYV_STR("\xef\xbb\xbf\xef\xbb\xbf"
                          "deltaTime,n\n0,1\n"));
}

static enum pryv_rc keep(void *text_, struct pryv_str piece)
{
    char *text = text_;

    strncat(text, piece.data, piece.len);
    return PRYV_OK;
}

Test(hfs_csv, is_written_by_the_rules_whatever_the_buffer)
{
    for (size_t size = 1; size < 60; size++) {
        struct pryv_arena *mem = pryv_arena_new();
        char text[200] = "";
        struct csv *csv = csv_new(mem, size, keep, text);
        bool begun;

        csv_name(csv, PRYV_STR("deltaTime"));
        csv_name(csv, PRYV_STR("a,b"));
        csv_end_line(csv);
        csv_number(csv, 0.1);
        csv_text(csv, PRYV_STR("x \"y\"\r\n"));
        csv_nothing(csv);
        csv_bool(csv, true);
        csv_end_line(csv);
        csv_nothing(csv);
        csv_text(csv, PRYV_STR(""));
        csv_number(csv, NAN);
        csv_bool(csv, false);
        csv_end_line(csv);
        cr_assert_eq(keep(text, csv_rest(csv, &begun)), PRYV_OK);
        cr_assert_str_eq(text, "deltaTime,\"a,b\"\r\n0.1,\"x \"\"y\"\"\r\n\",,true\r\n,\"\",,false\r\n");
        cr_assert_eq(csv_failed(csv), PRYV_OK);
        pryv_arena_free(mem);
    }
}

Test(hfs_csv, goes_to_whoever_prefers_it)
{
    static const struct {
        const char *accept;
        bool csv;
    } cases[] = {
        { NULL, false },
        { "", false },
        { "*/*", false },
        { "text/csv", true },
        { "Text/CSV", true },
        { "text/csv; charset=utf-8", true },
        { "text/csv;q=0", false },
        { "text/csv;q=0.000", false },
        { "text/csv;q=0.001", true },
        { "text/csv;q=2", false },
        { "text/csv;q=1.001", false },
        { "text/csv;q=nan", false },
        { "text/csv;q=0.1234", false },
        { "text/*", true },
        { "text/html", false },
        { "text/csv, */*", true },
        { "*/*, text/csv", true },
        { "text/csv, application/json", false },
        { "text/csv, application/json;q=0.9", true },
        { "text/csv;q=0.8, application/json;q=0.9", false },
        { "text/csv;q=0.5, */*;q=0.8", false },
        { "application/json, text/plain, */*", false },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false },
        { "application/json;q=0, */*", true },
        { "text/*;q=0.5, text/csv;q=0.2, application/json;q=0.3", false },
        { ",, ;q=1 ,text/csv ; q = 1", true },
        { "text/csvx", false },
        { "text/csv+x", false },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_assert_eq(accept_prefers_csv(pryv_str(cases[i].accept)), cases[i].csv, "%s", cases[i].accept);
}

Test(hfs_csv, is_known_by_its_media_type)
{
    cr_assert(is_media_type(PRYV_STR("text/csv"), "text/csv"));
    cr_assert(is_media_type(PRYV_STR("TEXT/csv ;charset=utf-8"), "text/csv"));
    cr_assert_not(is_media_type(PRYV_STR("text/csvs"), "text/csv"));
    cr_assert_not(is_media_type(PRYV_STR("text/cs"), "text/csv"));
    cr_assert_not(is_media_type(PRYV_STR_NONE, "text/csv"));
}
