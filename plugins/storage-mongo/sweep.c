/* sweep.c - takes away versions that ended so long ago that no session can read them any more, and parts of commits that never came to be. */
#include "engine.h"
#include "collection.h"
#include <pryv/crypto.h>
#include <pryv/log.h>

/* Clocks of other machines may differ by that much. */
enum { MARGIN_SECONDS = 60 };

static enum pryv_rc sweep_collection(const char *database, mongoc_client_t *client, const char *name, double before,
                                     uint64_t *removed, struct pryv_err *err)
{
    mongoc_collection_t *collection = mongoc_client_get_collection(client, database, name);
    bson_t filter = BSON_INITIALIZER, range;
    uint64_t count = 0;
    enum pryv_rc rc;

    bson_append_document_begin(&filter, "ended", -1, &range);
    bson_append_double(&range, "$lt", -1, before);
    bson_append_document_end(&filter, &range);
    rc = collection_delete_many(collection, &filter, &count, err);
    *removed += count;
    bson_destroy(&filter);
    mongoc_collection_destroy(collection);
    return rc;
}

static bool is_of(const char *name, const char *collection)
{
    size_t len = strlen(collection);

    return strncmp(name, collection, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

static bool holds_rows(const char *name)
{
    static const struct kind *const *const all[] = { user_data_kinds, index_kinds, platform_kinds };

    for (size_t i = 0; i < PRYV_COUNT(all); i++)
        for (size_t k = 0; all[i][k]; k++)
            if (is_of(name, all[i][k]->collection))
                return true;
    return false;
}

/* Of "commit_parts.NAME", or "commit_parts" of all. */
static enum pryv_rc sweep_parts(const struct chain *any, mongoc_client_t *client, const char *name, double before,
                                struct pryv_err *err)
{
    struct chain chain = *any;
    const char *point = strchr(name, '.');

    snprintf(chain.name, sizeof(chain.name), "%s", point ? point + 1 : "");
    return chain_sweep_parts(&chain, client, before, err);
}

static enum pryv_rc sweep_database(const struct chain *any, mongoc_client_t *client, double before, uint64_t *removed,
                                   struct pryv_err *err)
{
    mongoc_database_t *database = mongoc_client_get_database(client, any->database);
    bson_error_t error;
    char **names = mongoc_database_get_collection_names_with_opts(database, NULL, &error);
    enum pryv_rc rc = names ? PRYV_OK : server_failed(&error, "list the collections of", err);

    for (size_t i = 0; rc == PRYV_OK && names && names[i]; i++)
        if (holds_rows(names[i]))
            rc = sweep_collection(any->database, client, names[i], before, removed, err);
        else if (is_of(names[i], COMMIT_PARTS))
            rc = sweep_parts(any, client, names[i], before, err);
    bson_strfreev(names);
    mongoc_database_destroy(database);
    return rc;
}

void versions_sweep(struct engine *engine)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    double before = pryv_now() - engine->snapshot_seconds - MARGIN_SECONDS;
    mongoc_client_t *client;
    uint64_t removed = 0;
    enum pryv_rc rc = server_take(&engine->server, &client, &err);

    if (rc == PRYV_OK) {
        rc = sweep_database(&engine->users, client, before, &removed, &err);
        if (rc == PRYV_OK && strcmp(engine->database, engine->platform_database) != 0)
            rc = sweep_database(&engine->platform, client, before, &removed, &err);
        server_give(&engine->server, client);
    }
    if (rc != PRYV_OK)
        pryv_log_warn(LOG_NAME, "earlier versions of rows remain for now: %s", err.message);
    else
        pryv_log_debug(LOG_NAME, "removed %llu earlier versions of rows", (unsigned long long) removed);
    pryv_arena_free(mem);
}
