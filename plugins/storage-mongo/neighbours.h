/* neighbours.h - other servers that use the same database. What a server keeps in memory of users, their accesses and streams is told to its own workers
 * when it changes, and to no other server.
 *
 * One worker of each server leaves a mark in the database now and then: who has left one a moment ago is there. Clocks of machines that differ by more than
 * a minute hide one from the other. */
#ifndef STORAGE_MONGO_NEIGHBOURS_H
#define STORAGE_MONGO_NEIGHBOURS_H

#include "engine.h"

enum { MARK_SECONDS = 15 };

/* Leaves the mark, and warns where there are others, or more of them than the last time. To be called each MARK_SECONDS by one worker. */
void neighbours_look(struct engine *engine);
/* Takes the mark of this process away, if it has left one. */
void neighbours_leave(struct engine *engine);

#endif
