/* engine.h - the functions of the two interfaces, each told in pryv/storage.h and pryv/platform.h. The state in one worker: struct engine in
 * session.h. */
#ifndef STORAGE_PG_ENGINE_H
#define STORAGE_PG_ENGINE_H

#include "session.h"
#include <pryv/platform.h>

/* The work of the group of series_write (group_work); the engine is its context. */
void series_writes_do(void *engine, struct group_item *const *items, size_t count);

/* Each file fills in its part of the tables. */
void accesses_offer(struct pryv_storage_ops *ops);
void account_offer(struct pryv_storage_ops *ops);
void bulk_offer(struct pryv_storage_ops *ops);
void cursor_offer(struct pryv_storage_ops *ops);
void event_create_offer(struct pryv_storage_ops *ops);
void event_history_offer(struct pryv_storage_ops *ops);
void event_query_offer(struct pryv_storage_ops *ops);
void event_page_offer(struct pryv_storage_ops *ops);
void events_offer(struct pryv_storage_ops *ops);
void inventory_offer(struct pryv_storage_ops *ops);
void key_values_offer(struct pryv_storage_ops *ops);
void platform_cores_offer(struct pryv_platform_ops *ops);
void platform_names_offer(struct pryv_platform_ops *ops);
void platform_values_offer(struct pryv_platform_ops *ops);
void series_offer(struct pryv_storage_ops *ops);
void series_write_offer(struct pryv_storage_ops *ops);
void session_offer(struct pryv_storage_ops *ops);
void signed_in_offer(struct pryv_storage_ops *ops);
void streams_offer(struct pryv_storage_ops *ops);
void user_sessions_offer(struct pryv_storage_ops *ops);
void users_offer(struct pryv_storage_ops *ops);
void webhooks_offer(struct pryv_storage_ops *ops);

#endif
