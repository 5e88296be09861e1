/* crypto.c - ids, random bytes, times, hashes; see pryv/crypto.h. Passwords are in password.c. */
#include <pryv/crypto.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- Random --------------------------------------------------------------------------------- */

void pryv_random(void *out, size_t len)
{
    randombytes_buf(out, len);
}

static const char id_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

enum {
    LETTERS = 26,
    ID_CHARACTERS = sizeof(id_characters) - 1,
    RANDOM_AT_ONCE = 2 * PRYV_ID_LEN,
};

/* Bytes from the largest multiple of `choices` up are not used, so that all are equally likely. False: such a byte. */
static bool choose(char *out, unsigned char random, unsigned choices)
{
    if (random >= 256 / choices * choices)
        return false;
    *out = id_characters[random % choices];
    return true;
}

struct pryv_str pryv_id_new(struct pryv_arena *arena)
{
    char *id = pryv_alloc(arena, PRYV_ID_LEN + 1);
    size_t len = 0;

    while (len < PRYV_ID_LEN) {
        unsigned char random[RANDOM_AT_ONCE];

        pryv_random(random, sizeof(random));
        for (size_t i = 0; i < sizeof(random) && len < PRYV_ID_LEN; i++)
            len += choose(id + len, random[i], len == 0 ? LETTERS : ID_CHARACTERS);
    }
    id[len] = '\0';
    return pryv_str_n(id, len);
}

/* ---- Times ---------------------------------------------------------------------------------- */

double pryv_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (double) ((int64_t) now.tv_sec * 1000 + (now.tv_nsec + 500000) / 1000000) / 1000.0;
}

/* ---- Hashes --------------------------------------------------------------------------------- */

bool pryv_secret_equal(struct pryv_str a, struct pryv_str b)
{
    return a.data && b.data && a.len == b.len && CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}

/* Looked up once: OpenSSL searches its providers each time otherwise. */
static EVP_MD *digests[PRYV_MD5 + 1];
static pthread_once_t digests_once = PTHREAD_ONCE_INIT;

static void fetch_digests(void)
{
    static const char *const names[] = {
        [PRYV_SHA1] = "SHA1",
        [PRYV_SHA256] = "SHA256",
        [PRYV_SHA512] = "SHA512",
        [PRYV_MD5] = "MD5",
    };

    for (size_t i = 0; i < PRYV_COUNT(names); i++)
        digests[i] = EVP_MD_fetch(NULL, names[i], NULL);
}

/* Nothing right can be done without the hash: a wrong one would be stored for ever. */
static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "pryvd: the cryptographic library cannot make a %s\n", what);
    abort();
}

static const EVP_MD *digest_of(enum pryv_hash kind)
{
    pthread_once(&digests_once, fetch_digests);
    must(digests[kind] != NULL, "hash");
    return digests[kind];
}

size_t pryv_hash(enum pryv_hash kind, struct pryv_str text, unsigned char out[PRYV_HASH_MAX])
{
    unsigned len = 0;

    must(EVP_Digest(text.data ? text.data : "", text.len, out, &len, digest_of(kind), NULL) == 1, "hash");
    return len;
}

struct pryv_hasher {
    EVP_MD_CTX *context;
};

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

struct pryv_hasher *pryv_hasher_new(struct pryv_arena *arena, enum pryv_hash kind)
{
    struct pryv_hasher *hasher = pryv_new(arena, struct pryv_hasher);

    hasher->context = EVP_MD_CTX_new();
    must(hasher->context && EVP_DigestInit_ex(hasher->context, digest_of(kind), NULL) == 1, "hash");
    pryv_defer(arena, free_context, hasher->context);
    return hasher;
}

void pryv_hasher_add(struct pryv_hasher *hasher, struct pryv_str piece)
{
    must(EVP_DigestUpdate(hasher->context, piece.data, piece.len) == 1, "hash");
}

size_t pryv_hasher_end(struct pryv_hasher *hasher, unsigned char out[PRYV_HASH_MAX])
{
    unsigned len = 0;

    must(EVP_DigestFinal_ex(hasher->context, out, &len) == 1, "hash");
    return len;
}

size_t pryv_hmac(enum pryv_hash kind, struct pryv_str key, struct pryv_str text, unsigned char out[PRYV_HASH_MAX])
{
    const unsigned char *data = (const unsigned char *) (text.data ? text.data : "");
    unsigned len = 0;

    must(key.len <= INT32_MAX &&
             HMAC(digest_of(kind), key.data ? key.data : "", (int) key.len, data, text.len, out, &len) != NULL,
         "keyed hash");
    return len;
}

/* ---- Base64 --------------------------------------------------------------------------------- */

struct pryv_str pryv_base64(struct pryv_arena *arena, struct pryv_str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = (bytes.len + 2) / 3 * 4;
    char *text = pryv_alloc(arena, len + 1), *out = text;

    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t) (unsigned char) bytes.data[i] << 16;

        if (left > 1)
            group |= (uint32_t) (unsigned char) bytes.data[i + 1] << 8;
        if (left > 2)
            group |= (unsigned char) bytes.data[i + 2];
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    *out = '\0';
    return pryv_str_n(text, len);
}

/* -1: none of the 64 digits of either alphabet. */
static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

struct pryv_str pryv_base64_decode(struct pryv_arena *arena, struct pryv_str text)
{
    size_t digits = text.len;

    if (!text.data)
        return PRYV_STR_NONE;
    if (text.len % 4 == 0)
        for (int i = 0; i < 2 && digits > 0 && text.data[digits - 1] == '='; i++)
            digits--;
    if (digits % 4 == 1)
        return PRYV_STR_NONE;

    char *bytes = pryv_alloc(arena, digits / 4 * 3 + 4), *out = bytes;
    uint32_t group = 0;
    int bits = 0;

    for (size_t i = 0; i < digits; i++) {
        int value = digit_value(text.data[i]);

        if (value < 0)
            return PRYV_STR_NONE;
        group = group << 6 | (uint32_t) value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *out++ = (char) (group >> bits & 0xff);
        }
    }
    *out = '\0';
    return pryv_str_n(bytes, (size_t) (out - bytes));
}
