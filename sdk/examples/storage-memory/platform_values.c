/* platform_values.c - values by key, mostly short-lived; see pryv/platform.h. */
#include "platform.h"

static enum pryv_rc value_put(void *self, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), true, err));
    platform_put(&s, map_key(err->arena, SHARED_VALUE, key), &(struct value){ .key = key, .text = value, .expires = expires });
    return platform_end(&s, PRYV_OK, err);
}

static enum pryv_rc value_put_new(void *self, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err)
{
    struct pryv_str at = map_key(err->arena, SHARED_VALUE, key);
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), true, err));
    if (platform_find(&s, at))
        return platform_end(&s, pryv_conflict(err, "key", "there is a value %.*s", PRYV_STR_ARG(key)), err);
    platform_put(&s, at, &(struct value){ .key = key, .text = value, .expires = expires });
    return platform_end(&s, PRYV_OK, err);
}

static enum pryv_rc value_replace(void *self, struct pryv_str key, struct pryv_str expected, struct pryv_str value,
                                  double expires, struct pryv_err *err)
{
    struct pryv_str at = map_key(err->arena, SHARED_VALUE, key);
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), true, err));

    const struct row *old = platform_find(&s, at);

    if (!old)
        return platform_end(&s, pryv_fail(err, PRYV_NOT_FOUND, "no value %.*s", PRYV_STR_ARG(key)), err);
    if (!pryv_str_is(old->value.text, expected))
        return platform_end(&s, pryv_conflict(err, "value", "another has changed %.*s", PRYV_STR_ARG(key)), err);
    platform_put(&s, at, &(struct value){ .key = key, .text = value, .expires = expires });
    return platform_end(&s, PRYV_OK, err);
}

static enum pryv_rc value_get(void *self, struct pryv_arena *mem, struct pryv_str key, bool strong PRYV_UNUSED,
                              struct pryv_str *value, struct pryv_err *err)
{
    return platform_text(self, mem, map_key(err->arena, SHARED_VALUE, key), value, err);
}

static enum pryv_rc value_take(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                               struct pryv_err *err)
{
    struct pryv_str at = map_key(err->arena, SHARED_VALUE, key);
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), true, err));

    const struct row *row = platform_find(&s, at);

    if (!row)
        return platform_end(&s, pryv_fail(err, PRYV_NOT_FOUND, "no value %.*s", PRYV_STR_ARG(key)), err);
    *value = pryv_str_copy(mem, row->value.text);
    session_remove(&s, at);
    return platform_end(&s, PRYV_OK, err);
}

static enum pryv_rc value_delete(void *self, struct pryv_str key, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), true, err));
    session_remove(&s, map_key(err->arena, SHARED_VALUE, key));
    return platform_end(&s, PRYV_OK, err);
}

static enum pryv_rc values_with_ends(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                     size_t limit, struct pryv_str **keys, struct pryv_str **values, double **ends, size_t *count,
                                     struct pryv_err *err)
{
    struct map_walk walk = { .prefix = map_key(err->arena, SHARED_VALUES_FROM, prefix.data ? prefix : PRYV_STR("")) };
    struct pryv_session s;

    if (after.data)
        walk.after = map_key(err->arena, SHARED_VALUE, after);
    MUST(session_begin(&s, platform_of(self), false, err));
    list_values(&s, mem, walk, limit, keys, values, ends, count);
    session_end(&s);
    return PRYV_OK;
}

static enum pryv_rc values_list(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after, size_t limit,
                                struct pryv_str **keys, struct pryv_str **values, size_t *count, struct pryv_err *err)
{
    double *ends;

    return values_with_ends(self, mem, prefix, after, limit, keys, values, &ends, count, err);
}

uint64_t platform_sweep_values(struct pryv_session *s, struct pryv_arena *mem, double now)
{
    struct map *as_it_was = map_keep(s->map);
    struct map_walk values = { .map = as_it_was, .prefix = all_of(SHARED_VALUE) };
    const struct row *row;
    uint64_t count = 0;

    while ((row = map_step(&values)))
        if (row->value.expires <= now) {
            session_remove(s, map_key(mem, SHARED_VALUE, row->value.key));
            count++;
        }
    map_release(as_it_was);
    return count;
}

void platform_values_offer(struct pryv_platform_ops *ops)
{
    ops->value_put = value_put;
    ops->value_put_new = value_put_new;
    ops->value_replace = value_replace;
    ops->value_get = value_get;
    ops->value_take = value_take;
    ops->value_delete = value_delete;
    ops->values_list = values_list;
    ops->values_with_ends = values_with_ends;
}
