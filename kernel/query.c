/* query.c - see query.h. */
#include "query.h"
#include "percent.h"
#include <pryv/json.h>
#include <stdio.h>

struct pair {
    struct pryv_str name, value; /* raw */
};

/* Takes the next one off `left`. Empty ones (`a=1&&b=2`) are passed over. */
static bool next_pair(struct pryv_str *left, struct pair *pair)
{
    while (left->len) {
        const char *end = memchr(left->data, '&', left->len);
        struct pryv_str text = pryv_str_n(left->data, end ? (size_t) (end - left->data) : left->len);
        const char *equals = text.len ? memchr(text.data, '=', text.len) : NULL;
        size_t taken = text.len + (end ? 1 : 0);

        *left = pryv_str_n(left->data + taken, left->len - taken);
        if (text.len == 0)
            continue;
        pair->name = pryv_str_n(text.data, equals ? (size_t) (equals - text.data) : text.len);
        pair->value = equals ? pryv_str_n(equals + 1, text.len - pair->name.len - 1) : PRYV_STR("");
        return true;
    }
    return false;
}

/* ---- Names ---------------------------------------------------------------------------------- */

static struct pryv_str before_bracket(struct pryv_str name)
{
    const char *bracket = name.len ? memchr(name.data, '[', name.len) : NULL;

    return bracket && bracket != name.data ? pryv_str_n(name.data, (size_t) (bracket - name.data)) : name;
}

/* What stands in the first pair of brackets; absent when there is none, or nothing before it. */
static struct pryv_str in_brackets(struct pryv_str name)
{
    struct pryv_str base = before_bracket(name);

    if (base.len == name.len)
        return PRYV_STR_NONE;

    const char *begin = base.data + base.len + 1;
    size_t left = name.len - base.len - 1;
    const char *end = left ? memchr(begin, ']', left) : NULL;

    return end ? pryv_str_n(begin, (size_t) (end - begin)) : PRYV_STR_NONE;
}

/* What the parameter is called: without its brackets, if they are some. */
static struct pryv_str base_name(struct pryv_str name)
{
    return in_brackets(name).data ? before_bracket(name) : name;
}

static bool is_index(struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

/* ---- Parsing -------------------------------------------------------------------------------- */

/* All json_t passed on here are given away. */
static void put(json_t *object, struct pryv_str name, json_t *value)
{
    json_object_setn_new_nocheck(object, name.data, name.len, value);
}

static json_t *list_with(json_t *first)
{
    json_t *list = json_array();

    if (first)
        json_array_append(list, first);
    return list;
}

/* The object under `name`, made of what was there before: a=1&a[b]=2 is {a: {"0": 1, b: 2}}. */
static json_t *object_at(json_t *query, struct pryv_str name)
{
    json_t *there = json_object_getn(query, name.data, name.len);

    if (json_is_object(there))
        return there;

    json_t *object = json_object();
    json_t *list = json_is_array(there) ? json_incref(there) : list_with(there);
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item) {
        char key[24];

        snprintf(key, sizeof(key), "%zu", index);
        json_object_set(object, key, item);
    }
    json_decref(list);
    put(query, name, object);
    return object;
}

static void add(json_t *query, struct pryv_str name, bool in_list, json_t *value)
{
    json_t *there = json_object_getn(query, name.data, name.len);

    if (json_is_object(there)) {
        add(there, PRYV_STR(""), false, value);
        return;
    }
    if (!there && !in_list) {
        put(query, name, value);
        return;
    }
    if (!json_is_array(there)) {
        there = list_with(there);
        put(query, name, there);
    }
    json_array_append_new(there, value);
}

/* a[0][b]=1: the item is an object. `inner` is the index in `name`. */
static json_t *item_of(struct pryv_str name, struct pryv_str inner, json_t *text)
{
    size_t end = (size_t) (inner.data - name.data) + inner.len + 1;
    json_t *object;

    if (end == name.len)
        return text;
    object = json_object();
    put(object, pryv_str_n(name.data + end, name.len - end), text);
    return object;
}

static bool add_pair(struct pryv_arena *mem, json_t *query, const struct pair *pair, enum query_style style)
{
    struct pryv_str name, value;

    if (!percent_decode(mem, pair->name, PERCENT_PLUS_IS_SPACE | PERCENT_NO_NUL, &name) ||
        !percent_decode(mem, pair->value, PERCENT_PLUS_IS_SPACE, &value))
        return false;

    struct pryv_str inner = style == QUERY_OF_URL ? in_brackets(name) : PRYV_STR_NONE;
    json_t *text = pryv_json_string(value);

    if (!inner.data)
        add(query, name, false, text);
    else if (is_index(inner))
        add(query, before_bracket(name), true, item_of(name, inner, text));
    else
        add(object_at(query, before_bracket(name)), inner, false, text);
    return true;
}

enum pryv_rc query_parse(struct pryv_arena *mem, struct pryv_str raw, enum query_style style, size_t max_count, json_t **out,
                         struct pryv_err *err)
{
    json_t *query = pryv_json_keep(mem, json_object());
    struct pair pair;

    for (size_t count = 0; next_pair(&raw, &pair); count++) {
        if (count == max_count)
            return pryv_refuse(err, 400, "invalid-request-structure", NULL, "There are more than %zu parameters.", max_count);
        if (!add_pair(mem, query, &pair, style))
            return pryv_refuse(err, 400, "invalid-request-structure", NULL, "A parameter cannot be read as UTF-8 text.");
    }
    *out = query;
    return PRYV_OK;
}

/* ---- Looking one up ------------------------------------------------------------------------- */

static bool is_named(struct pryv_arena *mem, struct pryv_str raw, const char *name)
{
    struct pryv_str decoded;

    return percent_decode(mem, raw, PERCENT_PLUS_IS_SPACE, &decoded) && pryv_str_equal(base_name(decoded), name);
}

/* Looks like it, brackets unfinished too: enough to hide what follows. */
static bool begins_as(struct pryv_arena *mem, struct pryv_str raw, const char *name)
{
    struct pryv_str decoded;

    return percent_decode(mem, raw, PERCENT_PLUS_IS_SPACE, &decoded) && pryv_str_equal(before_bracket(decoded), name);
}

struct pryv_str query_first(struct pryv_arena *mem, struct pryv_str raw, const char *name)
{
    struct pair pair;
    struct pryv_str value;

    while (next_pair(&raw, &pair))
        if (is_named(mem, pair.name, name))
            return percent_decode(mem, pair.value, PERCENT_PLUS_IS_SPACE, &value) ? value : PRYV_STR_NONE;
    return PRYV_STR_NONE;
}

size_t query_count(struct pryv_arena *mem, struct pryv_str raw, const char *name)
{
    struct pair pair;
    size_t count = 0;

    while (next_pair(&raw, &pair))
        count += is_named(mem, pair.name, name);
    return count;
}

struct pryv_str query_masked(struct pryv_arena *mem, struct pryv_str raw)
{
    char *masked = pryv_cstr(mem, raw);
    struct pair pair;

    for (struct pryv_str left = raw; next_pair(&left, &pair);)
        if (pair.value.len && (begins_as(mem, pair.name, "auth") || begins_as(mem, pair.name, "readToken")))
            memset(masked + (pair.value.data - raw.data), '*', pair.value.len);
    return pryv_str_n(masked, raw.len);
}
