/* service.c - mails handed to a service over HTTP: the platform's own microservice, or Mandrill. */
#include "mail.h"
#include <pryv/fetch.h>

/* What the request says is wrong; not who sent it, nor when. */
static bool is_for_good(int status)
{
    return status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 && status != 429;
}

/* Any 2xx is success; what the service says beside it is not read. */
static enum pryv_rc post(const struct mail_config *config, struct pryv_str url, struct pryv_str json, struct pryv_err *err)
{
    static const struct pryv_http_field fields[] = { { { "Content-Type", 12 }, { "application/json", 16 } } };
    struct pryv_http_request request = {
        .verb = "POST",
        .address = url,
        .fields = fields,
        .field_count = PRYV_COUNT(fields),
        .body = json,
        .timeout_seconds = config->timeout,
    };
    struct pryv_http_answer answer;
    enum pryv_rc rc = pryv_http_call(err->arena, &request, &answer, err);

    if (rc != PRYV_OK)
        return pryv_fail(err, rc, "the mail service cannot be reached: %s", err->message);
    if (answer.status >= 200 && answer.status < 300)
        return PRYV_OK;
    return pryv_fail(err, is_for_good(answer.status) ? PRYV_FAILED : PRYV_BUSY, "the mail service answers %d", answer.status);
}

static void write_recipient(struct pryv_json *js, const struct pryv_mail *what)
{
    pryv_json_object(js);
    pryv_json_put_str(js, "email", what->address);
    pryv_json_put_str(js, "name", what->name);
    pryv_json_put_text(js, "type", "to");
    pryv_json_object_end(js);
}

enum pryv_rc service_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err)
{
    const struct mail_config *config = mail->config;
    struct pryv_json *js = pryv_json_new(err->arena);
    const char *slash = config->url.len && config->url.data[config->url.len - 1] == '/' ? "" : "/";
    struct pryv_str template = pryv_percent_encode(err->arena, what->template_, "-_");
    struct pryv_str language =
        pryv_percent_encode(err->arena, what->language, "-_"); /* a client's: nothing in it may leave its place */
    struct pryv_str url = pryv_format(err->arena, "%.*s%s%.*s/%.*s", PRYV_STR_ARG(config->url), slash, PRYV_STR_ARG(template),
                                      PRYV_STR_ARG(language));

    pryv_json_object(js);
    pryv_json_put_str(js, "key", config->key.data ? config->key : PRYV_STR(""));
    pryv_json_key(js, "to");
    write_recipient(js, what);
    pryv_json_put_value(js, "substitutions", what->substitutions);
    pryv_json_object_end(js);
    return post(config, url, pryv_json_text(js), err);
}

static void write_variables(struct pryv_json *js, json_t *substitutions)
{
    const char *name;
    json_t *value;

    pryv_json_array(js);
    json_object_foreach(substitutions, name, value) {
        pryv_json_object(js);
        pryv_json_put_text(js, "name", name);
        pryv_json_put_value(js, "content", value);
        pryv_json_object_end(js);
    }
    pryv_json_array_end(js);
}

enum pryv_rc mandrill_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err)
{
    struct pryv_json *js = pryv_json_new(err->arena);

    pryv_json_object(js);
    pryv_json_put_str(js, "key", mail->config->key.data ? mail->config->key : PRYV_STR(""));
    pryv_json_put_str(js, "template_name", what->template_);
    pryv_json_put_raw(js, "template_content", PRYV_STR("[]"));
    pryv_json_key(js, "message");
    pryv_json_object(js);
    pryv_json_key(js, "to");
    pryv_json_array(js);
    write_recipient(js, what);
    pryv_json_array_end(js);
    pryv_json_key(js, "global_merge_vars");
    write_variables(js, what->substitutions);
    pryv_json_key(js, "tags");
    pryv_json_array(js);
    pryv_json_str(js, what->template_);
    pryv_json_array_end(js);
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return post(mail->config, mail->config->url, pryv_json_text(js), err);
}
