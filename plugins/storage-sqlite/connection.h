/* connection.h - one open SQLite connection with the statements it has prepared.
 *
 * Threads   A connection belongs to one thread at a time (SQLite's own mutexes are left out).
 * Memory    Texts that a statement answers live until its next step or its end; column_copy makes them the arena's.
 * Errors    connection_failed turns SQLite's result into ours: a full disk or a lock not had in time is PRYV_BUSY, damage and the rest
 *           PRYV_FAILED, each with a sentence that names the file. */
#ifndef STORAGE_SQLITE_CONNECTION_H
#define STORAGE_SQLITE_CONNECTION_H

#include <pryv/arena.h>
#include <pryv/error.h>
#include <sqlite3.h>

enum { STATEMENTS_KEPT = 160 };

struct database;

struct statement {
    const char *sql; /* the text's address is its name: it must be a constant of the program */
    sqlite3_stmt *prepared;
    bool taken;
};

struct connection {
    sqlite3 *handle;
    struct database *database;
    const char *path;
    struct statement statements[STATEMENTS_KEPT]; /* in the order of first use: few, and the busiest come early */
    size_t statement_count;
    double busy_seconds;
    bool wrote;                       /* its cache is the warm one for the next writer */
    struct connection *sibling;       /* next idle one of the same database */
    struct connection *older, *newer; /* idle ones of the worker by time of last use */
    double idle_since;
};

struct connection_options {
    double busy_seconds; /* how long to wait for another process' lock */
    int64_t cache_bytes;
    int64_t checkpoint_pages; /* the write-ahead log is copied into the database when it has this many pages */
};

/* Opens an existing file, or makes one with `create`. */
enum pryv_rc connection_open(const char *path, bool create, const struct connection_options *options, struct connection **out,
                             struct pryv_err *err);
void connection_free(struct connection *connection); /* NULL is fine */

enum pryv_rc connection_failed(struct connection *connection, const char *what, struct pryv_err *err);

/* A prepared statement with nothing bound, for one use until statement_end. NULL with `err` filled when it cannot be prepared.
 * Several uses of one text at a time are fine. */
sqlite3_stmt *statement_begin(struct connection *connection, const char *sql, struct pryv_err *err);
void statement_end(struct connection *connection, sqlite3_stmt *statement); /* NULL is fine */
/* 1: a row; 0: the end; negative: a pryv_rc. */
int statement_step(struct connection *connection, sqlite3_stmt *statement, struct pryv_err *err);
/* One that answers no row: steps and ends it, whatever comes. */
enum pryv_rc statement_run(struct connection *connection, sqlite3_stmt *statement, struct pryv_err *err);
/* A statement without values; the prepared one is kept. */
enum pryv_rc connection_execute(struct connection *connection, const char *sql, struct pryv_err *err);
/* Any number of statements, once. */
enum pryv_rc connection_run(struct connection *connection, const char *sql, struct pryv_err *err);

/* Absent binds NULL. A text is kept with its length, so that U+0000 in it is a character like another. */
void bind_text(sqlite3_stmt *statement, int at, struct pryv_str text);
void bind_bytes(sqlite3_stmt *statement, int at, struct pryv_str bytes);
void bind_number(sqlite3_stmt *statement, int at, double number);
void bind_count(sqlite3_stmt *statement, int at, uint64_t count); /* UINT64_MAX: no limit */

/* NULL reads as absent. */
struct pryv_str column_text(sqlite3_stmt *statement, int at);
struct pryv_str column_copy(struct pryv_arena *mem, sqlite3_stmt *statement, int at);
double column_number(sqlite3_stmt *statement, int at);

#endif
