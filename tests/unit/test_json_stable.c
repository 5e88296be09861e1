/* The stable text: the published worked examples with their hashes, order of keys, nulls, escapes. */
#include <criterion/criterion.h>
#include <pryv/crypto.h>
#include <pryv/json.h>
#include "settings.h"

static json_t *read_json(struct pryv_arena *arena, const char *text)
{
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value = NULL;

    settings.max_json_depth = 100;
    cr_assert_eq(pryv_json_parse(arena, pryv_str(text), true, &value, &err), PRYV_OK, "%s", err.message);
    return value;
}

static const char event[] =
    "{\"id\":\"cdata00000000000000000001\",\"streamIds\":[\"diary\",\"work\"],\"time\":1385046854.282,\"type\":\"note/txt\","
    "\"content\":\"Caf\u00e9 \\\"un\\\"\\n\u2028\",\"clientData\":{\"app:x\":{\"b\":null,\"a\":[1,null,2.50]},\"Z\":true},"
    "\"attachments\":[{\"id\":\"fabc0123456789abcdefghij\",\"fileName\":\"a.txt\",\"type\":\"text/plain\",\"size\":5,"
    "\"integrity\":\"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\"}],"
    "\"created\":1700000000,\"createdBy\":\"a0123456789abcdefghijklm\",\"modified\":1700000000.5,"
    "\"modifiedBy\":\"a0123456789abcdefghijklm job 7\"}";

static const char event_text[] =
    "{\"attachments\":[{\"fileName\":\"a.txt\",\"id\":\"fabc0123456789abcdefghij\",\"integrity\":"
    "\"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\",\"size\":5,\"type\":\"text/plain\"}],"
    "\"clientData\":{\"Z\":true,\"app:x\":{\"a\":[1,null,2.5]}},\"content\":\"Caf\u00e9 \\\"un\\\"\\n\\u2028\","
    "\"created\":1700000000,\"createdBy\":\"a0123456789abcdefghijklm\",\"id\":\"cdata00000000000000000001\","
    "\"modified\":1700000000.5,\"modifiedBy\":\"a0123456789abcdefghijklm job 7\",\"streamIds\":[\"diary\",\"work\"],"
    "\"time\":1385046854.282,\"type\":\"note/txt\"}";

Test(json_stable, worked_example_of_an_event)
{
    struct pryv_arena *arena = pryv_arena_new();

    cr_assert_str_eq(pryv_cstr(arena, pryv_json_stable(arena, read_json(arena, event))), event_text);
    pryv_arena_free(arena);
}

Test(json_stable, worked_examples_hash_as_published)
{
    static const struct {
        const char *value, *hash;
    } cases[] = {
        { event, "QYPkx0Gtv8WPZEY5LH7Is9W2b1/S3pEdLB13YwbL6fA=" },
        { "{\"created\":1e+21,\"createdBy\":\"system\",\"id\":\"cdata00000000000000000002\",\"modified\":1e-7,\"duration\":null,"
          "\"modifiedBy\":\"system\",\"streamIds\":[\"runs\"],\"time\":10,\"trashed\":true,\"type\":\"activity/plain\"}",
          "mj8M+S0yr6TV3LuyQ6s/u8r+Oo/BAnHg3GAnbomQr3A=" },
        { "{\"id\":\"cdata00000000000000000001\",\"deleted\":1700000001.25}", "PbDYflVwYxkTEalE5Dkms5yCLpH7C/s5/ryKp/iTVpU=" },
        { "{\"deleted\":1700000001.25,\"id\":\"cdata00000000000000000001\",\"modified\":1700000000.5,"
          "\"modifiedBy\":\"a0123456789abcdefghijklm\"}",
          "UGAtFC83mqxK/328aIhSl+WI2A9O0ekjGiEjZr7QhRA=" },
        { "{\"created\":1700000000,\"createdBy\":\"b0123456789abcdefghijklm\",\"id\":\"a0123456789abcdefghijklm\","
          "\"modified\":1700000000,\"modifiedBy\":\"b0123456789abcdefghijklm\",\"name\":\"My app\","
          "\"permissions\":[{\"streamId\":\"diary\",\"level\":\"read\"}],\"token\":\"t0123456789abcdefghijklm\",\"type\":"
          "\"app\"}",
          "15a4JyYvPSLr+EsGSRoICaZpGFsfb1tcbIxG5RIIjF4=" },
    };
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        unsigned char hash[PRYV_HASH_MAX];
        struct pryv_str text = pryv_json_stable(arena, read_json(arena, cases[i].value));
        size_t len = pryv_hash(PRYV_SHA256, text, hash);

        cr_expect_str_eq(pryv_base64(arena, pryv_str_n((const char *) hash, len)).data, cases[i].hash, "example %zu", i);
    }
    pryv_arena_free(arena);
}

Test(json_stable, rules_one_by_one)
{
    static const struct {
        const char *value, *text;
    } cases[] = {
        { "null", "null" },
        { "[null,{\"a\":null}]", "[null,{}]" },
        { "{\"b\":{},\"a\":[]}", "{\"a\":[],\"b\":{}}" },
        { "{\"ab\":1,\"a\":2,\"\":3,\"B\":4}", "{\"\":3,\"B\":4,\"a\":2,\"ab\":1}" },
        /* U+FB33 has a greater unit than the surrogates of U+1F600, though a smaller code point. */
        { "{\"\ufb33\":1,\"\U0001F600\":2,\"\u20ac\":3,\"z\":4}", "{\"z\":4,\"\u20ac\":3,\"\U0001F600\":2,\"\ufb33\":1}" },
        { "{\"\U0001F600\":1,\"\U0001F601\":2,\"\uee00\":3,\"\uef00\":4}",
          "{\"\U0001F600\":1,\"\U0001F601\":2,\"\uee00\":3,\"\uef00\":4}" },
        { "\"/\\/\\u0000\\u001f\\u007f\u00a0\"", "\"//\\u0000\\u001f\\u007f\u00a0\"" },
        { "\"\\u0080\\u009f\\u00ad\\u0600\\u0604\\u0605\"", "\"\\u0080\\u009f\\u00ad\\u0600\\u0604\u0605\"" },
        { "\"\\u070f\\u17b4\\u17b5\\u200c\\u200f\\u2028\\u202f\\u2060\\u206f\"",
          "\"\\u070f\\u17b4\\u17b5\\u200c\\u200f\\u2028\\u202f\\u2060\\u206f\"" },
        { "\"\\ufeff\\ufff0\\uffff\\ufffd\\u200b\\u2010\\u2070\\ufefe\"",
          "\"\\ufeff\\ufff0\\uffff\\ufffd\u200b\u2010\u2070\ufefe\"" },
        { "\"\\ud83d\\ude00\\b\\t\\n\\f\\r\\u000b\"", "\"\U0001F600\\b\\t\\n\\f\\r\\u000b\"" },
        { "{\"\\u00ad\":1}", "{\"\\u00ad\":1}" },
        { "[1.0,1e0,-0,1e999,0.1]", "[1,1,0,null,0.1]" },
    };
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect_str_eq(pryv_cstr(arena, pryv_json_stable(arena, read_json(arena, cases[i].value))), cases[i].text, "case %zu",
                         i);
    pryv_arena_free(arena);
}
