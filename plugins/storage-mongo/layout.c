/* layout.c - the collections of a database, once at the start.
 *
 * MongoDB   All chains share collections, and every index is led by `u`, the chain. A shared collection is what MongoDB does well: each one is files.
 * FerretDB  1.x reads a whole collection for every query that asks for more than one _id, whatever its indexes. So each chain has collections of
 *           its own there, and no index is made.
 * The document "layout" in `settings` says which of both a database has, which is never changed, and its version (layout_steps.h). */
#include "engine.h"
#include "collection.h"
#include "layout_steps.h"

struct index {
    const struct kind *kind;
    const char *name;
    const char *keys;    /* JSON */
    const char *partial; /* JSON; NULL: all documents */
};

static const struct index special_indexes[] = {
    { &event_kind, "time", "{\"u\":1,\"time\":1,\"id\":1}", "{\"live\":true}" },
    { &event_kind, "streams", "{\"u\":1,\"streams\":1,\"time\":1,\"id\":1}", "{\"live\":true}" },
    { &event_kind, "type", "{\"u\":1,\"type\":1,\"time\":1,\"id\":1}", "{\"live\":true}" },
    { &event_kind, "modified", "{\"u\":1,\"modified\":1}", "{\"live\":true}" },
    { &event_kind, "duration", "{\"u\":1,\"duration\":1}", "{\"live\":true,\"duration\":{\"$exists\":true}}" },
    { &event_kind, "running", "{\"u\":1,\"time\":1,\"id\":1,\"running\":1}", "{\"live\":true,\"running\":true}" },
    { &audit_kind, "time", "{\"u\":1,\"time\":1,\"id\":1}", "{\"live\":true}" },
    { &audit_kind, "streams", "{\"u\":1,\"streams\":1,\"time\":1,\"id\":1}", "{\"live\":true}" },
    { &audit_kind, "type", "{\"u\":1,\"type\":1,\"time\":1,\"id\":1}", "{\"live\":true}" },
    { &audit_kind, "duration", "{\"u\":1,\"duration\":1}", "{\"live\":true,\"duration\":{\"$exists\":true}}" },
    { &audit_kind, "running", "{\"u\":1,\"time\":1,\"id\":1,\"running\":1}", "{\"live\":true,\"running\":true}" },
    { &chunk_kind, "chunks", "{\"u\":1,\"keys\":1,\"n\":1}", NULL },
    { &chunk_kind, "times", "{\"u\":1,\"keys\":1,\"firstTime\":1,\"n\":1}", NULL },
    { &chunk_kind, "length", "{\"u\":1,\"keys\":1,\"length\":1}", NULL },
    { &user_kind, "username", "{\"u\":1,\"username\":1}", NULL },
    { &core_kind, "core", "{\"u\":1,\"coreId\":1,\"id\":1}", "{\"present\":true}" },
    { &platform_value_kind, "expires", "{\"u\":1,\"expires\":1}", "{\"expires\":{\"$exists\":true}}" },
    { &unique_kind, "expires", "{\"u\":1,\"expires\":1}", "{\"expires\":{\"$exists\":true}}" },
};

/* Of every collection of rows. */
static const struct index common_indexes[] = {
    { NULL, "id", "{\"u\":1,\"id\":1}", NULL },
    { NULL, "keys", "{\"u\":1,\"keys\":1}", "{\"keys\":{\"$exists\":true}}" },
    { NULL, "ended", "{\"ended\":1}", "{\"ended\":{\"$exists\":true}}" },
};

static void append_json(bson_t *out, const char *name, const char *json)
{
    bson_t *value = bson_new_from_json((const uint8_t *) json, -1, NULL);

    if (value)
        bson_append_document(out, name, -1, value);
    bson_destroy(value);
}

static void append_index(bson_t *list, uint32_t *count, const struct index *index)
{
    char buffer[16];
    const char *at;
    bson_t one;

    bson_uint32_to_string((*count)++, &at, buffer, sizeof(buffer));
    bson_append_document_begin(list, at, -1, &one);
    bson_append_utf8(&one, "name", -1, index->name, -1);
    append_json(&one, "key", index->keys);
    if (index->partial)
        append_json(&one, "partialFilterExpression", index->partial);
    bson_append_document_end(list, &one);
}

static enum pryv_rc make_indexes(const struct chain *chain, mongoc_client_t *client, const struct kind *kind,
                                 struct pryv_err *err)
{
    bson_t command = BSON_INITIALIZER, list;
    bson_error_t error;
    uint32_t count = 0;

    bson_append_utf8(&command, "createIndexes", -1, kind->collection, -1);
    bson_append_array_begin(&command, "indexes", -1, &list);
    for (size_t i = 0; i < PRYV_COUNT(common_indexes); i++)
        append_index(&list, &count, &common_indexes[i]);
    for (size_t i = 0; i < PRYV_COUNT(special_indexes); i++)
        if (special_indexes[i].kind == kind)
            append_index(&list, &count, &special_indexes[i]);
    bson_append_array_end(&command, &list);

    bool done = mongoc_client_write_command_with_opts(client, chain->database, &command, NULL, NULL, &error);

    bson_destroy(&command);
    return done ? PRYV_OK : server_failed(&error, "make indexes in", err);
}

static enum pryv_rc make_all_indexes(const struct chain *chain, mongoc_client_t *client, const struct kind *const *kinds,
                                     struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && kinds[i]; i++)
        rc = make_indexes(chain, client, kinds[i], err);
    return rc;
}

/* ---- Which layout ---------------------------------------------------------------------------- */

static struct document make_layout(struct pryv_arena *mem, bool apart)
{
    bson_t layout = BSON_INITIALIZER;

    bson_append_utf8(&layout, "_id", -1, "layout", -1);
    bson_append_int32(&layout, "version", -1, LAYOUT_NEWEST);
    bson_append_bool(&layout, "apart", -1, apart);
    return document_take(mem, &layout);
}

static enum pryv_rc check_layout(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err)
{
    mongoc_collection_t *settings = mongoc_client_get_collection(client, chain->database, "settings");
    struct document found = make_layout(err->arena, chain->apart);
    enum pryv_rc rc = collection_insert(settings, found, NULL, err);

    if (rc == PRYV_CONFLICT)
        rc = collection_find_id(settings, PRYV_STR("layout"), err->arena, &found, err);
    mongoc_collection_destroy(settings);
    if (rc != PRYV_OK)
        return rc;
    if (document_integer(found, "version", 0) > LAYOUT_NEWEST)
        return pryv_fail(err, PRYV_FAILED, "the database %s was written by a newer version of this server", chain->database);
    if (document_true(found, "apart") != chain->apart)
        return pryv_fail(err, PRYV_FAILED,
                         "the database %s was made on %s; its collections cannot be used on %s: pryvctl storage copy moves users",
                         chain->database, chain->apart ? "MongoDB" : "FerretDB", chain->apart ? "FerretDB" : "MongoDB");
    return PRYV_OK;
}

/* FerretDB on PostgreSQL refuses NUL characters in strings, those it is asked for too (unsupported Unicode escape sequence). A refused change would
 * hold up its chain for ever, so that must be known before anything is written. */
static enum pryv_rc learn_about_nul(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err)
{
    mongoc_collection_t *settings = mongoc_client_get_collection(client, chain->database, "settings");
    struct document found;
    enum pryv_rc rc = collection_find_id(settings, PRYV_STR("a\0b"), err->arena, &found, err);

    mongoc_collection_destroy(settings);
    if (rc == PRYV_FAILED && strstr(err->message, "22P05")) {
        document_write_nul_as_binary();
        return PRYV_OK;
    }
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* The chain of the index or the platform; whoever comes first begins it. */
static enum pryv_rc begin_chain(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err)
{
    int64_t sequence;
    enum pryv_rc rc = chain_head(chain, client, &sequence, err);

    if (rc == PRYV_NOT_FOUND)
        rc = chain_begin(chain, client, err);
    return rc == PRYV_CONFLICT ? PRYV_OK : rc;
}

static enum pryv_rc prepare(struct engine *engine, mongoc_client_t *client, struct pryv_err *err)
{
    bool apart = engine->users.apart;
    enum pryv_rc rc = check_layout(&engine->users, client, err);

    if (rc == PRYV_OK)
        rc = check_layout(&engine->platform, client, err);
    if (rc == PRYV_OK)
        rc = learn_about_nul(&engine->users, client, err);
    if (rc == PRYV_OK && !apart)
        rc = make_all_indexes(&engine->users, client, user_data_kinds, err);
    if (rc == PRYV_OK && !apart)
        rc = make_all_indexes(&engine->users, client, index_kinds, err);
    if (rc == PRYV_OK && !apart)
        rc = make_all_indexes(&engine->platform, client, platform_kinds, err);
    if (rc == PRYV_OK && !apart)
        rc = layout_raise(&engine->users, client, err);
    if (rc == PRYV_OK)
        rc = begin_chain(&engine->users, client, err);
    return rc == PRYV_OK ? begin_chain(&engine->platform, client, err) : rc;
}

enum pryv_rc layout_prepare(struct engine *engine, struct pryv_err *err)
{
    bool apart = engine->server.is_ferretdb;
    mongoc_client_t *client;
    enum pryv_rc rc = server_take(&engine->server, &client, err);

    if (rc != PRYV_OK)
        return rc;
    engine->users = (struct chain){ &engine->server, engine->database, apart, "users" };
    engine->platform = (struct chain){ &engine->server, engine->platform_database, apart, "platform" };
    rc = prepare(engine, client, err);
    server_give(&engine->server, client);
    return rc;
}
