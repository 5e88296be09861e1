/* event_notation.h - event types in a line of text, and as the JSON Schema that the line stands for.
 *
 *   class: format; format = form; ...      a format without a form is a number
 *
 *   number  number(0..1)  integer  bool  null  any  object
 *   text  text(1..100)                     length in code points, either bound may be left out
 *   text ~^https?://~                      a pattern (ECMAScript) between tildes
 *   'low'|'high'                           one of these texts
 *   [form]  [form](1..)                    a list, with the least number of items
 *   {a!, b, c:text}                        an object; `!` is required, no form is a number, other members are free
 *   {a, b}!(b, a)                          required members in an order of their own
 *   (form ^ form)                          exactly one of these
 */
#ifndef API_EVENT_NOTATION_H
#define API_EVENT_NOTATION_H

#include <pryv/error.h>

/* Lines of the built-in catalogue, ended by NULL. */
extern const char *const event_catalogue[];

/* Adds the types of one line to `types`: "class/format" -> schema. PRYV_REFUSED tells where the line is wrong. */
PRYV_CHECK enum pryv_rc event_notation_read(const char *line, json_t *types, struct pryv_err *err);

#endif
