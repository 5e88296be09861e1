/* hash.c - see hash.h. */
#include "hash.h"
#include <pthread.h>
#include <sodium.h>

static unsigned char key[crypto_shorthash_KEYBYTES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_key(void)
{
    randombytes_buf(key, sizeof(key));
}

uint64_t hash_text(struct pryv_str text)
{
    uint64_t hash;

    _Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "SipHash has 64 bits");
    pthread_once(&once, make_key);
    crypto_shorthash((unsigned char *) &hash, (const unsigned char *) (text.data ? text.data : ""), text.len, key);
    return hash;
}
