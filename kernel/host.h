/* host.h - host names that stand for a part of the path, where dnsLess.isActive is false. */
#ifndef KERNEL_HOST_H
#define KERNEL_HOST_H

#include <pryv/arena.h>

enum host_kind {
    HOST_IS_NONE,     /* the path is as sent */
    HOST_IS_USER,     /* `out` begins with the user's name */
    HOST_IS_PLATFORM, /* `out` begins with /reg; where nothing is found there, the path as sent counts */
};

/* `host` is the Host header. `out` is `path` itself, or made in `mem`. Any thread. */
enum host_kind host_to_path(struct pryv_arena *mem, struct pryv_str host, struct pryv_str path, struct pryv_str *out);

#endif
