/* platform_values.c - values by key, most of them with an end. */
#include "engine.h"
#include "text_order.h"
#include <pryv/crypto.h>

struct request {
    struct pryv_str key, expected, value;
    double expires;
    struct pryv_arena *mem;
    struct pryv_str taken;
};

static bool is_over(const struct platform_value_row *row, double now)
{
    return pryv_present(row->expires) && row->expires <= now;
}

/* 1: a value that has not ended; 0: none, though `*there` tells whether a row is. */
static int get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str key, struct version *version, bool *there,
               struct platform_value_row *out, struct pryv_err *err)
{
    int found = session_get(s, &platform_value_kind, mem, key, version, err);

    *there = found > 0;
    if (found <= 0)
        return found;
    document_read_row(version->document, &platform_value_kind, out);
    return !is_over(out, pryv_now());
}

static enum pryv_rc write_value(struct pryv_session *s, const struct request *request, const struct version *before,
                                struct pryv_err *err)
{
    const struct platform_value_row row = { request->key, request->value, request->expires };

    return session_put_row(s, &platform_value_kind, request->key, NULL, 0, &row, before, err);
}

static enum pryv_rc put(struct pryv_session *s, void *request, struct pryv_err *err)
{
    struct platform_value_row row;
    struct version before;
    bool there;
    int found = get(s, err->arena, ((struct request *) request)->key, &before, &there, &row, err);

    return found < 0 ? (enum pryv_rc) found : write_value(s, request, there ? &before : NULL, err);
}

static enum pryv_rc put_new(struct pryv_session *s, void *request, struct pryv_err *err)
{
    struct platform_value_row row;
    struct version before;
    bool there;
    int found = get(s, err->arena, ((struct request *) request)->key, &before, &there, &row, err);

    if (found > 0)
        return pryv_conflict(err, "key", "there is a value of this key");
    return found < 0 ? (enum pryv_rc) found : write_value(s, request, there ? &before : NULL, err);
}

static enum pryv_rc replace(struct pryv_session *s, void *request_, struct pryv_err *err)
{
    const struct request *request = request_;
    struct platform_value_row row;
    struct version before;
    bool there;
    int found = get(s, err->arena, request->key, &before, &there, &row, err);

    if (found == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no value of this key");
    if (found < 0)
        return (enum pryv_rc) found;
    if (!pryv_str_is(row.value, request->expected))
        return pryv_conflict(err, "value", "the value is another one meanwhile");
    return write_value(s, request, &before, err);
}

static enum pryv_rc take(struct pryv_session *s, void *request_, struct pryv_err *err)
{
    struct request *request = request_;
    struct platform_value_row row;
    struct version before;
    bool there;
    int found = get(s, request->mem, request->key, &before, &there, &row, err);

    if (found == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no value of this key");
    if (found < 0)
        return (enum pryv_rc) found;
    request->taken = row.value;
    return session_remove(s, &platform_value_kind, &before, err);
}

static enum pryv_rc delete_key(struct pryv_session *s, void *request, struct pryv_err *err)
{
    struct version before;
    int found = session_get(s, &platform_value_kind, err->arena, ((struct request *) request)->key, &before, err);

    return found > 0 ? session_remove(s, &platform_value_kind, &before, err) : (enum pryv_rc) found;
}

static enum pryv_rc run(void *self, enum pryv_rc (*fn)(struct pryv_session *s, void *request, struct pryv_err *err),
                        struct request *request, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, fn, request, err);
}

/* ---- The interface's ------------------------------------------------------------------------- */

static enum pryv_rc platform_value_put(void *self, struct pryv_str key, struct pryv_str value, double expires,
                                       struct pryv_err *err)
{
    return run(self, put, &(struct request){ .key = key, .value = value, .expires = expires }, err);
}

static enum pryv_rc platform_value_put_new(void *self, struct pryv_str key, struct pryv_str value, double expires,
                                           struct pryv_err *err)
{
    return run(self, put_new, &(struct request){ .key = key, .value = value, .expires = expires }, err);
}

static enum pryv_rc platform_value_replace(void *self, struct pryv_str key, struct pryv_str expected, struct pryv_str value,
                                           double expires, struct pryv_err *err)
{
    return run(self, replace, &(struct request){ key, expected, value, expires, NULL, PRYV_STR_NONE }, err);
}

static enum pryv_rc platform_value_get(void *self, struct pryv_arena *mem, struct pryv_str key, bool strong PRYV_UNUSED,
                                       struct pryv_str *value, struct pryv_err *err)
{
    struct engine *engine = self;
    struct platform_value_row row;
    struct version version;
    struct pryv_session s;
    bool there;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);

    if (rc != PRYV_OK)
        return rc;

    int found = get(&s, mem, key, &version, &there, &row, err);

    session_end(&s);
    if (found == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no value of this key");
    if (found < 0)
        return (enum pryv_rc) found;
    *value = row.value;
    return PRYV_OK;
}

static enum pryv_rc platform_value_take(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                                        struct pryv_err *err)
{
    struct request request = { .key = key, .mem = mem };
    enum pryv_rc rc = run(self, take, &request, err);

    if (rc == PRYV_OK)
        *value = request.taken;
    return rc;
}

static enum pryv_rc platform_value_delete(void *self, struct pryv_str key, struct pryv_err *err)
{
    return run(self, delete_key, &(struct request){ .key = key }, err);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static void append_range(struct pryv_str prefix, struct pryv_str after, bson_t *conditions, bson_t *options)
{
    bool after_prefix = after.data && compare_texts(after, prefix) >= 0;
    bson_t member;

    bson_append_document_begin(conditions, "id", -1, &member);
    if (after_prefix)
        document_put_text(&member, "$gt", after);
    else
        document_put_text(&member, "$gte", prefix.data ? prefix : PRYV_STR(""));
    bson_append_document_end(conditions, &member);
    bson_append_document_begin(options, "sort", -1, &member);
    bson_append_int32(&member, "id", -1, 1);
    bson_append_document_end(options, &member);
}

static bool begins_with(struct pryv_str text, struct pryv_str prefix)
{
    return text.len >= prefix.len && (prefix.len == 0 || memcmp(text.data, prefix.data, prefix.len) == 0);
}

/* Up to the first key that does not begin with the prefix. */
static enum pryv_rc list(struct pryv_session *s, struct pryv_str prefix, struct pryv_str after, size_t limit,
                         struct pryv_rows *out, struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER, options = BSON_INITIALIZER;
    struct platform_value_row row;
    struct scan scan = { 0 };
    struct document found;
    double now = pryv_now();

    append_range(prefix, after, &conditions, &options);

    int more = (int) scan_begin(s, &platform_value_kind, &conditions, &options, &scan, err);

    if (more == PRYV_OK)
        while (out->count < limit && (more = scan_next(&scan, &found, err)) > 0) {
            document_read_row(document_copy(out->mem, found), &platform_value_kind, &row);
            if (!begins_with(row.id, prefix))
                break;
            if (!is_over(&row, now))
                *(struct platform_value_row *) pryv_rows_add(out) = row;
        }
    scan_end(&scan);
    bson_destroy(&conditions);
    bson_destroy(&options);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

static enum pryv_rc platform_values_with_ends(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                              size_t limit, struct pryv_str **keys, struct pryv_str **values, double **ends,
                                              size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct pryv_rows rows = PRYV_ROWS(mem, struct platform_value_row);
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);
    const struct platform_value_row *all;

    if (rc != PRYV_OK)
        return rc;
    if (limit)
        rc = list(&s, prefix, after, limit, &rows, err);
    session_end(&s);
    if (rc != PRYV_OK)
        return rc;
    all = rows.items;
    *keys = pryv_new_array(mem, struct pryv_str, rows.count + 1);
    *values = pryv_new_array(mem, struct pryv_str, rows.count + 1);
    *ends = pryv_new_array(mem, double, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        (*keys)[i] = all[i].id;
        (*values)[i] = all[i].value;
        (*ends)[i] = all[i].expires;
    }
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc platform_values_list(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                         size_t limit, struct pryv_str **keys, struct pryv_str **values, size_t *count,
                                         struct pryv_err *err)
{
    double *ends;

    return platform_values_with_ends(self, mem, prefix, after, limit, keys, values, &ends, count, err);
}

/* ---- Sweeping -------------------------------------------------------------------------------- */

struct sweeping {
    double now;
    uint64_t removed;
};

static enum pryv_rc remove_ended(struct pryv_session *s, const struct kind *kind, struct sweeping *sweeping, struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER, range;
    struct pryv_rows ended = PRYV_ROWS(err->arena, struct version);
    struct scan scan = { 0 };
    struct document found;

    bson_append_document_begin(&conditions, "expires", -1, &range);
    bson_append_double(&range, "$lte", -1, sweeping->now);
    bson_append_document_end(&conditions, &range);

    int more = (int) scan_begin(s, kind, &conditions, NULL, &scan, err);

    if (more == PRYV_OK)
        while ((more = scan_next(&scan, &found, err)) > 0) {
            struct document copy = document_copy(err->arena, found);

            *(struct version *) pryv_rows_add(&ended) = (struct version){ copy, document_text(copy, "_id") };
        }
    scan_end(&scan);
    bson_destroy(&conditions);
    if (more < 0)
        return (enum pryv_rc) more;
    sweeping->removed += ended.count;
    return session_remove_all(s, kind, &ended, err);
}

static enum pryv_rc sweep(struct pryv_session *s, void *sweeping_, struct pryv_err *err)
{
    struct sweeping *sweeping = sweeping_;
    enum pryv_rc rc;

    sweeping->removed = 0;
    rc = remove_ended(s, &platform_value_kind, sweeping, err);
    return rc == PRYV_OK ? remove_ended(s, &unique_kind, sweeping, err) : rc; /* only reservations have an end */
}

static enum pryv_rc platform_sweep(void *self, double now, uint64_t *removed, struct pryv_err *err)
{
    struct engine *engine = self;
    struct sweeping sweeping = { now, 0 };
    enum pryv_rc rc = session_run(engine, &engine->platform, sweep, &sweeping, err);

    if (rc == PRYV_OK)
        *removed = sweeping.removed;
    return rc;
}

void platform_values_offer(struct pryv_platform_ops *ops)
{
    ops->value_put = platform_value_put;
    ops->value_put_new = platform_value_put_new;
    ops->value_replace = platform_value_replace;
    ops->value_get = platform_value_get;
    ops->value_take = platform_value_take;
    ops->value_delete = platform_value_delete;
    ops->values_list = platform_values_list;
    ops->values_with_ends = platform_values_with_ends;
    ops->sweep = platform_sweep;
}
