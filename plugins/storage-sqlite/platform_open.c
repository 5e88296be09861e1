/* platform_open.c - the database of the platform, made when it is not there, and sessions on it. */
#include "engine.h"
#include <pryv/folders.h>
#include <errno.h>

enum pryv_rc platform_open(struct engine *engine, struct pryv_err *err)
{
    char *folder = pryv_cstr(err->arena, pryv_str(engine->platform_path));
    char *users = pryv_cstr(err->arena, pryv_str(engine->users_path));
    char *slash = strrchr(folder, '/');
    struct connection *connection;

    if (!slash)
        return pryv_fail(err, PRYV_FAILED, "storages.engines.sqlite.platformFile must be a path with a folder, not %s",
                         engine->platform_path);
    *slash = '\0';
    if ((*folder && pryv_folder_make(folder) == -1) || pryv_folder_make(users) == -1)
        return pryv_fail(err, PRYV_FAILED, "cannot make %s or %s: %s", folder, engine->users_path, strerror(errno));

    enum pryv_rc rc =
        database_get(&engine->pool, PRYV_STR(""), engine->platform_path, &platform_schema, false, &engine->platform, err);

    if (rc == PRYV_OK)
        rc = connection_take(engine->platform, false, true, &connection, err);
    if (rc != PRYV_OK)
        return rc;
    connection_give(connection);
    return pryv_folder_sync(*folder ? folder : "/") == 0
               ? PRYV_OK
               : pryv_fail(err, PRYV_FAILED, "cannot make %s durable: %s", folder, strerror(errno));
}

enum pryv_rc platform_begin(void *self, enum pryv_session_mode mode, struct pryv_session *s, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_begin(s, engine, engine->platform, mode, err);
}

enum pryv_rc platform_end(struct pryv_session *s, enum pryv_rc rc, struct pryv_err *err)
{
    if (rc == PRYV_OK)
        rc = session_commit(s, err);
    session_end(s);
    return rc;
}
