/* accesses_params.c - what clients give to the methods of accesses. */
#include "accesses.h"

static const char *const access_types[] = { "personal", "app", "shared", NULL };

const struct pryv_param accesses_get_params[] = {
    { .name = "includeExpired", .type = PRYV_P_BOOL, .help = "Expired ones too." },
    { .name = "includeDeletions", .type = PRYV_P_BOOL, .help = "Deleted ones too, in `accessDeletions`." },
    { .name = NULL },
};

const struct pryv_param accesses_get_one_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "`<base>` or `<base>:<serial>`." },
    { .name = "includeHistory", .type = PRYV_P_BOOL, .help = "Earlier versions too." },
    { .name = NULL },
};

const struct pryv_param accesses_create_params[] = {
    { .name = "name", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .min = 1, .help = "Unique with type and device." },
    { .name = "type",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_NULLABLE,
      .one_of = access_types,
      .default_json = "\"shared\"",
      .help = "`app` or `shared`; null as if it were not there." },
    { .name = "permissions", .type = PRYV_P_ARRAY, .item = &permission_item, .help = "What it allows." },
    { .name = "token", .type = PRYV_P_TEXT, .min = 1, .help = "A token of your own choice." },
    { .name = "deviceName", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "Of an app access." },
    { .name = "expireAfter", .type = PRYV_P_NUMBER, .min = -1e11, .max = 1e11, .help = "Seconds from now." },
    { .name = "clientData", .type = PRYV_P_OBJECT, .flags = PRYV_P_OPEN, .help = "Anything." },
    { .name = "randomAlias", .type = PRYV_P_BOOL, .help = "A name made for this access stands for the user's in addresses." },
    /* The server's own: what an access that was read says goes back in, and counts for nothing. */
    { .name = "created", .type = PRYV_P_NUMBER, .help = "Ignored." },
    { .name = "createdBy", .type = PRYV_P_TEXT, .help = "Ignored." },
    { .name = "modified", .type = PRYV_P_NUMBER, .help = "Ignored." },
    { .name = "modifiedBy", .type = PRYV_P_TEXT, .help = "Ignored." },
    { .name = "apiEndpoint", .type = PRYV_P_TEXT, .min = 1, .help = "Ignored." },
    { .name = "lastUsed", .type = PRYV_P_NUMBER, .help = "Ignored." },
    { .name = "integrity", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "Ignored." },
    { .name = NULL },
};

static void check_no_end(const struct pryv_param *param PRYV_UNUSED, const json_t *value PRYV_UNUSED, const char *path,
                         json_t *complaints)
{
    pryv_param_complain(complaints, "INVALID_TYPE", path, NULL, "expected null; give a time from now as expireAfter");
}

static const struct pryv_param access_changes[] = {
    { .name = "name", .type = PRYV_P_TEXT, .min = 1, .help = "Unique with type and device." },
    { .name = "deviceName", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "Of an app access; null: none any more." },
    { .name = "permissions", .type = PRYV_P_ARRAY, .item = &permission_item, .help = "Instead of all it has." },
    { .name = "expireAfter", .type = PRYV_P_NUMBER, .min = 0, .max = 1e11, .help = "Seconds from now." },
    { .name = "expires",
      .type = PRYV_P_ANY,
      .flags = PRYV_P_NULLABLE,
      .check = check_no_end,
      .help = "null: it no longer expires." },
    { .name = "clientData",
      .type = PRYV_P_OBJECT,
      .flags = PRYV_P_OPEN | PRYV_P_NULLABLE,
      .help = "Keys to replace; null takes one away, or all in place of the keys." },
    { .name = NULL },
};

const struct pryv_param accesses_update_params[] = {
    { .name = "id",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_REQUIRED,
      .help = "Its present reference, `<base>` or `<base>:<serial>`." },
    { .name = "update", .type = PRYV_P_OBJECT, .flags = PRYV_P_REQUIRED, .fields = access_changes, .help = "What changes." },
    { .name = NULL },
};

const struct pryv_param accesses_check_app_params[] = {
    { .name = "requestingAppId", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The app." },
    { .name = "requestedPermissions",
      .type = PRYV_P_ARRAY,
      .flags = PRYV_P_REQUIRED,
      .item = &permission_item,
      .help = "What it asks for." },
    { .name = "deviceName", .type = PRYV_P_TEXT, .help = "Where it runs." },
    { .name = "clientData", .type = PRYV_P_OBJECT, .flags = PRYV_P_OPEN, .help = "What it would keep with its access." },
    { .name = NULL },
};
