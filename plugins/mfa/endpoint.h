/* endpoint.h - a place of the SMS gateway as `services.mfa.sms.endpoints` describes it, and a call to it. */
#ifndef MFA_ENDPOINT_H
#define MFA_ENDPOINT_H

#include "template.h"
#include <pryv/error.h>
#include <pryv/fetch.h>

struct endpoint {
    struct pryv_str url, body; /* templates; body absent: none */
    bool post, fixed_body;     /* fixed_body: it is no template */
    struct pryv_http_field *fields;
    size_t field_count;
    enum template_place body_place;
};

/* Reads it from the configuration; what it points to lives as long as `config` and `mem`. `name` is the key's, for reasons. */
PRYV_CHECK enum pryv_rc endpoint_read(struct endpoint *out, struct pryv_arena *mem, const json_t *config, const char *name,
                                      struct pryv_err *err);
/* PRYV_OK: the gateway said yes (2xx). Errors: 400 invalid-operation, data: {id: "mfa-sms-provider-error"}; `*answered`: it said no, rather than
 * nothing. Blocks for up to `timeout_seconds`. */
PRYV_CHECK enum pryv_rc endpoint_call(const struct endpoint *endpoint, const json_t *values, double timeout_seconds,
                                      bool *answered, struct pryv_err *err);

#endif
