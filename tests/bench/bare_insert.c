/* bare_insert.c - how fast a bare program inserts rows into SQLite, one durable transaction each: the limit of events.create.
 *   bare_insert SOURCE TARGET SECONDS SYNCHRONOUS TABLE:ID_COLUMN...
 * SOURCE is a database that the server wrote. TARGET gets its schema (tables, indexes, triggers), and then in each transaction one row of every
 * table named, taken from a row of SOURCE, with a new random id. SYNCHRONOUS is what the server uses. Prints rows per second as JSON. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TABLES = 8 };

static sqlite3 *target;

struct table {
    sqlite3_stmt *insert;
    int id_at; /* bound parameter of the id column */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bare_insert: %s: %s\n", what, target ? sqlite3_errmsg(target) : "");
    exit(2);
}

static void run(const char *sql)
{
    if (sqlite3_exec(target, sql, NULL, NULL, NULL) != SQLITE_OK)
        die(sql);
}

static double now_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static void copy_schema(sqlite3 *source)
{
    sqlite3_stmt *schema;

    if (sqlite3_prepare_v2(source,
                           "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
                           "ORDER BY type = 'trigger', type = 'index'",
                           -1, &schema, NULL) != SQLITE_OK)
        die("the source's schema");
    while (sqlite3_step(schema) == SQLITE_ROW)
        run((const char *) sqlite3_column_text(schema, 0));
    sqlite3_finalize(schema);
}

/* SQLite gives each row its own number: it is not copied. */
static int is_row_number(sqlite3 *source, const char *table, const char *column)
{
    const char *type = NULL;
    int primary = 0;

    return sqlite3_table_column_metadata(source, NULL, table, column, &type, NULL, NULL, &primary, NULL) == SQLITE_OK &&
           primary && type && strcmp(type, "INTEGER") == 0;
}

/* A statement with every column bound to a row's values in the source. */
static struct table prepare(sqlite3 *source, char *name)
{
    struct table table = { .id_at = 0 };
    char *id_column = strchr(name, ':');
    char sql[8192], values[2048] = "";
    sqlite3_stmt *row;
    int bound = 0;

    if (!id_column)
        die("TABLE:ID_COLUMN");
    *id_column++ = '\0';
    snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" LIMIT 1", name);
    if (sqlite3_prepare_v2(source, sql, -1, &row, NULL) != SQLITE_OK || sqlite3_step(row) != SQLITE_ROW)
        die(name);
    snprintf(sql, sizeof(sql), "INSERT INTO \"%s\" (", name);
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const char *column = sqlite3_column_name(row, i);

        if (is_row_number(source, name, column))
            continue;
        snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), "%s\"%s\"", bound ? "," : "", column);
        snprintf(values + strlen(values), sizeof(values) - strlen(values), "%s?%d", bound ? "," : "", i + 1);
        bound++;
        if (strcmp(column, id_column) == 0)
            table.id_at = i + 1;
    }
    snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), ") VALUES (%s)", values);
    if (!table.id_at || sqlite3_prepare_v2(target, sql, -1, &table.insert, NULL) != SQLITE_OK)
        die(sql);
    for (int i = 0; i < sqlite3_column_count(row); i++)
        if (!is_row_number(source, name, sqlite3_column_name(row, i)) &&
            sqlite3_bind_value(table.insert, i + 1, sqlite3_column_value(row, i)) != SQLITE_OK)
            die("bind");
    sqlite3_finalize(row);
    return table;
}

static void insert(struct table *table, unsigned long long number)
{
    char id[32];
    int len = snprintf(id, sizeof(id), "b%016llx%07llu", number * 0x9e3779b97f4a7c15ull, number); /* spread as random ids are */

    if (sqlite3_bind_text(table->insert, table->id_at, id, len, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(table->insert) != SQLITE_DONE)
        die("insert");
    sqlite3_reset(table->insert);
}

int main(int argc, char **argv)
{
    struct table tables[TABLES];
    int count = argc - 5;
    sqlite3 *source;
    char sql[128];

    if (count < 1 || count > TABLES) {
        fprintf(stderr, "usage: bare_insert SOURCE TARGET SECONDS SYNCHRONOUS TABLE:ID_COLUMN...\n");
        return 2;
    }
    if (sqlite3_open_v2(argv[1], &source, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_open(argv[2], &target) != SQLITE_OK)
        die("open");
    run("PRAGMA journal_mode = WAL");
    snprintf(sql, sizeof(sql), "PRAGMA synchronous = %s", argv[4]);
    run(sql);
    copy_schema(source);
    for (int i = 0; i < count; i++)
        tables[i] = prepare(source, argv[5 + i]);

    unsigned long long rows = 0;
    double seconds = strtod(argv[3], NULL);
    double start = now_seconds();

    while (now_seconds() - start < seconds) {
        run("BEGIN IMMEDIATE");
        for (int i = 0; i < count; i++)
            insert(&tables[i], rows);
        run("COMMIT");
        rows++;
    }
    printf("{\"rows\":%llu,\"perSecond\":%.1f}\n", rows, (double) rows / (now_seconds() - start));
    return 0;
}
