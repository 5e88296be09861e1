/* slug.h - ids and tokens that a client chose, made into ones that can stand in addresses (the rules of npm's slug 9.1.0). */
#ifndef API_SLUG_H
#define API_SLUG_H

#include <pryv/arena.h>

/* Characters of other scripts are written in Latin ones, what remains of others than A-Z a-z 0-9 _ . ~ is taken out, blanks and hyphens become single
 * hyphens; case is kept. When nothing is left: base64 of the text, treated likewise. */
struct pryv_str slug_of(struct pryv_arena *mem, struct pryv_str text);
/* `null`, `undefined`, `*`: never an id. */
bool slug_is_reserved(struct pryv_str text);

#endif
