/* generation.h - which change of a user's data a cached object has seen: one atomic counter per slot of users, in memory shared by master and
 * workers. */
#ifndef KERNEL_GENERATION_H
#define KERNEL_GENERATION_H

#include <pryv/base.h>

enum { GENERATION_ACCESSES, GENERATION_STREAMS, GENERATION_USER, GENERATION_ACCOUNT, GENERATION_KINDS };
void generation_init(void);                                /* master, once, before it forks */
uint64_t generation_of(struct pryv_str user_id, int kind); /* read it BEFORE loading what it stamps */
void generation_bump(struct pryv_str user_id, int kind);
void generation_bump_all(void); /* master, when somebody may have stored something and not told: a worker that died */

#endif
