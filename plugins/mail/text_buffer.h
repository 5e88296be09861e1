/* text_buffer.h - text that grows, in an arena, up to a limit. */
#ifndef MAIL_TEXT_BUFFER_H
#define MAIL_TEXT_BUFFER_H

#include <pryv/arena.h>

enum { TEXT_BUFFER_MAX = 4 * 1024 * 1024 };

struct text_buffer {
    struct pryv_arena *mem;
    char *data;
    size_t len, room;
    bool full; /* it would have grown past the limit; what came after is lost */
};

void text_add(struct text_buffer *buffer, struct pryv_str text);
void text_add_escaped(struct text_buffer *buffer, struct pryv_str text); /* & < > " for HTML */
struct pryv_str text_of(const struct text_buffer *buffer);               /* never absent */

#define text_add_literal(buffer, literal) text_add(buffer, PRYV_STR(literal))

#endif
