/* fetch.c - pryvd-fetch ADDRESS SECONDS BYTES: writes the document at an http(s) address to standard output.
 * Exit status 0 when it came whole, 1 with a reason on standard error. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

struct limit {
    size_t left;
};

static size_t pass_on(char *data, size_t size, size_t count, void *context)
{
    struct limit *limit = context;
    size_t len = size * count;

    if (len > limit->left)
        return 0;
    limit->left -= len;
    return fwrite(data, 1, len, stdout);
}

int main(int argc, char **argv)
{
    char reason[CURL_ERROR_SIZE] = "";

    if (argc != 4) {
        fprintf(stderr, "usage: pryvd-fetch ADDRESS SECONDS BYTES\n");
        return 1;
    }

    struct limit limit = { .left = strtoull(argv[3], NULL, 10) };
    CURL *curl = curl_easy_init();

    if (!curl)
        return 1;
    curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Pryv.io/" PRYVD_VERSION);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) (strtod(argv[2], NULL) * 1000));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, pass_on);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &limit);

    CURLcode code = curl_easy_perform(curl);

    if (code != CURLE_OK)
        fprintf(stderr, "%s\n", reason[0] ? reason : curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    return code == CURLE_OK && fflush(stdout) == 0 ? 0 : 1;
}
