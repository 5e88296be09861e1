// link: plugins/mail
/* fuzz_pug.c - any bytes as a mail template: it is refused or rendered, ends soon, and its HTML gives some text. */
#include "../../plugins/mail/html_text.h"
#include "../../plugins/mail/pug.h"
#include "settings.h"
#include <pryv/json.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char words[] = "{\"USERNAME\":\"A & <B>\",\"list\":[\"x\",\"y\"],\"n\":3,\"o\":{\"p\":[]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    const struct pug *template;
    struct pryv_str html;
    json_t *variables;

    settings.max_json_depth = 100;
    if (pryv_json_parse(arena, pryv_str(words), false, &variables, &err) != PRYV_OK)
        abort();
    if (pug_parse(arena, pryv_str_n((const char *) data, size), &template, &err) == PRYV_OK &&
        pug_render(arena, template, variables, &html, &err) == PRYV_OK)
        (void) html_text(arena, html);
    (void) html_text(arena, pryv_str_n((const char *) data, size));
    pryv_arena_free(arena);
    return 0;
}
