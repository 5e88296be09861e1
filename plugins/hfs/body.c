/* body.c - see body.h. What is read is a path into the two documents: each place has one kind of parent. */
#include "body.h"
#include "hfs.h"
#include "json_text.h"
#include <stdlib.h>

enum { FIRST_ITEMS = 16 };

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

enum place {
    OUTSIDE,
    IN_FLAT,   /* {format, fields, points} */
    IN_FIELDS, /* its list of names */
    IN_POINTS, /* its list of rows */
    IN_ROW,
    IN_BATCH,    /* {format, data} */
    IN_ELEMENTS, /* its list */
    IN_ELEMENT,  /* {eventId, data} */
};

enum member { OTHER_MEMBER, FORMAT, FIELDS, POINTS, DATA, EVENT_ID };

struct body_reader {
    struct pryv_arena *mem;
    struct json_text *json;
    bool any; /* a byte has come */
    enum place place;
    enum member member; /* whose value comes next */
    size_t skipped;     /* maps and lists that are open in what is passed over */
    struct flat *flat;  /* of the element at hand, or all there is */
    struct batch *batch;
    struct list *names, *elements;
};

/* ---- Places ------------------------------------------------------------------------------------- */

/* Of a value that is of no use: what is inside goes by. */
static void skip(struct body_reader *b, enum json_event event)
{
    b->skipped = event == JSON_VALUE ? 0 : 1;
}

static struct pryv_str text_of(struct body_reader *b, enum json_event event, const struct cell *cell)
{
    skip(b, event);
    return event == JSON_VALUE && cell->kind == CELL_TEXT ? pryv_str_copy(b->mem, cell_text(cell)) : PRYV_STR_NONE;
}

/* True, and the place is `inside`, where the value begins with `wanted`. */
static bool enter(struct body_reader *b, enum json_event event, enum json_event wanted, enum place inside)
{
    if (event != wanted) {
        skip(b, event);
        return false;
    }
    b->place = inside;
    return true;
}

static void begin_flat(struct body_reader *b, enum json_event event)
{
    *b->flat = (struct flat){ .is_object = enter(b, event, JSON_MAP, IN_FLAT) };
}

static void begin_fields(struct body_reader *b, enum json_event event)
{
    b->flat->fields_state = enter(b, event, JSON_LIST, IN_FIELDS) ? MEMBER_GOOD : MEMBER_WRONG;
    if (b->place == IN_FIELDS)
        b->names = list_new(b->mem);
}

static void begin_points(struct body_reader *b, enum json_event event)
{
    b->flat->points_state = enter(b, event, JSON_LIST, IN_POINTS) ? MEMBER_GOOD : MEMBER_WRONG;
    if (b->place == IN_POINTS)
        b->flat->points = grid_new(b->mem);
}

static void begin_elements(struct body_reader *b, enum json_event event)
{
    b->batch->data_state = enter(b, event, JSON_LIST, IN_ELEMENTS) ? MEMBER_GOOD : MEMBER_WRONG;
    if (b->place == IN_ELEMENTS)
        b->elements = list_new(b->mem);
}

static void begin_element(struct body_reader *b, enum json_event event)
{
    struct element *element = list_add(b->elements, sizeof(*element));

    *element = (struct element){ .is_object = enter(b, event, JSON_MAP, IN_ELEMENT) };
    b->flat = &element->flat;
}

static void begin_outside(struct body_reader *b, enum json_event event)
{
    if (b->batch)
        *b->batch = (struct batch){ .is_object = enter(b, event, JSON_MAP, IN_BATCH) };
    else
        begin_flat(b, event);
}

static void add_name(struct body_reader *b, enum json_event event, const struct cell *cell)
{
    struct pryv_str name = text_of(b, event, cell);

    if (!name.data)
        b->flat->fields_state = MEMBER_WRONG;
    *(struct pryv_str *) list_add(b->names, sizeof(name)) = name;
}

static void add_cell(struct body_reader *b, enum json_event event, const struct cell *cell)
{
    static const struct cell other = { .kind = CELL_OTHER };

    skip(b, event);
    grid_put(b->flat->points, event == JSON_VALUE ? cell : &other);
}

static void begin_member(struct body_reader *b, enum json_event event, const struct cell *cell)
{
    switch (b->member) {
    case FORMAT: *(b->place == IN_BATCH ? &b->batch->format : &b->flat->format) = text_of(b, event, cell); break;
    case FIELDS: begin_fields(b, event); break;
    case POINTS: begin_points(b, event); break;
    case EVENT_ID: ((struct element *) b->elements->items)[b->elements->count - 1].event_id = text_of(b, event, cell); break;
    case DATA:
        if (b->place == IN_BATCH)
            begin_elements(b, event);
        else
            begin_flat(b, event);
        break;
    case OTHER_MEMBER: skip(b, event); break;
    }
}

/* A map, a list or another value. */
static void begin(struct body_reader *b, enum json_event event, const struct cell *cell)
{
    if (b->skipped) {
        b->skipped += event != JSON_VALUE;
        return;
    }
    switch (b->place) {
    case IN_ROW: add_cell(b, event, cell); break;
    case IN_POINTS:
        if (!enter(b, event, JSON_LIST, IN_ROW))
            grid_no_row(b->flat->points);
        break;
    case IN_FIELDS: add_name(b, event, cell); break;
    case IN_ELEMENTS: begin_element(b, event); break;
    case OUTSIDE: begin_outside(b, event); break;
    case IN_FLAT:
    case IN_BATCH:
    case IN_ELEMENT: begin_member(b, event, cell); break;
    }
}

static void close_bracket(struct body_reader *b)
{
    if (b->skipped) {
        b->skipped--;
        return;
    }
    switch (b->place) {
    case IN_ROW:
        grid_end_row(b->flat->points);
        b->place = IN_POINTS;
        break;
    case IN_FIELDS:
        b->flat->fields = b->names->items;
        b->flat->field_count = b->names->count;
        b->place = IN_FLAT;
        break;
    case IN_POINTS: b->place = IN_FLAT; break;
    case IN_FLAT: b->place = b->batch ? IN_ELEMENT : OUTSIDE; break;
    case IN_ELEMENT: b->place = IN_ELEMENTS; break;
    case IN_ELEMENTS:
        b->batch->elements = b->elements->items;
        b->batch->count = b->elements->count;
        b->place = IN_BATCH;
        break;
    case IN_BATCH:
    case OUTSIDE: b->place = OUTSIDE; break;
    }
}

static void take_name(struct body_reader *b, struct pryv_str name)
{
    static const struct {
        enum place place;
        const char *name;
        enum member member;
    } members[] = {
        { IN_FLAT, "points", POINTS },  { IN_FLAT, "fields", FIELDS }, { IN_FLAT, "format", FORMAT },
        { IN_BATCH, "format", FORMAT }, { IN_BATCH, "data", DATA },    { IN_ELEMENT, "eventId", EVENT_ID },
        { IN_ELEMENT, "data", DATA },
    };

    b->member = OTHER_MEMBER;
    for (size_t i = 0; i < PRYV_COUNT(members); i++)
        if (members[i].place == b->place && pryv_str_equal(name, members[i].name))
            b->member = members[i].member;
}

/* ---- The whole ---------------------------------------------------------------------------------- */

static struct body_reader *reader_new(struct pryv_arena *mem, size_t max_depth)
{
    struct body_reader *b = pryv_new(mem, struct body_reader);

    b->mem = mem;
    b->json = json_text_new(mem, max_depth);
    return b;
}

struct body_reader *body_reader_flat(struct pryv_arena *mem, size_t max_depth, struct flat *out)
{
    struct body_reader *b = reader_new(mem, max_depth);

    *out = (struct flat){ .is_object = true };
    b->flat = out;
    return b;
}

struct body_reader *body_reader_batch(struct pryv_arena *mem, size_t max_depth, struct batch *out)
{
    struct body_reader *b = reader_new(mem, max_depth);

    *out = (struct batch){ .is_object = true };
    b->batch = out;
    return b;
}

static enum pryv_rc take_all(struct body_reader *b, struct pryv_err *err)
{
    struct cell cell;
    enum json_event event;

    while ((event = json_text_next(b->json, &cell)) != JSON_MORE && event != JSON_FAULT)
        if (event == JSON_CLOSE)
            close_bracket(b);
        else if (event != JSON_NAME)
            begin(b, event, &cell);
        else if (!b->skipped)
            take_name(b, cell_text(&cell));
    if (event == JSON_MORE)
        return PRYV_OK;
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "Not valid JSON: %s", json_text_fault(b->json));
}

enum pryv_rc body_reader_take(struct body_reader *b, struct pryv_str piece, struct pryv_err *err)
{
    b->any = b->any || piece.len;
    json_text_give(b->json, piece);
    return take_all(b, err);
}

enum pryv_rc body_reader_end(struct body_reader *b, struct pryv_err *err)
{
    if (!b->any)
        return PRYV_OK;
    json_text_end(b->json);
    return take_all(b, err);
}
