/* json_text.h - JSON taken piece by piece from a text, strictly by RFC 8259.
 *
 * Every function takes one thing and the blanks after it. The first fault is kept, and after it nothing is taken any more: callers may look at the end.
 */
#ifndef HFS_JSON_TEXT_H
#define HFS_JSON_TEXT_H

#include "body.h"

struct json_text {
    struct pryv_arena *mem;
    const char *at, *end;
    size_t depth, max_depth;
    const char *fault; /* NULL: none so far */
};

void json_text_open(struct json_text *t, struct pryv_arena *mem, struct pryv_str text, size_t max_depth);
/* Nothing follows. */
bool json_text_is_over(struct json_text *t);
/* What the value at hand begins with: '{', '[', '"', or another character; 0 at the end or after a fault. */
char json_text_peek(const struct json_text *t);

/* An opening bracket; then, before each member or item, whether there is one. `*first` is set by the opening. */
bool json_text_enter(struct json_text *t, char bracket, bool *first);
bool json_text_next(struct json_text *t, char bracket, bool *first);
/* The name of a member and its colon. */
struct pryv_str json_text_key(struct json_text *t);
/* Any value; lists and objects are checked and passed over (CELL_OTHER). */
void json_text_value(struct json_text *t, struct cell *out);

/* The length of the sequence of UTF-8 beyond ASCII that begins at `at`; 0: none does (RFC 3629). */
size_t json_text_utf8(const unsigned char *at, size_t left);

#endif
