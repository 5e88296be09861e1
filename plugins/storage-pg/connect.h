/* connect.h - how PostgreSQL is reached, as libpq wants to be told. */
#ifndef STORAGE_PG_CONNECT_H
#define STORAGE_PG_CONNECT_H

#include "connection.h"

struct connect_config {
    struct pryv_str host, database, user, password, parameters; /* NUL-ended or absent */
    int64_t port;
    double seconds;
};

/* Fills keywords, values and name of `options`, each to be freed. PRYV_FAILED: `parameters` is no connection string. */
enum pryv_rc connect_options(const struct connect_config *config, struct connection_options *options, struct pryv_err *err);

#endif
