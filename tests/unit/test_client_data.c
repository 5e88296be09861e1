/* clientData key by key: what stays, what goes, what comes. */
// link: plugins/api
#include <criterion/criterion.h>
#include <pryv/json.h>
#include "../../plugins/api/client_data.h"
#include "settings.h"

static const struct {
    const char *stored, *changes, *expected; /* NULL: not there */
} cases[] = {
    { NULL, NULL, NULL },
    { "{\"a\":1}", NULL, "{\"a\":1}" },
    { NULL, "{}", NULL },
    { "{\"a\":1}", "{}", "{\"a\":1}" },
    { NULL, "{\"a\":null,\"b\":{\"c\":null}}", "{\"b\":{\"c\":null}}" }, /* nulls further down are values */
    { "{\"a\":1,\"b\":{\"c\":1,\"d\":2}}", "{\"b\":{\"c\":3}}", "{\"a\":1,\"b\":{\"c\":3}}" },
    { "{\"a\":1}", "{\"a\":null}", "{}" },
    { "{\"a\":1}", "{\"nothere\":null}", "{\"a\":1}" },
    { "{\"a\":1}", "null", NULL },
    { NULL, "null", NULL },
    { "{\"b\":1,\"a\":2}", "{\"c\":3,\"b\":[]}", "{\"b\":[],\"a\":2,\"c\":3}" }, /* keys keep their place */
    { "{\"\":1,\"\u00e9\":2}", "{\"\":null}", "{\"\u00e9\":2}" },
};

Test(client_data, is_merged_by_key)
{
    settings.max_json_depth = 100;
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        json_t *changes = NULL;
        struct pryv_str merged;

        if (cases[i].changes)
            cr_assert_eq(pryv_json_parse(mem, pryv_str(cases[i].changes), true, &changes, &err), PRYV_OK);
        cr_assert_eq(client_data_merge(mem, pryv_str(cases[i].stored), changes, &merged, &err), PRYV_OK);
        cr_assert_eq(merged.data != NULL, cases[i].expected != NULL, "case %zu", i);
        cr_assert(!merged.data || pryv_str_equal(merged, cases[i].expected), "case %zu: %.*s", i, PRYV_STR_ARG(merged));
        pryv_arena_free(mem);
    }
}

Test(client_data, that_is_broken_is_a_fault)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str merged;
    json_t *changes = json_pack("{s:i}", "a", 1);

    settings.max_json_depth = 100;
    cr_assert_eq(client_data_merge(mem, PRYV_STR("{\"a\":"), changes, &merged, &err), PRYV_FAILED);
    json_decref(changes);
    pryv_arena_free(mem);
}
