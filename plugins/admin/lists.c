/* lists.c - system.listUsers and system.listCores. */
#include "admin.h"

#define CORE_ROWS "core-info/"

/* ---- Users ---------------------------------------------------------------------------------------------- */

static enum pryv_rc write_user(void *context, struct pryv_arena *mem, struct pryv_str id, struct pryv_str username,
                               struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_json *js = context;
    struct pryv_account_field *fields;
    size_t count;
    enum pryv_rc rc = account_fields(admin, mem, id, &fields, &count, err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc; /* gone while others were written */
    pryv_json_object(js);
    pryv_json_put_str(js, "username", username);
    pryv_json_put_str(js, "id", id);
    for (size_t i = 0; i < count; i++)
        if (pryv_str_equal(fields[i].field, "email") || pryv_str_equal(fields[i].field, "language")) {
            pryv_json_key_str(js, fields[i].field);
            pryv_json_raw(js, fields[i].value_json);
        }
    if (!admin->config->dnsless)
        pryv_json_put_str(js, "core", pryv_core_url());
    pryv_json_object_end(js);
    return pryv_json_failed(js);
}

enum pryv_rc system_list_users(struct pryv_call *call, struct pryv_err *err)
{
    pryv_json_key(call->out, "users");
    pryv_json_array(call->out);

    enum pryv_rc rc = each_user(admin_self(), write_user, call->out, err);

    pryv_json_array_end(call->out);
    return rc;
}

/* ---- Cores ------------------------------------------------------------------------------------------------ */

struct core {
    struct pryv_str id, url, hosting;
    bool available;
    uint64_t users;
};

static struct pryv_str url_of(const struct admin *admin, struct pryv_arena *mem, const struct core *core, struct pryv_str given)
{
    if (pryv_str_is(core->id, admin->config->core_id))
        return pryv_core_url();
    while (given.len && given.data[given.len - 1] == '/')
        given.len--;
    if (given.len)
        return pryv_format(mem, "%.*s/", PRYV_STR_ARG(given));
    return admin->config->domain.len
               ? pryv_format(mem, "https://%.*s.%.*s/", PRYV_STR_ARG(core->id), PRYV_STR_ARG(admin->config->domain))
               : pryv_core_url();
}

/* A row that cannot be read, another program wrote. */
static struct core core_of_row(const struct admin *admin, struct pryv_arena *mem, struct pryv_str key, struct pryv_str text)
{
    struct pryv_err unseen = PRYV_ERR(mem);
    json_t *row = NULL;
    struct core core = { .id = pryv_str_n(key.data + strlen(CORE_ROWS), key.len - strlen(CORE_ROWS)) };

    if (pryv_json_parse(mem, text, false, &row, &unseen) != PRYV_OK)
        row = NULL;
    core.url = url_of(admin, mem, &core, pryv_json_member_text(row, "url"));
    core.hosting = pryv_json_member_text(row, "hosting");
    core.available = !json_is_false(json_object_get(row, "available"));
    return core;
}

static enum pryv_rc count_users(const struct admin *admin, struct pryv_arena *mem, struct core *cores, size_t count,
                                struct pryv_err *err)
{
    struct pryv_str *ids;
    uint64_t *counts;
    size_t n;
    enum pryv_rc rc;

    if (!PLATFORM_HAS(admin, core_counts))
        return pryv_fail(err, PRYV_UNSUPPORTED, "this platform store cannot count the users of its cores");
    rc = admin->platform->core_counts(admin->platform_self, mem, &ids, &counts, &n, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        for (size_t k = 0; k < n; k++)
            if (pryv_str_is(ids[k], cores[i].id))
                cores[i].users = counts[k];
    return rc;
}

/* This core is there even before its row is. */
static enum pryv_rc read_cores(const struct admin *admin, struct pryv_arena *mem, struct core **out, size_t *count,
                               struct pryv_err *err)
{
    struct pryv_str *keys, *texts;
    struct core *cores;
    bool own = false;
    size_t n;
    enum pryv_rc rc = admin->platform->values_list(admin->platform_self, mem, PRYV_STR(CORE_ROWS), PRYV_STR_NONE, SIZE_MAX, &keys,
                                                   &texts, &n, err);

    if (rc != PRYV_OK)
        return rc;
    cores = pryv_new_array(mem, struct core, n + 1);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        struct core core = core_of_row(admin, mem, keys[i], texts[i]);
        bool is_own = pryv_str_is(core.id, admin->config->core_id);

        own = own || is_own;
        if (is_own || !admin->config->dnsless) /* others of a single core are left from another time */
            cores[(*count)++] = core;
    }
    if (!own)
        cores[(*count)++] = (struct core){ .id = admin->config->core_id, .url = pryv_core_url(), .available = true };
    *out = cores;
    return count_users(admin, mem, cores, *count, err);
}

static void write_core(struct pryv_json *js, const struct core *core)
{
    pryv_json_object(js);
    pryv_json_put_str(js, "id", core->id);
    pryv_json_put_str_if(js, "url", core->url);
    pryv_json_key(js, "hosting");
    if (core->hosting.len)
        pryv_json_str(js, core->hosting);
    else
        pryv_json_null(js);
    pryv_json_put_bool(js, "available", core->available);
    pryv_json_put_number(js, "userCount", (double) core->users);
    pryv_json_object_end(js);
}

enum pryv_rc system_list_cores(struct pryv_call *call, struct pryv_err *err)
{
    struct core *cores;
    size_t count;
    enum pryv_rc rc = read_cores(admin_self(), call->arena, &cores, &count, err);

    if (rc != PRYV_OK)
        return rc;
    pryv_json_key(call->out, "cores");
    pryv_json_array(call->out);
    for (size_t i = 0; i < count; i++)
        write_core(call->out, &cores[i]);
    pryv_json_array_end(call->out);
    return PRYV_OK;
}
