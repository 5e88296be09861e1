/* tables.h - the tables of a space: the letter that their keys begin with, and which columns follow (see map_key).
 * Whoever writes a row writes its indexes too: further keys that lead to the same row. */
#ifndef TABLES_H
#define TABLES_H

#include "space.h"

/* The prefix of a whole table. */
static inline struct pryv_str all_of(const char *table)
{
    return pryv_str_n(table, 1);
}

/* The index of users: key is the id, text the name. */
#define USER_BY_ID   "At"
#define USER_BY_NAME "Bt"

/* A user's own space. */
#define STREAM_BY_ID            "Ct"
#define STREAM_BY_NAME          "Dtt" /* parent, name */
#define STREAM_DELETION         "Et"
#define STREAM_DELETION_BY_TIME "Fnt" /* deleted, id */
#define STREAM_DELETED_AFTER    "Fn>"

#define EVENT_BY_ID            "Gt"   /* live ones, deletions and versions */
#define EVENT_BY_TIME          "Hnt"  /* live ones: time, id */
#define EVENT_DELETION_BY_TIME "Int"  /* deleted, id */
#define EVENT_VERSION          "Jtnu" /* live event, modified, sequence */
#define EVENT_VERSIONS_OF      "Jt"
#define AUDIT_BY_ID            "Kt"
#define AUDIT_BY_TIME          "Lnt"
#define CHUNK_BY_ID            "Mtu" /* event, id */
#define CHUNKS_OF              "Mt"

#define ACCESS_BY_ID            "Nt" /* live ones, deletions and versions */
#define ACCESS_BY_TOKEN         "Ot"
#define ACCESS_BY_NAME          "Pttt" /* name, type, device */
#define ACCESS_DELETION_BY_TIME "Qnt"  /* deleted, id */
#define ACCESS_VERSION          "Rtut" /* live access, serial, id */
#define ACCESS_VERSIONS_OF      "Rt"

#define SESSION_BY_ID     "St"
#define SESSION_BY_APP    "Tttt" /* username, app, id */
#define SESSIONS_OF       "Ttt"
#define PASSWORD_BY_TIME  "Un"
#define ACCOUNT_BY_FIELD  "Vtn" /* field, time */
#define ACCOUNT_FIELDS_OF "Vt"
#define VALUE_BY_KEY      "Wtt" /* scope, key */
#define VALUES_OF         "Wt"
#define WEBHOOK_BY_ID     "Xt"
#define WEBHOOK_BY_URL    "Ytt" /* access, url */

/* The platform's space. */
#define NAME_BY_VALUE      "att" /* field, value: unique ones, reserved or confirmed */
#define NAME_BY_OWNER      "btt" /* username, field: confirmed and indexed ones */
#define NAMES_OF           "bt"
#define FORMER_NAME        "ftt" /* username, what it was before */
#define FORMER_NAMES_OF    "ft"
#define NAME_BY_TICKET     "ctt" /* ticket, field: reserved ones */
#define TICKET             "ct"
#define CORE_BY_USER       "dt"
#define SHARED_VALUE       "et"
#define SHARED_VALUES_FROM "ep"

#endif
