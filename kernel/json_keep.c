/* json_keep.c - values that an arena releases; see pryv/json.h. */
#include <pryv/json.h>

static void release(void *value)
{
    json_decref(value);
}

json_t *pryv_json_keep(struct pryv_arena *arena, json_t *value)
{
    pryv_defer(arena, release, value);
    return value;
}
