/* neighbours.h - other servers that use the same database. What a server keeps in memory of users, their accesses and streams is told to its own workers
 * when it changes, and to no other server. Who is connected is seen by the locks of server_lock.h. */
#ifndef STORAGE_PG_NEIGHBOURS_H
#define STORAGE_PG_NEIGHBOURS_H

#include "pool.h"

/* Warns where there are others. */
void neighbours_check(struct pool *pool);

#endif
