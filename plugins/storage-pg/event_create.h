/* event_create.h - events in transactions that hold nothing else. */
#ifndef STORAGE_PG_EVENT_CREATE_H
#define STORAGE_PG_EVENT_CREATE_H

#include "session.h"

/* Commits what this thread has created of the user and not settled: before it waits for the user's other writers, who wait for that. */
void creations_commit(struct pryv_str user_id);

#endif
