/* password.c - hashing passwords slowly, but not too many at once.
 *
 * Argon2id takes much memory and time by design, so a burst of logins must not take all of both: only
 * settings.password_concurrency run at once in a worker, settings.password_queue wait, without keeping other requests
 * from their threads, and others are told to try later. */
#include "executor.h"
#include "settings.h"
#include <pryv/crypto.h>
#include <crypt.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BCRYPT_LEN = 60,
    BCRYPT_COUNTED = 72, /* bytes of a password that bcrypt looks at */
};

/* ---- Places --------------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int64_t running, waiting;
} places = { .lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER };

static bool all_taken(void)
{
    return places.running >= settings.password_concurrency && places.running > 0;
}

/* With the lock held, before and after; but never while the executor's is taken. */
static void wait_for_place(void)
{
    places.waiting++;
    pthread_mutex_unlock(&places.lock);

    bool stands_aside = executor_wait_begin();

    pthread_mutex_lock(&places.lock);
    while (all_taken())
        pthread_cond_wait(&places.freed, &places.lock);
    if (stands_aside) {
        places.running++; /* the place is kept meanwhile */
        pthread_mutex_unlock(&places.lock);
        executor_wait_end();
        pthread_mutex_lock(&places.lock);
        places.running--;
    }
    places.waiting--;
}

static enum pryv_rc take_place(struct pryv_err *err)
{
    pthread_mutex_lock(&places.lock);
    if (all_taken() && places.waiting >= settings.password_queue) {
        pthread_mutex_unlock(&places.lock);
        return pryv_fail(err, PRYV_BUSY, "more than %lld passwords wait to be hashed (auth.passwordHashQueue)",
                         (long long) settings.password_queue);
    }
    if (all_taken())
        wait_for_place();
    places.running++;
    pthread_mutex_unlock(&places.lock);
    return PRYV_OK;
}

static void leave_place(void)
{
    pthread_mutex_lock(&places.lock);
    places.running--;
    pthread_cond_signal(&places.freed);
    pthread_mutex_unlock(&places.lock);
}

/* ---- Argon2id ------------------------------------------------------------------------------- */

static unsigned long long operations(void)
{
    return (unsigned long long) settings.password_operations;
}

static size_t memory(void)
{
    return (size_t) settings.password_memory_kb * 1024;
}

/* Chooses the fastest code for this processor. */
static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;

static void start_sodium(void)
{
    if (sodium_init() < 0)
        abort();
}

static enum pryv_rc argon2_hash(char hash[crypto_pwhash_STRBYTES], struct pryv_str password, struct pryv_err *err)
{
    pthread_once(&sodium_once, start_sodium);
    if (crypto_pwhash_str(hash, password.data ? password.data : "", password.len, operations(), memory()) != 0)
        return pryv_fail(err, PRYV_FAILED, "no memory to hash a password (%zu bytes are needed)", memory());
    return PRYV_OK;
}

static void argon2_verify(struct pryv_str password, const char *hash, bool *right, bool *outdated)
{
    pthread_once(&sodium_once, start_sodium);
    *right = crypto_pwhash_str_verify(hash, password.data ? password.data : "", password.len) == 0;
    *outdated = *right && crypto_pwhash_str_needs_rehash(hash, operations(), memory()) != 0;
}

/* ---- bcrypt --------------------------------------------------------------------------------- */

static bool is_bcrypt(struct pryv_str hash)
{
    return hash.len == BCRYPT_LEN &&
           (pryv_str_starts(hash, "$2a$") || pryv_str_starts(hash, "$2b$") || pryv_str_starts(hash, "$2y$"));
}

/* crypt_r ends a password at its first NUL; with one inside it is never right. */
static enum pryv_rc bcrypt_verify(struct pryv_str password, const char *hash, bool *right, struct pryv_err *err)
{
    size_t counted = password.len < BCRYPT_COUNTED ? password.len : BCRYPT_COUNTED;
    char phrase[BCRYPT_COUNTED + 1] = "";
    struct crypt_data *work = calloc(1, sizeof(*work));

    if (!work)
        return pryv_fail(err, PRYV_FAILED, "no memory to verify a password");
    if (counted > 0)
        memcpy(phrase, password.data, counted);

    const char *made = crypt_r(phrase, hash, work);

    *right = made && strlen(phrase) == counted && pryv_secret_equal(pryv_str(made), pryv_str(hash));
    sodium_memzero(phrase, sizeof(phrase));
    sodium_memzero(work, sizeof(*work));
    free(work);
    return PRYV_OK;
}

/* ---- No password ---------------------------------------------------------------------------- */

/* An account that does not exist takes as long as one that does: random bytes in the form of a hash are verified. */
static void verify_nobody(struct pryv_str password)
{
    unsigned char salt[crypto_pwhash_argon2id_SALTBYTES], digest[32];
    char salt_text[32], digest_text[64], hash[crypto_pwhash_STRBYTES];
    bool right, outdated;

    pryv_random(salt, sizeof(salt));
    pryv_random(digest, sizeof(digest));
    sodium_bin2base64(salt_text, sizeof(salt_text), salt, sizeof(salt), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(digest_text, sizeof(digest_text), digest, sizeof(digest), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    snprintf(hash, sizeof(hash), "$argon2id$v=19$m=%lld,t=%lld,p=1$%s$%s", (long long) settings.password_memory_kb,
             (long long) settings.password_operations, salt_text, digest_text);
    argon2_verify(password, hash, &right, &outdated);
}

/* ---- For callers ---------------------------------------------------------------------------- */

enum pryv_rc pryv_password_hash(struct pryv_arena *arena, struct pryv_str password, struct pryv_str *out, struct pryv_err *err)
{
    char hash[crypto_pwhash_STRBYTES];
    enum pryv_rc rc = take_place(err);

    if (rc != PRYV_OK)
        return rc;
    rc = argon2_hash(hash, password, err);
    leave_place();
    if (rc == PRYV_OK)
        *out = pryv_str_copy(arena, pryv_str(hash));
    return rc;
}

static enum pryv_rc verify(struct pryv_str password, struct pryv_str hash, bool *right, bool *outdated, struct pryv_err *err)
{
    char text[crypto_pwhash_STRBYTES];

    *right = *outdated = false;
    if (!hash.data) {
        verify_nobody(password);
        return PRYV_OK;
    }
    if (hash.len >= sizeof(text) || (!is_bcrypt(hash) && !pryv_str_starts(hash, "$argon2")))
        return pryv_fail(err, PRYV_FAILED, "a stored password hash is neither Argon2 nor bcrypt");
    memcpy(text, hash.data, hash.len);
    text[hash.len] = '\0';
    if (!is_bcrypt(hash)) {
        argon2_verify(password, text, right, outdated);
        return PRYV_OK;
    }

    enum pryv_rc rc = bcrypt_verify(password, text, right, err);

    *outdated = rc == PRYV_OK && *right;
    return rc;
}

enum pryv_rc pryv_password_verify(struct pryv_str password, struct pryv_str hash, bool *right, bool *outdated,
                                  struct pryv_err *err)
{
    enum pryv_rc rc = take_place(err);

    if (rc != PRYV_OK)
        return rc;
    rc = verify(password, hash, right, outdated, err);
    leave_place();
    return rc;
}
