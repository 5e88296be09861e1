// link: plugins/storage-pg
/* Threads that have work done together: each once, by one of them, and no more leaders than there may be. */
#include "../../plugins/storage-pg/group.h"
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 24, ROUNDS = 200 };

struct piece {
    struct group_item item;
    atomic_int done;
};

struct works {
    struct group group;
    atomic_int leading, most_leading, groups;
    atomic_size_t largest;
    bool (*lasts)(struct works *works); /* the first group goes on for as long as this is true */
};

static void note(atomic_int *most, int now)
{
    int before = *most;

    while (now > before && !atomic_compare_exchange_weak(most, &before, now))
        ;
}

static void do_pieces(void *context, struct group_item *const *items, size_t count)
{
    struct works *works = context;

    note(&works->most_leading, ++works->leading);
    cr_assert(count >= 1 && count <= GROUP_MOST);
    do
        usleep(20);
    while (works->lasts && !works->groups && works->lasts(works));
    for (size_t i = 0; i < count; i++)
        ((struct piece *) items[i])->done++;
    works->groups++;
    if (count > works->largest)
        works->largest = count;
    works->leading--;
}

static void *do_many(void *arg)
{
    struct works *works = arg;

    for (int i = 0; i < ROUNDS; i++) {
        struct piece piece = { .done = 0 };

        group_do(&works->group, &piece.item);
        cr_assert_eq(piece.done, 1);
    }
    return NULL;
}

static void run(struct works *works, unsigned leaders)
{
    pthread_t threads[THREADS];

    group_init(&works->group, leaders, 0, do_pieces, works);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, do_many, works);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(works->leading, 0);
    group_release(&works->group);
}

Test(storage_pg_group, each_is_done_once_by_no_more_leaders_than_told)
{
    for (unsigned leaders = 1; leaders <= 3; leaders++) {
        struct works works = { .lasts = NULL };

        run(&works, leaders);
        cr_assert(works.most_leading <= (int) leaders, "%d led", works.most_leading);
        cr_assert(works.groups < THREADS * ROUNDS, "nothing was done together");
    }
}

static void *do_one(void *arg)
{
    struct works *works = arg;
    struct piece piece = { .done = 0 };

    group_do(&works->group, &piece.item);
    cr_assert_eq(piece.done, 1);
    return NULL;
}

static bool others_are_to_come(struct works *works)
{
    size_t waiting = 0;

    pthread_mutex_lock(&works->group.lock);
    for (const struct group_item *item = works->group.first; item; item = item->next)
        waiting++;
    pthread_mutex_unlock(&works->group.lock);
    return waiting < THREADS - 1;
}

Test(storage_pg_group, who_waits_goes_in_one_group_and_a_lone_one_at_once)
{
    struct works works = { .lasts = others_are_to_come };
    pthread_t threads[THREADS];

    group_init(&works.group, 1, 0, do_pieces, &works);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, do_one, &works);
        while (i == 0 && !works.leading) /* it is at work before the others come, and as long as one is to come */
            usleep(1000);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(works.groups, 2, "%d groups", works.groups);
    cr_assert_eq(works.largest, THREADS - 1);
    group_release(&works.group);
}

static bool nobody_else_leads(struct works *works)
{
    return works->most_leading < 2;
}

Test(storage_pg_group, who_has_no_patience_leads_beyond_the_places)
{
    struct works works = { .lasts = nobody_else_leads };
    pthread_t first, second;

    group_init(&works.group, 1, 20, do_pieces, &works);
    pthread_create(&first, NULL, do_one, &works);
    while (!works.leading)
        usleep(1000);
    pthread_create(&second, NULL, do_one, &works);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    cr_assert_eq(works.most_leading, 2);
    cr_assert_eq(works.groups, 2);
    group_release(&works.group);
}
