/* copy.h - rows by COPY ... FROM STDIN (FORMAT binary): one statement for any number of rows, which PostgreSQL stores with less work than as many
 * INSERTs. libpq refuses COPY in a pipeline, so that a connection leaves that mode for it, and has it again afterwards.
 *
 * Format   PostgreSQL's manual, "COPY", "Binary Format": a head; for each row the number of its columns and for each column its length and its bytes;
 *          an end. All numbers are big-endian.
 * Memory   COPY_ROOM bytes, whatever is put: what is there is sent when it is full, and longer texts as they are.
 * Errors   Are told by copy_end. What is put after a failure goes nowhere. */
#ifndef STORAGE_PG_COPY_H
#define STORAGE_PG_COPY_H

#include "connection.h"

enum { COPY_ROOM = 32 * 1024 };

struct copy {
    struct connection *connection;
    enum pryv_rc rc;
    struct pryv_err *err;
    size_t used;
    char bytes[COPY_ROOM];
};

/* `sql` is a COPY that names its columns. Nothing may be under way on the connection. copy_end follows, whatever happens. */
void copy_begin(struct copy *copy, struct connection *connection, const char *sql, struct pryv_err *err);
void copy_row(struct copy *copy, int columns);           /* as many values follow */
void copy_text(struct copy *copy, struct pryv_str text); /* bytea; absent: NULL */
void copy_number(struct copy *copy, double number);      /* float8; PRYV_ABSENT: NULL */
void copy_integer(struct copy *copy, int64_t number);    /* int8 */
void copy_bool(struct copy *copy, bool value);
enum pryv_rc copy_end(struct copy *copy);

#endif
