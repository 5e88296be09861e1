/* write.c - points into one series, or into several: all of a request, or nothing.
 *
 * What was given is checked and packed by the events as they were read, or as they were when they were last written to (known.h); and stored on condition
 * that they are still so, by one call of the storage or in a WRITE session. Where they are not, all is checked anew. */
#include "builder.h"
#include "caller.h"
#include "fields.h"
#include "incoming.h"
#include "known.h"
#include "upkeep.h"
#include <stdlib.h>

enum { TRIES = 5 };

enum { NO_BATCH = -1 };

struct part {                 /* of a write: what goes to one event */
    int64_t place;            /* in the batch, or NO_BATCH */
    struct pryv_str event_id; /* absent: the element has none */
    const struct flat *flat;  /* NULL: the points are CSV */
    const struct csv_table *csv;
    struct pryv_event event; /* as it was when the rest was made */
    struct pryv_series_chunk *chunks;
    size_t chunk_count, chunk_size;
    int64_t end; /* the last moment; -1: no points */
    struct pryv_arena *mem;
    bool extended;
};

/* ---- Checking ----------------------------------------------------------------------------------- */

static enum pryv_rc trashed(struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s}", "trashedReference", "eventId"),
                       "The event is in the trash.");
}

static enum pryv_rc check_event(struct pryv_call *call, const struct part *part, struct pryv_err *err)
{
    enum pryv_rc rc = caller_live(&part->event, part->event_id, err);

    if (rc == PRYV_OK && part->event.trashed)
        rc = trashed(err);
    return rc == PRYV_OK ? caller_may_write(call, &part->event, err) : rc;
}

static enum pryv_rc fields_of(const struct pryv_call *call, const struct part *part, struct pryv_series_field **fields,
                              size_t *count, struct pryv_err *err)
{
    const struct hfs *hfs = hfs_self();
    enum pryv_rc rc = hfs->events->fields(hfs->events_self, call->arena, part->event.type, fields, count, err);

    return rc == PRYV_NOT_FOUND ? pryv_refuse(err, 400, "invalid-operation", NULL, "The event is not a series of a known type.")
                                : rc;
}

/* ---- Packing -------------------------------------------------------------------------------------- */

static enum pryv_rc keep_chunk(void *context, const struct pryv_series_chunk *chunk, struct pryv_err *err PRYV_UNUSED)
{
    struct part *part = context;

    if (part->chunk_count == part->chunk_size) {
        struct pryv_series_chunk *more;

        part->chunk_size = part->chunk_size ? 2 * part->chunk_size : 4;
        more = pryv_new_array(part->mem, struct pryv_series_chunk, part->chunk_size);
        if (part->chunk_count)
            memcpy(more, part->chunks, part->chunk_count * sizeof(*more));
        part->chunks = more;
    }
    part->chunks[part->chunk_count] = *chunk;
    part->chunks[part->chunk_count++].bytes = pryv_str_copy(part->mem, chunk->bytes);
    return PRYV_OK;
}

static bool ascends(const struct pryv_series_points *points)
{
    for (size_t i = 1; i < points->count; i++)
        if (points->times[i] <= points->times[i - 1])
            return false;
    return true;
}

struct place {
    int64_t time;
    size_t row;
};

static int by_time(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Of rows with the same time the last one stays. */
static enum pryv_rc add_in_order(struct pryv_arena *mem, struct builder *builder, const struct pryv_series_points *points,
                                 struct pryv_err *err)
{
    struct place *places = pryv_new_array(mem, struct place, points->count);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < points->count; i++)
        places[i] = (struct place){ points->times[i], i };
    qsort(places, points->count, sizeof(*places), by_time);
    for (size_t i = 0; rc == PRYV_OK && i < points->count; i++)
        if (i + 1 == points->count || places[i + 1].time != places[i].time)
            rc = builder_add(builder, points, places[i].row, 1, err);
    return rc;
}

static enum pryv_rc add_points(struct pryv_arena *mem, struct builder *builder, const struct pryv_series_points *points,
                               struct pryv_err *err)
{
    return ascends(points) ? builder_add(builder, points, 0, points->count, err) : add_in_order(mem, builder, points, err);
}

static enum pryv_rc pack(struct part *part, const struct pryv_series_points *points, struct pryv_err *err)
{
    struct builder *builder = builder_new((size_t) hfs_self()->config->chunk_points, 0, keep_chunk, part);
    enum pryv_rc rc;

    part->chunk_count = 0;
    part->end = -1;
    for (size_t i = 0; i < points->count; i++)
        part->end = points->times[i] > part->end ? points->times[i] : part->end;
    rc = add_points(part->mem, builder, points, err);
    if (rc == PRYV_OK)
        rc = builder_end(builder, err);
    builder_free(builder);
    return rc;
}

static enum pryv_rc prepare_points(struct pryv_call *call, struct part *part, struct pryv_err *err)
{
    struct pryv_series_field *fields;
    struct pryv_series_points points;
    size_t count;
    enum pryv_rc rc;

    part->mem = call->arena;
    if ((rc = check_event(call, part, err)) != PRYV_OK || (rc = fields_of(call, part, &fields, &count, err)) != PRYV_OK)
        return rc;
    rc = part->flat ? fields_read(call->arena, part->flat, fields, count, part->event.time, &points, err)
                    : csv_table_points(part->csv, call->arena, fields, count, part->event.time, &points, err);
    return rc == PRYV_OK ? pack(part, &points, err) : rc;
}

static enum pryv_rc prepare(struct pryv_call *call, struct part *part, struct pryv_err *err)
{
    enum pryv_rc rc = part->event_id.data
                          ? prepare_points(call, part, err)
                          : hfs_malformed(err, "An element of a batch must be {eventId, data}, and eventId a text.");

    if (rc == PRYV_REFUSED && part->place != NO_BATCH)
        err->message = pryv_format(err->arena, "data[%lld]: %s", (long long) part->place, err->message).data;
    return rc;
}

/* ---- Storing -------------------------------------------------------------------------------------- */

static enum pryv_rc get_events(struct pryv_call *call, struct pryv_session *session, const struct part *parts, size_t count,
                               struct pryv_event **out, struct pryv_err *err)
{
    struct pryv_str *ids = pryv_new_array(call->arena, struct pryv_str, count);

    for (size_t i = 0; i < count; i++)
        ids[i] = parts[i].event_id.data ? parts[i].event_id : PRYV_STR("");
    *out = pryv_new_array(call->arena, struct pryv_event, count);
    return caller_events(call, session, ids, count, *out, err);
}

static bool is_as_it_was(const struct pryv_event *a, const struct pryv_event *b)
{
    return pryv_str_is(a->type, b->type) && a->time == b->time && a->trashed == b->trashed &&
           pryv_str_is(a->stream_ids_json, b->stream_ids_json);
}

/* `*changed`: an event is not as it was. */
static enum pryv_rc look_again(struct pryv_call *call, struct pryv_session *session, const struct part *parts, size_t count,
                               bool *changed, struct pryv_err *err)
{
    struct pryv_event *events;
    enum pryv_rc rc = get_events(call, session, parts, count, &events, err);

    *changed = false;
    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        rc = caller_live(&events[i], parts[i].event_id, err);
        *changed |= rc == PRYV_OK && !is_as_it_was(&events[i], &parts[i].event);
    }
    return rc;
}

/* All chunks, one behind the other, and the event of each. */
struct packed {
    const struct pryv_event **events;
    struct pryv_series_chunk *chunks;
    size_t count;
};

static struct packed packed_of(struct pryv_arena *mem, const struct part *parts, size_t count)
{
    struct packed all = { 0 };
    size_t room = 0;

    for (size_t i = 0; i < count; i++)
        room += parts[i].chunk_count;
    all.events = pryv_new_array(mem, const struct pryv_event *, room);
    all.chunks = pryv_new_array(mem, struct pryv_series_chunk, room);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < parts[i].chunk_count; k++, all.count++) {
            all.events[all.count] = &parts[i].event;
            all.chunks[all.count] = parts[i].chunks[k];
        }
    return all;
}

/* An engine that is told all at once does better. */
static enum pryv_rc append_chunks(struct pryv_call *call, struct pryv_session *session, const struct part *parts, size_t count,
                                  struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = hfs_self()->storage;
    bool at_once = storage->size > offsetof(struct pryv_storage_ops, series_append_all) && storage->series_append_all;
    struct packed all = packed_of(call->arena, parts, count);
    struct pryv_str *ids = pryv_new_array(call->arena, struct pryv_str, all.count);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < all.count; i++)
        ids[i] = all.events[i]->id;
    if (at_once)
        return storage->series_append_all(session, ids, all.chunks, all.count, err);
    for (size_t i = 0; rc == PRYV_OK && i < all.count; i++)
        rc = storage->series_append(session, ids[i], &all.chunks[i], err);
    return rc;
}

/* An event that cannot wait for upkeep to hear of it. */
static enum pryv_rc extend_now(struct pryv_call *call, struct pryv_session *session, struct part *part, struct pryv_err *err)
{
    const struct hfs *hfs = hfs_self();

    part->extended = part->end >= 0 && !upkeep_has_room(hfs->upkeep, call->user->id, part->event_id);
    return part->extended ? hfs->events->extend(hfs->events_self, session, call->arena, part->event_id,
                                                pryv_series_seconds(part->end), call->author, call->now, err)
                          : PRYV_OK;
}

static enum pryv_rc store_in_session(struct pryv_call *call, struct part *parts, size_t count, bool *changed,
                                     struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = hfs_self()->storage;
    struct pryv_session *session;
    enum pryv_rc rc = caller_open(call, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = look_again(call, session, parts, count, changed, err);
    if (rc == PRYV_OK && !*changed)
        rc = append_chunks(call, session, parts, count, err);
    for (size_t i = 0; rc == PRYV_OK && !*changed && i < count; i++)
        rc = extend_now(call, session, &parts[i], err);
    if (rc == PRYV_OK && !*changed)
        rc = storage->commit(session, err);
    storage->close(session);
    return rc;
}

/* Of an engine that can, where all events can wait for upkeep. */
static bool goes_in_one_call(const struct pryv_call *call, const struct part *parts, size_t count)
{
    const struct hfs *hfs = hfs_self();

    if (hfs->storage->size <= offsetof(struct pryv_storage_ops, series_write) || !hfs->storage->series_write)
        return false;
    for (size_t i = 0; i < count; i++)
        if (parts[i].end >= 0 && !upkeep_has_room(hfs->upkeep, call->user->id, parts[i].event_id))
            return false;
    return true;
}

static enum pryv_rc store_in_one_call(struct pryv_call *call, struct part *parts, size_t count, bool *changed,
                                      struct pryv_err *err)
{
    const struct hfs *hfs = hfs_self();
    struct packed all = packed_of(call->arena, parts, count);
    enum pryv_rc rc = hfs->storage->series_write(hfs->storage_self, call->user->id, all.events, all.chunks, all.count, err);

    *changed = rc == PRYV_CONFLICT;
    for (size_t i = 0; i < count; i++)
        parts[i].extended = false;
    return *changed ? PRYV_OK : rc;
}

/* `*changed`: nothing is stored. */
static enum pryv_rc store_parts(struct pryv_call *call, struct part *parts, size_t count, bool *changed, struct pryv_err *err)
{
    return goes_in_one_call(call, parts, count) ? store_in_one_call(call, parts, count, changed, err)
                                                : store_in_session(call, parts, count, changed, err);
}

static enum pryv_rc read_events(struct pryv_call *call, struct part *parts, size_t count, struct pryv_err *err)
{
    struct pryv_session *session;
    struct pryv_event *events;
    enum pryv_rc rc = caller_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = get_events(call, session, parts, count, &events, err);
    hfs_self()->storage->close(session);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        parts[i].event = events[i];
    return rc;
}

static bool know_events(const struct pryv_call *call, struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!parts[i].event_id.data ||
            !known_find(hfs_self()->known, call->arena, call->user->id, parts[i].event_id, &parts[i].event))
            return false;
    return true;
}

/* `*filled`: how many of them have points. */
static enum pryv_rc prepare_all(struct pryv_call *call, struct part *parts, size_t count, size_t *filled, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    *filled = 0;
    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        rc = prepare(call, &parts[i], err);
        *filled += parts[i].end >= 0;
    }
    return rc;
}

/* By what is known of the events. False: they are to be read; nothing is stored, and nothing told. What is refused may be right by now, and where nothing
 * is stored nobody looks whether the event is still there. */
static bool stored_as_known(struct pryv_call *call, struct part *parts, size_t count, enum pryv_rc *rc, struct pryv_err *err)
{
    struct pryv_err before = *err;
    bool changed = false;
    size_t filled = 0;

    if (!count || !know_events(call, parts, count))
        return false;
    *rc = prepare_all(call, parts, count, &filled, err);
    if (*rc == PRYV_OK && filled == count) {
        *rc = store_parts(call, parts, count, &changed, err);
        if (!changed)
            return true;
    }
    for (size_t i = 0; changed && i < count; i++)
        known_forget(hfs_self()->known, call->user->id, parts[i].event_id);
    *err = before;
    return false;
}

static enum pryv_rc try_once(struct pryv_call *call, struct part *parts, size_t count, bool *changed, struct pryv_err *err)
{
    size_t filled = 0;
    enum pryv_rc rc = read_events(call, parts, count, err);

    *changed = false;
    if (rc == PRYV_OK)
        rc = prepare_all(call, parts, count, &filled, err);
    return rc == PRYV_OK && filled ? store_parts(call, parts, count, changed, err) : rc;
}

static void tell_upkeep(const struct pryv_call *call, const struct part *part)
{
    const struct hfs *hfs = hfs_self();

    if (part->end < 0 || !part->chunks)
        return;
    known_keep(hfs->known, call->user->id, &part->event);
    upkeep_wrote(hfs->upkeep, call, part->event_id, part->end, part->chunk_count,
                 (struct span){ part->chunks[0].from, part->chunks[part->chunk_count - 1].to }, part->extended);
}

static enum pryv_rc store(struct pryv_call *call, struct part *parts, size_t count, struct pryv_err *err)
{
    bool changed;
    enum pryv_rc rc = PRYV_OK;

    changed = !stored_as_known(call, parts, count, &rc, err);
    if (changed)
        rc = PRYV_OK;
    for (int tries = 0; rc == PRYV_OK && changed && tries < TRIES; tries++)
        rc = try_once(call, parts, count, &changed, err);
    if (rc == PRYV_OK && changed)
        return pryv_fail(err, PRYV_BUSY, "an event changes all the time while points are added to it");
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        tell_upkeep(call, &parts[i]);
    return rc;
}

/* ---- Routes --------------------------------------------------------------------------------------- */

static void answer_ok(struct pryv_call *call)
{
    pryv_json_put_text(pryv_call_json(call), "status", "ok");
}

/* What is wrong with CSV is told when the event is known; JSON that is none is told before all else. */
enum pryv_rc series_write(struct pryv_call *call, struct pryv_err *err)
{
    struct part part = { .place = NO_BATCH, .event_id = pryv_request_path_param(call->request, "id") };
    struct incoming *in;
    bool elsewhere;
    enum pryv_rc rc;

    if ((rc = incoming_end(call, &in, err)) != PRYV_OK || (rc = caller_load(call, 400, &elsewhere, err)) != PRYV_OK || elsewhere)
        return rc;
    part.csv = in->csv;
    part.flat = in->csv ? NULL : &in->flat;
    rc = store(call, &part, 1, err);
    if (rc == PRYV_OK)
        answer_ok(call);
    return rc;
}

static struct part *parts_of(struct pryv_arena *mem, const struct batch *batch)
{
    struct part *parts = pryv_new_array(mem, struct part, batch->count);

    for (size_t i = 0; i < batch->count; i++) {
        const struct element *element = &batch->elements[i];

        parts[i].place = (int64_t) i;
        parts[i].event_id = element->is_object ? element->event_id : PRYV_STR_NONE;
        parts[i].flat = &element->flat;
    }
    return parts;
}

enum pryv_rc series_write_batch(struct pryv_call *call, struct pryv_err *err)
{
    struct incoming *in;
    bool elsewhere;
    enum pryv_rc rc;

    if ((rc = incoming_end(call, &in, err)) != PRYV_OK || (rc = caller_load(call, 400, &elsewhere, err)) != PRYV_OK || elsewhere)
        return rc;
    if (!in->batch.is_object || !pryv_str_equal(in->batch.format, "seriesBatch"))
        return hfs_malformed(err, "The format must be \"seriesBatch\".");
    if (in->batch.data_state != MEMBER_GOOD)
        return hfs_malformed(err, "\"data\" must be a list.");
    rc = store(call, parts_of(call->arena, &in->batch), in->batch.count, err);
    if (rc == PRYV_OK)
        answer_ok(call);
    return rc;
}
