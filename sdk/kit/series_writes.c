/* series_writes.c - chunks in transactions of their own, to events that are as told (series_write). */
#include "kit.h"
#include <unistd.h>

static void need_series_write(struct check *c)
{
    if (c->storage->size <= offsetof(struct pryv_storage_ops, series_write) || !c->storage->series_write)
        kit_skip(c, "the engine writes series in sessions alone");
}

static struct pryv_event series_event(struct check *c, const char *id)
{
    struct pryv_event row = kit_event(c, id, "diary", 7.25);

    row.type = PRYV_STR("series:mass/kg");
    return row;
}

static enum pryv_rc write_one(struct check *c, struct pryv_str user, const struct pryv_event *event, struct pryv_str bytes)
{
    struct pryv_series_chunk chunk = { 0, 1, 2, 3, bytes };

    return c->storage->series_write(c->storage_self, user, &event, &chunk, 1, ERR);
}

/* The bytes of an event's chunks in their order, with a space behind each. */
static const char *chunks_of(struct check *c, struct pryv_str user, struct pryv_str event)
{
    struct pryv_session *s = kit_read(c, user);
    struct pryv_str text = kit_text(c, "%s", "");
    struct pryv_series_chunk *chunks;
    size_t count;

    KEEPS(c->storage->series_scan(s, c->mem, event, -1e308, 1e308, 0, SIZE_MAX, &chunks, &count, ERR));
    for (size_t i = 0; i < count; i++)
        text = kit_text(c, "%s%.*s ", text.data, PRYV_STR_ARG(chunks[i].bytes));
    kit_close(c, s);
    return text.data;
}

static void are_there(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event one = series_event(c, "one"), two = series_event(c, "two");
    const struct pryv_event *events[] = { &one, &two, &one };
    const struct pryv_series_chunk written[] = { { 0, -1.5, 20, 3, PRYV_STR("first") },
                                                 { 0, 0, 0, 1, PRYV_STR("with \0 in it") },
                                                 { 0, 0.1, 0.25, 4294967295, PRYV_STR("last") } };
    struct pryv_series_chunk *chunks;
    struct pryv_session *s;
    size_t count;

    need_series_write(c);
    two.stream_ids_json = PRYV_STR("[\"a \\\"quoted\\\" one\",\"two\"]");
    kit_add_event(c, user, &one);
    kit_add_event(c, user, &two);
    KEEPS(c->storage->series_write(c->storage_self, user, events, written, PRYV_COUNT(written), ERR));
    KEEPS(write_one(c, user, &two, PRYV_STR("")));
    s = kit_read(c, user);
    KEEPS(c->storage->series_scan(s, c->mem, PRYV_STR("one"), -1e308, 1e308, 0, SIZE_MAX, &chunks, &count, ERR));
    EXPECT(count == 2 && chunks[0].id < chunks[1].id, "%zu chunks, or not in their order", count);
    for (size_t i = 0; i < 2; i++) {
        kit_same_number(c, "from", chunks[i].from, written[2 * i].from);
        kit_same_number(c, "to", chunks[i].to, written[2 * i].to);
        EXPECT(chunks[i].points == written[2 * i].points, "%u points", chunks[i].points);
        kit_same_text(c, "bytes", chunks[i].bytes, written[2 * i].bytes);
    }
    KEEPS(c->storage->series_scan(s, c->mem, PRYV_STR("two"), -1e308, 1e308, 0, SIZE_MAX, &chunks, &count, ERR));
    EXPECT(count == 2, "%zu chunks", count);
    kit_same_text(c, "bytes", chunks[0].bytes, written[1].bytes);
    kit_same_text(c, "bytes", chunks[1].bytes, PRYV_STR(""));
}

static void only_as_told(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event good = series_event(c, "good"), told[6], deleted = series_event(c, "deleted");
    const struct pryv_event *events[] = { &good, NULL, &good };
    const struct pryv_series_chunk chunks[] = { { 0, 1, 2, 3, PRYV_STR("a") },
                                                { 0, 1, 2, 3, PRYV_STR("b") },
                                                { 0, 1, 2, 3, PRYV_STR("c") } };

    need_series_write(c);
    deleted.deleted = 5;
    kit_add_event(c, user, &good);
    kit_add_event(c, user, &deleted);
    for (size_t i = 0; i < PRYV_COUNT(told); i++)
        told[i] = good;
    told[0].time = 7.5;
    told[1].type = PRYV_STR("series:mass/g");
    told[2].trashed = true;
    told[3].stream_ids_json = PRYV_STR("[\"diary\",\"other\"]");
    told[4].id = PRYV_STR("unknown");
    told[5].id = PRYV_STR("deleted");
    for (size_t i = 0; i < PRYV_COUNT(told); i++) {
        events[1] = &told[i];
        CONFLICTS("event", c->storage->series_write(c->storage_self, user, events, chunks, PRYV_COUNT(chunks), ERR));
        CONFLICTS("event", write_one(c, user, &told[i], PRYV_STR("x")));
    }
    CONFLICTS("event", write_one(c, PRYV_STR("nobody"), &good, PRYV_STR("x")));
    EXPECT_TEXT(chunks_of(c, user, good.id), "");
    good.description = PRYV_STR("is not looked at");
    good.duration = 3;
    KEEPS(write_one(c, user, &good, PRYV_STR("x")));
    EXPECT_TEXT(chunks_of(c, user, good.id), "x ");
}

/* ---- Beside sessions that write ---------------------------------------------------------------- */

enum { WRITERS = 6, CHANGES = 20, SERIES = 3 };

struct race {
    struct pryv_str user;
    _Atomic int done; /* changes */
    _Atomic unsigned written[SERIES];
};

static struct pryv_str series_id(struct check *c, size_t which)
{
    return kit_text(c, "series-%zu", which);
}

static void begin_race(struct check *c, struct race *race)
{
    race->user = kit_user(c);
    for (size_t i = 0; i < SERIES; i++) {
        struct pryv_event row = series_event(c, series_id(c, i).data);

        row.type = PRYV_STR("type-0");
        kit_add_event(c, race->user, &row);
    }
}

/* Each change leaves a mark among the chunks: what comes behind it must know of it. */
static void change_type(struct check *c, struct race *race, int change)
{
    struct pryv_session *s = kit_write(c, race->user);
    struct pryv_series_chunk mark = { 0, 1, 2, 3, kit_text(c, "type-%d", change) };

    for (size_t i = 0; i < SERIES; i++) {
        struct pryv_event row;

        KEEPS(c->storage->event_get(s, c->mem, series_id(c, i), &row, ERR));
        row.type = mark.bytes;
        KEEPS(c->storage->event_update(s, &row, ERR));
        usleep(500);
        KEEPS(c->storage->series_append(s, row.id, &mark, ERR));
    }
    kit_commit(c, s);
}

static void change_or_write(struct check *c, void *shared, size_t index)
{
    struct race *race = shared;
    struct pryv_event row;

    if (index == 0) {
        for (; race->done < CHANGES; race->done++) {
            usleep(3000);
            change_type(c, race, race->done + 1);
        }
        return;
    }
    for (size_t n = index; race->done < CHANGES; n++) {
        struct pryv_session *s = kit_read(c, race->user);
        enum pryv_rc rc;

        KEEPS(c->storage->event_get(s, c->mem, series_id(c, n % SERIES), &row, ERR));
        kit_close(c, s);
        for (rc = PRYV_OK; rc == PRYV_OK && race->done < CHANGES;)
            if ((rc = write_one(c, race->user, &row, row.type)) == PRYV_OK)
                race->written[n % SERIES]++;
        if (rc != PRYV_OK)
            CONFLICTS("event", rc);
    }
}

static void knows_what_was_changed(struct check *c)
{
    struct race race = { .done = 0 };

    need_series_write(c);
    begin_race(c, &race);
    kit_threads(c, 1 + WRITERS, change_or_write, &race);
    for (size_t i = 0; i < SERIES; i++) {
        struct pryv_session *s = kit_read(c, race.user);
        struct pryv_series_chunk *chunks;
        struct pryv_str type = PRYV_STR("type-0");
        size_t count, marks = 0;

        KEEPS(c->storage->series_scan(s, c->mem, series_id(c, i), -1e308, 1e308, 0, SIZE_MAX, &chunks, &count, ERR));
        for (size_t k = 0; k < count; k++) {
            struct pryv_str next = kit_text(c, "type-%zu", marks + 1);

            if (pryv_str_is(chunks[k].bytes, next) && !pryv_str_is(chunks[k].bytes, type)) {
                type = next;
                marks++;
            }
            EXPECT(pryv_str_is(chunks[k].bytes, type), "a chunk of %.*s is behind the change to %.*s",
                   PRYV_STR_ARG(chunks[k].bytes), PRYV_STR_ARG(type));
        }
        EXPECT(marks == CHANGES && count == CHANGES + race.written[i], "%zu changes and %u chunks were written, %zu are there",
               marks, race.written[i], count);
        kit_close(c, s);
    }
}

/* All that is there becomes one chunk. */
static void merge(struct check *c, struct race *race, size_t which)
{
    struct pryv_session *s = kit_write(c, race->user);
    struct pryv_series_chunk *chunks, whole = { 0, 1, 2, 0, PRYV_STR("merged") };
    uint64_t *ids;
    size_t count;

    KEEPS(c->storage->series_scan(s, c->mem, series_id(c, which), -1e308, 1e308, 0, SIZE_MAX, &chunks, &count, ERR));
    ids = pryv_new_array(c->mem, uint64_t, count);
    for (size_t i = 0; i < count; i++) {
        ids[i] = chunks[i].id;
        whole.points += chunks[i].points;
    }
    usleep(1000);
    KEEPS(c->storage->series_append(s, series_id(c, which), &whole, ERR));
    KEEPS(c->storage->series_drop(s, series_id(c, which), ids, count, ERR));
    kit_commit(c, s);
}

static void merge_or_write(struct check *c, void *shared, size_t index)
{
    struct race *race = shared;

    if (index == 0) {
        for (; race->done < CHANGES; race->done++) {
            usleep(2000);
            merge(c, race, (size_t) race->done % SERIES);
        }
        return;
    }
    for (size_t n = index; race->done < CHANGES; n++) {
        struct pryv_event row = series_event(c, series_id(c, n % SERIES).data);

        row.type = PRYV_STR("type-0");
        KEEPS(write_one(c, race->user, &row, PRYV_STR("x")));
        race->written[n % SERIES]++;
    }
}

static void none_is_lost_in_merging(struct check *c)
{
    struct race race = { .done = 0 };

    need_series_write(c);
    begin_race(c, &race);
    kit_threads(c, 1 + WRITERS, merge_or_write, &race);
    for (size_t i = 0; i < SERIES; i++) {
        struct pryv_session *s = kit_read(c, race.user);
        struct pryv_series_chunk *chunks;
        size_t count;
        uint32_t points = 0;

        KEEPS(c->storage->series_scan(s, c->mem, series_id(c, i), -1e308, 1e308, 0, SIZE_MAX, &chunks, &count, ERR));
        for (size_t k = 0; k < count; k++)
            points += chunks[k].points;
        EXPECT(points == 3 * race.written[i], "of %u points %u are there", 3 * race.written[i], points);
        kit_close(c, s);
    }
}

const struct subject series_writes_subject = {
    "series writes",
    (const struct promise[]){
        { "chunks are there, each in its event", are_there, 0 },
        { "only to events that are as told, or nothing", only_as_told, 0 },
        { "none to an event that a WRITE session changed meanwhile", knows_what_was_changed, 0 },
        { "none is lost while a WRITE session merges others", none_is_lost_in_merging, 0 },
        { NULL, NULL, 0 },
    },
};
