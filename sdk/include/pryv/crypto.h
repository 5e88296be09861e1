/* pryv/crypto.h - ids, secrets, hashes, times. Any thread unless told. */
#ifndef PRYV_CRYPTO_H
#define PRYV_CRYPTO_H

#include <pryv/arena.h>
#include <pryv/error.h>

/* Ids and tokens: 24 characters, [a-z][a-z0-9]{23} (the form of cuid2), from the system's random
 * source. 123 bits. */
#define PRYV_ID_LEN 24
PRYV_EXPORT struct pryv_str pryv_id_new(struct pryv_arena *arena);
PRYV_EXPORT void pryv_random(void *out, size_t len);

/* Now in Unix seconds, rounded to milliseconds. */
PRYV_EXPORT double pryv_now(void);

/* Equal without telling by time where texts differ. Lengths may be told. */
PRYV_EXPORT bool pryv_secret_equal(struct pryv_str a, struct pryv_str b);

enum pryv_hash { PRYV_SHA1, PRYV_SHA256, PRYV_SHA512, PRYV_MD5 };
#define PRYV_HASH_MAX 64
/* Return the number of bytes written. */
PRYV_EXPORT size_t pryv_hash(enum pryv_hash kind, struct pryv_str text, unsigned char out[PRYV_HASH_MAX]);
/* The hash of a text that comes in pieces. It goes with the arena; after its end it can only be left alone. */
struct pryv_hasher;
PRYV_EXPORT struct pryv_hasher *pryv_hasher_new(struct pryv_arena *arena, enum pryv_hash kind);
PRYV_EXPORT void pryv_hasher_add(struct pryv_hasher *hasher, struct pryv_str piece);
PRYV_EXPORT size_t pryv_hasher_end(struct pryv_hasher *hasher, unsigned char out[PRYV_HASH_MAX]);

PRYV_EXPORT size_t pryv_hmac(enum pryv_hash kind, struct pryv_str key, struct pryv_str text, unsigned char out[PRYV_HASH_MAX]);

/* RFC 4648, with padding. Decoding takes both alphabets, with or without padding; absent when the
 * text is neither. */
PRYV_EXPORT struct pryv_str pryv_base64(struct pryv_arena *arena, struct pryv_str bytes);
PRYV_EXPORT struct pryv_str pryv_base64_decode(struct pryv_arena *arena, struct pryv_str text);

/* Argon2id by libsodium, parameters from auth.passwordHash*. Slow on purpose: executor threads only,
 * at most auth.passwordHashConcurrency at once in a worker, others wait. Errors: PRYV_BUSY when more
 * than auth.passwordHashQueue wait. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_password_hash(struct pryv_arena *arena, struct pryv_str password, struct pryv_str *out,
                                                       struct pryv_err *err);
/* Also verifies bcrypt ($2a$, $2b$, $2y$; the first 72 bytes count). `*outdated`: right, but to be hashed
 * anew with today's parameters. An absent hash takes as long as a real one and is never right. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_password_verify(struct pryv_str password, struct pryv_str hash, bool *right,
                                                         bool *outdated, struct pryv_err *err);

#endif
