/* inventory.c - names of what there is, for who does not know what to ask for. A name is a member of rows that have a key which is made of a prefix
 * and the name: the last of the kind's keys, and in the order of the names. */
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

struct inventory {
    const struct kind *kind;
    const char *prefix, *member;
};

static void append_conditions(struct pryv_arena *mem, const struct inventory *inventory, struct pryv_str after,
                              bson_t *conditions, bson_t *options)
{
    bson_t member;

    bson_append_document_begin(conditions, "keys", -1, &member);
    document_put_text(&member, after.data ? "$gt" : "$gte", key_of(mem, inventory->prefix, after));
    bson_append_document_end(conditions, &member);
    bson_append_document_begin(options, "sort", -1, &member);
    bson_append_int32(&member, "keys", -1, 1);
    bson_append_document_end(options, &member);
    bson_append_document_begin(options, "projection", -1, &member);
    bson_append_int32(&member, "id", -1, 1);
    bson_append_int32(&member, inventory->member, -1, 1);
    bson_append_document_end(options, &member);
}

static bool is_new(const struct pryv_rows *names, struct pryv_str name)
{
    return names->count == 0 || !pryv_str_is(((struct pryv_str *) names->items)[names->count - 1], name);
}

static enum pryv_rc add_committed(struct pryv_session *s, const struct inventory *inventory, struct pryv_str after, size_t limit,
                                  struct pryv_rows *names, struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER, options = BSON_INITIALIZER;
    struct scan scan = { 0 };
    struct document found;

    append_conditions(err->arena, inventory, after, &conditions, &options);

    int more = (int) scan_begin(s, inventory->kind, &conditions, &options, &scan, err);

    if (more == PRYV_OK)
        while (names->count < limit && (more = scan_next(&scan, &found, err)) > 0) {
            struct pryv_str name = document_text(found, inventory->member);

            if (name.data && is_new(names, name))
                *(struct pryv_str *) pryv_rows_add(names) = pryv_str_copy(names->mem, name);
        }
    scan_end(&scan);
    bson_destroy(&conditions);
    bson_destroy(&options);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

static void add_own(struct pryv_session *s, const struct inventory *inventory, struct pryv_str after, struct pryv_rows *names)
{
    for (const struct own_row *row = NULL; (row = session_own(s, inventory->kind, row));) {
        struct pryv_str name = document_text(row->document, inventory->member);

        if (name.data && (!after.data || compare_texts(name, after) > 0))
            *(struct pryv_str *) pryv_rows_add(names) = pryv_str_copy(names->mem, name);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return compare_texts(*(const struct pryv_str *) a, *(const struct pryv_str *) b);
}

/* In order, each once. */
static size_t settle_order(struct pryv_rows *names)
{
    struct pryv_str *all = names->items;
    size_t count = 0;

    qsort(names->items, names->count, names->size, by_bytes);
    for (size_t i = 0; i < names->count; i++)
        if (count == 0 || !pryv_str_is(all[count - 1], all[i]))
            all[count++] = all[i];
    return count;
}

static enum pryv_rc list_names(struct pryv_session *s, const struct inventory *inventory, struct pryv_arena *mem,
                               struct pryv_str after, size_t limit, struct pryv_str **out, size_t *count, struct pryv_err *err)
{
    struct pryv_rows names = PRYV_ROWS(mem, struct pryv_str);
    enum pryv_rc rc = add_committed(s, inventory, after, limit, &names, err);

    if (rc != PRYV_OK)
        return rc;
    add_own(s, inventory, after, &names);
    *count = settle_order(&names);
    *count = *count < limit ? *count : limit;
    *out = names.items;
    return PRYV_OK;
}

static enum pryv_rc versioned_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                     struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    static const struct inventory versions = { &event_kind, "head:", "headId" };

    return list_names(s, &versions, mem, after, limit, ids, count, err);
}

static enum pryv_rc series_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                  struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    static const struct inventory chunks = { &chunk_kind, "event:", "eventId" };

    return list_names(s, &chunks, mem, after, limit, ids, count, err);
}

static enum pryv_rc value_scopes(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                 struct pryv_str **scopes, size_t *count, struct pryv_err *err)
{
    static const struct inventory values = { &value_kind, "scope:", "scope" };

    return list_names(s, &values, mem, after, limit, scopes, count, err);
}

void inventory_offer(struct pryv_storage_ops *ops)
{
    ops->versioned_events = versioned_events;
    ops->value_scopes = value_scopes;
    ops->series_events = series_events;
}
