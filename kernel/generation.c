/* generation.c - counters in memory that all workers share: whoever changes an account's data bumps its counter, whoever
 * remembers something about it compares. Two accounts may share a counter; that costs a reload, never a stale answer. */
#include "generation.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { SLOTS = 65536 };

struct generations {
    atomic_ullong of_all; /* added to each: one bump tells everyone */
    atomic_ullong slots[GENERATION_KINDS][SLOTS];
};

static struct generations *shared;

void generation_init(void)
{
    void *memory = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        perror("pryvd: memory shared by workers");
        exit(1);
    }
    shared = memory; /* zeroed by the system; only pages that are used cost memory */
}

static size_t slot_of(struct pryv_str user_id)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < user_id.len; i++)
        hash = (hash ^ (unsigned char) user_id.data[i]) * 1099511628211u;
    return (hash ^ hash >> 32) % SLOTS;
}

uint64_t generation_of(struct pryv_str user_id, int kind)
{
    return atomic_load(&shared->slots[kind][slot_of(user_id)]) + atomic_load(&shared->of_all);
}

void generation_bump(struct pryv_str user_id, int kind)
{
    atomic_fetch_add(&shared->slots[kind][slot_of(user_id)], 1);
}

void generation_bump_all(void)
{
    atomic_fetch_add(&shared->of_all, 1);
}
