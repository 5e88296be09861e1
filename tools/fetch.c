/* fetch.c - pryvd-fetch: one call to another server, in a process of its own. pryvd starts it and kills it when it overstays.
 *
 * Standard input tells what to do, in parts "NAME LENGTH", a line end, as many bytes, a line end:
 *   address    http(s):// or smtp(s)://                     seconds    how long it may take
 *   HTTP:  verb, body; field (a header field), any number of them; redirects, how many are followed;
 *          bytes, the most that the answer's body may have (0: it is not waited for)
 *   SMTP:  sender, recipient (any number of them), body (the mail), user, password; tls: "required", or "offered"
 * Standard output: for HTTP the status, a line end and the body.
 * Exit status: 0 done; 1 not now, and 2 not ever, each with a reason on standard error. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REASON_MAX = CURL_ERROR_SIZE + 64, NOT_NOW = 1, NOT_EVER = 2 };

struct request {
    char *address, *verb, *body, *sender, *user, *password, *tls;
    size_t body_len, sent, max_bytes;
    double seconds;
    long redirects;
    struct curl_slist *fields, *recipients;
};

/* ---- Reading ------------------------------------------------------------------------------------ */

static void put(struct request *request, const char *name, char *value, size_t len)
{
    const struct {
        const char *name;
        char **to;
    } texts[] = {
        { "address", &request->address }, { "verb", &request->verb }, { "sender", &request->sender },
        { "user", &request->user },       { "tls", &request->tls },   { "password", &request->password },
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].to = value;
            return;
        }
    if (strcmp(name, "body") == 0) {
        request->body = value;
        request->body_len = len;
        return;
    }
    if (strcmp(name, "field") == 0)
        request->fields = curl_slist_append(request->fields, value);
    else if (strcmp(name, "recipient") == 0)
        request->recipients = curl_slist_append(request->recipients, value);
    else if (strcmp(name, "seconds") == 0)
        request->seconds = strtod(value, NULL);
    else if (strcmp(name, "bytes") == 0)
        request->max_bytes = strtoull(value, NULL, 10);
    else if (strcmp(name, "redirects") == 0)
        request->redirects = strtol(value, NULL, 10);
    free(value);
}

static int read_request(struct request *request)
{
    char line[64];

    while (fgets(line, sizeof(line), stdin)) {
        char *space = strchr(line, ' '), *end = line;
        size_t len = space ? strtoul(space + 1, &end, 10) : 0;
        char *value = space && *end == '\n' ? malloc(len + 1) : NULL;

        if (!value || fread(value, 1, len, stdin) != len || getchar() != '\n') {
            free(value);
            return 0;
        }
        value[len] = '\0';
        *space = '\0';
        put(request, line, value, len);
    }
    return feof(stdin) && request->address;
}

static void request_release(struct request *request)
{
    free(request->address);
    free(request->verb);
    free(request->body);
    free(request->sender);
    free(request->user);
    free(request->password);
    free(request->tls);
    curl_slist_free_all(request->fields);
    curl_slist_free_all(request->recipients);
}

/* ---- HTTP ------------------------------------------------------------------------------------------ */

struct answer {
    CURL *curl;
    size_t left;
    int told, dropped, too_large;
};

static void tell_status(struct answer *answer)
{
    long status = 0;

    if (answer->told)
        return;
    answer->told = 1;
    curl_easy_getinfo(answer->curl, CURLINFO_RESPONSE_CODE, &status);
    printf("%ld\n", status);
}

static size_t pass_on(char *data, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    size_t len = size * count;

    tell_status(answer);
    answer->too_large = !answer->dropped && len > answer->left;
    if (answer->dropped || answer->too_large)
        return CURL_WRITEFUNC_ERROR;
    answer->left -= len;
    return fwrite(data, 1, len, stdout);
}

static int has_field(const struct request *request, const char *name)
{
    size_t len = strlen(name);

    for (const struct curl_slist *field = request->fields; field; field = field->next)
        if (strncasecmp(field->data, name, len) == 0 && strchr(":;", field->data[len]))
            return 1;
    return 0;
}

/* What libcurl would add by itself to a body. */
static void leave_out(struct request *request, const char *name, const char *left_out)
{
    if (!has_field(request, name))
        request->fields = curl_slist_append(request->fields, left_out);
}

static CURLcode call_http(CURL *curl, struct request *request, struct answer *answer)
{
    *answer = (struct answer){ .curl = curl, .left = request->max_bytes, .dropped = request->max_bytes == 0 };
    leave_out(request, "Content-Type", "Content-Type:");
    leave_out(request, "Expect", "Expect:");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, (long) (request->redirects > 0));
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, request->redirects);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Pryv.io/" PRYVD_VERSION);
    if (request->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body_len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    }
    if (request->verb && strcmp(request->verb, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else if (request->verb && strcmp(request->verb, request->body ? "POST" : "GET") != 0)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->verb);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->fields);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, pass_on);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);

    CURLcode code = curl_easy_perform(curl);

    if (code == CURLE_OK)
        tell_status(answer);
    return code == CURLE_WRITE_ERROR && answer->dropped ? CURLE_OK : code;
}

/* ---- SMTP ------------------------------------------------------------------------------------------- */

static size_t give(char *out, size_t size, size_t count, void *context)
{
    struct request *request = context;
    size_t left = request->body_len - request->sent, n = size * count < left ? size * count : left;

    memcpy(out, request->body + request->sent, n);
    request->sent += n;
    return n;
}

static CURLcode send_mail(CURL *curl, struct request *request)
{
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long) (request->tls && strcmp(request->tls, "required") == 0 ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (request->user) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, request->password ? request->password : "");
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, request->sender);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, request->recipients);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, request);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    return curl_easy_perform(curl);
}

/* ---- The end ----------------------------------------------------------------------------------------- */

static int judge(CURL *curl, CURLcode code, const struct request *request, const struct answer *answer, const char *reason)
{
    long status = 0;
    const char *why = reason[0] ? reason : curl_easy_strerror(code);

    if (code == CURLE_OK)
        return 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (answer->too_large)
        fprintf(stderr, "the answer is larger than %zu bytes\n", request->max_bytes);
    else if (request->recipients)
        fprintf(stderr, "%s, last answer %ld\n", why, status);
    else
        fprintf(stderr, "%s\n", why);
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_WRITE_ERROR: return NOT_EVER;
    case CURLE_SEND_ERROR: /* of SMTP: sender, recipient or text are refused. All else, a wrong password too, may be set right. */
        return request->recipients && status >= 500 ? NOT_EVER : NOT_NOW;
    default: return NOT_NOW;
    }
}

int main(void)
{
    char reason[CURL_ERROR_SIZE] = "";
    struct request request = { .seconds = 10 };
    struct answer answer = { 0 };

    if (!read_request(&request)) {
        fprintf(stderr, "pryvd-fetch is for pryvd: it is told on standard input what to fetch\n");
        request_release(&request);
        return NOT_EVER;
    }

    CURL *curl = curl_easy_init();

    if (!curl)
        return NOT_NOW;
    curl_easy_setopt(curl, CURLOPT_URL, request.address);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) (request.seconds * 1000));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);

    CURLcode code = request.recipients ? send_mail(curl, &request) : call_http(curl, &request, &answer);
    int status = judge(curl, code, &request, &answer, reason);

    curl_easy_cleanup(curl);
    request_release(&request);
    return fflush(stdout) == 0 ? status : NOT_NOW;
}
