/* smtp.c - mails that the server sends itself: a template and its words, one SMTP connection for each. */
#include "html_text.h"
#include "mail.h"
#include "mime.h"
#include "templates.h"
#include <curl/curl.h>

struct upload {
    struct pryv_str text;
    size_t sent;
};

static size_t give(char *out, size_t size, size_t count, void *context)
{
    struct upload *upload = context;
    size_t left = upload->text.len - upload->sent, n = size * count < left ? size * count : left;

    memcpy(out, upload->text.data + upload->sent, n);
    upload->sent += n;
    return n;
}

/* Nothing in an address may end a command, or begin another part of it. */
static bool is_address(struct pryv_str address)
{
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char) address.data[i] <= ' ' || strchr("<>\x7f", address.data[i]))
            return false;
    return address.len > 2 && memchr(address.data, '@', address.len);
}

static void set_up(CURL *curl, const struct mail_config *config, struct curl_slist *to, struct upload *upload,
                   struct pryv_arena *mem)
{
    curl_easy_setopt(curl, CURLOPT_URL,
                     pryv_format(mem, "%s://%.*s:%lld", config->smtp_secure ? "smtps" : "smtp", PRYV_STR_ARG(config->smtp_host),
                                 (long long) config->smtp_port)
                         .data);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long) (config->smtp_user.len ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (config->smtp_user.len) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, config->smtp_user.data);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, config->smtp_password.len ? config->smtp_password.data : "");
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, pryv_format(mem, "<%.*s>", PRYV_STR_ARG(config->from_address)).data);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, upload);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) (config->timeout * 1000));
}

static enum pryv_rc hand_over(const struct mail_config *config, struct pryv_str address, struct pryv_str text,
                              struct pryv_err *err)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *to = curl_slist_append(NULL, pryv_format(err->arena, "<%.*s>", PRYV_STR_ARG(address)).data);
    struct upload upload = { .text = text };
    CURLcode result = CURLE_FAILED_INIT;
    long status = 0;

    if (curl && to) {
        set_up(curl, config, to, &upload, err->arena);
        result = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    if (result == CURLE_OK)
        return PRYV_OK;
    /* SEND_ERROR: sender, recipient or text are refused. All else, a wrong password too, may be set right. */
    return pryv_fail(err, result == CURLE_SEND_ERROR && status >= 500 ? PRYV_FAILED : PRYV_BUSY,
                     "the mail server does not take it: %s, last answer %ld", curl_easy_strerror(result), status);
}

enum pryv_rc smtp_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err)
{
    const struct mail_config *config = mail->config;
    struct rendered rendered;
    enum pryv_rc rc = templates_render(mail, what, &rendered, err);

    if (rc != PRYV_OK)
        return rc;
    if (!is_address(what->address))
        return pryv_fail(err, PRYV_FAILED, "the address of the recipient cannot be written to");

    struct mime_mail mime = {
        .from_name = config->from_name,
        .from_address = config->from_address,
        .to_name = what->name,
        .to_address = what->address,
        .subject = rendered.subject,
        .html = rendered.html,
        .text = rendered.text.data ? rendered.text : html_text(err->arena, rendered.html),
        .date = pryv_now(),
    };

    return hand_over(config, what->address, mime_write(err->arena, &mime), err);
}
