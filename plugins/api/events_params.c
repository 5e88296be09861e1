/* events_params.c - the parameters of the methods that change events. */
#include "events_write.h"

#define END          \
    {                \
        .name = NULL \
    }
/* What comes back from a read is not refused: of its right type, it is only not looked at. */
#define SERVERS(name_, type_)                                                      \
    {                                                                              \
        .name = name_, .type = type_, .help = "Set by the server, whatever it is." \
    }
#define PROTECTED(name_, type_)                                    \
    {                                                              \
        .name = name_, .type = type_, .help = "Cannot be changed." \
    }

static void check_id(const struct pryv_param *param PRYV_UNUSED, const json_t *value, const char *path, json_t *complaints)
{
    if (!event_id_is_valid(pryv_json_text_of(value)))
        pryv_param_complain(complaints, "PATTERN", path, NULL,
                            "expected 24 characters [a-z][a-z0-9]*, or an id of the older form");
}

static void check_type(const struct pryv_param *param PRYV_UNUSED, const json_t *value, const char *path, json_t *complaints)
{
    if (!event_type_is_valid(pryv_json_text_of(value)))
        pryv_param_complain(complaints, "PATTERN", path, NULL, "expected class/format, of small letters, digits and hyphens");
}

static const struct pryv_param stream_id = { .type = PRYV_P_TEXT };

const struct pryv_param events_create_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .check = check_id, .help = "An id of your own choice, never used before." },
    { .name = "streamIds",
      .type = PRYV_P_ARRAY,
      .flags = PRYV_P_REQUIRED,
      .min = 1,
      .item = &stream_id,
      .help = "Where it belongs." },
    { .name = "time", .type = PRYV_P_NUMBER, .help = "Unix time in seconds; now if not given." },
    { .name = "duration", .type = PRYV_P_NUMBER, .flags = PRYV_P_NULLABLE, .help = "In seconds; null: it goes on." },
    { .name = "type",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_REQUIRED,
      .check = check_type,
      .help = "class/format, or series:class/format." },
    { .name = "content", .type = PRYV_P_ANY, .flags = PRYV_P_NULLABLE, .help = "What the type says." },
    { .name = "description", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "For people." },
    { .name = "clientData", .type = PRYV_P_OBJECT, .flags = PRYV_P_OPEN | PRYV_P_NULLABLE, .help = "Anything." },
    { .name = "trashed", .type = PRYV_P_BOOL, .flags = PRYV_P_NULLABLE, .help = "Straight to the trash." },
    SERVERS("created", PRYV_P_NUMBER),
    SERVERS("createdBy", PRYV_P_TEXT),
    SERVERS("modified", PRYV_P_NUMBER),
    SERVERS("modifiedBy", PRYV_P_TEXT),
    { .name = "integrity", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "Set by the server, whatever it is." },
    { .name = "files", .type = PRYV_P_ANY, .flags = PRYV_P_IGNORED },
    END,
};

static const struct pryv_param changes[] = {
    { .name = "streamIds", .type = PRYV_P_ARRAY, .min = 1, .item = &stream_id, .help = "Instead of those it is in." },
    { .name = "time", .type = PRYV_P_NUMBER, .help = "Unix time in seconds." },
    { .name = "duration", .type = PRYV_P_NUMBER, .flags = PRYV_P_NULLABLE, .help = "In seconds; null: it goes on." },
    { .name = "type", .type = PRYV_P_TEXT, .check = check_type, .help = "class/format." },
    { .name = "content", .type = PRYV_P_ANY, .flags = PRYV_P_NULLABLE, .help = "What the type says; null: none." },
    { .name = "description", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "For people; null: none." },
    { .name = "clientData",
      .type = PRYV_P_OBJECT,
      .flags = PRYV_P_OPEN | PRYV_P_NULLABLE,
      .help = "Keys to replace; null takes one away, or all." },
    { .name = "trashed", .type = PRYV_P_BOOL, .flags = PRYV_P_NULLABLE, .help = "Into the trash, or out of it." },
    PROTECTED("id", PRYV_P_TEXT),
    PROTECTED("created", PRYV_P_NUMBER),
    PROTECTED("createdBy", PRYV_P_TEXT),
    PROTECTED("modified", PRYV_P_NUMBER),
    PROTECTED("modifiedBy", PRYV_P_TEXT),
    { .name = "integrity", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "Cannot be changed." },
    PROTECTED("attachments", PRYV_P_ARRAY),
    END,
};

const char *const events_protected_fields[] = { "id",         "created",   "createdBy",   "modified",
                                                "modifiedBy", "integrity", "attachments", NULL };

const struct pryv_param events_update_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The event." },
    { .name = "update", .type = PRYV_P_OBJECT, .flags = PRYV_P_REQUIRED, .fields = changes, .help = "What changes." },
    END,
};

const struct pryv_param events_delete_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The event." },
    END,
};

const struct pryv_param events_delete_attachment_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The event." },
    { .name = "fileId", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The file." },
    END,
};
