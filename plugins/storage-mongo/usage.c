/* usage.c - how many rows of a kind there are, and what a user takes. */
#include "collection.h"
#include "engine.h"

enum { NAMESPACE_NOT_FOUND = 26 };

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

/* Committed rows that have the key, or all of the kind. */
static enum pryv_rc add_rows(struct pryv_session *s, const struct kind *kind, struct pryv_str key, int64_t *total,
                             struct pryv_err *err)
{
    mongoc_collection_t *collection = chain_collection(&s->chain, s->client, kind->collection);
    bson_t command = BSON_INITIALIZER, query;
    struct document reply = { NULL, 0 };
    enum pryv_rc rc;

    bson_append_utf8(&command, "count", -1, mongoc_collection_get_name(collection), -1);
    bson_append_document_begin(&command, "query", -1, &query);
    session_append_visible(s, &query);
    document_put_text(&query, "keys", key);
    bson_append_document_end(&command, &query);
    rc = ask(s, collection, &command, &reply, err);
    if (rc == PRYV_OK)
        *total += document_integer(reply, "n", 0);
    bson_destroy(&command);
    mongoc_collection_destroy(collection);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* ---- How many rows --------------------------------------------------------------------------- */

static bool has_key(struct document row, struct pryv_str key)
{
    return !key.data || document_lists(row, "keys", key);
}

static enum pryv_rc add_own(struct pryv_session *s, const struct own_row *row, struct pryv_str key, int64_t *total,
                            struct pryv_err *err)
{
    struct document before = { NULL, 0 };
    enum pryv_rc rc = PRYV_OK;

    if (row->replaces.data) {
        mongoc_collection_t *collection = chain_collection(&s->chain, s->client, row->kind->collection);

        rc = collection_find_id(collection, row->replaces, err->arena, &before, err);
        mongoc_collection_destroy(collection);
    }
    if (rc != PRYV_OK)
        return rc;
    *total += (row->document.data && has_key(row->document, key)) - (before.data && has_key(before, key));
    return PRYV_OK;
}

static enum pryv_rc count_rows(struct pryv_session *s, const struct kind *kind, struct pryv_str key, uint64_t *count,
                               struct pryv_err *err)
{
    int64_t total = 0;
    enum pryv_rc rc;

    if (!session_is_usable(s, err))
        return err->rc;
    rc = add_rows(s, kind, key, &total, err);
    for (const struct own_row *row = s->own.first; rc == PRYV_OK && row; row = row->next)
        if (row->kind == kind)
            rc = add_own(s, row, key, &total, err);
    if (rc == PRYV_OK)
        *count = (uint64_t) total;
    return rc;
}

static enum pryv_rc streams_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err)
{
    return count_rows(s, &stream_kind, PRYV_STR_NONE, count, err);
}

static enum pryv_rc accesses_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err)
{
    return count_rows(s, &access_kind, PRYV_STR("live"), count, err);
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
            rc = add_rows(s, user_data_kinds[i], PRYV_STR_NONE, count, err);
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

static enum pryv_rc mongo_usage(struct pryv_session *s, uint64_t *events, uint64_t *streams, uint64_t *bytes,
                                struct pryv_err *err)
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

void usage_offer(struct pryv_storage_ops *ops)
{
    ops->usage = mongo_usage;
    ops->streams_count = streams_count;
    ops->accesses_count = accesses_count;
}
