/* numbers.h - the numbers of users (users.number) that were seen last, so that a session need not ask before its first statement.
 *
 * A number is never given twice: one that is remembered is the user's, or that of a user who is no more. Whoever uses it has the database look.
 *
 * Threads   Any. */
#ifndef STORAGE_PG_NUMBERS_H
#define STORAGE_PG_NUMBERS_H

#include <pryv/arena.h>
#include <pthread.h>

enum { NUMBERS_KEPT = 16384 };

struct numbers {
    pthread_mutex_t lock;
    struct known_number *known[NUMBERS_KEPT];
};

void numbers_init(struct numbers *numbers);
void numbers_release(struct numbers *numbers);

/* 0: not known. */
int64_t number_of(struct numbers *numbers, struct pryv_str user_id);
void number_is(struct numbers *numbers, struct pryv_str user_id, int64_t number);
void number_forget(struct numbers *numbers, struct pryv_str user_id);

#endif
