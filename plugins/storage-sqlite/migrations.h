/* migrations.h - the tables, as numbered steps from an empty file. A database's number is its user_version: how many steps it has taken. */
#ifndef STORAGE_SQLITE_MIGRATIONS_H
#define STORAGE_SQLITE_MIGRATIONS_H

#include "connection.h"

struct schema {
    const char *subject;       /* for messages: "a user's data" */
    int32_t application_id;    /* tells our files from others' */
    const char *secure_delete; /* a pragma: how thoroughly deleted bytes are overwritten */
    const char *const *steps;
    int count;
};

extern const struct schema user_schema, platform_schema;

/* Takes the steps that a file lacks, each in one transaction; several processes may do so at once. PRYV_FAILED with a clear message for a
 * file of a newer version, or of another program. */
enum pryv_rc schema_migrate(struct connection *connection, const struct schema *schema, struct pryv_err *err);

#endif
