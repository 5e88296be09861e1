/* pug.h - templates in the language Pug, as far as mails need it: https://pugjs.org/language/
 *
 * Tags with classes, ids and attributes, blocks by indentation and after a colon, text in line, after `|`, below a dot and as raw HTML, #{} and !{},
 * = and !=, if, else if, else, unless, each, comments, doctype. Not there, and refused when a template is read: includes, mixins, inheritance,
 * code of its own. What a template says never runs as code, and cannot make more text than MAX_OUTPUT.
 * Memory   All in the arena; a template borrows its source.
 */
#ifndef MAIL_PUG_H
#define MAIL_PUG_H

#include <jansson.h>
#include <pryv/error.h>

struct pug;

/* Errors: PRYV_REFUSED 400 invalid-request-structure with line and reason. */
PRYV_CHECK enum pryv_rc pug_parse(struct pryv_arena *mem, struct pryv_str source, const struct pug **out, struct pryv_err *err);
/* `variables`: an object. Unknown ones are undefined, which is no text. Errors: PRYV_FAILED when it grows too large. */
PRYV_CHECK enum pryv_rc pug_render(struct pryv_arena *mem, const struct pug *template, const json_t *variables,
                                   struct pryv_str *out, struct pryv_err *err);

#endif
