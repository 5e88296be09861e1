/* unique_key.h - the unique indexes of the tables (migrations.c), as the contract names their keys. */
#ifndef STORAGE_PG_UNIQUE_KEY_H
#define STORAGE_PG_UNIQUE_KEY_H

/* Which key a unique index stands for; NULL for what is none of ours. */
const char *unique_key(const char *constraint);

#endif
