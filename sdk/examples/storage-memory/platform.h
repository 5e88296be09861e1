/* platform.h - the functions of the platform by subject; what they do is told in pryv/platform.h. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "platform_session.h"

/* Removes what is over at `now`; how many there were. */
uint64_t platform_sweep_names(struct pryv_session *s, struct pryv_arena *mem, double now);
uint64_t platform_sweep_values(struct pryv_session *s, struct pryv_arena *mem, double now);

void platform_names_offer(struct pryv_platform_ops *ops);
void platform_values_offer(struct pryv_platform_ops *ops);

#endif
