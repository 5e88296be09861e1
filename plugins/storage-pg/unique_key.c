/* unique_key.c - see unique_key.h. */
#include "unique_key.h"
#include <pryv/base.h>

const char *unique_key(const char *constraint)
{
    static const struct {
        const char *constraint, *key;
    } keys[] = {
        { "users_pkey", "id" },      { "users_username", "username" }, { "events_pkey", "id" },   { "audit_events_pkey", "id" },
        { "streams_pkey", "id" },    { "streams_name", "name" },       { "accesses_pkey", "id" }, { "accesses_token", "token" },
        { "accesses_name", "name" }, { "passwords_pkey", "time" },     { "webhooks_pkey", "id" }, { "webhooks_url", "url" },
    };

    for (size_t i = 0; constraint && i < PRYV_COUNT(keys); i++)
        if (strcmp(keys[i].constraint, constraint) == 0)
            return keys[i].key;
    return NULL;
}
