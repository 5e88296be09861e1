/* Ids, times, hashes against published vectors, base64, passwords. */
#include <criterion/criterion.h>
#include <pryv/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include "settings.h"

static void set_cheap_passwords(void)
{
    settings.password_operations = 1;
    settings.password_memory_kb = 1024;
    settings.password_concurrency = 2;
    settings.password_queue = 64;
}

/* ---- Ids and times -------------------------------------------------------------------------- */

Test(crypto, ids_have_the_form_and_use_all_characters)
{
    struct pryv_arena *arena = pryv_arena_new();
    int seen[2][256] = { { 0 } };

    for (int i = 0; i < 5000; i++) {
        struct pryv_str id = pryv_id_new(arena);

        cr_assert_eq(id.len, (size_t) PRYV_ID_LEN);
        cr_assert(id.data[0] >= 'a' && id.data[0] <= 'z');
        cr_assert_eq(strspn(id.data, "abcdefghijklmnopqrstuvwxyz0123456789"), (size_t) PRYV_ID_LEN);
        for (size_t k = 0; k < id.len; k++)
            seen[k > 0][(unsigned char) id.data[k]]++;
    }
    for (char c = 'a'; c <= 'z'; c++) {
        cr_assert_gt(seen[0][(unsigned char) c], 80, "%c is rare at the front", c);
        cr_assert_gt(seen[1][(unsigned char) c], 2800, "%c is rare", c);
    }
    for (char c = '0'; c <= '9'; c++)
        cr_assert_gt(seen[1][(unsigned char) c], 2800, "%c is rare", c);
    pryv_arena_free(arena);
}

Test(crypto, now_has_milliseconds)
{
    double now = pryv_now();

    cr_assert_gt(now, 1.7e9);
    cr_assert_eq(now, (double) (int64_t) (now * 1000 + 0.5) / 1000);
}

Test(crypto, secrets_are_compared_whole)
{
    cr_assert(pryv_secret_equal(PRYV_STR("abc"), PRYV_STR("abc")));
    cr_assert(pryv_secret_equal(PRYV_STR(""), PRYV_STR("")));
    cr_assert_not(pryv_secret_equal(PRYV_STR("abc"), PRYV_STR("abd")));
    cr_assert_not(pryv_secret_equal(PRYV_STR("abc"), PRYV_STR("ab")));
    cr_assert_not(pryv_secret_equal(PRYV_STR_NONE, PRYV_STR_NONE), "nothing is no secret");
    cr_assert_not(pryv_secret_equal(PRYV_STR(""), PRYV_STR_NONE));
}

/* ---- Hashes --------------------------------------------------------------------------------- */

static const char *hex(struct pryv_arena *arena, const unsigned char *bytes, size_t len)
{
    char *text = pryv_alloc(arena, 2 * len + 1);

    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

Test(crypto, hashes_of_published_vectors)
{
    static const struct {
        enum pryv_hash kind;
        const char *text, *hash;
    } cases[] = {
        { PRYV_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { PRYV_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { PRYV_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { PRYV_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72" },
        { PRYV_SHA512, "abc",
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9a"
          "c94fa54ca49f" },
    };
    struct pryv_arena *arena = pryv_arena_new();
    unsigned char out[PRYV_HASH_MAX];

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect_str_eq(hex(arena, out, pryv_hash(cases[i].kind, pryv_str(cases[i].text), out)), cases[i].hash);
    pryv_arena_free(arena);
}

/* RFC 4231, cases 2 and 6. */
Test(crypto, a_hash_in_pieces_is_that_of_the_whole)
{
    struct pryv_arena *arena = pryv_arena_new();
    static const char text[] = "The quick brown fox jumps over the lazy dog";
    unsigned char whole[PRYV_HASH_MAX], pieces[PRYV_HASH_MAX];

    for (enum pryv_hash kind = PRYV_SHA1; kind <= PRYV_MD5; kind++) {
        for (size_t step = 1; step < sizeof(text) + 1; step++) {
            struct pryv_hasher *hasher = pryv_hasher_new(arena, kind);
            size_t len = pryv_hash(kind, pryv_str(text), whole);

            for (size_t at = 0; at < sizeof(text) - 1; at += step)
                pryv_hasher_add(hasher, pryv_str_n(text + at, at + step < sizeof(text) ? step : sizeof(text) - 1 - at));
            cr_assert_eq(pryv_hasher_end(hasher, pieces), len);
            cr_assert_arr_eq(pieces, whole, len);
        }
    }
    pryv_arena_free(arena);
}

Test(crypto, keyed_hashes_of_published_vectors)
{
    struct pryv_arena *arena = pryv_arena_new();
    unsigned char out[PRYV_HASH_MAX];
    char key[131];

    memset(key, 0xaa, sizeof(key));
    cr_expect_str_eq(hex(arena, out, pryv_hmac(PRYV_SHA256, PRYV_STR("Jefe"), PRYV_STR("what do ya want for nothing?"), out)),
                     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    cr_expect_str_eq(hex(arena, out,
                         pryv_hmac(PRYV_SHA256, pryv_str_n(key, sizeof(key)),
                                   PRYV_STR("Test Using Larger Than Block-Size Key - Hash Key First"), out)),
                     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    cr_expect_eq(pryv_hmac(PRYV_SHA1, PRYV_STR_NONE, PRYV_STR_NONE, out), 20u);
    pryv_arena_free(arena);
}

/* RFC 4648, section 10. */
Test(crypto, base64_of_published_vectors)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = { { "", "" },
                  { "f", "Zg==" },
                  { "fo", "Zm8=" },
                  { "foo", "Zm9v" },
                  { "foob", "Zm9vYg==" },
                  { "fooba", "Zm9vYmE=" },
                  { "foobar", "Zm9vYmFy" } };
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_str text = pryv_str(cases[i].text), bare = text;

        while (bare.len > 0 && bare.data[bare.len - 1] == '=')
            bare.len--;
        cr_expect_str_eq(pryv_base64(arena, pryv_str(cases[i].bytes)).data, cases[i].text);
        cr_expect(pryv_str_equal(pryv_base64_decode(arena, text), cases[i].bytes));
        cr_expect(pryv_str_equal(pryv_base64_decode(arena, bare), cases[i].bytes), "without padding");
    }
    cr_expect(pryv_str_equal(pryv_base64_decode(arena, PRYV_STR("_-8")), "\xff\xef"));
    cr_expect(pryv_str_equal(pryv_base64_decode(arena, PRYV_STR("/+8=")), "\xff\xef"));
    pryv_arena_free(arena);
}

Test(crypto, what_is_no_base64_is_absent)
{
    static const char *const cases[] = { "Z", "Zg=", "Zg===", "=", "====", "Z=g=", "Zm9v Zm9v", "Zm9vY", "Zm8=Zm8=", "Zm\n8=" };
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect_null(pryv_base64_decode(arena, pryv_str(cases[i])).data, "%s", cases[i]);
    cr_expect_null(pryv_base64_decode(arena, PRYV_STR_NONE).data);
    pryv_arena_free(arena);
}

/* ---- Passwords ------------------------------------------------------------------------------ */

static bool verifies(const char *password, const char *hash, bool *outdated)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    bool right = true;

    cr_assert_eq(pryv_password_verify(pryv_str(password), pryv_str(hash), &right, outdated, &err), PRYV_OK);
    pryv_arena_free(arena);
    return right;
}

Test(password, is_verified_and_told_outdated_when_parameters_change)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_str hash, other;
    bool outdated;

    set_cheap_passwords();
    cr_assert_eq(pryv_password_hash(arena, PRYV_STR("correct horse"), &hash, &err), PRYV_OK);
    cr_assert_eq(pryv_password_hash(arena, PRYV_STR("correct horse"), &other, &err), PRYV_OK);
    cr_assert(pryv_str_starts(hash, "$argon2id$"));
    cr_assert_not(pryv_str_is(hash, other), "no two salts are the same");
    cr_assert(verifies("correct horse", hash.data, &outdated));
    cr_assert_not(outdated);
    cr_assert_not(verifies("correct hors", hash.data, &outdated));
    cr_assert_not(verifies("", hash.data, &outdated));
    settings.password_memory_kb = 2048;
    cr_assert(verifies("correct horse", hash.data, &outdated));
    cr_assert(outdated);
    cr_assert_not(verifies("wrong", hash.data, &outdated));
    cr_assert_not(outdated, "only what is right is hashed anew");
    pryv_arena_free(arena);
}

Test(password, of_nobody_is_never_right)
{
    bool outdated = true;

    set_cheap_passwords();
    cr_assert_not(verifies("", NULL, &outdated));
    cr_assert_not(verifies("secret", NULL, &outdated));
    cr_assert_not(outdated);
}

static double seconds_to_verify(const char *hash)
{
    struct timespec start, end;
    bool outdated;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    cr_assert_not(verifies("wrong", hash, &outdated));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return (double) (end.tv_sec - start.tv_sec) + (double) (end.tv_nsec - start.tv_nsec) / 1e9;
}

/* The bounds are wide, for a busy machine: it is told apart from not hashing at all. */
Test(password, of_nobody_takes_as_long_as_another)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_str hash;

    set_cheap_passwords();
    settings.password_memory_kb = 16384;
    settings.password_operations = 3;

    double nobody = seconds_to_verify(NULL);

    cr_assert_eq(pryv_password_hash(arena, PRYV_STR("right"), &hash, &err), PRYV_OK);
    seconds_to_verify(hash.data);

    double somebody = seconds_to_verify(hash.data);

    cr_assert(nobody > somebody * 0.3 && nobody < somebody * 3, "%g and %g seconds", nobody, somebody);
    pryv_arena_free(arena);
}

/* Vectors of crypt_blowfish. */
Test(password, bcrypt_is_verified_and_outdated)
{
    static const struct {
        const char *password, *hash;
    } cases[] = {
        { "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
        { "U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK" },
        { "U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a" },
        { "", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy" },
        { "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
          "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui" },
    };
    bool outdated;

    set_cheap_passwords();
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        cr_expect(verifies(cases[i].password, cases[i].hash, &outdated), "%s", cases[i].hash);
        cr_expect(outdated);
        cr_expect_not(verifies("U*U*U*U", cases[i].hash, &outdated));
        cr_expect_not(outdated);
    }
    cr_expect(
        verifies("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789other", cases[4].hash, &outdated));
}

Test(password, a_nul_does_not_shorten_it)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    bool right = true, outdated;

    set_cheap_passwords();
    cr_assert_eq(pryv_password_verify(pryv_str_n("U*U\0more", 8),
                                      PRYV_STR("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"), &right, &outdated,
                                      &err),
                 PRYV_OK);
    cr_assert_not(right);
    pryv_arena_free(arena);
}

Test(password, a_hash_of_another_kind_is_a_fault)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    bool right = true, outdated;

    set_cheap_passwords();
    cr_assert_eq(pryv_password_verify(PRYV_STR("x"), PRYV_STR("x"), &right, &outdated, &err), PRYV_FAILED);
    cr_assert_not(right);
    pryv_arena_free(arena);
}

struct crowd {
    pthread_barrier_t start;
    pthread_mutex_t lock;
    int good, busy;
};

static void *hash_one(void *arg)
{
    struct crowd *crowd = arg;
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_str hash;

    pthread_barrier_wait(&crowd->start);

    enum pryv_rc rc = pryv_password_hash(arena, PRYV_STR("secret"), &hash, &err);

    pthread_mutex_lock(&crowd->lock);
    crowd->good += rc == PRYV_OK;
    crowd->busy += rc == PRYV_BUSY;
    pthread_mutex_unlock(&crowd->lock);
    pryv_arena_free(arena);
    return NULL;
}

/* One runs for long, two wait, so at least some of the others are sent away. */
Test(password, too_many_at_once_are_told_to_come_later)
{
    enum { CROWD = 12 };
    struct crowd crowd = { .lock = PTHREAD_MUTEX_INITIALIZER };
    pthread_t threads[CROWD];

    set_cheap_passwords();
    settings.password_operations = 20;
    settings.password_memory_kb = 16384;
    settings.password_concurrency = 1;
    settings.password_queue = 2;
    pthread_barrier_init(&crowd.start, NULL, CROWD);
    for (int i = 0; i < CROWD; i++)
        pthread_create(&threads[i], NULL, hash_one, &crowd);
    for (int i = 0; i < CROWD; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&crowd.start);
    cr_assert_eq(crowd.good + crowd.busy, CROWD);
    cr_assert_geq(crowd.good, 3);
    cr_assert_geq(crowd.busy, 1);
}
