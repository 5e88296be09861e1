// link: plugins/mfa
/* test_mfa.c - what mfa.so makes of templates, and the codes it makes. */
#include "../../plugins/mfa/code.h"
#include "../../plugins/mfa/profile.h"
#include "../../plugins/mfa/session.h"
#include "../../plugins/mfa/template.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <pryv/json.h>
#include <stdio.h>

static struct pryv_arena *mem;

static void set_up(void)
{
    mem = pryv_arena_new();
    settings.max_json_depth = 100;
}

static void tear_down(void)
{
    pryv_arena_free(mem);
}

TestSuite(mfa, .init = set_up, .fini = tear_down);

#define VALUES                                                                                                               \
    "{\"phone\": \"+41 79\", \"evil\": \"a\\\",\\\"b\\\":\\\"\\\\\\n<&\", \"nested\": \"{{ phone }}\", \"n\": 12, \"yes\": " \
    "true, "                                                                                                                 \
    "\"none\": null, \"list\": [1, \"x\"], \"digits\": \"123\", \"almost\": \"0123\", \"\": \"nameless\", \"a b\": \"blank\"}"

static const struct {
    const char *template_;
    enum template_place place;
    const char *expected;
} fillings[] = {
    { "to {{ phone }}!", TEMPLATE_TEXT, "to +41 79!" },
    { "{{ phone }}{{ phone }}", TEMPLATE_TEXT, "+41 79+41 79" },
    { "", TEMPLATE_TEXT, "" },
    { "no place", TEMPLATE_TEXT, "no place" },
    /* Exactly one blank on each side, and a name that is there. */
    { "{{phone}} {{  phone }} {{ phone}} {{ other }} {{ Phone }}", TEMPLATE_TEXT,
      "{{phone}} {{  phone }} {{ phone}} {{ other }} {{ Phone }}" },
    { "{{ {{ phone }} }}", TEMPLATE_TEXT, "{{ +41 79 }}" },
    { "{{ phone", TEMPLATE_TEXT, "{{ phone" },
    { "{{ ", TEMPLATE_TEXT, "{{ " },
    { "{{  }}", TEMPLATE_TEXT, "nameless" },
    { "{{ a b }}", TEMPLATE_TEXT, "blank" },
    { "{{ n }} {{ yes }} {{ none }} {{ list }}", TEMPLATE_TEXT, "12 true null [1,\"x\"]" },
    /* What was filled in is text, not a template. */
    { "{{ nested }}", TEMPLATE_TEXT, "{{ phone }}" },
    /* JSON: within a text and outside of one. */
    { "{\"v\":\"{{ evil }}\"}", TEMPLATE_JSON, "{\"v\":\"a\\\",\\\"b\\\":\\\"\\\\\\n<&\"}" },
    { "{\"v\":{{ evil }}}", TEMPLATE_JSON, "{\"v\":\"a\\\",\\\"b\\\":\\\"\\\\\\n<&\"}" },
    { "{\"v\":{{ digits }},\"w\":{{ almost }}}", TEMPLATE_JSON, "{\"v\":123,\"w\":\"0123\"}" },
    { "{\"v\":{{ n }},\"w\":{{ list }},\"x\":\"{{ list }}\"}", TEMPLATE_JSON,
      "{\"v\":12,\"w\":[1,\"x\"],\"x\":\"[1,\\\"x\\\"]\"}" },
    { "{\"q\\\"{{ phone }}\":{{ phone }}}", TEMPLATE_JSON, "{\"q\\\"+41 79\":\"+41 79\"}" },
    /* The name of a member is a text, whatever is filled in. */
    { "{{{ digits }}:{{ digits }},{{ n }} : 1,{{ phone }}\n: 2}", TEMPLATE_JSON, "{\"123\":123,\"12\" : 1,\"+41 79\"\n: 2}" },
    { "{\"q\\\\\":{{ phone }}}", TEMPLATE_JSON, "{\"q\\\\\":\"+41 79\"}" },
    /* Addresses and forms: values wholly, the template where no address could hold it. */
    { "http://h/a?to={{ phone }}&x={{ evil }}", TEMPLATE_PERCENT, "http://h/a?to=%2B41%2079&x=a%22%2C%22b%22%3A%22%5C%0A%3C%26" },
    { "http://h/{{ other }}/?l={{ other }}\"", TEMPLATE_PERCENT, "http://h/%7B%7B%20other%20%7D%7D/?l={{%20other%20}}%22" },
    { "http://h/%20~a_b-c.d/?e=f&g#h", TEMPLATE_PERCENT, "http://h/%20~a_b-c.d/?e=f&g#h" },
    { "<v a=\"{{ evil }}\">", TEMPLATE_XML, "<v a=\"a&quot;,&quot;b&quot;:&quot;\\\n&lt;&amp;\">" },
};

Test(mfa, values_stay_in_their_place)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *values;

    cr_assert(pryv_json_parse(mem, PRYV_STR(VALUES), false, &values, &err) == PRYV_OK);
    for (size_t i = 0; i < PRYV_COUNT(fillings); i++) {
        struct pryv_str filled = template_fill(mem, pryv_str(fillings[i].template_), fillings[i].place, values);

        cr_expect(pryv_str_equal(filled, fillings[i].expected), "%s: \"%s\" instead of \"%s\"", fillings[i].template_,
                  filled.data, fillings[i].expected);
    }
}

/* Whatever bytes a value has, the body is JSON with that value in its member, and nothing else. */
Test(mfa, no_text_leaves_json)
{
    struct pryv_err err = PRYV_ERR(mem);

    for (unsigned seed = 0; seed < 3000; seed++) {
        static const char pieces[][4] = { "\"", "\\", "{", "}", ",", ":", "{{ ", " }}", "a", "\n", "1", "\xc3\xa9", "[", "]" };
        char text[64] = "";
        unsigned rest = seed * 2654435761U;

        for (int i = 0; i < 8; i++, rest /= 14)
            strcat(text, pieces[(rest + seed) % PRYV_COUNT(pieces)]);

        json_t *values = json_pack("{s:s}", "v", text), *parsed;
        struct pryv_str body = template_fill(mem, PRYV_STR("{\"in\":\"{{ v }}\",\"x{{ v }}\":[{{ v }}]}"), TEMPLATE_JSON, values);

        cr_assert(pryv_json_parse(mem, body, false, &parsed, &err) == PRYV_OK, "%s", body.data);
        cr_expect(json_object_size(parsed) == 2, "%s", body.data);
        cr_expect(pryv_str_equal(pryv_json_member_text(parsed, "in"), text), "%s", body.data);
        json_decref(values);
    }
}

Test(mfa, the_kind_of_a_body_is_told_by_its_type)
{
    cr_expect(template_place_of(PRYV_STR("application/json; charset=utf-8"), PRYV_STR("x")) == TEMPLATE_JSON);
    cr_expect(template_place_of(PRYV_STR("Application/JSON"), PRYV_STR("x")) == TEMPLATE_JSON);
    cr_expect(template_place_of(PRYV_STR("application/x-www-form-urlencoded"), PRYV_STR("{")) == TEMPLATE_PERCENT);
    cr_expect(template_place_of(PRYV_STR("text/xml"), PRYV_STR("{")) == TEMPLATE_XML);
    cr_expect(template_place_of(PRYV_STR("text/plain"), PRYV_STR("{")) == TEMPLATE_TEXT);
    cr_expect(template_place_of(PRYV_STR_NONE, PRYV_STR(" {\"a\"")) == TEMPLATE_JSON);
    cr_expect(template_place_of(PRYV_STR_NONE, PRYV_STR("<a>")) == TEMPLATE_XML);
    cr_expect(template_place_of(PRYV_STR_NONE, PRYV_STR("a")) == TEMPLATE_TEXT);
    cr_expect(template_place_of(PRYV_STR_NONE, PRYV_STR("")) == TEMPLATE_TEXT);
}

/* Every digit is as likely in every place. Chi-square with 9 degrees of freedom is over 40 once in 130000 times. */
Test(mfa, codes_are_even)
{
    enum { DRAWS = 20000, DIGITS = 6 };
    unsigned counts[DIGITS][10] = { 0 };

    for (int i = 0; i < DRAWS; i++) {
        struct pryv_arena *one = pryv_arena_new();
        struct pryv_str code = code_random(one, DIGITS);

        cr_assert(code.len == DIGITS);
        for (size_t d = 0; d < DIGITS; d++) {
            cr_assert(code.data[d] >= '0' && code.data[d] <= '9');
            counts[d][code.data[d] - '0']++;
        }
        pryv_arena_free(one);
    }
    for (size_t d = 0; d < DIGITS; d++) {
        double chi = 0;

        for (int i = 0; i < 10; i++)
            chi += pow(counts[d][i] - DRAWS / 10.0, 2) / (DRAWS / 10.0);
        cr_expect(chi < 40, "place %zu: %g", d, chi);
    }
}

Test(mfa, tokens_are_random_uuids)
{
    struct pryv_str one = uuid_new(mem), other = uuid_new(mem);

    cr_expect(one.len == 36 && !pryv_str_is(one, other));
    cr_expect(one.data[14] == '4' && strchr("89ab", one.data[19]));
    cr_expect(pryv_str_equal(hash_hex(mem, PRYV_STR("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

Test(mfa, recovery_codes_are_not_shown)
{
    json_t *value = json_pack("{s:{s:s}, s:[s,s]}", "content", "phone", "1", "recoveryCodes", "secret-a", "secret-b");
    json_t *shown = profile_show(NULL, value);
    struct pryv_str text = pryv_json_dump(mem, shown);

    cr_expect(pryv_str_equal(text, "{\"content\":{\"phone\":\"1\"},\"recoveryCodes\":[\"********\",\"********\"]}"), "%s",
              text.data);
    cr_expect(pryv_str_equal(pryv_json_text_of(json_array_get(json_object_get(value, "recoveryCodes"), 0)), "secret-a"));
    json_decref(shown);
    json_decref(value);
    value = json_string("what a client left here");
    shown = profile_show(NULL, value);
    cr_expect(json_equal(shown, value));
    json_decref(shown);
    json_decref(value);
}
