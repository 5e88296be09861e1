/* server_lock.c - see server_lock.h. */
#include "server_lock.h"
#include <pryv/config.h>
#include <stdio.h>
#include <unistd.h>

/* FNV-1a. */
static uint32_t add_to_hash(uint32_t hash, struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char) text.data[i]) * 0x01000193u;
    return hash;
}

uint32_t server_own_number(void)
{
    char host[256] = "";

    gethostname(host, sizeof(host) - 1);
    return add_to_hash(add_to_hash(0x811c9dc5u, pryv_str(host)), pryv_data_dir());
}

void server_put_lock(char *sql, size_t size, uint32_t number)
{
    snprintf(sql, size, "SELECT pg_advisory_lock_shared(%d, %d)", SERVER_LOCK_CLASS, (int32_t) number);
}
