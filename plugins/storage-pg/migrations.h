/* migrations.h - the numbered steps that bring a database to today's schema. */
#ifndef STORAGE_PG_MIGRATIONS_H
#define STORAGE_PG_MIGRATIONS_H

#include "connection.h"

/* Takes the database from whatever step it is at to `steps` of all (migration_steps() is today). One process at a time does it, the others wait; a
 * step is one transaction. PRYV_FAILED when the database is of a newer server. The connection must not be in a pipeline: see
 * migrate_database for everybody else. */
enum pryv_rc migrate_to(struct connection *connection, int steps, struct pryv_err *err);
int migration_steps(void);
/* With a connection of its own. */
enum pryv_rc migrate_database(const struct connection_options *options, struct pryv_err *err);

#endif
