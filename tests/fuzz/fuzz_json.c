/* fuzz_json.c - any bytes as a JSON body: refused or read, and what was read is written and read again to the same text. */
#include "settings.h"
#include <pryv/json.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value, *again;

    settings.max_json_depth = 64;
    if (pryv_json_parse(arena, pryv_str_n((const char *) data, size), true, &value, &err) == PRYV_OK) {
        struct pryv_str text = pryv_json_dump(arena, value);

        if (pryv_json_parse(arena, text, true, &again, &err) != PRYV_OK || !pryv_str_is(text, pryv_json_dump(arena, again)))
            abort();
        pryv_json_stable(arena, value);
    }
    pryv_arena_free(arena);
    return 0;
}
