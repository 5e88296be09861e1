/* custom-auth.so - a complete custom authentication step: each access may carry a rule of its own in `clientData.customAuth`, and
 * whoever uses its token is held to it.
 *
 *   callerId                what follows the token, after a blank
 *   header {name, value}    a header of the request
 *   username                the account
 *   tokenPrefix             how the token begins
 *   delayMs                 the answer takes its time, as that of a directory would
 *
 * Every member that is there must hold; an access without a rule is let through. The step runs once per request, and once per
 * socket connection (then without headers), when token and session are known to be good and before the method is looked at.
 * Providing the interface "customAuth" tells the server that the step which `customExtensions.customAuthStepFn` asks for is there. */
#include <pryv/plugin.h>
#include <time.h>

enum { LONGEST_DELAY_MS = 60000 };

static enum pryv_rc refuse(struct pryv_err *err, const char *why)
{
    return pryv_refuse(err, 401, "invalid-access-token", NULL, "Custom auth step failed: %s", why);
}

/* The rule of an access, or NULL. */
static enum pryv_rc read_rule(const struct pryv_call *call, const json_t **rule, struct pryv_err *err)
{
    struct pryv_str text = call->access->row.client_data_json;
    json_t *data = NULL;

    *rule = NULL;
    if (!text.len)
        return PRYV_OK;
    if (pryv_json_parse(call->arena, text, false, &data, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the clientData of an access cannot be read");
    *rule = json_object_get(data, "customAuth");
    if (json_is_null(*rule))
        *rule = NULL;
    return PRYV_OK;
}

static bool header_holds(const struct pryv_call *call, const json_t *header)
{
    struct pryv_str name = pryv_json_member_text(header, "name");
    struct pryv_str sent = call->request ? pryv_request_header(call->request, pryv_cstr(call->arena, name)) : PRYV_STR_NONE;

    return sent.data && pryv_str_is(sent, pryv_json_member_text(header, "value"));
}

static bool starts_with(struct pryv_str text, struct pryv_str prefix)
{
    return text.len >= prefix.len && memcmp(text.data, prefix.data, prefix.len) == 0;
}

/* Blocks this executor thread, as a question to a directory would. */
static void wait_ms(double ms)
{
    long whole = ms < LONGEST_DELAY_MS ? (long) ms : LONGEST_DELAY_MS;
    struct timespec time = { .tv_sec = whole / 1000, .tv_nsec = whole % 1000 * 1000000 };

    nanosleep(&time, NULL);
}

static enum pryv_rc check(void *self PRYV_UNUSED, struct pryv_call *call, struct pryv_err *err)
{
    const json_t *rule, *wanted;
    double delay;
    enum pryv_rc rc = read_rule(call, &rule, err);

    if (rc != PRYV_OK || !rule)
        return rc;
    if ((wanted = json_object_get(rule, "callerId")) &&
        (!call->caller_id.data || !pryv_str_is(call->caller_id, pryv_json_text_of(wanted))))
        return refuse(err, "another caller is expected");
    if ((wanted = json_object_get(rule, "header")) && !header_holds(call, wanted))
        return refuse(err, "a header is missing or has another value");
    if ((wanted = json_object_get(rule, "username")) && !pryv_str_is(call->user->username, pryv_json_text_of(wanted)))
        return refuse(err, "another account is expected");
    if ((wanted = json_object_get(rule, "tokenPrefix")) && !starts_with(call->access->row.token, pryv_json_text_of(wanted)))
        return refuse(err, "the token begins otherwise");
    delay = pryv_json_member_number(rule, "delayMs");
    if (pryv_present(delay) && delay > 0)
        wait_ms(delay);
    return PRYV_OK;
}

static const struct pryv_hook hooks[] = {
    { .pattern = "*", .access = check },
    { .pattern = NULL },
};

static enum pryv_rc custom_auth_init(const void *config PRYV_UNUSED, void **self PRYV_UNUSED, struct pryv_err *err)
{
    static const struct {
        size_t size;
    } nothing = { sizeof(nothing) };

    return pryv_provide("customAuth", 1, &nothing, NULL, err);
}

static const struct pryv_interface_ref provides[] = { { "customAuth", 1 }, { NULL, 0 } };

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,         .name = "custom-auth",
    .version = "1.0.0",       .summary = "Example: a rule in an access's clientData decides who may use its token",
    .provides = provides,     .hooks = hooks,
    .init = custom_auth_init,
};
