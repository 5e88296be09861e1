/* fuzz_yaml.c - any bytes as a configuration file: refused with a line, or a tree that becomes JSON, merges and reads back. */
#include "config_tree.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    struct config_node *tree, *other;
    struct pryv_str text = pryv_str_n((const char *) data, size);

    if (config_yaml_parse(arena, text, "fuzz.yml", &tree, &err) != PRYV_OK) {
        if (err.rc == PRYV_REFUSED && !pryv_str_starts(pryv_str(err.message), "fuzz.yml:"))
            abort();
    } else if (config_yaml_parse(arena, text, "fuzz.yml", &other, &err) == PRYV_OK) {
        json_t *before = config_node_json(tree);

        config_node_merge(tree, other);
        json_t *after = config_node_json(tree);

        if (!before || !json_equal(before, after)) /* merging a tree with itself changes nothing */
            abort();
        json_decref(before);
        json_decref(after);
    }
    pryv_arena_free(arena);
    return 0;
}
