/* The texts around a file: tokens, ranges, conditions, names and types that a stranger chose, and the list of files in an event. */
// link: plugins/api
#include <criterion/criterion.h>
#include <pryv/json.h>
#include "../../plugins/api/attachments.h"
#include "settings.h"

static struct pryv_arena *mem;

static void begin(void)
{
    settings.max_json_depth = 100;
    mem = pryv_arena_new();
}

static void end(void)
{
    pryv_arena_free(mem);
}

TestSuite(attachments, .init = begin, .fini = end);

Test(attachments, read_token_of_the_published_example)
{
    struct pryv_str secret = PRYV_STR("conformance-files-secret"), file = PRYV_STR("fabc0123456789abcdefghij");
    struct pryv_str access = PRYV_STR("a0123456789abcdefghijklm"), token = PRYV_STR("t0123456789abcdefghijklm");
    struct pryv_str made = read_token_make(mem, secret, file, access, token);

    cr_assert(pryv_str_equal(made, "a0123456789abcdefghijklm-XTT-jXD2MznaEKVM-d0hJYSNR0Q"));
    cr_assert(pryv_str_is(read_token_access(made), access));
    cr_assert(read_token_is_right(mem, made, secret, file, access, token));
    cr_assert_not(read_token_is_right(mem, made, secret, PRYV_STR("fabc0123456789abcdefghik"), access, token));
    cr_assert_not(read_token_is_right(mem, made, PRYV_STR("another"), file, access, token));
    cr_assert_not(read_token_is_right(mem, PRYV_STR(""), secret, file, access, token));
    cr_assert_null(read_token_access(PRYV_STR("nothing")).data);
}

Test(attachments, conditions_name_an_entity_tag)
{
    static const struct {
        const char *header;
        bool weak, matches;
    } cases[] = {
        { "\"f\"", false, true },
        { "\"f\"", true, true },
        { " \"a\" ,\t\"f\" ", true, true },
        { "\"a\",\"b\"", true, false },
        { "W/\"f\"", true, true },
        { "W/\"f\"", false, false }, /* If-Range wants a strong one */
        { "*", true, true },
        { "*", false, false },
        { "", true, false },
        { ",", true, false },
        { ",,\"f\"", true, true },
        { "f", true, false },
        { "\"f", true, false },
        { "\"ff\"", true, false },
        { "W/W/\"f\"", true, false },
        { "\"f\"x", true, false },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect_eq(etag_matches(pryv_str(cases[i].header), PRYV_STR("\"f\""), cases[i].weak), cases[i].matches, "%s",
                     cases[i].header);
    cr_expect_not(etag_matches(PRYV_STR_NONE, PRYV_STR("\"f\""), true));
}

Test(attachments, types_of_parts)
{
    static const struct {
        const char *sent, *kept;
    } cases[] = {
        { "text/plain", "text/plain" },
        { "Image/PNG", "image/png" },
        { "text/html; charset=utf-8", "text/html" },
        { "application/vnd.x+json;v=1", "application/vnd.x+json" },
        { "nonsense", "application/octet-stream" },
        { "a/b/c", "application/octet-stream" },
        { "/b", "application/octet-stream" },
        { "a/", "application/octet-stream" },
        { "text/pl\xc3\xa9", "application/octet-stream" },
        { "text/plain; x=\x01", "application/octet-stream" },
        { "", "application/octet-stream" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect(pryv_str_equal(media_type_of(mem, pryv_str(cases[i].sent)), cases[i].kept), "%s", cases[i].sent);
    cr_expect(pryv_str_equal(media_type_of(mem, PRYV_STR_NONE), "application/octet-stream"));
}

Test(attachments, ranges)
{
    static const struct {
        const char *header;
        enum range_kind kind;
        uint64_t offset, len;
    } cases[] = {
        { "bytes=0-0", RANGE_ONE, 0, 1 },
        { "bytes=5-", RANGE_ONE, 5, 95 },
        { "bytes=-1", RANGE_ONE, 99, 1 },
        { "bytes=0-999", RANGE_ONE, 0, 100 },
        { "bytes=-999", RANGE_ONE, 0, 100 },
        { "bytes=100-", RANGE_UNSATISFIABLE, 0, 0 },
        { "bytes=-0", RANGE_UNSATISFIABLE, 0, 0 },
        { "bytes=2-1", RANGE_NONE, 0, 0 },
        { "bytes=1-2,4-5", RANGE_NONE, 0, 0 },
        { "bytes=1000000000000000000-", RANGE_NONE, 0, 0 },
        { "bytes", RANGE_NONE, 0, 0 },
        { "", RANGE_NONE, 0, 0 },
        { "bytes= 1-2", RANGE_NONE, 0, 0 },
        { "bytes=1-2x", RANGE_NONE, 0, 0 },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        uint64_t offset = 0, len = 0;

        cr_expect_eq(range_parse(pryv_str(cases[i].header), 100, &offset, &len), cases[i].kind, "%s", cases[i].header);
        if (cases[i].kind == RANGE_ONE)
            cr_expect(offset == cases[i].offset && len == cases[i].len, "%s", cases[i].header);
    }
}

Test(attachments, names_are_encoded)
{
    cr_assert(pryv_str_equal(content_disposition(mem, PRYV_STR("it's a (file) name*.txt")),
                             "attachment; filename*=UTF-8''it's%20a%20(file)%20name*.txt"));
    cr_assert(pryv_str_equal(content_disposition(mem, pryv_str_n("\0\r\n\"", 4)), "attachment; filename*=UTF-8''%00%0D%0A%22"));
}

Test(attachments, list_of_an_event)
{
    struct pryv_event row = { .attachments_json = PRYV_STR("[{\"id\":\"a\",\"size\":1},{\"id\":\"b\",\"size\":2}]") };
    struct pryv_err err = PRYV_ERR(mem);
    const json_t *list;

    cr_assert_eq(attachments_read(mem, &row, &list, &err), PRYV_OK);
    cr_assert_eq(pryv_json_member_number(attachments_find(list, PRYV_STR("b")), "size"), 2);
    cr_assert_null(attachments_find(list, PRYV_STR("c")));
    cr_assert_null(attachments_find(NULL, PRYV_STR("a")));
    row.attachments_json = attachments_without(mem, list, PRYV_STR("a"));
    cr_assert(pryv_str_equal(row.attachments_json, "[{\"id\":\"b\",\"size\":2}]"));
    cr_assert_eq(attachments_read(mem, &row, &list, &err), PRYV_OK);
    cr_assert_null(attachments_without(mem, list, PRYV_STR("b")).data, "an event without files has no list");
    row.attachments_json = PRYV_STR("[{");
    cr_assert_eq(attachments_read(mem, &row, &list, &err), PRYV_FAILED);
}
