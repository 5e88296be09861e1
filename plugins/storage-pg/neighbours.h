/* neighbours.h - other servers that use the same database. What a server keeps in memory of users, their accesses and streams is told to its own workers
 * when it changes, and to no other server.
 *
 * Each connection holds a shared lock with the number of its server, so that who is connected can be seen. */
#ifndef STORAGE_PG_NEIGHBOURS_H
#define STORAGE_PG_NEIGHBOURS_H

#include "pool.h"

/* This server's number: of its machine and data folder, the same for all its workers. */
uint32_t neighbours_own_number(void);
/* The statement that takes the lock. */
void neighbours_put_lock(char *sql, size_t size, uint32_t number);
/* Warns where there are others. */
void neighbours_check(struct pool *pool);

#endif
