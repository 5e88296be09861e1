/* platform_races.c - of several that want the same name or value at the same time, one gets it. */
#include "kit.h"

#define PLATFORM c->platform
#define SELF     c->platform_self

enum { RACES = 25, RACERS = 6, LONG = 1000 /* seconds */ };

/* What is raced for: `prefix` and a number. Answers whether this one won. */
typedef bool (*race)(struct check *c, struct pryv_str prefix, int number);

static struct pryv_str numbered(struct check *c, struct pryv_str prefix, int number)
{
    return kit_text(c, "%s-%d", prefix.data, number);
}

static bool won(struct check *c, enum pryv_rc rc, enum pryv_rc lost)
{
    EXPECT(rc == PRYV_OK || rc == lost, "the loser of a race got %d: %s", rc, c->err.message ? c->err.message : "no reason");
    return rc == PRYV_OK;
}

static bool race_reserve(struct check *c, struct pryv_str prefix, int number)
{
    struct pryv_str name = numbered(c, prefix, number);
    const struct pryv_field_value address = { PRYV_STR("email"), kit_text(c, "%s@example.com", name.data), true };

    return won(c, PLATFORM->reserve(SELF, kit_id(c), number % 2 ? kit_id(c) : name, &address, 1, pryv_now() + LONG, ERR),
               PRYV_CONFLICT);
}

static bool race_put_new(struct check *c, struct pryv_str prefix, int number)
{
    return won(c, PLATFORM->value_put_new(SELF, numbered(c, prefix, number), PRYV_STR("mine"), PRYV_ABSENT, ERR), PRYV_CONFLICT);
}

static bool race_take(struct check *c, struct pryv_str prefix, int number)
{
    struct pryv_str found;

    return won(c, PLATFORM->value_take(SELF, c->mem, numbered(c, prefix, number), &found, ERR), PRYV_NOT_FOUND);
}

static bool race_replace(struct check *c, struct pryv_str prefix, int number)
{
    return won(c,
               PLATFORM->value_replace(SELF, numbered(c, prefix, number), PRYV_STR("free"), PRYV_STR("mine"), PRYV_ABSENT, ERR),
               PRYV_CONFLICT);
}

static const struct {
    const char *task;
    race run;
    bool prepared; /* there are values to race for */
} races[] = {
    { "race-reserve", race_reserve, false },
    { "race-put-new", race_put_new, false },
    { "race-take", race_take, true },
    { "race-replace", race_replace, true },
};

static struct pryv_str prepare(struct check *c, size_t which)
{
    struct pryv_str prefix = kit_id(c);

    for (int i = 0; i < RACES && races[which].prepared; i++)
        KEEPS(PLATFORM->value_put(SELF, numbered(c, prefix, i), PRYV_STR("free"), PRYV_ABSENT, ERR));
    return prefix;
}

struct runners {
    race run;
    struct pryv_str prefix;
    int wins[RACERS];
};

static void run_all(struct check *c, void *shared, size_t index)
{
    struct runners *runners = shared;

    for (int i = 0; i < RACES; i++)
        runners->wins[index] += runners->run(c, runners->prefix, i);
}

static void race_of_threads(struct check *c, size_t which)
{
    struct runners runners = { races[which].run, prepare(c, which), { 0 } };
    int wins = 0;

    kit_threads(c, RACERS, run_all, &runners);
    for (size_t i = 0; i < RACERS; i++)
        wins += runners.wins[i];
    EXPECT(wins == RACES, "%s: %d threads raced %d times, and %d won", races[which].task, (int) RACERS, (int) RACES, wins);
}

static void threads_race(struct check *c)
{
    for (size_t i = 0; i < PRYV_COUNT(races); i++)
        race_of_threads(c, i);
}

static void race_task(struct check *c, const char *argument, race run)
{
    kit_wait_to_race();
    for (int i = 0; i < RACES; i++)
        if (run(c, pryv_str(argument), i))
            kit_say("won %d", i);
}

static void reserve_task(struct check *c, const char *argument)
{
    race_task(c, argument, race_reserve);
}
static void put_new_task(struct check *c, const char *argument)
{
    race_task(c, argument, race_put_new);
}
static void take_task(struct check *c, const char *argument)
{
    race_task(c, argument, race_take);
}
static void replace_task(struct check *c, const char *argument)
{
    race_task(c, argument, race_replace);
}

static void processes_race(struct check *c)
{
    enum { PROCESSES = 3 };

    for (size_t which = 0; which < PRYV_COUNT(races); which++) {
        int wins[RACES] = { 0 };

        kit_children_race(c, PROCESSES, races[which].task, prepare(c, which).data, wins, RACES);
        for (int i = 0; i < RACES; i++)
            EXPECT(wins[i] == 1, "%s: of %d processes %d won", races[which].task, (int) PROCESSES, wins[i]);
    }
}

const struct task platform_tasks[] = {
    { "race-reserve", reserve_task },
    { "race-put-new", put_new_task },
    { "race-take", take_task },
    { "race-replace", replace_task },
    { NULL, NULL },
};

const struct subject platform_races_subject = {
    "platform",
    (const struct promise[]){
        { "of threads that reserve, put, take or replace the same, one wins", threads_race, NEEDS_PLATFORM },
        { "of processes that reserve, put, take or replace the same, one wins", processes_race,
          NEEDS_PLATFORM | NEEDS_PROCESSES },
        { NULL, NULL, 0 },
    },
};
