/* openapi.h - the API's description in OpenAPI 3.1, of all routes that are not hidden; it is the kernel's own route. */
#ifndef KERNEL_OPENAPI_H
#define KERNEL_OPENAPI_H

#include <pryv/error.h>

/* GET /openapi.json joins the routes, unless this worker serves those of one plugin alone. Before registry_ready. */
PRYV_CHECK enum pryv_rc openapi_add(struct pryv_err *err);
/* Writes what that route answers. After registry_ready. */
void openapi_make(void);
void openapi_clear(void);

/* The description of what is in the registry now (openapi.c). */
struct pryv_str openapi_describe(struct pryv_arena *arena);

#endif
