/* account_streams.c - the account in the tree of streams: which ids are its own, who may do what there, and how it is told. */
#include "account.h"
#include "api.h"
#include "older_prefix.h"

bool account_owns(const struct account_fields *fields, struct pryv_str stream_id)
{
    if (pryv_str_starts(stream_id, ":_system:"))
        return true;
    if (!pryv_str_starts(stream_id, ":system:"))
        return false;
    for (size_t i = 0; i < fields->other_count; i++)
        if (pryv_str_is(fields->others[i].id, stream_id))
            return false;
    return true;
}

const struct account_field *account_field_by_id(const struct account_fields *fields, struct pryv_str stream_id)
{
    if (stream_id.len && *stream_id.data == ':')
        for (size_t i = 0; i < fields->count; i++)
            if (pryv_str_is(fields->all[i].id, stream_id))
                return &fields->all[i];
    return NULL;
}

bool account_field_within(const struct account_field *field, const struct account_field *above)
{
    while (field && field != above)
        field = field->parent;
    return field;
}

enum pryv_level account_level(const struct pryv_access *access, const struct account_field *field)
{
    if (access->type == PRYV_PERSONAL)
        return PRYV_LEVEL_MANAGE;
    for (; field; field = field->parent) {
        const struct pryv_permission *entry = pryv_access_entry(access, field->id);

        if (entry)
            return entry->level;
    }
    return PRYV_LEVEL_NONE;
}

enum pryv_level stream_level(const struct api *api, const struct pryv_access *access, const struct pryv_stream_tree *tree,
                             struct pryv_str stream_id)
{
    const struct account_field *field;

    if (!account_owns(api->account, stream_id))
        return pryv_access_level(access, tree, stream_id);
    field = account_field_by_id(api->account, stream_id);
    return field ? account_level(access, field) : PRYV_LEVEL_NONE;
}

#define TEXT_OF(number)   #number
#define AS_TEXT(constant) TEXT_OF(constant)

void account_stream_write(struct pryv_json *js, const struct pryv_access *access, const struct account_field *field, bool cut)
{
    static const struct pryv_str unknown_date = { AS_TEXT(ACCOUNT_UNKNOWN_DATE), sizeof(AS_TEXT(ACCOUNT_UNKNOWN_DATE)) - 1 };

    pryv_json_object(js);
    pryv_json_key(js, "id");
    older_prefix_write_id(js, field->id);
    pryv_json_put_str(js, "name", field->name);
    pryv_json_key(js, "parentId");
    older_prefix_write_id(js, field->parent && !cut ? field->parent->id : PRYV_STR_NONE);
    pryv_json_put_raw(js, "created", unknown_date);
    pryv_json_put_str(js, "createdBy", PRYV_STR("system"));
    pryv_json_put_raw(js, "modified", unknown_date);
    pryv_json_put_str(js, "modifiedBy", PRYV_STR("system"));
    pryv_json_key(js, "children");
    pryv_json_array(js);
    for (const struct account_field *child = field->children; child; child = child->next)
        if (child->shown && pryv_level_lists(account_level(access, child)))
            account_stream_write(js, access, child, false);
    pryv_json_array_end(js);
    pryv_json_object_end(js);
}
