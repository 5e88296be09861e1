/* many_streams.c - queries of very many streams, for which an engine may keep what it knows of each: it must hold whatever is added late, moved, deleted or
 * made again. */
#include "model.h"
#include <stdlib.h>

enum { STREAMS = 130, EVENTS = 700, QUERIES = 60, MOST = 100 };

static void insert_stream(struct check *c, struct pryv_session *s, size_t number)
{
    struct pryv_stream row = kit_stream(model_stream(c, number).data, kit_text(c, "Stream %zu", number).data, NULL);

    KEEPS(c->storage->stream_insert(s, &row, ERR));
}

/* Each stream is in use for some time only, one after the other, and some events are of any time. */
static struct model make_model(struct check *c)
{
    struct model model = model_make(c, EVENTS, STREAMS);

    for (size_t i = 0; i < EVENTS; i++)
        if (kit_below(c, 10))
            model.events[i].row.time =
                strtod(model.events[i].streams[0].data + strlen("stream-"), NULL) + model.events[i].row.time / 50;
    return model;
}

/* The first half of the streams has events before the others are made. */
static struct pryv_str filled(struct check *c, struct model *model)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    *model = make_model(c);
    for (size_t i = 0; i < STREAMS / 2; i++)
        insert_stream(c, s, i);
    for (size_t i = 0; i < EVENTS / 2; i++)
        KEEPS(c->storage->event_insert(s, &model->events[i].row, ERR));
    for (size_t i = STREAMS / 2; i < STREAMS; i++)
        insert_stream(c, s, i);
    for (size_t i = EVENTS / 2; i < EVENTS; i++)
        KEEPS(c->storage->event_insert(s, &model->events[i].row, ERR));
    kit_commit(c, s);
    return user;
}

static double sometimes_a_time(struct check *c)
{
    return kit_below(c, 2) ? (double) kit_below(c, 200) - 50 : PRYV_ABSENT;
}

/* Those in at least one of some 40 to 100 streams, on some of which another condition holds. */
static struct pryv_event_query query_of_many(struct check *c)
{
    struct pryv_str *ids = pryv_new_array(c->mem, struct pryv_str, MOST);
    struct pryv_stream_condition *conditions = pryv_new_array(c->mem, struct pryv_stream_condition, 2);
    struct pryv_stream_block *block = pryv_new(c->mem, struct pryv_stream_block);
    size_t first = kit_below(c, STREAMS), count = 40 + kit_below(c, MOST - 40);
    struct pryv_event_query query = kit_query();

    for (size_t i = 0; i < count; i++)
        ids[i] = model_stream(c, (first + i) % STREAMS);
    conditions[0] = (struct pryv_stream_condition){ false, ids, count };
    conditions[1] = (struct pryv_stream_condition){ true, ids, 3 };
    *block = (struct pryv_stream_block){ conditions, 1 + kit_below(c, 2) };
    query.any_stream = false;
    query.blocks = block;
    query.block_count = 1;
    query.ascending = kit_below(c, 3) == 0;
    query.from = sometimes_a_time(c);
    query.to = sometimes_a_time(c);
    query.skip = kit_below(c, 3) == 0 ? kit_below(c, 40) : 0;
    query.limit = kit_below(c, 2) ? 1 + kit_below(c, 30) : UINT64_MAX;
    return query;
}

static void compare(struct check *c, struct pryv_str user, const struct model *model)
{
    struct pryv_session *s = kit_read(c, user);

    for (int i = 0; i < QUERIES; i++) {
        struct pryv_event_query query = query_of_many(c);

        model_compare(c, s, model, &query);
    }
}

static void as_written(struct check *c)
{
    struct model model;
    struct pryv_str user = filled(c, &model);

    compare(c, user, &model);
}

/* A third of the events goes to other times and streams, a tenth of the streams is deleted and made again, and then come late events. */
static void after_changes(struct check *c)
{
    struct model model, others = make_model(c);
    struct pryv_str user = filled(c, &model);
    struct pryv_session *s = kit_write(c, user);

    for (size_t i = 0; i < model.count; i += 3) {
        others.events[i].row.id = model.events[i].row.id;
        if (i % 2)
            others.events[i].row.deleted = 5;
        model.events[i] = others.events[i];
        KEEPS(c->storage->event_update(s, &model.events[i].row, ERR));
    }
    for (size_t i = 0; i < STREAMS; i += 10) {
        KEEPS(c->storage->stream_delete(s, model_stream(c, i), 5, ERR));
        insert_stream(c, s, i);
    }
    kit_commit(c, s);
    compare(c, user, &model);
    s = kit_write(c, user);
    for (size_t i = 1; i < model.count; i += 50) {
        if (pryv_present(model.events[i].row.deleted))
            continue;
        model.events[i].row.time = 1000 - (double) i;
        KEEPS(c->storage->event_update(s, &model.events[i].row, ERR));
    }
    kit_commit(c, s);
    compare(c, user, &model);
}

const struct subject many_streams_subject = {
    "queries",
    (const struct promise[]){
        { "of a hundred streams: as a naive model answers", as_written, 0 },
        { "of a hundred streams, of which events were moved, deleted and added late", after_changes, 0 },
        { NULL, NULL, 0 },
    },
};
