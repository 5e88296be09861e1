/* numbers.c - see numbers.h. One place for each hash: the last user seen has it. */
#include "session.h"
#include <stdlib.h>

struct known_number {
    int64_t number;
    size_t length;
    char user_id[];
};

void numbers_init(struct numbers *numbers)
{
    pthread_mutex_init(&numbers->lock, NULL);
}

void numbers_release(struct numbers *numbers)
{
    for (size_t i = 0; i < NUMBERS_KEPT; i++)
        free(numbers->known[i]);
    pthread_mutex_destroy(&numbers->lock);
}

static struct known_number **place_of(struct numbers *numbers, struct pryv_str user_id)
{
    return &numbers->known[((uint64_t) user_lock(user_id, LOCK_TURN) >> 1) % NUMBERS_KEPT];
}

static bool is_of(const struct known_number *known, struct pryv_str user_id)
{
    return known && pryv_str_is(pryv_str_n(known->user_id, known->length), user_id);
}

int64_t number_of(struct numbers *numbers, struct pryv_str user_id)
{
    struct known_number **at = place_of(numbers, user_id);
    int64_t number;

    pthread_mutex_lock(&numbers->lock);
    number = is_of(*at, user_id) ? (*at)->number : 0;
    pthread_mutex_unlock(&numbers->lock);
    return number;
}

static void replace(struct numbers *numbers, struct known_number **at, struct known_number *known)
{
    struct known_number *gone;

    pthread_mutex_lock(&numbers->lock);
    gone = *at;
    *at = known;
    pthread_mutex_unlock(&numbers->lock);
    free(gone);
}

void number_is(struct numbers *numbers, struct pryv_str user_id, int64_t number)
{
    struct known_number *known = malloc(sizeof(*known) + user_id.len);

    if (!known)
        abort();
    *known = (struct known_number){ .number = number, .length = user_id.len };
    memcpy(known->user_id, user_id.data, user_id.len);
    replace(numbers, place_of(numbers, user_id), known);
}

void number_forget(struct numbers *numbers, struct pryv_str user_id)
{
    replace(numbers, place_of(numbers, user_id), NULL);
}
