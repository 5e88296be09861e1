/* affinity.h - the interface "affinity" (pryv/affinity.h): 421 wrong-core for users of other cores. */
#ifndef REG_AFFINITY_H
#define REG_AFFINITY_H

#include "reg.h"
#include <pryv/affinity.h>

struct affinity;

struct affinity *affinity_new(void);
void affinity_free(struct affinity *affinity); /* NULL is fine */
/* The core of every user may be another one now. */
void affinity_forget(struct affinity *affinity);

extern const struct pryv_affinity_ops affinity_ops; /* self: the struct reg */

#endif
