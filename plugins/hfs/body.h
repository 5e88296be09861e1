/* body.h - the JSON of a request as rows of cells, read in one pass: no tree is made of it.
 *
 * The reader takes what pryv_json_parse takes and refuses what that refuses; of repeated members the last one counts. What the members mean is checked
 * later (fields.h): until the event is known there is nothing to check them by.
 * Memory   All of it lives as long as `mem` and the text, into which cells point.
 */
#ifndef HFS_BODY_H
#define HFS_BODY_H

#include <pryv/error.h>

enum cell_kind { CELL_NULL, CELL_FALSE, CELL_TRUE, CELL_NUMBER, CELL_TEXT, CELL_OTHER /* a list or an object */ };

struct cell {
    enum cell_kind kind;
    uint32_t len; /* of the text */
    union {
        double number;
        const char *text;
    };
};

static inline struct pryv_str cell_text(const struct cell *cell)
{
    return pryv_str_n(cell->text, cell->len);
}

enum member_state { MEMBER_ABSENT, MEMBER_WRONG, MEMBER_GOOD };

/* {format, fields, points}. */
struct flat {
    bool is_object;
    struct pryv_str format; /* absent: not there, or no text */
    enum member_state fields_state, points_state;
    struct pryv_str *fields;
    size_t field_count;
    struct cell *cells; /* row after row */
    size_t cell_count, row_count;
    size_t row_width; /* cells of the first row */
    bool uneven;      /* a row is no list, or has another number of cells */
};

/* {eventId, data}. */
struct element {
    bool is_object;
    struct pryv_str event_id; /* absent: not there, or no text */
    struct flat flat;
};

/* {format, data: [element, ...]}. */
struct batch {
    bool is_object;
    struct pryv_str format;
    enum member_state data_state;
    struct element *elements;
    size_t count;
};

/* An empty text counts as {}. Errors: PRYV_REFUSED 400 invalid-request-structure when it is no JSON. */
PRYV_CHECK enum pryv_rc body_read_flat(struct pryv_arena *mem, struct pryv_str text, size_t max_depth, struct flat *out,
                                       struct pryv_err *err);
PRYV_CHECK enum pryv_rc body_read_batch(struct pryv_arena *mem, struct pryv_str text, size_t max_depth, struct batch *out,
                                        struct pryv_err *err);

#endif
