/* mfa.h - what the files of this plugin share. */
#ifndef MFA_MFA_H
#define MFA_MFA_H

#include "endpoint.h"
#include <pryv/platform.h>
#include <pryv/plugin.h>
#include <pryv/sign_in.h>
#include <pryv/storage.h>

#define MFA_LOG "mfa"

struct mfa_config {
    struct pryv_str mode;
    json_t *challenge, *verify, *single; /* of services.mfa.sms.endpoints */
    double session_seconds, sms_timeout, limit_seconds;
    int64_t session_tries, failures, challenges, challenges_per_address, content_bytes, code_digits;
};

struct mfa {
    const struct mfa_config *config;
    struct pryv_arena *mem;                  /* what the endpoints were made of */
    bool active, own_codes;                  /* own_codes: mode "single", else the gateway makes and checks them */
    struct endpoint to_challenge, to_verify; /* to_verify: not with own codes */
    const struct pryv_platform_ops *platform;
    void *platform_self;
    const struct pryv_storage_ops *storage;
    void *storage_self;
    const struct pryv_sign_in_ops *sign_in;
    void *sign_in_self;
};

/* The plugin, inside a handler. */
static inline struct mfa *mfa_self(void)
{
    return pryv_self();
}

#endif
