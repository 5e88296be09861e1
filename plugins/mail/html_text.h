/* html_text.h - the words of an HTML mail, for readers that show text. */
#ifndef MAIL_HTML_TEXT_H
#define MAIL_HTML_TEXT_H

#include <pryv/arena.h>

/* Blocks become lines, links `text [address]`, entities characters; head, style and script are left out. */
struct pryv_str html_text(struct pryv_arena *mem, struct pryv_str html);

#endif
