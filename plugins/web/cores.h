/* cores.h - where the cores of this platform are: the origins that the pages are served from and call. */
#ifndef WEB_CORES_H
#define WEB_CORES_H

#include <pryv/arena.h>

/* As sources of a Content-Security-Policy, each with a blank in front; empty where there is one core. Executor. */
struct pryv_str cores_sources(struct pryv_arena *mem);

/* Is this the origin of a core of this platform? `self`: the plugin. Executor. */
bool cores_have_origin(void *self, struct pryv_arena *mem, struct pryv_str origin);

#endif
