// link: plugins/mfa
/* fuzz_sms_template.c - a template, a NUL, and a value: what is JSON with a harmless value is JSON with any, and of the same shape. */
#include "../../plugins/mfa/template.h"
#include "settings.h"
#include <pryv/json.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Values may differ, as text or number; how things lie in each other may not. */
static bool is_same_shape(const json_t *a, const json_t *b)
{
    if (json_is_array(a) != json_is_array(b) || json_is_object(a) != json_is_object(b))
        return false;
    if (json_is_array(a)) {
        if (json_array_size(a) != json_array_size(b))
            return false;
        for (size_t i = 0; i < json_array_size(a); i++)
            if (!is_same_shape(json_array_get(a, i), json_array_get(b, i)))
                return false;
        return true;
    }
    /* Names may have a place too, so that they differ, or become one. */
    return !json_is_object(a) || json_object_size(b) <= json_object_size(a) + 1;
}

static void check(struct pryv_arena *arena, struct pryv_str template_, json_t *harmless, json_t *any)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_str tame = template_fill(arena, template_, TEMPLATE_JSON, harmless);
    struct pryv_str wild = template_fill(arena, template_, TEMPLATE_JSON, any);
    json_t *expected, *got;

    if (pryv_json_parse(arena, tame, true, &expected, &err) != PRYV_OK)
        return;
    if (pryv_json_parse(arena, wild, true, &got, &err) != PRYV_OK || !is_same_shape(expected, got))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *) data, *nul = size ? memchr(text, '\0', size) : NULL;
    struct pryv_str template_ = pryv_str_n(text, nul ? (size_t) (nul - text) : size);
    struct pryv_str value = nul ? pryv_str_n(nul + 1, size - template_.len - 1) : PRYV_STR("\"},{");
    struct pryv_arena *arena = pryv_arena_new();
    json_t *harmless = json_pack("{s:s}", "v", "a"), *any = json_object();

    settings.max_json_depth = 100;
    if (json_object_set_new(any, "v", json_stringn(value.data, value.len)) == 0) {
        /* Our reader takes no U+0000 in names. */
        if (!memchr(value.data, '\0', value.len))
            check(arena, template_, harmless, any);
        for (enum template_place place = TEMPLATE_TEXT; place <= TEMPLATE_XML; place++)
            (void) template_fill(arena, template_, place, any);
    }
    (void) template_place_of(template_, value);
    json_decref(harmless);
    json_decref(any);
    pryv_arena_free(arena);
    return 0;
}
