/* body.h - the JSON of a request as rows of cells, made while it comes: no tree is made of it, and its text is not kept.
 *
 * The reader takes what pryv_json_parse takes and refuses what that refuses; of repeated members the last one counts. What the members mean is checked
 * later (fields.h): until the event is known there is nothing to check them by.
 * Memory   All of it lives as long as `mem`. Threads: one at a time.
 */
#ifndef HFS_BODY_H
#define HFS_BODY_H

#include "grid.h"
#include <pryv/error.h>

enum member_state { MEMBER_ABSENT, MEMBER_WRONG, MEMBER_GOOD };

/* {format, fields, points}. */
struct flat {
    bool is_object;
    struct pryv_str format; /* absent: not there, or no text */
    enum member_state fields_state, points_state;
    struct pryv_str *fields;
    size_t field_count;
    struct grid *points;
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

/* Fills `out`, which is good once the body is over. */
struct body_reader;
struct body_reader *body_reader_flat(struct pryv_arena *mem, size_t max_depth, struct flat *out);
struct body_reader *body_reader_batch(struct pryv_arena *mem, size_t max_depth, struct batch *out);
/* The next piece, cut anywhere. Errors: PRYV_REFUSED 400 invalid-request-structure: it is no JSON, and nothing more may be taken. */
PRYV_CHECK enum pryv_rc body_reader_take(struct body_reader *reader, struct pryv_str piece, struct pryv_err *err);
/* Once, after the last one. No body at all counts as {}. */
PRYV_CHECK enum pryv_rc body_reader_end(struct body_reader *reader, struct pryv_err *err);

#endif
