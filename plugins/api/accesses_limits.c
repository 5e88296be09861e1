/* accesses_limits.c - how large an access may be: names and tokens that an index can hold, entries that a request can walk. */
#include "accesses.h"

static size_t characters_of(struct pryv_str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char) text.data[i] & 0xc0) != 0x80;
    return count;
}

enum pryv_rc access_check_limits(const json_t *fields, const char *path, struct pryv_err *err)
{
    static const char *const texts[] = { "name", "deviceName", "token", "requestingAppId" };
    const struct api_config *config = api_self()->config;
    const json_t *permissions = json_object_get(fields, "permissions");
    json_t *complaints = json_array();

    for (size_t i = 0; i < PRYV_COUNT(texts); i++)
        if (characters_of(pryv_json_member_text(fields, texts[i])) > (size_t) config->access_text_max)
            pryv_param_complain(complaints, "MAX_LENGTH", pryv_format(err->arena, "%s/%s", path, texts[i]).data, NULL,
                                "longer than %lld characters", (long long) config->access_text_max);
    if (!permissions)
        permissions = json_object_get(fields, "requestedPermissions");
    if (json_array_size(permissions) > (size_t) config->access_permissions_max)
        pryv_param_complain(complaints, "ARRAY_LENGTH_LONG", path, "permissions", "more than %lld permissions",
                            (long long) config->access_permissions_max);
    if (json_array_size(complaints))
        return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
    json_decref(complaints);
    return PRYV_OK;
}

enum pryv_rc access_check_size(const struct pryv_access_row *row, struct pryv_err *err)
{
    long long max = api_self()->config->access_kb_max;
    json_t *complaints;

    if (row->permissions_json.len + row->client_data_json.len <= (size_t) max * 1024)
        return PRYV_OK;
    complaints = json_array();
    pryv_param_complain(complaints, "MAX_LENGTH", "#", NULL, "permissions and clientData take more than %lld KB", max);
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
}
