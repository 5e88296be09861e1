/* accesses_alias.c - names that stand for a user's in addresses: `randomAlias` of accesses.create. An alias is the platform's, where it leads
 * to the user name for as long as its access lives, and the user's, who knows which access has it. */
#include "accesses.h"

static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
static const char prefix[] = "r-";
enum { RANDOM_LETTERS = 8, TRIES = 5 };

bool access_alias_like(struct pryv_str name)
{
    size_t start = sizeof(prefix) - 1;

    if (!pryv_str_starts(name, prefix) || name.len != start + RANDOM_LETTERS)
        return false;
    for (size_t i = start; i < name.len; i++)
        if (!strchr(letters, name.data[i]))
            return false;
    return true;
}

/* Every letter as likely as another: octets beyond the last whole multiple are drawn again. */
static char random_letter(void)
{
    size_t count = sizeof(letters) - 1;
    unsigned char octet;

    do
        pryv_random(&octet, 1);
    while (octet >= 256 / count * count);
    return letters[octet % count];
}

static struct pryv_str random_alias(struct pryv_arena *mem)
{
    char *text = pryv_cstr(mem, PRYV_STR("r-xxxxxxxx"));

    for (size_t i = 0; i < RANDOM_LETTERS; i++)
        text[sizeof(prefix) - 1 + i] = random_letter();
    return pryv_str(text);
}

static struct pryv_str platform_key(struct pryv_arena *mem, struct pryv_str alias)
{
    return pryv_format(mem, "alias/%.*s", PRYV_STR_ARG(alias));
}

/* No user registers with a name of this form; one who came from elsewhere may have it. */
static enum pryv_rc claim(const struct pryv_call *call, struct pryv_str alias, struct pryv_err *err)
{
    const struct api *api = api_self();
    struct pryv_str owner;
    enum pryv_rc rc =
        api->platform->unique_owner(api->platform_self, call->arena, PRYV_STR("username"), alias, true, &owner, err);

    if (rc == PRYV_OK)
        return pryv_conflict(err, "key", "a user has this name");
    if (rc != PRYV_NOT_FOUND)
        return rc;
    return api->platform->value_put_new(api->platform_self, platform_key(call->arena, alias), call->user->username, PRYV_ABSENT,
                                        err);
}

enum pryv_rc access_alias_claim(const struct pryv_call *call, struct pryv_str *alias, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_CONFLICT;

    for (int i = 0; i < TRIES && rc == PRYV_CONFLICT; i++) {
        *alias = random_alias(call->arena);
        rc = claim(call, *alias, err);
    }
    return rc == PRYV_CONFLICT ? pryv_fail(err, PRYV_FAILED, "no alias is free") : rc;
}

void access_alias_release(const struct pryv_call *call, struct pryv_str alias)
{
    const struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);

    if (!alias.data)
        return;
    if (api->platform->value_delete(api->platform_self, platform_key(call->arena, alias), &err) != PRYV_OK)
        pryv_log_warn(API_LOG, "an alias is not given back: %s", err.message ? err.message : "");
    pryv_changed(alias, PRYV_CHANGED_USER);
}

/* ---- Which access has it ------------------------------------------------------------------------------------- */

#define SCOPE PRYV_STR("access-alias")

/* What is kept is a JSON text, of letters that are written as they are. */
static struct pryv_str unquoted(struct pryv_str json)
{
    return json.len > 2 ? pryv_str_n(json.data + 1, json.len - 2) : PRYV_STR_NONE;
}

enum pryv_rc access_alias_keep(struct pryv_session *session, struct pryv_str access_id, struct pryv_str alias,
                               struct pryv_err *err)
{
    return api_self()->storage->value_set(session, SCOPE, access_id, pryv_format(err->arena, "\"%.*s\"", PRYV_STR_ARG(alias)),
                                          err);
}

enum pryv_rc access_alias_read(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str access_id,
                               struct pryv_str *alias, struct pryv_err *err)
{
    struct pryv_str json = PRYV_STR_NONE;
    enum pryv_rc rc = api_self()->storage->value_get(session, mem, SCOPE, access_id, &json, err);

    *alias = unquoted(json);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

enum pryv_rc access_aliases_read(struct pryv_session *session, struct pryv_arena *mem, struct access_aliases *out,
                                 struct pryv_err *err)
{
    return api_self()->storage->value_all(session, mem, SCOPE, &out->access_ids, &out->aliases_json, &out->count, err);
}

struct pryv_str access_alias_of(const struct access_aliases *aliases, struct pryv_str access_id)
{
    size_t low = 0, high = aliases->count; /* in the order of ids */

    while (low < high) {
        size_t middle = (low + high) / 2;
        struct pryv_str id = aliases->access_ids[middle];
        int order = memcmp(access_id.data, id.data, access_id.len < id.len ? access_id.len : id.len);

        if (order == 0 && access_id.len == id.len)
            return unquoted(aliases->aliases_json[middle]);
        if (order < 0 || (order == 0 && access_id.len < id.len))
            high = middle;
        else
            low = middle + 1;
    }
    return PRYV_STR_NONE;
}
