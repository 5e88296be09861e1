/* server_lock.h - the shared lock that each connection holds, with the number of its server: so servers on one database see each other
 * (neighbours.h). */
#ifndef STORAGE_PG_SERVER_LOCK_H
#define STORAGE_PG_SERVER_LOCK_H

#include <stddef.h>
#include <stdint.h>

/* "pryv": the first half of the locks' names. Those of one number of 64 bits are told apart from them by PostgreSQL. */
enum { SERVER_LOCK_CLASS = 0x70727976 };

/* This server's number: of its machine and data folder, the same for all its workers. */
uint32_t server_own_number(void);
/* The statement that takes the lock. */
void server_put_lock(char *sql, size_t size, uint32_t number);

#endif
