/* What a query of events is read from: times and streams. */
#include <criterion/criterion.h>
#include <math.h>
#include <pryv/event_plan.h>

#define NONE  PRYV_ABSENT
#define UNTIL (-INFINITY)
#define ON    INFINITY

static struct pryv_arena *arena;

static void begin(void)
{
    arena = pryv_arena_new();
}

static void end(void)
{
    pryv_arena_free(arena);
}

TestSuite(event_plan, .init = begin, .fini = end);

static struct pryv_event_query any_event(void)
{
    return (struct pryv_event_query){ .from = NONE, .to = NONE, .modified_since = NONE, .any_stream = true, .limit = UINT64_MAX };
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* The next doubles below: `from` may be missed by a rounding of `from - duration`, and by one of `time + duration`. */
static double below(double number)
{
    return nextafter(number, -INFINITY);
}

static bool is_source(const struct pryv_event_source *source, bool running, double lower, double upper)
{
    return source->running == running && source->lower == lower && source->upper == upper;
}

static const struct {
    double from, to;
    bool running, with_running;
    double longest;
    bool any_running, exact, needs_periods;
} one_source[] = {
    { NONE, NONE, false, false, 10, true, true, false },
    { NONE, 50, false, false, 10, true, true, false },
    { 20, 50, true, false, 10, true, true, false }, /* only running ones: `from` is not looked at */
    { 20, 50, false, false, NONE, false, true, true },
    { 20, 50, false, true, NONE, false, true, true },
    { 20, 50, false, false, 0, false, false, true },
    { 20, 50, false, false, 10, false, false, true },
    { 20, 50, false, true, 10, false, false, true },
    { 20, 50, false, false, NONE, true, false, true }, /* running ones are there, and do not match */
    { 20, NONE, false, false, 10, false, false, true },
};

Test(event_plan, one_source)
{
    for (size_t i = 0; i < PRYV_COUNT(one_source); i++) {
        struct pryv_event_query query = any_event();
        struct pryv_event_periods periods = { one_source[i].longest, one_source[i].any_running };
        bool has_from = pryv_present(one_source[i].from) && !one_source[i].running;
        double lower = !has_from ? UNTIL : periods.longest > 0 ? below(below(20) - 10) : 20;

        query.from = one_source[i].from;
        query.to = one_source[i].to;
        query.running = one_source[i].running;
        query.with_running = one_source[i].with_running;

        struct pryv_event_sources sources = pryv_event_sources(&query, &periods);

        cr_assert_eq(pryv_event_query_needs_periods(&query), one_source[i].needs_periods, "case %zu", i);
        cr_assert_eq(sources.count, 1, "case %zu", i);
        cr_assert(is_source(&sources.list[0], query.running, lower, pryv_present(query.to) ? 50 : ON), "case %zu: %g to %g", i,
                  sources.list[0].lower, sources.list[0].upper);
        cr_assert_eq(sources.exact, one_source[i].exact, "case %zu", i);
    }
}

Test(event_plan, running_ones_from_before_come_in_the_order_of_the_query)
{
    struct pryv_event_query query = any_event();
    struct pryv_event_periods periods = { NONE, true };

    query.from = 20;
    query.to = 50;
    query.with_running = true;
    for (int ascending = 0; ascending < 2; ascending++) {
        query.ascending = ascending;

        struct pryv_event_sources sources = pryv_event_sources(&query, &periods);

        cr_assert_eq(sources.count, 2);
        cr_assert(!sources.exact);
        cr_assert(is_source(&sources.list[ascending], false, 20, 50));
        cr_assert(is_source(&sources.list[!ascending], true, UNTIL, below(20)));
    }
    query.to = 10; /* before `from`: only what runs still */

    struct pryv_event_sources sources = pryv_event_sources(&query, &periods);

    cr_assert(is_source(&sources.list[0], true, UNTIL, 10));
}

Test(event_plan, nothing_can_match)
{
    struct pryv_event_query none = any_event(), no_block = any_event();
    struct pryv_event_periods periods = { NONE, true };

    none.limit = 0;
    no_block.any_stream = false;
    none.from = no_block.from = 20;
    cr_assert_eq(pryv_event_sources(&none, &periods).count, 0);
    cr_assert_eq(pryv_event_sources(&no_block, &periods).count, 0);
    cr_assert(!pryv_event_query_needs_periods(&none) && !pryv_event_query_needs_periods(&no_block));
}

/* ---- Streams --------------------------------------------------------------------------------- */

static const struct pryv_str abc[] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
static const struct pryv_stream_condition in_a = { .ids = abc, .count = 1 }, in_two = { .ids = abc + 1, .count = 2 },
                                          not_c = { .not_in = true, .ids = abc + 2, .count = 1 };
static const struct pryv_stream_condition two_or_a[] = { { .ids = abc + 1, .count = 2 }, { .ids = abc, .count = 1 } };
static const struct pryv_stream_condition two_not_c[] = { { .ids = abc + 1, .count = 2 },
                                                          { .not_in = true, .ids = abc + 2, .count = 1 } };

static const struct {
    struct pryv_stream_block blocks[2];
    size_t block_count, most;
    const char *ids; /* NULL: all is to be read */
    bool exact;
} streams[] = {
    { { { &in_a, 1 } }, 1, 9, "a", true },
    { { { &in_two, 1 } }, 1, 2, "bc", true },
    { { { &in_two, 1 } }, 1, 1, NULL, false },   /* more than can be read one by one */
    { { { two_or_a, 2 } }, 1, 1, "a", false },   /* the smallest of those that all must hold */
    { { { two_not_c, 2 } }, 1, 9, "bc", false }, /* what is not wanted narrows nothing */
    { { { &in_a, 1 }, { &in_two, 1 } }, 2, 3, "abc", false },
    { { { &in_a, 1 }, { &in_two, 1 } }, 2, 2, NULL, false },
    { { { &not_c, 1 } }, 1, 9, NULL, false },
    { { { &in_a, 1 }, { &not_c, 1 } }, 2, 9, NULL, false }, /* one block can match anywhere */
    { { { NULL, 0 } }, 0, 9, "", false },                   /* no block: in none at all */
};

Test(event_plan, smallest_lists)
{
    for (size_t i = 0; i < PRYV_COUNT(streams); i++) {
        struct pryv_event_query query = any_event();
        struct pryv_rows ids = PRYV_ROWS(arena, struct pryv_str);
        struct pryv_str joined = pryv_str("");
        bool exact = false, found;

        query.any_stream = false;
        query.blocks = streams[i].blocks;
        query.block_count = streams[i].block_count;
        found = pryv_event_streams(&query, streams[i].most, &ids, &exact);
        for (size_t k = 0; k < ids.count; k++) {
            struct pryv_str id = ((struct pryv_str *) ids.items)[k];

            joined = pryv_format(arena, "%.*s%.*s", PRYV_STR_ARG(joined), PRYV_STR_ARG(id));
        }
        cr_assert_eq(found, streams[i].ids != NULL, "case %zu", i);
        cr_assert(pryv_str_equal(joined, found ? streams[i].ids : ""), "case %zu: %.*s", i, PRYV_STR_ARG(joined));
        cr_assert_eq(found && exact, streams[i].exact, "case %zu", i);
    }
}

Test(event_plan, no_condition_on_streams)
{
    struct pryv_event_query query = any_event();
    struct pryv_rows ids = PRYV_ROWS(arena, struct pryv_str);

    cr_assert(!pryv_event_streams(&query, 9, &ids, NULL));
    cr_assert_eq(ids.count, 0);
}

Test(event_plan, in_streams)
{
    const struct pryv_event_query *query = pryv_event_query_in_streams(arena, abc, 2);
    struct pryv_rows ids = PRYV_ROWS(arena, struct pryv_str);
    bool exact = false;

    cr_assert(pryv_event_streams(query, 2, &ids, &exact) && exact);
    cr_assert_eq(ids.count, 2);
    cr_assert(query->state == PRYV_STATE_ALL && query->ascending && query->limit == UINT64_MAX && !pryv_present(query->to));
}
