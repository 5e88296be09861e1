/* pooler.h - whether what answers in PostgreSQL's place keeps a connection to each session. */
#ifndef STORAGE_PG_POOLER_H
#define STORAGE_PG_POOLER_H

#include "connection.h"

/* PRYV_FAILED: several sessions share a connection, so that settings, prepared statements and locks of one are those of others. `first` is one that
 * is open, and in no pipeline. */
enum pryv_rc pooler_check(struct connection *first, struct pryv_err *err);

#endif
