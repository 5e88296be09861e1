/* usernames.h - which names accounts may have. */
#ifndef API_USERNAMES_H
#define API_USERNAMES_H

#include <pryv/error.h>

/* The form: 5 to 60 of a-z, 0-9 and hyphens, none of these first or last. */
bool username_is_valid(struct pryv_str name);

/* Words that the service keeps for itself: the built-in ones, those of a file, names that begin like its own, and what aliases look like. */
struct reserved_words;

/* `file`: one word a line, of any case. Absent: the one that lies beside the folder of the plugins, if it is there; "": only the built-in ones.
 * PRYV_FAILED with one line when it cannot be read. */
PRYV_CHECK enum pryv_rc reserved_words_read(struct pryv_str file, struct reserved_words **out, struct pryv_err *err);
void reserved_words_free(struct reserved_words *words); /* NULL is fine */
bool username_is_reserved(const struct reserved_words *words, struct pryv_str name);

#endif
