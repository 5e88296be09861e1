/* stream_query.c - reads the `streams` parameter; see stream_query.h. What it means is worked out in stream_query_expand.c. */
#include "stream_query.h"
#include "streams.h"
#include <pryv/json.h>

struct parser {
    struct pryv_arena *mem;
    const struct account_fields *account;
    size_t ids_left;
    struct stream_queries *out;
    struct pryv_err *err;
};

static enum pryv_rc refuse(struct parser *p, const char *what)
{
    return pryv_refuse(p->err, 400, "invalid-request-structure", NULL, "The parameter `streams` is malformed: %s", what);
}

/* ---- Ids ------------------------------------------------------------------------------------------------ */

/* The root of a store is "*" within it. */
static struct pryv_str or_star(struct pryv_str inside)
{
    return inside.len ? inside : PRYV_STR("*");
}

struct pryv_str store_of_id(const struct account_fields *account, struct pryv_str id, struct pryv_str *inside)
{
    const char *colon;
    size_t len;

    *inside = id;
    switch (stream_store_of(account, id, inside)) {
    case STREAM_LOCAL:
        if (id.len)
            *inside = or_star(*inside);
        return STORE_LOCAL;
    case STREAM_ACCOUNT: return STORE_ACCOUNT;
    case STREAM_FOREIGN: break;
    }
    colon = memchr(id.data + 1, ':', id.len - 1);
    len = (size_t) (colon - id.data) - 1;
    *inside = or_star(pryv_str_n(colon + 1, id.len - len - 2));
    return pryv_str_n(id.data + 1, len);
}

static bool has_bad_character(struct pryv_str id)
{
    static const char bad[] = { '"', '\'', '\\', '\b', '\t', '\n', '\r', 0x1a, '\0' };

    for (size_t i = 0; i < id.len; i++)
        if (memchr(bad, id.data[i], sizeof(bad)))
            return true;
    return false;
}

static enum pryv_rc read_id(struct parser *p, const json_t *value, struct pryv_str *out)
{
    struct pryv_str id = pryv_json_text_of(value);

    if (!id.data)
        return refuse(p, "ids are texts");
    if (p->ids_left == 0)
        return refuse(p, "too many ids");
    if (has_bad_character(id) || pryv_str_equal(id, "#*"))
        return refuse(p, "an id has characters that no stream id has");
    p->ids_left--;
    *out = id;
    return PRYV_OK;
}

/* ---- A query -------------------------------------------------------------------------------------------- */

static enum pryv_rc read_list(struct parser *p, const json_t *value, struct stream_query *query, struct stream_list *out)
{
    size_t count = json_array_size(value);

    if (!json_is_array(value))
        return refuse(p, "`any`, `all` and `not` are lists");
    if (count > p->ids_left)
        return refuse(p, "too many ids");
    out->ids = pryv_new_array(p->mem, struct pryv_str, count);
    for (; out->count < count; out->count++) {
        struct pryv_str id, store, *inside = &out->ids[out->count];
        enum pryv_rc rc = read_id(p, json_array_get(value, out->count), &id);

        if (rc != PRYV_OK)
            return rc;
        store = store_of_id(p->account, id, inside);
        if (!query->store.data)
            query->store = store;
        if (!pryv_str_is(store, query->store))
            return refuse(p, "a query names streams of two stores");
    }
    return PRYV_OK;
}

static bool has_star(const struct stream_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (pryv_str_equal(list->ids[i], "*"))
            return true;
    return false;
}

/* `*` is written alone. The root of another store may stand beside streams of it: they add nothing. */
static enum pryv_rc check_star(struct parser *p, bool has_all, struct stream_query *query)
{
    bool here = pryv_str_is(query->store, STORE_LOCAL);

    if (has_star(&query->all) || has_star(&query->none))
        return refuse(p, "`*` stands in `any` alone");
    if (!has_star(&query->any))
        return PRYV_OK;
    if (here && (query->any.count > 1 || has_all))
        return refuse(p, "`*` goes with no other id in `any`, and not with `all`");
    query->any.ids[0] = PRYV_STR("*");
    query->any.count = 1;
    return PRYV_OK;
}

static enum pryv_rc read_query(struct parser *p, json_t *value, struct stream_query *query)
{
    static const char *const names[] = { "any", "all", "not" };
    struct stream_list *const lists[] = { &query->any, &query->all, &query->none };
    size_t known = 0;

    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        const json_t *list = json_object_get(value, names[i]);
        enum pryv_rc rc;

        if (!list)
            continue;
        known++;
        if ((rc = read_list(p, list, query, lists[i])) != PRYV_OK)
            return rc;
    }
    if (known < json_object_size(value))
        return refuse(p, "a query has the members `any`, `all` and `not`");
    if (query->any.count == 0)
        return refuse(p, "a query needs ids in `any`");
    return check_star(p, json_object_get(value, "all"), query);
}

static enum pryv_rc read_queries(struct parser *p, const json_t *list)
{
    size_t count = json_array_size(list);

    if (count > p->ids_left)
        return refuse(p, "too many queries");
    p->out->list = pryv_new_array(p->mem, struct stream_query, count);
    for (; p->out->count < count; p->out->count++) {
        json_t *item = json_array_get(list, p->out->count);
        enum pryv_rc rc =
            json_is_object(item) ? read_query(p, item, &p->out->list[p->out->count]) : refuse(p, "ids and queries are mixed");

        if (rc != PRYV_OK)
            return rc;
    }
    return PRYV_OK;
}

/* ---- A list of ids -------------------------------------------------------------------------------------- */

enum { MOST_STORES = 64 }; /* that one list can name; no installation has as many */

static enum pryv_rc find_query(struct parser *p, struct pryv_str store, size_t *out)
{
    for (*out = 0; *out < p->out->count; ++*out)
        if (pryv_str_is(p->out->list[*out].store, store))
            return PRYV_OK;
    if (*out == MOST_STORES)
        return refuse(p, "too many stores");
    p->out->list[p->out->count++].store = store;
    return PRYV_OK;
}

/* Where an id goes: the number of its query, and what it is called there. */
struct placed {
    size_t query;
    struct pryv_str inside;
};

static enum pryv_rc place_ids(struct parser *p, const json_t *list, struct placed *placed)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct pryv_str id;
        enum pryv_rc rc = read_id(p, json_array_get(list, i), &id);

        if (rc == PRYV_OK)
            rc = find_query(p, store_of_id(p->account, id, &placed[i].inside), &placed[i].query);
        if (rc != PRYV_OK)
            return rc;
        p->out->list[placed[i].query].any.count++;
    }
    return PRYV_OK;
}

static enum pryv_rc read_ids(struct parser *p, const json_t *list)
{
    size_t count = json_array_size(list);
    enum pryv_rc rc;

    if (count > p->ids_left)
        return refuse(p, "too many ids");

    struct placed *placed = pryv_new_array(p->mem, struct placed, count);

    p->out->list = pryv_new_array(p->mem, struct stream_query, count < MOST_STORES ? count : MOST_STORES);
    if ((rc = place_ids(p, list, placed)) != PRYV_OK)
        return rc;
    for (size_t i = 0; i < p->out->count; i++) {
        struct stream_list *any = &p->out->list[i].any;

        any->ids = pryv_new_array(p->mem, struct pryv_str, any->count);
        any->count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct stream_list *any = &p->out->list[placed[i].query].any;

        any->ids[any->count++] = placed[i].inside;
    }
    for (size_t i = 0; i < p->out->count && rc == PRYV_OK; i++)
        rc = check_star(p, false, &p->out->list[i]);
    return rc;
}

/* ---- The parameter -------------------------------------------------------------------------------------- */

/* Told by its first character: no stream id begins so. */
static bool is_json(const json_t *value)
{
    struct pryv_str text = pryv_json_text_of(value);

    return text.len && (*text.data == '{' || *text.data == '[');
}

/* The list that is meant: what stands alone is a list of one, and JSON text is what it tells. */
static enum pryv_rc read_value(struct parser *p, json_t *value, json_t **out)
{
    if (is_json(value) && pryv_json_parse(p->mem, pryv_json_text_of(value), false, &value, p->err) != PRYV_OK)
        return refuse(p, "it is no JSON");
    *out = value;
    if (json_is_array(value))
        return PRYV_OK;
    if (!json_is_string(value) && !json_is_object(value))
        return refuse(p, "it is neither id, query nor list");
    *out = pryv_json_keep(p->mem, json_pack("[O]", value));
    return PRYV_OK;
}

static enum pryv_rc everything(struct parser *p)
{
    struct stream_query *query = p->out->list = pryv_new(p->mem, struct stream_query);

    query->store = STORE_LOCAL;
    query->any.ids = pryv_new(p->mem, struct pryv_str);
    query->any.ids[query->any.count++] = PRYV_STR("*");
    p->out->count = 1;
    return PRYV_OK;
}

enum pryv_rc stream_queries_parse(struct pryv_arena *mem, const struct account_fields *account, json_t *value, size_t max_ids,
                                  struct stream_queries *out, struct pryv_err *err)
{
    struct parser parser = { .mem = mem, .account = account, .ids_left = max_ids, .out = out, .err = err };
    json_t *list = NULL;
    enum pryv_rc rc;

    *out = (struct stream_queries){ .list = NULL };
    if (!value || json_is_null(value))
        return everything(&parser);
    if (json_array_size(value) > max_ids)
        return refuse(&parser, "too many ids");
    if ((rc = read_value(&parser, value, &list)) != PRYV_OK)
        return rc;
    return json_is_object(json_array_get(list, 0)) ? read_queries(&parser, list) : read_ids(&parser, list);
}
