/* room.h - whether PostgreSQL allows as many connections as all workers together may open. */
#ifndef STORAGE_PG_ROOM_H
#define STORAGE_PG_ROOM_H

#include "pool.h"

/* Warns where it does not: a worker that finds no connection under load refuses requests. */
void room_check(struct pool *pool);

#endif
