/* route.h - which target a verb and a path lead to: a trie of patterns, made at start, then only read.
 *
 * Patterns  "/{username}/events/{id}": literals without regard to case, variables of one segment that is not empty, and as
 *           the last part "{rest*}", all that is left, be it nothing. A final slash is optional. A literal wins over a
 *           variable, a variable over a rest, but only if what follows matches as well: "/reg/hostings" and
 *           "/{username}/..." live side by side. `..` is a segment like any other.
 * Paths     as sent: literals are compared, and variables handed out, undecoded.
 * Threads   Adding is one thread's; finding is any thread's afterwards.
 */
#ifndef KERNEL_ROUTE_H
#define KERNEL_ROUTE_H

#include <pryv/error.h>

enum { ROUTE_MAX_VARIABLES = 8 };

struct route_match {
    const struct pryv_str *names; /* of the variables; the trie's */
    size_t count;
    struct pryv_str values[ROUTE_MAX_VARIABLES]; /* parts of the path */
};

struct route_trie;

struct route_trie *route_trie_new(void);
void route_trie_free(struct route_trie *trie); /* NULL is fine */

/* PRYV_CONFLICT: verb and path are taken, whatever the variables are called; PRYV_FAILED: no pattern. `target` is kept, and
 * belongs to the caller. */
PRYV_CHECK enum pryv_rc route_add(struct route_trie *trie, const char *verb, const char *pattern, void *target,
                                  struct pryv_err *err);
/* The target, or NULL. Verbs are compared exactly; HEAD finds what GET does. */
void *route_find(const struct route_trie *trie, struct pryv_str verb, struct pryv_str path, struct route_match *match);

#endif
