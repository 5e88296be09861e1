/* upkeep.c - see upkeep.h. */
#include "upkeep.h"
#include "attachments.h"
#include <stdlib.h>

enum { USERS_AT_ONCE = 50, FILES_AT_ONCE = 10000 };

struct upkeep {
    const struct api *api;
    double next_round; /* when it begins, or has begun */
    char *after;       /* the user that a round has come to; NULL: between rounds, or at the first */
    uint64_t files, deletions;
};

struct upkeep *upkeep_new(const struct api *api)
{
    struct upkeep *upkeep = calloc(1, sizeof(*upkeep));

    if (!upkeep)
        abort();
    upkeep->api = api;
    return upkeep;
}

void upkeep_free(struct upkeep *upkeep)
{
    if (upkeep)
        free(upkeep->after);
    free(upkeep);
}

/* ---- Files that no event names ------------------------------------------------------------------------------- */

struct orphan {
    const struct orphan *next;
    struct pryv_str event_id, file_id;
};

struct search {
    const struct api *api;
    struct pryv_str user_id;
    struct pryv_session *session; /* NULL: no file has come yet */
    struct pryv_arena *mem, *event_mem;
    struct pryv_err *err;
    struct pryv_str event_id; /* files come event by event; this one's are in `list`, both in event_mem */
    const json_t *list;
    struct orphan *found;
    size_t count;
    enum pryv_rc rc;
};

/* Live or deleted: where everything is kept, a deleted event names its files too. */
static enum pryv_rc read_event(struct search *s, struct pryv_str event_id)
{
    const struct pryv_storage_ops *storage = s->api->storage;
    struct pryv_event row;
    enum pryv_rc rc = s->session ? PRYV_OK : storage->open(s->api->storage_self, s->user_id, PRYV_READ, &s->session, s->err);

    if (rc != PRYV_OK || (s->event_id.data && pryv_str_is(s->event_id, event_id)))
        return rc;
    pryv_arena_free(s->event_mem);
    s->event_mem = pryv_arena_new();
    s->event_id = pryv_str_copy(s->event_mem, event_id);
    s->list = NULL;
    rc = storage->event_get(s->session, s->event_mem, event_id, &row, s->err);
    if (rc == PRYV_NOT_FOUND)
        return PRYV_OK;
    return rc == PRYV_OK ? attachments_read(s->event_mem, &row, &s->list, s->err) : rc;
}

static enum pryv_rc look_at_file(void *context, struct pryv_str event_id, struct pryv_str file_id)
{
    struct search *s = context;
    struct orphan *orphan;

    if ((s->rc = read_event(s, event_id)) != PRYV_OK)
        return s->rc;
    if (attachments_find(s->list, file_id))
        return PRYV_OK;
    if (s->count++ == FILES_AT_ONCE)
        return PRYV_BUSY; /* the rest in the next round */
    orphan = pryv_new(s->mem, struct orphan);
    *orphan = (struct orphan){
        .next = s->found,
        .event_id = pryv_str_copy(s->mem, event_id),
        .file_id = pryv_str_copy(s->mem, file_id),
    };
    s->found = orphan;
    return PRYV_OK;
}

static enum pryv_rc find_orphans(struct search *s, double before)
{
    const struct api *api = s->api;
    enum pryv_rc rc = api->files->each(api->files_self, s->user_id, before, look_at_file, s, s->err);

    api->storage->close(s->session);
    pryv_arena_free(s->event_mem);
    return s->rc != PRYV_OK ? s->rc : rc == PRYV_BUSY ? PRYV_OK : rc;
}

static enum pryv_rc sweep(struct upkeep *upkeep, struct pryv_arena *mem, struct pryv_str user_id, double now,
                          struct pryv_err *err)
{
    const struct api *api = upkeep->api;
    struct search s = { .api = api, .user_id = user_id, .mem = mem, .err = err };
    enum pryv_rc rc = find_orphans(&s, now - api->config->orphan_seconds);

    for (const struct orphan *orphan = s.found; rc == PRYV_OK && orphan; orphan = orphan->next) {
        rc = api->files->remove(api->files_self, user_id, orphan->event_id, orphan->file_id, err);
        if (rc != PRYV_OK)
            break;
        upkeep->files++;
        pryv_log_info(API_LOG, "removed the file %.*s of user %.*s, which its event %.*s does not name",
                      PRYV_STR_ARG(orphan->file_id), PRYV_STR_ARG(user_id), PRYV_STR_ARG(orphan->event_id));
    }
    return rc;
}

/* ---- Records of deletions --------------------------------------------------------------------------------------- */

/* Where everything of a deleted event is kept, it is kept. */
static bool forgets_deletions(const struct api_config *config)
{
    return config->deletions_days > 0 && !pryv_str_equal(config->deletion_mode, "keep-everything");
}

static enum pryv_rc purge(struct upkeep *upkeep, struct pryv_str user_id, double now, struct pryv_err *err)
{
    const struct api *api = upkeep->api;
    struct pryv_session *session;
    uint64_t purged = 0;
    enum pryv_rc rc;

    if (!forgets_deletions(api->config))
        return PRYV_OK;
    if ((rc = api->storage->open(api->storage_self, user_id, PRYV_WRITE, &session, err)) != PRYV_OK)
        return rc;
    rc = api->storage->deletions_purge(session, now - api->config->deletions_days * 86400, &purged, err);
    if (rc == PRYV_OK && purged)
        rc = api->storage->commit(session, err);
    api->storage->close(session);
    upkeep->deletions += rc == PRYV_OK ? purged : 0;
    return rc;
}

/* ---- Rounds --------------------------------------------------------------------------------------------------------- */

static void keep_up(struct upkeep *upkeep, struct pryv_str user_id, double now)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    enum pryv_rc rc = sweep(upkeep, mem, user_id, now, &err);

    if (rc == PRYV_OK)
        rc = purge(upkeep, user_id, now, &err);
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND) /* the account may have gone meanwhile */
        pryv_log_warn(API_LOG, "upkeep of user %.*s: %s", PRYV_STR_ARG(user_id), pryv_err_reason(&err));
    pryv_arena_free(mem);
}

static void end_round(struct upkeep *upkeep, double now)
{
    free(upkeep->after);
    upkeep->after = NULL;
    upkeep->next_round = now + upkeep->api->config->upkeep_seconds;
    if (upkeep->files || upkeep->deletions)
        pryv_log_info(API_LOG, "upkeep: %llu files that no event named are removed, %llu records of deletions are forgotten",
                      (unsigned long long) upkeep->files, (unsigned long long) upkeep->deletions);
    upkeep->files = upkeep->deletions = 0;
}

void upkeep_run(void *self)
{
    struct upkeep *upkeep = self;
    const struct api *api = upkeep->api;
    double now = pryv_now();
    struct pryv_arena *mem;
    struct pryv_str *ids, *names;
    size_t count = 0;

    if (now < upkeep->next_round)
        return;
    mem = pryv_arena_new();

    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str after = upkeep->after ? pryv_str(upkeep->after) : PRYV_STR_NONE;

    if (api->storage->users_list(api->storage_self, mem, after, USERS_AT_ONCE, &ids, &names, &count, &err) != PRYV_OK) {
        pryv_log_warn(API_LOG, "upkeep: users cannot be listed: %s", pryv_err_reason(&err));
        upkeep->next_round = now + upkeep->api->config->upkeep_seconds;
    } else {
        for (size_t i = 0; i < count; i++)
            keep_up(upkeep, ids[i], now);
        free(upkeep->after);
        upkeep->after = count ? strdup(pryv_cstr(mem, names[count - 1])) : NULL;
        if (count < USERS_AT_ONCE)
            end_round(upkeep, now);
    }
    pryv_arena_free(mem);
}
