/* layout_steps.c - see layout_steps.h. */
#include "layout_steps.h"
#include "collection.h"
#include "engine.h"
#include "turns.h"
#include <pryv/crypto.h>
#include <pryv/log.h>

/* Updates of one command: FerretDB 1.x, on which this is tested, keeps a connection to its back end open for each, and has 50 in all. */
enum { AT_ONCE = 10 };
#define LEASE_SECONDS 60
#define WAIT_SECONDS  3600 /* for another worker's step */

/* ---- Chunks tell their length ------------------------------------------------------------------- */

static void append_length(mongoc_bulk_operation_t *bulk, struct document chunk)
{
    bson_t filter = BSON_INITIALIZER, update = BSON_INITIALIZER, member;

    document_put_text(&filter, "_id", document_text(chunk, "_id"));
    bson_append_document_begin(&update, "$set", -1, &member);
    document_put_number(&member, "length", document_number(chunk, "lastTime") - document_number(chunk, "firstTime"));
    bson_append_document_end(&update, &member);
    mongoc_bulk_operation_update_one_with_opts(bulk, &filter, &update, NULL, NULL);
    bson_destroy(&filter);
    bson_destroy(&update);
}

/* { length: { $exists: false } }, { projection: { firstTime, lastTime } } */
static mongoc_cursor_t *find_without_length(mongoc_collection_t *chunks)
{
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, member;
    mongoc_cursor_t *cursor;

    bson_append_document_begin(&filter, "length", -1, &member);
    bson_append_bool(&member, "$exists", -1, false);
    bson_append_document_end(&filter, &member);
    bson_append_document_begin(&options, "projection", -1, &member);
    bson_append_int32(&member, "firstTime", -1, 1);
    bson_append_int32(&member, "lastTime", -1, 1);
    bson_append_document_end(&options, &member);
    cursor = mongoc_collection_find_with_opts(chunks, &filter, &options, NULL);
    bson_destroy(&filter);
    bson_destroy(&options);
    return cursor;
}

static enum pryv_rc give_lengths(mongoc_collection_t *chunks, struct pryv_err *err)
{
    mongoc_cursor_t *cursor = find_without_length(chunks);
    mongoc_bulk_operation_t *bulk = NULL;
    const bson_t *found;
    bson_error_t error;
    enum pryv_rc rc = PRYV_OK;
    size_t waiting = 0;

    while (rc == PRYV_OK && mongoc_cursor_next(cursor, &found)) {
        if (!bulk)
            bulk = mongoc_collection_create_bulk_operation_with_opts(chunks, NULL);
        append_length(bulk, document_of(found));
        if (++waiting < AT_ONCE)
            continue;
        rc = bulk_run(bulk, err);
        bulk = NULL;
        waiting = 0;
    }
    if (rc == PRYV_OK && mongoc_cursor_error(cursor, &error))
        rc = server_failed(&error, "read", err);
    if (bulk && rc == PRYV_OK)
        rc = bulk_run(bulk, err);
    else if (bulk)
        mongoc_bulk_operation_destroy(bulk);
    mongoc_cursor_destroy(cursor);
    return rc;
}

/* ---- Steps ------------------------------------------------------------------------------------------ */

static enum pryv_rc read_version(mongoc_collection_t *settings, int64_t *version, struct pryv_err *err)
{
    struct document layout;
    enum pryv_rc rc = collection_find_id(settings, PRYV_STR("layout"), err->arena, &layout, err);

    *version = rc == PRYV_OK ? document_integer(layout, "version", 0) : 0;
    return rc;
}

static enum pryv_rc write_version(mongoc_collection_t *settings, int32_t version, struct pryv_err *err)
{
    bson_t *filter = BCON_NEW("_id", "layout"), *update = BCON_NEW("$set", "{", "version", BCON_INT32(version), "}");
    bson_error_t error;
    bool done = mongoc_collection_update_one(settings, filter, update, NULL, NULL, &error);

    bson_destroy(filter);
    bson_destroy(update);
    return done ? PRYV_OK : server_failed(&error, "write to", err);
}

/* Another worker may have been first. */
static enum pryv_rc take_steps(const struct chain *chain, mongoc_client_t *client, mongoc_collection_t *settings,
                               struct pryv_err *err)
{
    mongoc_collection_t *chunks = chain_collection(chain, client, chunk_kind.collection);
    int64_t version;
    enum pryv_rc rc = read_version(settings, &version, err);

    if (rc == PRYV_OK && version < 2) {
        pryv_log_info(LOG_NAME, "taking the database %s from layout %lld to 2", chain->database, (long long) version);
        rc = give_lengths(chunks, err);
        if (rc == PRYV_OK)
            rc = write_version(settings, 2, err);
    }
    mongoc_collection_destroy(chunks);
    return rc;
}

enum pryv_rc layout_raise(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err)
{
    mongoc_collection_t *settings = mongoc_client_get_collection(client, chain->database, "settings");
    struct pryv_str writer = pryv_id_new(err->arena);
    struct chain lock = *chain;
    int64_t version;
    enum pryv_rc rc = read_version(settings, &version, err);

    snprintf(lock.name, sizeof(lock.name), "layout");
    if (rc == PRYV_OK && version < LAYOUT_NEWEST &&
        (rc = lock_take(&lock, client, writer, LEASE_SECONDS, WAIT_SECONDS, err)) == PRYV_OK) {
        rc = take_steps(chain, client, settings, err);
        lock_give(&lock, client, writer);
    }
    mongoc_collection_destroy(settings);
    return rc;
}
