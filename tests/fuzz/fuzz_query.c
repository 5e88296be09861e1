/* fuzz_query.c - any bytes as a query: read in both styles, converted to declared types, checked, and written as JSON. */
#include "params_query.h"
#include "query.h"
#include "settings.h"
#include <pryv/method.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pryv_param text_item = { .type = PRYV_P_TEXT, .pattern = "^[a-z0-9-]+/[a-z0-9-]+$" };
static const struct pryv_param number_item = { .type = PRYV_P_NUMBER };
static const struct pryv_param fields[] = {
    { .name = "n", .type = PRYV_P_NUMBER, .min = -10, .max = 1e9 },
    { .name = "i", .type = PRYV_P_INTEGER, .default_json = "20" },
    { .name = "b", .type = PRYV_P_BOOL },
    { .name = "t", .type = PRYV_P_TEXT, .max = 5 },
    { .name = "l", .type = PRYV_P_ARRAY, .item = &text_item, .flags = PRYV_P_LIST_OF_ONE, .max = 4 },
    { .name = "m", .type = PRYV_P_ARRAY, .item = &number_item },
    { .name = "o", .type = PRYV_P_OBJECT, .flags = PRYV_P_REQUIRED },
    { .name = "x", .type = PRYV_P_ANY, .flags = PRYV_P_IGNORED },
    { 0 },
};

static void use(struct pryv_str raw, enum query_style style)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *query, *again;

    settings.max_json_depth = 64;
    if (query_parse(arena, raw, style, 100, &query, &err) == PRYV_OK) {
        params_convert_query(fields, query);
        if (pryv_params_check(fields, false, query, &err) != PRYV_OK)
            query = err.data;
        settings.max_json_depth = 1000;
        if (pryv_json_parse(arena, pryv_json_dump(arena, query), false, &again, &err) != PRYV_OK || !json_equal(query, again))
            abort();
    }
    pryv_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_str raw = pryv_str_n((const char *) data, size);

    use(raw, QUERY_OF_URL);
    use(raw, QUERY_OF_FORM);
    return 0;
}
