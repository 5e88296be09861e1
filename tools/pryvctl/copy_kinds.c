/* copy_kinds.c - the kinds of rows that a user has: see copy.h. The order of the table is that of copying. */
#include "copy_kinds.h"

const struct kind *const kinds[KIND_COUNT] = {
    &field_kind,           &password_kind, &value_kind,         &stream_deletion_kind, /* before streams could have their names */
    &stream_kind,          &event_kind,    &event_version_kind, &event_deletion_kind,  &access_kind, &access_version_kind,
    &access_deletion_kind, &webhook_kind,  &session_kind,       &chunk_kind,           &audit_kind,
};
