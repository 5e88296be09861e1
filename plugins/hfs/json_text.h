/* json_text.h - JSON as it comes, strictly by RFC 8259: a text in pieces, cut anywhere, taken apart into what it begins, ends, names and holds.
 *
 * The first fault ends it. What is cut at the end of a piece is kept until its rest has come; of what was told nothing is kept.
 * Memory   The arena's, and texts that were told are valid until the next call of any function. Threads: one at a time.
 */
#ifndef HFS_JSON_TEXT_H
#define HFS_JSON_TEXT_H

#include "cell.h"
#include <pryv/arena.h>

enum json_event {
    JSON_MORE,  /* all that has come is taken */
    JSON_FAULT, /* json_text_fault tells what it is */
    JSON_MAP,   /* begins */
    JSON_LIST,  /* begins */
    JSON_CLOSE, /* the last of these that is open ends */
    JSON_NAME,  /* of the member whose value comes next: a CELL_TEXT */
    JSON_VALUE, /* anything else */
};

struct json_text;

/* The whole must be a map or a list. */
struct json_text *json_text_new(struct pryv_arena *mem, size_t max_depth);
/* The next piece, once JSON_MORE was told; it must stay until JSON_MORE is told again. */
void json_text_give(struct json_text *t, struct pryv_str piece);
/* There is no other piece: from here on JSON_MORE means that the text is whole. */
void json_text_end(struct json_text *t);
enum json_event json_text_next(struct json_text *t, struct cell *out);
const char *json_text_fault(const struct json_text *t);

#endif
