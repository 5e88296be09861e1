/* platform_session.h - what the functions of the platform share. Each of them is a session of its own. */
#ifndef PLATFORM_SESSION_H
#define PLATFORM_SESSION_H

#include "storage.h"

/* `self` is the struct memory. */
struct space *platform_of(void *self);
/* What every writing function ends with. */
enum pryv_rc platform_end(struct pryv_session *s, enum pryv_rc rc, struct pryv_err *err);

/* What the key leads to, unless its time is over; or NULL. */
struct row *platform_find(const struct pryv_session *s, struct pryv_str key);
void platform_put(struct pryv_session *s, struct pryv_str key, const struct value *value);
/* Copies the text that the key leads to, in a session of its own. */
enum pryv_rc platform_text(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *out, struct pryv_err *err);

#endif
