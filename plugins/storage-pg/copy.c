/* copy.c - see copy.h. */
#include "copy.h"
#include <endian.h>

/* ---- Sending --------------------------------------------------------------------------------- */

static void fail(struct copy *copy, const PGresult *error)
{
    if (copy->rc == PRYV_OK)
        copy->rc = connection_failed(copy->connection, error, copy->err);
}

static void send_bytes(struct copy *copy, const char *bytes, size_t len)
{
    if (copy->rc == PRYV_OK && len && PQputCopyData(copy->connection->handle, bytes, (int) len) != 1)
        fail(copy, NULL);
}

static void send_kept(struct copy *copy)
{
    send_bytes(copy, copy->bytes, copy->used);
    copy->used = 0;
}

static void put(struct copy *copy, const void *bytes, size_t len)
{
    if (len > sizeof(copy->bytes) - copy->used)
        send_kept(copy);
    if (len > sizeof(copy->bytes)) {
        send_bytes(copy, bytes, len);
    } else if (len) {
        memcpy(copy->bytes + copy->used, bytes, len);
        copy->used += len;
    }
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void put_length(struct copy *copy, int32_t length)
{
    uint32_t bits = htobe32((uint32_t) length);

    put(copy, &bits, sizeof(bits));
}

static void put_null(struct copy *copy)
{
    put_length(copy, -1);
}

static void put_eight(struct copy *copy, uint64_t bits)
{
    bits = htobe64(bits);
    put_length(copy, sizeof(bits));
    put(copy, &bits, sizeof(bits));
}

void copy_row(struct copy *copy, int columns)
{
    uint16_t bits = htobe16((uint16_t) columns);

    put(copy, &bits, sizeof(bits));
}

void copy_text(struct copy *copy, struct pryv_str text)
{
    if (!text.data) {
        put_null(copy);
        return;
    }
    put_length(copy, (int32_t) text.len);
    put(copy, text.data, text.len);
}

void copy_number(struct copy *copy, double number)
{
    uint64_t bits;

    if (!pryv_present(number)) {
        put_null(copy);
        return;
    }
    memcpy(&bits, &number, sizeof(bits));
    put_eight(copy, bits);
}

void copy_integer(struct copy *copy, int64_t number)
{
    put_eight(copy, (uint64_t) number);
}

void copy_bool(struct copy *copy, bool value)
{
    const char byte = value;

    put_length(copy, sizeof(byte));
    put(copy, &byte, sizeof(byte));
}

/* ---- The beginning and the end --------------------------------------------------------------- */

/* What is still to be read, up to the moment when the next statement may be sent; the first failure counts. */
static void read_to_end(struct copy *copy)
{
    PGconn *handle = copy->connection->handle;
    PGresult *result;

    while (connection_wait(copy->connection), (result = PQgetResult(handle))) {
        ExecStatusType status = PQresultStatus(result);

        if (status != PGRES_COMMAND_OK)
            fail(copy, result);
        PQclear(result);
        if (status == PGRES_COPY_IN || PQstatus(handle) == CONNECTION_BAD)
            break; /* it cannot be ended: the connection is of no more use */
    }
    if (PQstatus(handle) == CONNECTION_BAD)
        fail(copy, NULL);
}

void copy_begin(struct copy *copy, struct connection *connection, const char *sql, struct pryv_err *err)
{
    static const char head[] =
        "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* no flags, no extension; the literal's own NUL is the last byte */
    PGresult *result = NULL;

    copy->connection = connection;
    copy->rc = PRYV_OK;
    copy->err = err;
    copy->used = 0;
    if (!PQexitPipelineMode(connection->handle) || !PQsendQuery(connection->handle, sql)) {
        fail(copy, NULL);
        return;
    }
    connection_wait(connection);
    result = PQgetResult(connection->handle);
    if (PQresultStatus(result) != PGRES_COPY_IN)
        fail(copy, result);
    PQclear(result);
    put(copy, head, sizeof(head));
}

enum pryv_rc copy_end(struct copy *copy)
{
    PGconn *handle = copy->connection->handle;

    copy_row(copy, -1);
    send_kept(copy);
    if (copy->rc == PRYV_OK && PQputCopyEnd(handle, NULL) != 1)
        fail(copy, NULL);
    read_to_end(copy);
    if (!PQenterPipelineMode(handle))
        fail(copy, NULL);
    return copy->rc;
}
