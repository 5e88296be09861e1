/* body.c - see body.h. */
#include "body.h"
#include "hfs.h"
#include "json_text.h"
#include <stdlib.h>

enum { FIRST_ITEMS = 64 };

enum pryv_rc hfs_malformed(struct pryv_err *err, const char *why)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "%s", why);
}

/* A list that grows; the arena frees it, so that what it leaves behind in growing does not stay until then. */
struct list {
    void *items;
    size_t count, size;
};

static void list_free(void *list)
{
    free(((struct list *) list)->items);
}

static struct list *list_new(struct pryv_arena *mem)
{
    struct list *list = pryv_new(mem, struct list);

    pryv_defer(mem, list_free, list);
    return list;
}

static void *list_add(struct list *list, size_t item_size)
{
    if (list->count == list->size) {
        list->size = list->size ? 2 * list->size : FIRST_ITEMS;
        list->items = realloc(list->items, list->size * item_size);
        if (!list->items)
            abort();
    }
    return (char *) list->items + list->count++ * item_size;
}

static struct pryv_str read_text_member(struct json_text *t)
{
    struct cell cell;

    json_text_value(t, &cell);
    return cell.kind == CELL_TEXT ? cell_text(&cell) : PRYV_STR_NONE;
}

/* ---- flatJSON ------------------------------------------------------------------------------------- */

static void skip(struct json_text *t)
{
    struct cell ignored;

    json_text_value(t, &ignored);
}

static void read_fields(struct json_text *t, struct flat *out)
{
    struct list *names;
    bool first;

    out->fields_state = MEMBER_WRONG;
    if (json_text_peek(t) != '[') {
        skip(t);
        return;
    }
    out->fields_state = MEMBER_GOOD;
    names = list_new(t->mem);
    (void) json_text_enter(t, '[', &first);
    while (json_text_next(t, '[', &first)) {
        struct pryv_str name = read_text_member(t);

        if (!name.data)
            out->fields_state = MEMBER_WRONG;
        *(struct pryv_str *) list_add(names, sizeof(name)) = name;
    }
    out->fields = names->items;
    out->field_count = names->count;
}

static void read_row(struct json_text *t, struct list *cells, struct flat *out)
{
    size_t before = cells->count;
    bool first;

    if (json_text_peek(t) != '[') {
        out->uneven = true;
        skip(t);
        return;
    }
    (void) json_text_enter(t, '[', &first);
    while (json_text_next(t, '[', &first))
        json_text_value(t, list_add(cells, sizeof(struct cell)));
    if (out->row_count == 0)
        out->row_width = cells->count - before;
    else if (cells->count - before != out->row_width)
        out->uneven = true;
    out->row_count++;
}

static void read_points(struct json_text *t, struct flat *out)
{
    struct list *cells;
    bool first;

    out->row_count = out->row_width = 0;
    out->uneven = false;
    out->points_state = MEMBER_WRONG;
    if (json_text_peek(t) != '[') {
        skip(t);
        return;
    }
    out->points_state = MEMBER_GOOD;
    cells = list_new(t->mem);
    (void) json_text_enter(t, '[', &first);
    while (json_text_next(t, '[', &first))
        read_row(t, cells, out);
    out->cells = cells->items;
    out->cell_count = cells->count;
}

static void read_flat(struct json_text *t, struct flat *out)
{
    bool first;

    *out = (struct flat){ .is_object = json_text_peek(t) == '{' };
    if (!out->is_object) {
        skip(t);
        return;
    }
    (void) json_text_enter(t, '{', &first);
    while (json_text_next(t, '{', &first)) {
        struct pryv_str key = json_text_key(t);

        if (pryv_str_equal(key, "format"))
            out->format = read_text_member(t);
        else if (pryv_str_equal(key, "fields"))
            read_fields(t, out);
        else if (pryv_str_equal(key, "points"))
            read_points(t, out);
        else
            skip(t);
    }
}

/* ---- Batch ------------------------------------------------------------------------------------------ */

static void read_element(struct json_text *t, struct element *out)
{
    bool first;

    *out = (struct element){ .is_object = json_text_peek(t) == '{' };
    if (!out->is_object) {
        skip(t);
        return;
    }
    (void) json_text_enter(t, '{', &first);
    while (json_text_next(t, '{', &first)) {
        struct pryv_str key = json_text_key(t);

        if (pryv_str_equal(key, "eventId"))
            out->event_id = read_text_member(t);
        else if (pryv_str_equal(key, "data"))
            read_flat(t, &out->flat);
        else
            skip(t);
    }
}

static void read_elements(struct json_text *t, struct batch *out)
{
    struct list *elements;
    bool first;

    out->data_state = MEMBER_WRONG;
    if (json_text_peek(t) != '[') {
        skip(t);
        return;
    }
    out->data_state = MEMBER_GOOD;
    elements = list_new(t->mem);
    (void) json_text_enter(t, '[', &first);
    while (json_text_next(t, '[', &first))
        read_element(t, list_add(elements, sizeof(struct element)));
    out->elements = elements->items;
    out->count = elements->count;
}

static void read_batch(struct json_text *t, struct batch *out)
{
    bool first;

    *out = (struct batch){ .is_object = json_text_peek(t) == '{' };
    if (!out->is_object) {
        skip(t);
        return;
    }
    (void) json_text_enter(t, '{', &first);
    while (json_text_next(t, '{', &first)) {
        struct pryv_str key = json_text_key(t);

        if (pryv_str_equal(key, "format"))
            out->format = read_text_member(t);
        else if (pryv_str_equal(key, "data"))
            read_elements(t, out);
        else
            skip(t);
    }
}

/* ---- The whole -------------------------------------------------------------------------------------- */

/* As of every body of the API: an object or a list. */
static enum pryv_rc open_body(struct json_text *t, struct pryv_arena *mem, struct pryv_str text, size_t max_depth,
                              struct pryv_err *err)
{
    json_text_open(t, mem, text.len ? text : PRYV_STR("{}"), max_depth);
    if (json_text_peek(t) != '{' && json_text_peek(t) != '[')
        return hfs_malformed(err, "Not valid JSON: neither an object nor a list");
    return PRYV_OK;
}

static enum pryv_rc close_body(struct json_text *t, struct pryv_err *err)
{
    if (json_text_is_over(t))
        return PRYV_OK;
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "Not valid JSON: %s", t->fault);
}

enum pryv_rc body_read_flat(struct pryv_arena *mem, struct pryv_str text, size_t max_depth, struct flat *out,
                            struct pryv_err *err)
{
    struct json_text t;
    enum pryv_rc rc = open_body(&t, mem, text, max_depth, err);

    if (rc != PRYV_OK)
        return rc;
    read_flat(&t, out);
    return close_body(&t, err);
}

enum pryv_rc body_read_batch(struct pryv_arena *mem, struct pryv_str text, size_t max_depth, struct batch *out,
                             struct pryv_err *err)
{
    struct json_text t;
    enum pryv_rc rc = open_body(&t, mem, text, max_depth, err);

    if (rc != PRYV_OK)
        return rc;
    read_batch(&t, out);
    return close_body(&t, err);
}
