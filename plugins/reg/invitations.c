/* invitations.c - see invitations.h. */
#include "invitations.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROWS "invitation/"

enum { TOKEN_BYTES = 12, TAKE_TRIES = 3 };

static struct pryv_str key_of(struct pryv_arena *mem, struct pryv_str token)
{
    return pryv_format(mem, ROWS "%.*s", PRYV_STR_ARG(token));
}

static double now_ms(void)
{
    return round(pryv_now() * 1000);
}

static json_t *parse(struct pryv_arena *mem, struct pryv_str text)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *row = NULL;

    return pryv_json_parse(mem, text, false, &row, &err) == PRYV_OK ? row : NULL;
}

/* ---- Configured ones ------------------------------------------------------------------------------- */

static enum pryv_rc store_has_any(const struct reg *reg, struct pryv_arena *mem, bool *out, struct pryv_err *err)
{
    struct pryv_str *keys, *texts;
    size_t count = 0;
    enum pryv_rc rc =
        reg->platform->values_list(reg->platform_self, mem, PRYV_STR(ROWS), PRYV_STR_NONE, 1, &keys, &texts, &count, err);

    *out = count > 0;
    return rc;
}

static struct pryv_str new_row(struct pryv_arena *mem, const char *author, struct pryv_str description)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js);
    pryv_json_put_number(js, "createdAt", now_ms());
    pryv_json_put_text(js, "createdBy", author);
    pryv_json_put_str(js, "description", description.data ? description : PRYV_STR(""));
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

static enum pryv_rc check_configured(const json_t *list, struct pryv_err *err)
{
    size_t i;
    json_t *token;

    if (list && !json_is_array(list) && !json_is_null(list))
        return pryv_fail(err, PRYV_FAILED, "invitationTokens must be null or a list of texts");
    json_array_foreach(list, i, token)
        if (!json_is_string(token) || !json_string_length(token))
            return pryv_fail(err, PRYV_FAILED, "invitationTokens must be null or a list of texts");
    return PRYV_OK;
}

static enum pryv_rc put_configured(const struct reg *reg, struct pryv_err *err)
{
    size_t i;
    json_t *token;
    bool any;
    enum pryv_rc rc = store_has_any(reg, err->arena, &any, err);

    if (rc != PRYV_OK || any)
        return rc;
    json_array_foreach(reg->config->invitations, i, token) {
        rc = reg->platform->value_put_new(reg->platform_self, key_of(err->arena, pryv_json_text_of(token)),
                                          new_row(err->arena, "config-seed", PRYV_STR_NONE), PRYV_ABSENT, err);
        if (rc != PRYV_OK && rc != PRYV_CONFLICT)
            return rc;
    }
    return PRYV_OK;
}

/* One worker of one core puts them; nobody serves while only some are there. */
enum pryv_rc invitations_seed(const struct reg *reg, struct pryv_err *err)
{
    enum { LOCK_SECONDS = 10, WAIT_MS = 10 };
    const struct pryv_str lock = PRYV_STR("invitations-seeded"), done = PRYV_STR("done");
    const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };
    struct pryv_str value;
    enum pryv_rc rc = check_configured(reg->config->invitations, err);

    while (rc == PRYV_OK) {
        rc = reg->platform->value_get(reg->platform_self, err->arena, lock, true, &value, err);
        if (rc == PRYV_OK && pryv_str_is(value, done))
            return PRYV_OK;
        if (rc == PRYV_OK) {
            nanosleep(&pause, NULL);
            continue;
        }
        if (rc != PRYV_NOT_FOUND)
            return rc;
        rc = reg->platform->value_put_new(reg->platform_self, lock, PRYV_STR("begun"), pryv_now() + LOCK_SECONDS, err);
        if (rc == PRYV_OK)
            rc = put_configured(reg, err);
        if (rc == PRYV_OK)
            return reg->platform->value_put(reg->platform_self, lock, done, PRYV_ABSENT, err);
        if (rc == PRYV_CONFLICT)
            rc = PRYV_OK;
    }
    return rc;
}

/* ---- Is it good? -------------------------------------------------------------------------------------- */

/* A row that a registration has taken and never confirmed, long enough ago, is free unless the account is there. */
static enum pryv_rc is_free(struct pryv_call *call, const json_t *row, bool *out, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    double consumed = pryv_json_member_number(row, "consumedAt");
    struct pryv_str core;
    enum pryv_rc rc;

    *out = row && !pryv_present(consumed);
    if (!row || *out || !pryv_json_member_true(row, "pending") ||
        consumed / 1000 + (double) reg->config->reservation_seconds > pryv_now())
        return PRYV_OK;
    rc = reg->platform->user_core(reg->platform_self, call->arena, pryv_json_member_text(row, "consumedBy"), true, &core, err);
    *out = rc == PRYV_NOT_FOUND;
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* `*key` absent: everybody is let in. */
static enum pryv_rc find(struct pryv_call *call, struct pryv_str token, struct pryv_str *key, struct pryv_str *text, bool *good,
                         struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    enum pryv_rc rc = PRYV_NOT_FOUND;
    bool any;

    *key = PRYV_STR_NONE;
    *good = false;
    if (token.len)
        rc = reg->platform->value_get(reg->platform_self, call->arena, key_of(call->arena, token), true, text, err);
    if (rc == PRYV_OK) {
        *key = key_of(call->arena, token);
        return is_free(call, parse(call->arena, *text), good, err);
    }
    if (rc != PRYV_NOT_FOUND || (rc = store_has_any(reg, call->arena, &any, err)) != PRYV_OK)
        return rc;
    *good = !any && !json_is_array(reg->config->invitations);
    return PRYV_OK;
}

enum pryv_rc invitation_check(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str key, text;
    bool good;
    enum pryv_rc rc = find(call, pryv_json_member_text(call->params, "invitationtoken"), &key, &text, &good, err);

    return rc == PRYV_OK
               ? pryv_reply_send(call->request, 200, "text/plain; charset=utf-8", good ? PRYV_STR("true") : PRYV_STR("false"))
               : rc;
}

/* ---- Taking ---------------------------------------------------------------------------------------------- */

static struct pryv_str consumed_row(struct pryv_arena *mem, struct pryv_str before, struct pryv_str username, bool pending)
{
    json_t *row = json_copy(parse(mem, before));
    struct pryv_str text;

    json_object_set_new(row, "consumedAt", json_real(now_ms()));
    json_object_set_new(row, "consumedBy", pryv_json_string(username));
    if (pending)
        json_object_set_new(row, "pending", json_true());
    text = pryv_json_dump(mem, row);
    json_decref(row);
    return text;
}

static enum pryv_rc take_once(struct pryv_call *call, struct pryv_str token, struct pryv_str username, struct invitation *out,
                              struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    bool good;
    enum pryv_rc rc = find(call, token, &out->key, &out->before, &good, err);

    if (rc != PRYV_OK)
        return rc;
    if (!good)
        return pryv_refuse(err, 400, "invalid-operation", NULL, "Registration is by invitation; this token admits nobody.");
    if (!out->key.data)
        return PRYV_OK;
    out->taken = consumed_row(call->arena, out->before, username, true);
    return reg->platform->value_replace(reg->platform_self, out->key, out->before, out->taken, PRYV_ABSENT, err);
}

enum pryv_rc invitation_take(struct pryv_call *call, struct pryv_str token, struct pryv_str username, struct invitation *out,
                             struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_CONFLICT;

    for (int i = 0; i < TAKE_TRIES && (rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND); i++)
        rc = take_once(call, token, username, out, err);
    return rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND
               ? pryv_refuse(err, 400, "invalid-operation", NULL, "Another registration has taken this invitation.")
               : rc;
}

static void replace(struct pryv_call *call, const struct invitation *invitation, struct pryv_str text)
{
    const struct reg *reg = reg_self();
    struct pryv_err err = PRYV_ERR(call->arena);

    if (!invitation->key.data)
        return;
    if (reg->platform->value_replace(reg->platform_self, invitation->key, invitation->taken, text, PRYV_ABSENT, &err) != PRYV_OK)
        pryv_log_warn(REG_LOG, "an invitation stays half-taken: %s", err.message ? err.message : "");
}

void invitation_keep(struct pryv_call *call, const struct invitation *invitation)
{
    if (invitation->key.data)
        replace(call, invitation,
                consumed_row(call->arena, invitation->before,
                             pryv_json_member_text(parse(call->arena, invitation->taken), "consumedBy"), false));
}

void invitation_give_back(struct pryv_call *call, const struct invitation *invitation)
{
    replace(call, invitation, invitation->before);
}

/* ---- Administration ----------------------------------------------------------------------------------------- */

static void write_invitation(struct pryv_json *js, struct pryv_str token, json_t *row)
{
    static const char *const members[] = { "createdAt", "createdBy", "description", "consumedAt", "consumedBy" };

    pryv_json_object(js);
    pryv_json_put_str(js, "id", token);
    for (size_t i = 0; i < PRYV_COUNT(members); i++)
        if (json_object_get(row, members[i]))
            pryv_json_put_value(js, members[i], json_object_get(row, members[i]));
    pryv_json_object_end(js);
}

enum pryv_rc invitations_list(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_json *js = pryv_json_new(call->arena);
    struct pryv_str *keys, *texts;
    size_t count;
    enum pryv_rc rc = check_admin(call, err);

    if (rc == PRYV_OK)
        rc = reg->platform->values_list(reg->platform_self, call->arena, PRYV_STR(ROWS), PRYV_STR_NONE, SIZE_MAX, &keys, &texts,
                                        &count, err);
    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_key(js, "invitations");
    pryv_json_array(js);
    for (size_t i = 0; i < count; i++)
        write_invitation(js, pryv_str_n(keys[i].data + strlen(ROWS), keys[i].len - strlen(ROWS)), parse(call->arena, texts[i]));
    pryv_json_array_end(js);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}

static struct pryv_str new_token(struct pryv_arena *mem)
{
    unsigned char bytes[TOKEN_BYTES];
    char *hex = pryv_alloc0(mem, TOKEN_BYTES * 2 + 1);

    pryv_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return pryv_str(hex);
}

static enum pryv_rc read_count(struct pryv_call *call, int64_t *out, struct pryv_err *err)
{
    const json_t *given = json_object_get(call->params, "count");
    struct pryv_str text = pryv_json_text_of(json_is_array(given) ? json_array_get(given, 0) : given);
    long long number = text.len ? strtoll(pryv_cstr(call->arena, text), NULL, 10) : 0;
    int64_t most = reg_self()->config->invitations_at_once;

    if (number > most)
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "At most %lld invitations are made at once.",
                           (long long) most);
    *out = number ? number : 1;
    return PRYV_OK;
}

enum pryv_rc invitations_create(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str message = pryv_json_member_text(call->params, "message");
    struct pryv_json *js = pryv_json_new(call->arena);
    int64_t count = 0;
    enum pryv_rc rc = check_admin(call, err);

    if (rc != PRYV_OK || (rc = read_count(call, &count, err)) != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_key(js, "data");
    pryv_json_array(js);
    for (int64_t i = 0; i < count; i++) {
        struct pryv_str token = new_token(call->arena), row = new_row(call->arena, "admin", message);

        if ((rc = reg->platform->value_put_new(reg->platform_self, key_of(call->arena, token), row, PRYV_ABSENT, err)) != PRYV_OK)
            return rc;
        write_invitation(js, token, parse(call->arena, row));
    }
    pryv_json_array_end(js);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}
