/* accesses_limits.c - how large an access may be: names and tokens that an index can hold, entries that a request can walk. */
#include "accesses.h"

static void check_texts(const json_t *fields, const char *const *names, size_t count, const char *path, json_t *complaints,
                        struct pryv_arena *mem)
{
    long long max = api_self()->config->access_text_max;

    for (size_t i = 0; i < count; i++)
        if (pryv_str_code_points(pryv_json_member_text(fields, names[i])) > (size_t) max)
            pryv_param_complain(complaints, "MAX_LENGTH", pryv_format(mem, "%s/%s", path, names[i]).data, NULL,
                                "longer than %lld characters", max);
}

static void check_permissions(const json_t *permissions, const char *path, json_t *complaints, struct pryv_arena *mem)
{
    static const char *const texts[] = { "streamId", "defaultName", "feature" };
    long long max = api_self()->config->access_permissions_max;
    size_t i;
    json_t *entry;

    if (json_array_size(permissions) > (size_t) max)
        pryv_param_complain(complaints, "ARRAY_LENGTH_LONG", path, NULL, "more than %lld permissions", max);
    else
        json_array_foreach(permissions, i, entry)
            check_texts(entry, texts, PRYV_COUNT(texts), path, complaints, mem);
}

enum pryv_rc access_check_limits(const json_t *fields, const char *path, struct pryv_err *err)
{
    static const char *const texts[] = { "name", "deviceName", "token", "requestingAppId", "appId" };
    static const char *const lists[] = { "permissions", "requestedPermissions" };
    json_t *complaints = json_array();

    check_texts(fields, texts, PRYV_COUNT(texts), path, complaints, err->arena);
    for (size_t i = 0; i < PRYV_COUNT(lists); i++)
        check_permissions(json_object_get(fields, lists[i]), pryv_format(err->arena, "%s/%s", path, lists[i]).data, complaints,
                          err->arena);
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
