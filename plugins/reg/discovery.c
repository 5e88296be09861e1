/* discovery.c - where is this user, who has this address? */
#include "cores.h"

static enum pryv_rc owner_of_email(struct pryv_call *call, struct pryv_str email, struct pryv_str *username, struct pryv_err *err)
{
    const struct reg *reg = reg_self();

    return reg->accounts->owner(reg->accounts_self, call->arena, PRYV_STR("email"), email, username, err);
}

/* A reservation is no user yet. */
static enum pryv_rc core_url_of_user(struct pryv_call *call, struct pryv_str username, struct pryv_str *url, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str core;
    enum pryv_rc rc = core_of_user(reg, call->arena, username, &core, err);

    return rc == PRYV_OK ? core_url_of(reg, call->arena, core, url, err) : rc;
}

/* ---- By name or address ----------------------------------------------------------------------------- */

static void write_core(struct pryv_call *call, struct pryv_str url)
{
    pryv_json_key(call->out, "core");
    pryv_json_object(call->out);
    pryv_json_put_str(call->out, "url", url);
    pryv_json_object_end(call->out);
}

enum pryv_rc discovery_core(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str username = pryv_json_member_text(call->params, "username");
    struct pryv_str email = pryv_json_member_text(call->params, "email"), url;
    enum pryv_rc rc = PRYV_OK;

    if (!username.data == !email.data)
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "Give either username or email.");
    if (email.data)
        rc = owner_of_email(call, email, &username, err);
    if (rc == PRYV_OK)
        rc = core_url_of_user(call, username, &url, err);
    if (rc == PRYV_NOT_FOUND && email.data) {
        write_core(call, pryv_core_url()); /* whoever asks by address is told nothing about who is here */
        return PRYV_OK;
    }
    if (rc == PRYV_NOT_FOUND)
        return pryv_refuse(err, 404, "unknown-resource", NULL, "Nobody has this user name.");
    if (rc == PRYV_OK)
        write_core(call, is_single_core(reg_self()) ? pryv_api_endpoint(call->arena, username, PRYV_STR_NONE) : url);
    return rc;
}

static enum pryv_rc send_username(struct pryv_call *call, const char *member, struct pryv_err *err)
{
    struct pryv_json *js = pryv_json_new(call->arena);
    struct pryv_str username;
    enum pryv_rc rc;

    if (reg_self()->config->hide_usernames)
        return send_error(call, 405, "disabled-method", "This service tells nobody who has an address.");
    rc = owner_of_email(call, pryv_json_member_text(call->params, "email"), &username, err);
    if (rc == PRYV_NOT_FOUND)
        return send_error(call, 404, "unknown-email", "Nobody has this address.");
    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_put_str(js, member, username);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}

enum pryv_rc discovery_username(struct pryv_call *call, struct pryv_err *err)
{
    return send_username(call, "username", err);
}

enum pryv_rc discovery_uid(struct pryv_call *call, struct pryv_err *err)
{
    return send_username(call, "uid", err);
}

/* ---- The server of a user ------------------------------------------------------------------------------ */

/* As clients know it: without a final slash where there is one core. */
static enum pryv_rc server_of(struct pryv_call *call, struct pryv_str username, struct pryv_str *url, struct pryv_err *err)
{
    enum pryv_rc rc = core_url_of_user(call, username, url, err);

    if (rc == PRYV_OK && is_single_core(reg_self()))
        url->len--;
    return rc;
}

enum pryv_rc discovery_go_to_server(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str username = pryv_json_member_text(call->params, "name"), url;
    enum pryv_rc rc = server_of(call, username, &url, err);

    if (rc == PRYV_NOT_FOUND)
        return send_error(call, 404, "unknown-user", "Nobody has this user name.");
    if (rc != PRYV_OK)
        return rc;

    /* Somebody has the name, so it is made of letters, digits and hyphens. */
    struct pryv_str location = pryv_format(call->arena, "%.*s?username=%.*s", PRYV_STR_ARG(url), PRYV_STR_ARG(username));

    pryv_reply_header(call->request, "Location", location);
    return pryv_reply_send(call->request, 302, "text/plain; charset=utf-8",
                           pryv_format(call->arena, "Found. Redirecting to %.*s", PRYV_STR_ARG(location)));
}

enum pryv_rc discovery_server(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg_config *config = reg_self()->config;
    struct pryv_str username = pryv_json_member_text(call->params, "name"), url;
    struct pryv_json *js = pryv_json_new(call->arena);
    enum pryv_rc rc = server_of(call, username, &url, err);

    if (rc == PRYV_NOT_FOUND)
        return send_error(call, 404, "unknown-user", "Nobody has this user name.");
    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_put_str(js, "server", url);
    pryv_json_put_str(js, "alias",
                      config->domain.len && !config->dnsless
                          ? pryv_format(call->arena, "%.*s.%.*s", PRYV_STR_ARG(username), PRYV_STR_ARG(config->domain))
                          : username);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}
