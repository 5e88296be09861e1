/* http_post.c - see http_post.h. */
#include "http_post.h"
#include <curl/curl.h>

/* The answer's body is of no interest, and must not end on standard output. */
static size_t drop(char *data PRYV_UNUSED, size_t size, size_t count, void *context PRYV_UNUSED)
{
    return size * count;
}

static void set_up(CURL *curl, struct curl_slist *headers, const char *url, struct pryv_str json, double timeout_seconds)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) json.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json.data);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) (timeout_seconds * 1000));
}

/* What the request says is wrong; not who sent it, nor when. */
static bool is_for_good(long status)
{
    return status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 && status != 429;
}

static enum pryv_rc judge(CURL *curl, CURLcode result, struct pryv_err *err)
{
    long status = 0;

    if (result != CURLE_OK)
        return pryv_fail(err, PRYV_BUSY, "the mail service cannot be reached: %s", curl_easy_strerror(result));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300)
        return PRYV_OK;
    return pryv_fail(err, is_for_good(status) ? PRYV_FAILED : PRYV_BUSY, "the mail service answers %ld", status);
}

enum pryv_rc http_post_json(struct pryv_str url, struct pryv_str json, double timeout_seconds, struct pryv_err *err)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    enum pryv_rc rc;

    if (!curl || !headers)
        rc = pryv_fail(err, PRYV_FAILED, "libcurl cannot start");
    else {
        set_up(curl, headers, pryv_cstr(err->arena, url), json, timeout_seconds);
        rc = judge(curl, curl_easy_perform(curl), err);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return rc;
}
