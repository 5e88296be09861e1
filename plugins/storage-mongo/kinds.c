/* kinds.c - see kinds.h. */
#include "kinds.h"
#include <pryv/storage.h>

#define KIND(name_, collection_, struct_) \
    const struct kind name_ = { .collection = collection_, .fields = name_##_fields, .size = sizeof(struct_) }
#define MEMBER(struct_, member, name_, type_)   \
    {                                           \
        name_, type_, offsetof(struct_, member) \
    }
#define TEXT(struct_, member, name_)   MEMBER(struct_, member, name_, FIELD_TEXT)
#define NUMBER(struct_, member, name_) MEMBER(struct_, member, name_, FIELD_NUMBER)
#define ID(struct_, member)            MEMBER(struct_, member, "id", FIELD_ID)

/* ---- Of a user ------------------------------------------------------------------------------- */

#define S struct pryv_stream
static const struct field stream_kind_fields[] = { ID(S, id),
                                                   TEXT(S, name, "name"),
                                                   TEXT(S, parent_id, "parentId"),
                                                   TEXT(S, client_data_json, "clientData"),
                                                   MEMBER(S, trashed, "trashed", FIELD_FLAG),
                                                   NUMBER(S, created, "created"),
                                                   TEXT(S, created_by, "createdBy"),
                                                   NUMBER(S, modified, "modified"),
                                                   TEXT(S, modified_by, "modifiedBy"),
                                                   FIELD_END };
KIND(stream_kind, "streams", S);
#undef S

#define S struct pryv_deletion
static const struct field stream_deletion_kind_fields[] = { ID(S, id), NUMBER(S, deleted, "deleted"), FIELD_END };
KIND(stream_deletion_kind, "stream_deletions", S);
#undef S

#define S struct pryv_event
static const struct field event_kind_fields[] = { ID(S, id),
                                                  TEXT(S, head_id, "headId"),
                                                  TEXT(S, stream_ids_json, "streamIds"),
                                                  NUMBER(S, time, "time"),
                                                  NUMBER(S, duration, "duration"),
                                                  MEMBER(S, running, "running", FIELD_FLAG),
                                                  TEXT(S, type, "type"),
                                                  TEXT(S, content_json, "content"),
                                                  TEXT(S, description, "description"),
                                                  TEXT(S, client_data_json, "clientData"),
                                                  TEXT(S, attachments_json, "attachments"),
                                                  MEMBER(S, trashed, "trashed", FIELD_FLAG),
                                                  NUMBER(S, deleted, "deleted"),
                                                  TEXT(S, integrity, "integrity"),
                                                  NUMBER(S, created, "created"),
                                                  TEXT(S, created_by, "createdBy"),
                                                  NUMBER(S, modified, "modified"),
                                                  TEXT(S, modified_by, "modifiedBy"),
                                                  FIELD_END };
KIND(event_kind, "events", S);
const struct kind audit_kind = { .collection = "audit", .fields = event_kind_fields, .size = sizeof(S) };
#undef S

#define S struct pryv_access_row
static const struct field access_kind_fields[] = { ID(S, id),
                                                   TEXT(S, head_id, "headId"),
                                                   MEMBER(S, serial, "serial", FIELD_COUNT),
                                                   TEXT(S, token, "token"),
                                                   TEXT(S, type, "type"),
                                                   TEXT(S, name, "name"),
                                                   TEXT(S, device_name, "deviceName"),
                                                   TEXT(S, permissions_json, "permissions"),
                                                   TEXT(S, client_data_json, "clientData"),
                                                   NUMBER(S, expires, "expires"),
                                                   NUMBER(S, last_used, "lastUsed"),
                                                   TEXT(S, calls_json, "calls"),
                                                   TEXT(S, integrity, "integrity"),
                                                   NUMBER(S, created, "created"),
                                                   TEXT(S, created_by, "createdBy"),
                                                   MEMBER(S, created_by_serial, "createdBySerial", FIELD_COUNT),
                                                   NUMBER(S, modified, "modified"),
                                                   TEXT(S, modified_by, "modifiedBy"),
                                                   MEMBER(S, modified_by_serial, "modifiedBySerial", FIELD_COUNT),
                                                   NUMBER(S, deleted, "deleted"),
                                                   FIELD_END };
KIND(access_kind, "accesses", S);
#undef S

#define S struct pryv_session_row
static const struct field signed_in_kind_fields[] = { ID(S, id), TEXT(S, username, "username"), TEXT(S, app_id, "appId"),
                                                      NUMBER(S, expires, "expires"), FIELD_END };
KIND(signed_in_kind, "sessions", S);
#undef S

#define S struct pryv_password_row
static const struct field password_kind_fields[] = { NUMBER(S, time, "time"), TEXT(S, hash, "hash"),
                                                     TEXT(S, created_by, "createdBy"), FIELD_END };
KIND(password_kind, "passwords", S);
#undef S

#define S struct pryv_account_field
static const struct field account_field_kind_fields[] = { TEXT(S, field, "field"), TEXT(S, value_json, "value"),
                                                          NUMBER(S, time, "time"), TEXT(S, created_by, "createdBy"), FIELD_END };
KIND(account_field_kind, "account_fields", S);
#undef S

#define S struct value_row
static const struct field value_kind_fields[] = { TEXT(S, scope, "scope"), TEXT(S, key, "key"), TEXT(S, value_json, "value"),
                                                  FIELD_END };
KIND(value_kind, "key_values", S);
#undef S

#define S struct pryv_webhook_row
static const struct field webhook_kind_fields[] = { ID(S, id),
                                                    TEXT(S, access_id, "accessId"),
                                                    TEXT(S, url, "url"),
                                                    TEXT(S, state_json, "state"),
                                                    NUMBER(S, created, "created"),
                                                    NUMBER(S, modified, "modified"),
                                                    FIELD_END };
KIND(webhook_kind, "webhooks", S);
#undef S

/* A chunk's number is a member of its own: see series.c. */
#define S struct chunk_row
static const struct field chunk_kind_fields[] = { TEXT(S, event_id, "eventId"),
                                                  NUMBER(S, from, "firstTime"),
                                                  NUMBER(S, to, "lastTime"),
                                                  MEMBER(S, points, "points", FIELD_COUNT),
                                                  MEMBER(S, bytes, "bytes", FIELD_BYTES),
                                                  NUMBER(S, length, "length"),
                                                  FIELD_END };
KIND(chunk_kind, "series_chunks", S);
#undef S

const struct kind *const user_data_kinds[] = { &stream_kind, &stream_deletion_kind, &event_kind,    &audit_kind,
                                               &access_kind, &signed_in_kind,       &password_kind, &account_field_kind,
                                               &value_kind,  &webhook_kind,         &chunk_kind,    NULL };

/* ---- Of the index of users, and the platform ------------------------------------------------- */

#define S struct user_row
static const struct field user_kind_fields[] = { ID(S, id), TEXT(S, username, "username"), TEXT(S, chain, "chain"), FIELD_END };
KIND(user_kind, "users", S);
#undef S

#define S struct erased_user_row
static const struct field erased_user_kind_fields[] = { ID(S, id), NUMBER(S, since, "since"), MEMBER(S, done, "done", FIELD_FLAG),
                                                        FIELD_END };
KIND(erased_user_kind, "erased_users", S);
#undef S

const struct kind *const index_kinds[] = { &user_kind, &erased_user_kind, NULL };

#define S struct unique_row
static const struct field unique_kind_fields[] = { TEXT(S, field, "field"),       TEXT(S, value, "value"),
                                                   TEXT(S, username, "username"), TEXT(S, ticket, "ticket"),
                                                   NUMBER(S, expires, "expires"), FIELD_END };
KIND(unique_kind, "unique_fields", S);
#undef S

#define S struct indexed_row
static const struct field indexed_kind_fields[] = { TEXT(S, username, "username"), TEXT(S, field, "field"),
                                                    TEXT(S, value, "value"), FIELD_END };
KIND(indexed_kind, "indexed_fields", S);
#undef S

#define S struct core_row
static const struct field core_kind_fields[] = { ID(S, id), TEXT(S, core_id, "coreId"), MEMBER(S, present, "present", FIELD_FLAG),
                                                 FIELD_END };
KIND(core_kind, "user_cores", S);
#undef S

#define S struct platform_value_row
static const struct field platform_value_kind_fields[] = { ID(S, id), TEXT(S, value, "value"), NUMBER(S, expires, "expires"),
                                                           FIELD_END };
KIND(platform_value_kind, "platform_values", S);
#undef S

const struct kind *const platform_kinds[] = { &unique_kind, &indexed_kind, &core_kind, &platform_value_kind, NULL };
