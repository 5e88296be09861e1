/* An event as clients see it, its hash (the published worked examples), its streams. */
// link: plugins/api
#include <criterion/criterion.h>
#include "../../plugins/api/events.h"
#include "settings.h"

#define FILES                                                                                          \
    "[{\"id\":\"fabc0123456789abcdefghij\",\"fileName\":\"a.txt\",\"type\":\"text/plain\",\"size\":5," \
    "\"integrity\":\"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\"}]"

static struct pryv_arena *arena;

static void begin(void)
{
    settings.max_json_depth = 100;
    arena = pryv_arena_new();
}

static void end(void)
{
    pryv_arena_free(arena);
}

TestSuite(events_row, .init = begin, .fini = end);

static struct pryv_event diary(void)
{
    struct pryv_event row = event_none();

    row.id = PRYV_STR("cdata00000000000000000001");
    row.stream_ids_json = PRYV_STR("[\"diary\",\"work\"]");
    row.time = 1385046854.282;
    row.type = PRYV_STR("note/txt");
    row.content_json = PRYV_STR("\"Caf\u00e9 \\\"un\\\"\\n\u2028\"");
    row.client_data_json = PRYV_STR("{\"app:x\":{\"b\":null,\"a\":[1,null,2.5]},\"Z\":true}");
    row.attachments_json = PRYV_STR(FILES);
    row.created = 1700000000;
    row.created_by = PRYV_STR("a0123456789abcdefghijklm");
    row.modified = 1700000000.5;
    row.modified_by = PRYV_STR("a0123456789abcdefghijklm job 7");
    return row;
}

static struct pryv_event run(void)
{
    struct pryv_event row = event_none();

    row.id = PRYV_STR("cdata00000000000000000002");
    row.stream_ids_json = PRYV_STR("[\"runs\"]");
    row.time = 10;
    row.running = true;
    row.trashed = true;
    row.type = PRYV_STR("activity/plain");
    row.created = 1e21;
    row.created_by = PRYV_STR("system");
    row.modified = 1e-7;
    row.modified_by = PRYV_STR("system");
    return row;
}

#define HASHES_TO(row, expected) \
    cr_assert_str_eq(pryv_event_integrity(arena, &(row), NULL, NULL).data, "EVENT:0:sha256-" expected)

Test(events_row, hash_of_an_event)
{
    struct pryv_event row = diary();

    HASHES_TO(row, "QYPkx0Gtv8WPZEY5LH7Is9W2b1/S3pEdLB13YwbL6fA=");
    row.duration = 0; /* a moment either way */
    HASHES_TO(row, "QYPkx0Gtv8WPZEY5LH7Is9W2b1/S3pEdLB13YwbL6fA=");
    row.integrity = PRYV_STR("EVENT:0:sha256-other");
    HASHES_TO(row, "QYPkx0Gtv8WPZEY5LH7Is9W2b1/S3pEdLB13YwbL6fA=");
    row.duration = 1;
    cr_assert_str_neq(pryv_event_integrity(arena, &row, NULL, NULL).data,
                      "EVENT:0:sha256-QYPkx0Gtv8WPZEY5LH7Is9W2b1/S3pEdLB13YwbL6fA=");
}

Test(events_row, hash_of_a_version_is_that_of_its_event)
{
    struct pryv_event row = diary();

    row.head_id = row.id;
    row.id = PRYV_STR("another");
    HASHES_TO(row, "QYPkx0Gtv8WPZEY5LH7Is9W2b1/S3pEdLB13YwbL6fA=");
}

Test(events_row, hash_of_a_running_trashed_event)
{
    struct pryv_event row = run();

    HASHES_TO(row, "mj8M+S0yr6TV3LuyQ6s/u8r+Oo/BAnHg3GAnbomQr3A=");
}

Test(events_row, hash_of_deletions)
{
    struct pryv_event row = event_none();

    row.id = PRYV_STR("cdata00000000000000000001");
    row.deleted = 1700000001.25;
    HASHES_TO(row, "PbDYflVwYxkTEalE5Dkms5yCLpH7C/s5/ryKp/iTVpU=");
    row.modified = 1700000000.5;
    row.modified_by = PRYV_STR("a0123456789abcdefghijklm");
    HASHES_TO(row, "UGAtFC83mqxK/328aIhSl+WI2A9O0ekjGiEjZr7QhRA=");
}

/* The short way for plain texts and the long one must agree: one letter sends a text the long way, the same letter in the description too. */
Test(events_row, hash_with_values_at_hand_is_the_same)
{
    static const char *const contents[] = {
        "1", "-0.5", "true", "\"a\\u001f\\n\\\"\"", "\"\u00ad\"", "[1,null,{\"b\":1,\"a\":null}]", "{}"
    };

    for (size_t i = 0; i < PRYV_COUNT(contents); i++) {
        struct pryv_event row = diary();
        struct pryv_err err = PRYV_ERR(arena);
        json_t *content;

        row.content_json = pryv_str(contents[i]);
        cr_assert_eq(pryv_json_parse(arena, row.content_json, true, &content, &err), PRYV_OK);
        cr_assert_str_eq(pryv_event_integrity(arena, &row, NULL, NULL).data,
                         pryv_event_integrity(arena, &row, content, NULL).data, "%s", contents[i]);
    }
}

static const char *written(const struct pryv_event *row)
{
    struct pryv_json *js = pryv_json_new(arena);

    event_write(js, arena, NULL, row);
    return pryv_cstr(arena, pryv_json_text(js));
}

Test(events_row, is_written_with_what_is_there)
{
    struct pryv_event row = run(), gone = event_none();

    cr_assert_str_eq(
        written(&row),
        "{\"id\":\"cdata00000000000000000002\",\"streamIds\":[\"runs\"],\"time\":10,\"type\":\"activity/plain\",\"trashed\":true,"
        "\"created\":1e+21,\"createdBy\":\"system\",\"modified\":1e-7,\"modifiedBy\":\"system\",\"duration\":null}");
    row.deleted = 5;
    cr_assert_not(strstr(written(&row), "duration"), "a deleted event runs no more");
    row.running = false;
    row.duration = 0;
    cr_assert_not(strstr(written(&row), "duration"), "0 is no duration");
    gone.id = PRYV_STR("cdata00000000000000000001");
    gone.deleted = 2;
    cr_assert_str_eq(written(&gone), "{\"id\":\"cdata00000000000000000001\",\"deleted\":2}");
}

Test(events_row, texts_go_out_as_they_are_kept)
{
    struct pryv_event row = diary();

    row.content_json = PRYV_STR("{\"b\":1,\"a\":[null]}");
    cr_assert(strstr(written(&row), "\"content\":{\"b\":1,\"a\":[null]},\"clientData\":{\"app:x\":{\"b\":null,"));
    cr_assert(strstr(written(&row), "\"attachments\":" FILES ","));
}

Test(events_row, streams_are_read_with_and_without_escapes)
{
    static const struct {
        const char *list, *first, *last;
        size_t count;
    } cases[] = {
        { "[]", NULL, NULL, 0 },
        { "[\"a\"]", "a", "a", 1 },
        { "[\"diary\",\"work\",\"\u00e9t\u00e9\"]", "diary", "\u00e9t\u00e9", 3 },
        { "[\"a\\\"b\",\"c\\\\\"]", "a\"b", "c\\", 2 },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_event row = event_none();
        struct pryv_err err = PRYV_ERR(arena);
        struct event_streams streams;

        row.stream_ids_json = pryv_str(cases[i].list);
        cr_assert_eq(event_streams(arena, &row, &streams, &err), PRYV_OK);
        cr_assert_eq(streams.count, cases[i].count, "%s", cases[i].list);
        if (!cases[i].count)
            continue;
        cr_assert(pryv_str_equal(streams.ids[0], cases[i].first));
        cr_assert(pryv_str_equal(streams.ids[streams.count - 1], cases[i].last));
        cr_assert(event_streams_have(&streams, pryv_str(cases[i].last)));
        cr_assert_not(event_streams_have(&streams, PRYV_STR("none of them")));
        cr_assert(pryv_str_equal(event_streams_json(arena, &streams), cases[i].list));
    }
}

Test(events_row, a_deletion_has_no_streams)
{
    struct pryv_event row = event_none();
    struct pryv_err err = PRYV_ERR(arena);
    struct event_streams streams = { .count = 7 };

    cr_assert_eq(event_streams(arena, &row, &streams, &err), PRYV_OK);
    cr_assert_eq(streams.count, 0);
}
