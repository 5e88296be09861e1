/* engine.h - the plugin's state in one worker, and the functions of its two interfaces, each told in pryv/storage.h and pryv/platform.h. */
#ifndef STORAGE_SQLITE_ENGINE_H
#define STORAGE_SQLITE_ENGINE_H

#include "session.h"
#include "user_image.h"
#include <pryv/platform.h>

struct engine {
    struct user_image user_image;
    struct pool pool;
    char *users_path;
    char *platform_path;
    struct database *platform;
    double idle_seconds;
};

/* users.c */
/* What a crash left half made or half erased. */
void users_sweep(struct engine *engine);
/* A live user's database, with one more use. */
enum pryv_rc user_database(struct engine *engine, struct pryv_str id, struct database **out, struct pryv_err *err);

/* platform_open.c */
enum pryv_rc platform_open(struct engine *engine, struct pryv_err *err);
/* A session on the platform's database; `self` is the engine. */
enum pryv_rc platform_begin(void *self, enum pryv_session_mode mode, struct pryv_session *s, struct pryv_err *err);
/* Commits when `rc` is PRYV_OK, and ends the session in any case. */
enum pryv_rc platform_end(struct pryv_session *s, enum pryv_rc rc, struct pryv_err *err);

/* Each file fills in its part of the tables. */
void accesses_offer(struct pryv_storage_ops *ops);
void account_offer(struct pryv_storage_ops *ops);
void cursor_offer(struct pryv_storage_ops *ops);
void event_history_offer(struct pryv_storage_ops *ops);
void event_query_offer(struct pryv_storage_ops *ops);
void events_offer(struct pryv_storage_ops *ops);
void group_commit_offer(struct pryv_storage_ops *ops);
void inventory_offer(struct pryv_storage_ops *ops);
void key_values_offer(struct pryv_storage_ops *ops);
void platform_cores_offer(struct pryv_platform_ops *ops);
void platform_names_offer(struct pryv_platform_ops *ops);
void platform_values_offer(struct pryv_platform_ops *ops);
void series_offer(struct pryv_storage_ops *ops);
void session_offer(struct pryv_storage_ops *ops);
void signed_in_offer(struct pryv_storage_ops *ops);
void streams_offer(struct pryv_storage_ops *ops);
void user_sessions_offer(struct pryv_storage_ops *ops);
void users_offer(struct pryv_storage_ops *ops);
void webhooks_offer(struct pryv_storage_ops *ops);

#endif
