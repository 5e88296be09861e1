/* call.h - one statement with the values of its parameters, and the rows that it answered. Everything travels in PostgreSQL's binary form, so
 * that doubles stay exact and texts are bytes.
 *
 * Texts are of type bytea: they may hold U+0000, which PostgreSQL's text cannot, and are compared byte for byte whatever the collation.
 * Memory   A call keeps pointers to the texts that it was given until it was sent; it must not be moved once it has numbers. */
#ifndef STORAGE_PG_CALL_H
#define STORAGE_PG_CALL_H

#include <libpq-fe.h>
#include <pryv/arena.h>

enum { CALL_PARAMETERS = 24, CALL_NUMBER_SIZE = 8 };

struct call {
    const char *sql; /* a constant of the program: it is prepared once for a connection, and its address is its name */
    bool once;       /* not worth preparing, or no constant */
    int count;
    const char *values[CALL_PARAMETERS];
    int lengths[CALL_PARAMETERS];
    char numbers[CALL_PARAMETERS][CALL_NUMBER_SIZE];
};

/* The next parameter, from $1. */
void call_text(struct call *call, struct pryv_str text); /* absent: NULL */
void call_number(struct call *call, double number);      /* float8; PRYV_ABSENT: NULL */
void call_integer(struct call *call, int64_t number);    /* int8 */
void call_count(struct call *call, uint64_t count);      /* int8, for LIMIT and OFFSET: at most what int8 holds */
void call_bool(struct call *call, bool value);
void call_null(struct call *call);
/* bytea[]; the array is built in `mem`. */
void call_texts(struct call *call, struct pryv_arena *mem, const struct pryv_str *texts, size_t count);
/* int8[] */
void call_integers(struct call *call, struct pryv_arena *mem, const uint64_t *numbers, size_t count);
/* One member of each of the rows, which lies `offset` bytes within a row, as bytea[], float8[] or bool[]; NULL where it is absent. */
void call_text_column(struct call *call, struct pryv_arena *mem, const void *const *rows, size_t count, size_t offset);
void call_number_column(struct call *call, struct pryv_arena *mem, const void *const *rows, size_t count, size_t offset);
void call_bool_column(struct call *call, struct pryv_arena *mem, const void *const *rows, size_t count, size_t offset);

/* Columns of an answer, from 0. Texts live as long as the answer; answer_copy makes them the arena's. */
struct pryv_str answer_text(const PGresult *answer, int row, int column);
struct pryv_str answer_copy(struct pryv_arena *mem, const PGresult *answer, int row, int column);
double answer_number(const PGresult *answer, int row, int column);
int64_t answer_integer(const PGresult *answer, int row, int column);
bool answer_bool(const PGresult *answer, int row, int column);

/* How many rows were written. */
uint64_t answer_changed(PGresult *answer);

#endif
