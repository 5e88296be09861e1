/* platform_former_names.c - what a user was called before, and still answers to. */
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

static int by_bytes(const void *a, const void *b)
{
    return compare_texts(*(const struct pryv_str *) a, *(const struct pryv_str *) b);
}

static enum pryv_rc platform_former_names(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str **names,
                                          size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct pryv_rows rows = PRYV_ROWS(mem, struct unique_row), found = PRYV_ROWS(mem, struct pryv_str);
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);

    if (rc != PRYV_OK)
        return rc;
    rc = session_rows(&s, &unique_kind, key_of(err->arena, "user:", username), &rows, err);
    session_end(&s);
    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; i < rows.count; i++) {
        const struct unique_row *row = (struct unique_row *) rows.items + i;

        if (pryv_str_equal(row->field, "username") && !pryv_str_is(row->value, username))
            *(struct pryv_str *) pryv_rows_add(&found) = row->value;
    }
    qsort(found.items, found.count, found.size, by_bytes);
    *names = found.items;
    *count = found.count;
    return PRYV_OK;
}

void platform_former_names_offer(struct pryv_platform_ops *ops)
{
    ops->former_names = platform_former_names;
}
