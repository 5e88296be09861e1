/* user_sessions.c - sessions on a user's data, and what a user takes. */
#include "engine.h"
#include "collection.h"
#include <stdlib.h>

enum { NAMESPACE_NOT_FOUND = 26 };

static enum pryv_rc begin(struct engine *engine, struct pryv_str user_id, bool fresh, enum pryv_session_mode mode,
                          struct pryv_session *session, struct pryv_err *err)
{
    struct chain chain;
    enum pryv_rc rc = user_chain(engine, user_id, fresh, &chain, err);

    return rc == PRYV_OK ? session_begin(session, engine, &chain, mode, true, err) : rc;
}

enum pryv_rc mongo_open(void *self, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **out,
                        struct pryv_err *err)
{
    struct pryv_session *session = calloc(1, sizeof(*session));
    enum pryv_rc rc;

    if (!session)
        abort();
    rc = begin(self, user_id, false, mode, session, err);
    if (rc == PRYV_NOT_FOUND) /* erased, and perhaps made again */
        rc = begin(self, user_id, true, mode, session, err);
    if (rc != PRYV_OK) {
        free(session);
        return rc;
    }
    *out = session;
    return PRYV_OK;
}

enum pryv_rc mongo_commit(struct pryv_session *s, struct pryv_err *err)
{
    bool lost = false;

    return session_commit(s, &lost, err);
}

void mongo_close(struct pryv_session *s)
{
    if (!s)
        return;
    session_end(s);
    free(s);
}

/* ---- What a user takes ----------------------------------------------------------------------- */

struct taken {
    int64_t events, streams, bytes;
};

/* NULL: rows of that kind are not counted. */
static int64_t *count_of(struct taken *taken, const struct kind *kind)
{
    if (kind == &event_kind)
        return &taken->events;
    return kind == &stream_kind || kind == &stream_deletion_kind ? &taken->streams : NULL;
}

static enum pryv_rc ask(struct pryv_session *s, mongoc_collection_t *collection, const bson_t *command, struct document *reply,
                        struct pryv_err *err)
{
    bson_t answer;
    bson_error_t error;
    bool answered = mongoc_collection_read_command_with_opts(collection, command, NULL, NULL, &answer, &error);

    *reply = document_take(s->mem, &answer);
    if (answered)
        return PRYV_OK;
    return error.code == NAMESPACE_NOT_FOUND ? pryv_fail(err, PRYV_NOT_FOUND, "no such collection")
                                             : server_failed(&error, "read", err);
}

/* Committed rows. */
static enum pryv_rc add_rows(struct pryv_session *s, const struct kind *kind, int64_t *total, struct pryv_err *err)
{
    mongoc_collection_t *collection = chain_collection(&s->chain, s->client, kind->collection);
    bson_t command = BSON_INITIALIZER, query;
    struct document reply = { NULL, 0 };
    enum pryv_rc rc;

    bson_append_utf8(&command, "count", -1, mongoc_collection_get_name(collection), -1);
    bson_append_document_begin(&command, "query", -1, &query);
    session_append_visible(s, &query);
    bson_append_document_end(&command, &query);
    rc = ask(s, collection, &command, &reply, err);
    if (rc == PRYV_OK)
        *total += document_integer(reply, "n", 0);
    bson_destroy(&command);
    mongoc_collection_destroy(collection);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* { aggregate, pipeline: [{ $match: { u } }, { $group: { _id: null, bytes: { $sum: { $bsonSize: "$$ROOT" } } } }], cursor: {} } */
static void append_sum_of_sizes(const struct pryv_session *s, mongoc_collection_t *collection, bson_t *command)
{
    bson_t *pipeline = BCON_NEW("0", "{", "$match", "{", "u", BCON_UTF8(s->chain.name), "}", "}", "1", "{", "$group", "{", "_id",
                                BCON_NULL, "bytes", "{", "$sum", "{", "$bsonSize", BCON_UTF8("$$ROOT"), "}", "}", "}", "}");
    bson_t cursor = BSON_INITIALIZER;

    bson_append_utf8(command, "aggregate", -1, mongoc_collection_get_name(collection), -1);
    bson_append_array(command, "pipeline", -1, pipeline);
    bson_append_document(command, "cursor", -1, &cursor);
    bson_destroy(&cursor);
    bson_destroy(pipeline);
}

static int64_t first_sum(struct document reply)
{
    bson_iter_t at, bytes;

    if (!bson_iter_init_from_data(&at, reply.data, reply.len) ||
        !bson_iter_find_descendant(&at, "cursor.firstBatch.0.bytes", &bytes))
        return 0;
    return bson_iter_as_int64(&bytes);
}

static enum pryv_rc add_bytes(struct pryv_session *s, const struct kind *kind, int64_t *total, struct pryv_err *err)
{
    mongoc_collection_t *collection = chain_collection(&s->chain, s->client, kind->collection);
    bson_t command = BSON_INITIALIZER;
    struct document reply = { NULL, 0 };
    enum pryv_rc rc;

    append_sum_of_sizes(s, collection, &command);
    rc = ask(s, collection, &command, &reply, err);
    if (rc == PRYV_OK)
        *total += first_sum(reply);
    bson_destroy(&command);
    mongoc_collection_destroy(collection);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static enum pryv_rc ask_usage(struct pryv_session *s, struct taken *taken, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && user_data_kinds[i]; i++) {
        int64_t *count = count_of(taken, user_data_kinds[i]);

        rc = add_bytes(s, user_data_kinds[i], &taken->bytes, err);
        if (rc == PRYV_OK && count)
            rc = add_rows(s, user_data_kinds[i], count, err);
    }
    return rc;
}

/* FerretDB reads every document to count some, has no $bsonSize, and tells of a collection only what it took on the disk when that was last
 * looked at. So every document is looked at here. */
static enum pryv_rc look_through(struct pryv_session *s, const struct kind *kind, struct taken *taken, struct pryv_err *err)
{
    mongoc_collection_t *collection = chain_collection(&s->chain, s->client, kind->collection);
    int64_t *count = count_of(taken, kind);
    bson_t all = BSON_INITIALIZER;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &all, NULL, NULL);
    const bson_t *found;
    bson_error_t error;
    enum pryv_rc rc = PRYV_OK;

    while (mongoc_cursor_next(cursor, &found)) {
        struct document row = document_of(found);

        taken->bytes += row.len;
        if (count)
            *count += document_integer(row, "from", 0) <= s->sequence && document_integer(row, "to", FOR_EVER) > s->sequence;
    }
    if (mongoc_cursor_error(cursor, &error))
        rc = server_failed(&error, "read", err);
    mongoc_cursor_destroy(cursor);
    bson_destroy(&all);
    mongoc_collection_destroy(collection);
    return rc;
}

static enum pryv_rc look_through_all(struct pryv_session *s, struct taken *taken, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && user_data_kinds[i]; i++)
        rc = look_through(s, user_data_kinds[i], taken, err);
    return rc;
}

/* What the session's own rows make of the numbers. */
static void count_own(const struct pryv_session *s, struct taken *taken)
{
    for (const struct own_row *row = s->own.first; row; row = row->next) {
        int64_t *count = count_of(taken, row->kind);

        if (count)
            *count += (row->document.data != NULL) - (row->replaces.data != NULL);
    }
}

enum pryv_rc mongo_usage(struct pryv_session *s, uint64_t *events, uint64_t *streams, uint64_t *bytes, struct pryv_err *err)
{
    struct taken taken = { 0, 0, 0 };
    enum pryv_rc rc;

    if (!session_is_usable(s, err))
        return err->rc;
    rc = s->chain.apart ? look_through_all(s, &taken, err) : ask_usage(s, &taken, err);
    if (rc != PRYV_OK)
        return rc;
    count_own(s, &taken);
    *events = (uint64_t) taken.events;
    *streams = (uint64_t) taken.streams;
    *bytes = (uint64_t) taken.bytes;
    return PRYV_OK;
}
