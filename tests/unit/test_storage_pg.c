// link: plugins/storage-pg
/* What storage-pg does by itself, without a server: who is next, how the server is reached. The rest is the kit's, on a real one. */
#include "../../plugins/storage-pg/connect.h"
#include "../../plugins/storage-pg/line.h"
#include "../../plugins/storage-pg/numbers.h"
#include "../../plugins/storage-pg/pool.h"
#include "../../plugins/storage-pg/turns.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Turns ----------------------------------------------------------------------------------- */

enum { WRITERS = 6 };

struct writers {
    struct turns turns;
    pthread_mutex_t lock;
    int order[WRITERS], count;
};

struct writer {
    struct writers *all;
    int number;
    pthread_t thread;
};

static void *write_one(void *arg)
{
    struct writer *writer = arg;
    struct writers *all = writer->all;
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    struct turn *turn = NULL;

    if (turn_take(&all->turns, 1, TURN_ALONE, 20, &turn, &err) == PRYV_OK) {
        pthread_mutex_lock(&all->lock);
        all->order[all->count++] = writer->number;
        pthread_mutex_unlock(&all->lock);
        turn_give(&all->turns, turn, TURN_ALONE);
    }
    pryv_arena_free(err.arena);
    return NULL;
}

Test(storage_pg, writers_come_in_the_order_of_their_coming)
{
    struct writers all = { .count = 0 };
    struct writer writers[WRITERS];
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    struct turn *first = NULL, *second = NULL;

    turns_init(&all.turns);
    pthread_mutex_init(&all.lock, NULL);
    cr_assert_eq(turn_take(&all.turns, 1, TURN_ALONE, 1, &first, &err), PRYV_OK);
    cr_assert(!turn_is_awaited(&all.turns, first));
    cr_assert_eq(turn_take(&all.turns, 1, TURN_ALONE, 1, &second, &err), PRYV_OK, "one waits in the database");
    cr_assert(turn_is_awaited(&all.turns, first));
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){ .all = &all, .number = i };
        pthread_create(&writers[i].thread, NULL, write_one, &writers[i]);
        usleep(50000); /* so that they come one after the other */
    }
    cr_assert_eq(all.count, 0);
    turn_give(&all.turns, first, TURN_ALONE);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
    for (int i = 0; i < WRITERS; i++)
        cr_assert_eq(all.order[i], i, "number %d came as %d", all.order[i], i);
    turn_give(&all.turns, second, TURN_ALONE);
    turns_release(&all.turns);
    pryv_arena_free(err.arena);
}

Test(storage_pg, a_writer_waits_no_longer_than_told_and_others_not_at_all)
{
    struct turns turns;
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    struct turn *held[2], *turn = NULL;
    double before = line_now();

    turns_init(&turns);
    cr_assert_eq(turn_take(&turns, 7, TURN_ALONE, 1, &held[0], &err), PRYV_OK);
    cr_assert_eq(turn_take(&turns, 7, TURN_ALONE, 1, &held[1], &err), PRYV_OK);
    cr_assert_eq(turn_take(&turns, 7, TURN_ALONE, 0.1, &turn, &err), PRYV_BUSY);
    cr_assert(line_now() - before >= 0.1);
    cr_assert_eq(turn_take(&turns, 8, TURN_ALONE, 0.1, &turn, &err), PRYV_OK, "another user's");
    turn_give(&turns, turn, TURN_ALONE);
    turn_give(&turns, held[0], TURN_ALONE);
    turn_give(&turns, held[1], TURN_ALONE);
    turns_release(&turns);
    pryv_arena_free(err.arena);
}

/* One that shares the turn, from a thread of its own. */
struct sharer {
    struct turns *turns;
    enum pryv_rc rc;
};

static void *share_one(void *arg)
{
    struct sharer *sharer = arg;
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    struct turn *turn = NULL;

    sharer->rc = turn_take(sharer->turns, 3, TURN_SHARED, 20, &turn, &err);
    if (sharer->rc == PRYV_OK)
        turn_give(sharer->turns, turn, TURN_SHARED);
    pryv_arena_free(err.arena);
    return NULL;
}

Test(storage_pg, those_who_share_go_together_and_after_a_writer_that_came_first)
{
    struct turns turns;
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    struct turn *shared[8], *alone = NULL, *late = NULL;
    struct sharer sharers[4];
    pthread_t threads[4];

    turns_init(&turns);
    for (size_t i = 0; i < PRYV_COUNT(shared); i++)
        cr_assert_eq(turn_take(&turns, 3, TURN_SHARED, 1, &shared[i], &err), PRYV_OK);
    cr_assert_eq(turn_take(&turns, 3, TURN_ALONE, 1, &alone, &err), PRYV_OK, "it waits for them in the database");
    cr_assert(!turn_is_awaited(&turns, alone));
    cr_assert_eq(turn_take(&turns, 3, TURN_SHARED, 0.05, &late, &err), PRYV_BUSY, "it came after the writer");
    for (size_t i = 0; i < PRYV_COUNT(threads); i++) {
        sharers[i] = (struct sharer){ .turns = &turns, .rc = PRYV_FAILED };
        pthread_create(&threads[i], NULL, share_one, &sharers[i]);
    }
    while (!turn_is_awaited(&turns, alone))
        usleep(1000);
    for (size_t i = 0; i < PRYV_COUNT(shared); i++)
        turn_give(&turns, shared[i], TURN_SHARED);
    turn_give(&turns, alone, TURN_ALONE);
    for (size_t i = 0; i < PRYV_COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
        cr_assert_eq(sharers[i].rc, PRYV_OK);
    }
    turns_release(&turns);
    pryv_arena_free(err.arena);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

Test(storage_pg, the_number_of_a_user_is_known_until_it_is_forgotten)
{
    struct numbers *numbers = calloc(1, sizeof(*numbers));
    char id[16];
    int known = 0;

    numbers_init(numbers);
    cr_assert_eq(number_of(numbers, PRYV_STR("anna")), 0);
    number_is(numbers, PRYV_STR("anna"), 7);
    cr_assert_eq(number_of(numbers, PRYV_STR("anna")), 7);
    cr_assert_eq(number_of(numbers, PRYV_STR("ann")), 0);
    number_forget(numbers, PRYV_STR("anna"));
    cr_assert_eq(number_of(numbers, PRYV_STR("anna")), 0);
    for (int i = 1; i <= 3 * NUMBERS_KEPT; i++)
        number_is(numbers, pryv_str_n(id, (size_t) snprintf(id, sizeof(id), "user-%d", i)), i);
    for (int i = 1; i <= 3 * NUMBERS_KEPT; i++) {
        int64_t number = number_of(numbers, pryv_str_n(id, (size_t) snprintf(id, sizeof(id), "user-%d", i)));

        cr_assert(number == 0 || number == i, "%s has %lld", id, (long long) number);
        known += number != 0;
    }
    cr_assert(known > NUMBERS_KEPT / 2 && known <= NUMBERS_KEPT, "%d are known", known);
    numbers_release(numbers);
    free(numbers);
}

/* ---- Reaching the server --------------------------------------------------------------------- */

static const char *value_of(const struct connection_options *options, const char *keyword)
{
    const char *found = NULL;

    for (size_t i = 0; options->keywords[i]; i++)
        if (strcmp(options->keywords[i], keyword) == 0) {
            cr_assert_null(found, "%s is there twice", keyword);
            found = options->values[i];
        }
    return found;
}

static struct connect_config config_with(const char *parameters)
{
    return (struct connect_config){ .host = PRYV_STR("db.example.org"),
                                    .port = 5432,
                                    .database = PRYV_STR("pryv-node"),
                                    .user = PRYV_STR("pryv"),
                                    .password = PRYV_STR("it's a \\ secret"),
                                    .parameters = pryv_str(parameters),
                                    .seconds = 5 };
}

Test(storage_pg, parameters_of_libpq_are_stronger_than_the_keys)
{
    struct connect_config config = config_with("sslmode=verify-full sslrootcert='/etc/a b.pem' port=6543 connect_timeout=9");
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    struct pool pool;

    pool_init(&pool, 2, 1);
    cr_assert_eq(connect_options(&config, &pool.options, &err), PRYV_OK);
    cr_expect_str_eq(value_of(&pool.options, "host"), "db.example.org");
    cr_expect_str_eq(value_of(&pool.options, "port"), "6543");
    cr_expect_str_eq(value_of(&pool.options, "connect_timeout"), "9");
    cr_expect_str_eq(value_of(&pool.options, "sslrootcert"), "/etc/a b.pem");
    cr_expect_str_eq(value_of(&pool.options, "password"), "it's a \\ secret");
    cr_expect_str_eq(pool.options.name, "db.example.org:6543/pryv-node");
    pool_close(&pool);
    pryv_arena_free(err.arena);
}

Test(storage_pg, a_slip_in_the_parameters_is_told)
{
    struct connect_config config = config_with("sslmod=require");
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    struct pool pool;

    pool_init(&pool, 2, 1);
    cr_assert_eq(connect_options(&config, &pool.options, &err), PRYV_FAILED);
    cr_expect(strstr(err.message, "sslmod"), "%s", err.message);
    pool_close(&pool);
    pryv_arena_free(err.arena);
}

Test(storage_pg, nobody_there_is_busy_and_gives_the_place_back)
{
    struct connect_config config = config_with("host=/nowhere");
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    struct pool pool;

    pool_init(&pool, 2, 1);
    cr_assert_eq(connect_options(&config, &pool.options, &err), PRYV_OK);
    for (int i = 0; i < 5; i++) { /* more often than there are places */
        struct connection *connection = NULL;

        cr_assert_eq(pool_take(&pool, POOL_SESSION, &connection, &err), PRYV_BUSY);
        cr_expect(strstr(err.message, "cannot be reached"), "%s", err.message);
    }
    pool_close(&pool);
    pryv_arena_free(err.arena);
}
