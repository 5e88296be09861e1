/* check.c - pryvctl check: whether the data opens, and answers. Opening brings the schema up to this release. */
#include "pryvctl.h"
#include <stdio.h>

static int tell_ok(const char *interface, const char *engine)
{
    printf("%-9s %-10s ok\n", interface, engine);
    return SUCCESS;
}

/* The first user's data is opened too. */
static enum pryv_rc ask_storage(struct run *run, struct pryv_str *user_id)
{
    struct pryv_str *ids, *names;
    struct pryv_session *session;
    uint64_t events, streams, bytes;
    size_t count;
    enum pryv_rc rc = run->storage->users_list(run->storage_self, run->mem, PRYV_STR_NONE, 1, &ids, &names, &count, &run->err);

    if (rc != PRYV_OK || count == 0)
        return rc;
    *user_id = ids[0];
    rc = run->storage->open(run->storage_self, ids[0], PRYV_READ, &session, &run->err);
    if (rc != PRYV_OK)
        return rc;
    rc = run->storage->usage(session, &events, &streams, &bytes, &run->err);
    run->storage->close(session);
    return rc;
}

int check(struct run *run)
{
    struct pryv_str user_id = PRYV_STR("none"), value;
    uint64_t bytes;

    if (ask_storage(run, &user_id) != PRYV_OK)
        return tell_failure(run, "storage");
    tell_ok("storage", run->storage->engine);

    enum pryv_rc rc = run->platform->value_get(run->platform_self, run->mem, PRYV_STR("pryvctl/check"), true, &value, &run->err);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return tell_failure(run, "platform");
    tell_ok("platform", run->platform->engine);

    if (!run->files)
        return SUCCESS;
    if (run->files->usage(run->files_self, user_id, &bytes, &run->err) != PRYV_OK)
        return tell_failure(run, "files");
    return tell_ok("files", run->files->engine);
}
