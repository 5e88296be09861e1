/* inventory.c - names of what there is: the first columns of a table's keys. */
#include "storage.h"

/* Several rows of one name stand beside each other. */
static enum pryv_rc list_names(const struct pryv_session *s, const char *table, struct pryv_arena *mem, struct pryv_str after,
                               size_t limit, struct pryv_str **out, size_t *count)
{
    const char first_column[] = { table[0], 't', '\0' };
    struct map_walk walk = { .map = s->map, .prefix = all_of(table) }, counting;
    struct pryv_str *names, last = after;
    size_t rows = 0, n = 0;

    if (after.data)
        walk.after = map_key(mem, first_column, after); /* before all rows of that name, which are passed over below */
    for (counting = walk; map_step(&counting);)
        rows++;
    names = pryv_new_array(mem, struct pryv_str, rows);
    while (n < limit && map_step(&walk)) {
        struct pryv_str name = map_walk_text(&walk, mem);

        if (!last.data || !pryv_str_is(last, name))
            names[n++] = last = name;
    }
    *out = names;
    *count = n;
    return PRYV_OK;
}

static enum pryv_rc versioned_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                     struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    MUST(session_reads(s, err));
    return list_names(s, EVENT_VERSION, mem, after, limit, ids, count);
}

static enum pryv_rc series_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                  struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    MUST(session_reads(s, err));
    return list_names(s, CHUNK_BY_ID, mem, after, limit, ids, count);
}

static enum pryv_rc value_scopes(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                 struct pryv_str **scopes, size_t *count, struct pryv_err *err)
{
    MUST(session_reads(s, err));
    return list_names(s, VALUE_BY_KEY, mem, after, limit, scopes, count);
}

void inventory_offer(struct pryv_storage_ops *ops)
{
    ops->versioned_events = versioned_events;
    ops->series_events = series_events;
    ops->value_scopes = value_scopes;
}
