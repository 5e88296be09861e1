// link: plugins/storage-pg
/* What storage-pg does by itself, without a server: who is next, how the server is reached. The rest is the kit's, on a real one. */
#include "../../plugins/storage-pg/connect.h"
#include "../../plugins/storage-pg/line.h"
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

    if (turn_take(&all->turns, 1, 20, &turn, &err) == PRYV_OK) {
        pthread_mutex_lock(&all->lock);
        all->order[all->count++] = writer->number;
        pthread_mutex_unlock(&all->lock);
        turn_give(&all->turns, turn);
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
    cr_assert_eq(turn_take(&all.turns, 1, 1, &first, &err), PRYV_OK);
    cr_assert(!turn_is_awaited(&all.turns, first));
    cr_assert_eq(turn_take(&all.turns, 1, 1, &second, &err), PRYV_OK, "one waits in the database");
    cr_assert(turn_is_awaited(&all.turns, first));
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){ .all = &all, .number = i };
        pthread_create(&writers[i].thread, NULL, write_one, &writers[i]);
        usleep(50000); /* so that they come one after the other */
    }
    cr_assert_eq(all.count, 0);
    turn_give(&all.turns, first);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
    for (int i = 0; i < WRITERS; i++)
        cr_assert_eq(all.order[i], i, "number %d came as %d", all.order[i], i);
    turn_give(&all.turns, second);
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
    cr_assert_eq(turn_take(&turns, 7, 1, &held[0], &err), PRYV_OK);
    cr_assert_eq(turn_take(&turns, 7, 1, &held[1], &err), PRYV_OK);
    cr_assert_eq(turn_take(&turns, 7, 0.1, &turn, &err), PRYV_BUSY);
    cr_assert(line_now() - before >= 0.1);
    cr_assert_eq(turn_take(&turns, 8, 0.1, &turn, &err), PRYV_OK, "another user's");
    turn_give(&turns, turn);
    turn_give(&turns, held[0]);
    turn_give(&turns, held[1]);
    turns_release(&turns);
    pryv_arena_free(err.arena);
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
