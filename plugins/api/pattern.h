/* pattern.h - regular expressions of ECMAScript with the `u` flag, for hostile patterns and hostile texts.
 *
 * `.` takes no line end (LF, CR, U+2028, U+2029), `$` only the very end, and matching stops with "no" when it costs too much.
 * A text need not be UTF-8: nothing matches bytes that are not.
 * Threads: made by one, then matched by any.
 */
#ifndef API_PATTERN_H
#define API_PATTERN_H

#include <pryv/error.h>

struct pattern;

PRYV_CHECK enum pryv_rc pattern_new(struct pryv_str source, struct pattern **out, struct pryv_err *err);
void pattern_free(struct pattern *pattern); /* NULL is fine */
/* Anywhere in the text, unless the pattern is anchored. */
bool pattern_matches(const struct pattern *pattern, struct pryv_str text);

#endif
