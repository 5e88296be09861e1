/* dispatch.h - from a request to a method and back: routes, overrides, parameters, hooks, answers. */
#ifndef KERNEL_DISPATCH_H
#define KERNEL_DISPATCH_H

#include "http_handler.h"

/* Plugs into the HTTP server. */
extern const struct http_handler dispatch_handler;

#endif
