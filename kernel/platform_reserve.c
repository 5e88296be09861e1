/* platform_reserve.c - what a registration asks for that others have; see pryv/platform.h. */
#include <pryv/json.h>
#include <pryv/platform.h>

struct asking {
    pryv_value_owned owned;
    void *arg;
    json_t *taken;
};

static enum pryv_rc ask(const struct asking *asking, struct pryv_str field, struct pryv_str value, struct pryv_err *err)
{
    enum pryv_rc rc = asking->owned(asking->arg, field, value, err);

    if (rc == PRYV_OK)
        json_object_setn_new(asking->taken, field.data, field.len, pryv_json_string(value));
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

enum pryv_rc pryv_platform_all_free(struct pryv_str username, const struct pryv_field_value *fields, size_t count,
                                    pryv_value_owned owned, void *arg, struct pryv_err *err)
{
    struct asking asking = { owned, arg, pryv_json_keep(err->arena, json_object()) };
    enum pryv_rc rc = ask(&asking, PRYV_STR("username"), username, err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (fields[i].unique)
            rc = ask(&asking, fields[i].field, fields[i].value, err);
    if (rc != PRYV_OK || json_object_size(asking.taken) == 0)
        return rc;
    rc = pryv_conflict(err, json_object_iter_key(json_object_iter(asking.taken)), "%zu unique fields are taken",
                       json_object_size(asking.taken));
    err->data = asking.taken;
    return rc;
}
