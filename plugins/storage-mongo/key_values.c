/* key_values.c - values by scope and key. */
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

static enum pryv_rc value_set(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                              struct pryv_err *err)
{
    const struct value_row row = { scope, key, value_json };
    struct pryv_str id = two_texts(err->arena, "", scope, key), in_scope = key_of(err->arena, "scope:", scope);
    struct version before;
    int there = session_get(s, &value_kind, err->arena, id, &before, err);

    if (there < 0)
        return (enum pryv_rc) there;
    if (value_json.data)
        return session_put_row(s, &value_kind, id, &in_scope, 1, &row, there ? &before : NULL, err);
    return there ? session_remove(s, &value_kind, &before, err) : PRYV_OK;
}

static enum pryv_rc value_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str key,
                              struct pryv_str *value_json, struct pryv_err *err)
{
    struct version found;
    int there = session_get(s, &value_kind, mem, two_texts(err->arena, "", scope, key), &found, err);

    if (there > 0)
        *value_json = document_text(found.document, "value");
    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no value of this key");
    return there > 0 ? PRYV_OK : (enum pryv_rc) there;
}

static int by_key(const void *a_, const void *b_)
{
    const struct value_row *a = a_, *b = b_;

    return compare_texts(a->key, b->key);
}

static enum pryv_rc value_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str **keys,
                              struct pryv_str **values_json, size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct value_row);
    enum pryv_rc rc = session_rows(s, &value_kind, key_of(err->arena, "scope:", scope), &rows, err);
    const struct value_row *all = rows.items;

    if (rc != PRYV_OK)
        return rc;
    qsort(rows.items, rows.count, rows.size, by_key);
    *keys = pryv_new_array(mem, struct pryv_str, rows.count + 1);
    *values_json = pryv_new_array(mem, struct pryv_str, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        (*keys)[i] = all[i].key;
        (*values_json)[i] = all[i].value_json;
    }
    *count = rows.count;
    return PRYV_OK;
}

void key_values_offer(struct pryv_storage_ops *ops)
{
    ops->value_set = value_set;
    ops->value_get = value_get;
    ops->value_all = value_all;
}
