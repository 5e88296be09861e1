/* accesses_row.c - one access as members of an answer, and as the text that its hash is made of. */
#include "accesses.h"
#include "older_prefix.h"
#include <pryv/integrity.h>

struct pryv_str access_reference(struct pryv_arena *mem, struct pryv_str id, uint32_t serial)
{
    return serial ? pryv_format(mem, "%.*s:%u", PRYV_STR_ARG(id), serial) : id;
}

bool access_reference_parse(struct pryv_str reference, struct pryv_str *base, uint32_t *serial)
{
    const char *colon = reference.len ? memchr(reference.data, ':', reference.len) : NULL;
    uint64_t number = 0;

    *base = reference;
    *serial = 0;
    if (!colon)
        return reference.len > 0;
    base->len = (size_t) (colon - reference.data);
    for (const char *at = colon + 1; at < reference.data + reference.len; at++) {
        if (*at < '0' || *at > '9')
            return false;
        if (number < UINT32_MAX) /* beyond: a serial that is still to come, whichever */
            number = number * 10 + (uint64_t) (*at - '0');
    }
    *serial = number < UINT32_MAX ? (uint32_t) number : UINT32_MAX;
    return number >= 1;
}

struct pryv_str author_access(struct pryv_str author)
{
    const char *space = author.len ? memchr(author.data, ' ', author.len) : NULL;

    return space ? pryv_str_n(author.data, (size_t) (space - author.data)) : author;
}

bool access_made(struct pryv_str maker_id, const struct pryv_access_row *row)
{
    return pryv_str_is(author_access(row->created_by), maker_id);
}

bool access_is_over(const struct pryv_access_row *row, double now)
{
    return pryv_present(row->expires) && now > row->expires;
}

enum pryv_rc access_unknown(struct pryv_str reference, struct pryv_err *err)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "Unknown access \"%.*s\"", PRYV_STR_ARG(reference));
}

enum pryv_rc access_get_current(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str reference,
                                struct pryv_access_row *out, struct pryv_err *err)
{
    struct pryv_str base;
    uint32_t serial;
    enum pryv_rc rc;

    if (!access_reference_parse(reference, &base, &serial))
        return access_unknown(reference, err);
    rc = api_self()->storage->access_get(session, mem, base, out, err);
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? access_unknown(reference, err) : rc;
    if (serial == out->serial)
        return PRYV_OK;
    return pryv_refuse(err, 409, "stale-resource",
                       json_pack("{s:s%, s:o}", "provided", reference.data, reference.len, "currentSerial",
                                 out->serial ? json_real(out->serial) : json_null()),
                       "The access has changed since; read it again.");
}

/* "id caller" of serial 3 -> "id:3 caller". */
static struct pryv_str author_with_serial(struct pryv_arena *mem, struct pryv_str author, uint32_t serial)
{
    struct pryv_str id = author_access(author);

    if (!serial)
        return author;
    return pryv_format(mem, "%.*s:%u%.*s", PRYV_STR_ARG(id), serial, (int) (author.len - id.len), id.data + id.len);
}

void access_write(struct pryv_json *js, struct pryv_arena *mem, const struct pryv_user *user, const struct pryv_access_row *row,
                  struct pryv_str alias)
{
    struct pryv_str id = row->head_id.data ? row->head_id : row->id;
    bool shared = pryv_str_equal(row->type, "shared");

    pryv_json_object(js);
    pryv_json_put_str(js, "id", access_reference(mem, id, row->serial));
    pryv_json_put_str(js, "token", row->token);
    pryv_json_put_str(js, "type", row->type);
    pryv_json_put_str(js, "name", row->name);
    if (row->device_name.data || shared)
        pryv_json_put_str(js, "deviceName", row->device_name);
    pryv_json_put_raw_if(js, "permissions", older_prefix_permissions_json(mem, row->permissions_json));
    pryv_json_put_number_if(js, "expires", row->expires);
    pryv_json_put_raw_if(js, "clientData", row->client_data_json);
    pryv_json_put_number_if(js, "lastUsed", row->last_used);
    pryv_json_put_number(js, "created", row->created);
    pryv_json_put_str(js, "createdBy", row->created_by);
    pryv_json_put_number(js, "modified", row->modified);
    pryv_json_put_str(js, "modifiedBy", author_with_serial(mem, row->modified_by, row->modified_by_serial));
    pryv_json_put_number_if(js, "deleted", row->deleted);
    pryv_json_put_str_if(js, "alias", alias);
    pryv_json_put_str_if(js, "integrity", row->integrity);
    if (user && !pryv_present(row->deleted))
        pryv_json_put_str(js, "apiEndpoint", pryv_api_endpoint(mem, alias.data ? alias : user->username, row->token));
    pryv_json_object_end(js);
}

/* ---- Integrity ----------------------------------------------------------------------------------- */

struct pryv_str access_integrity(struct pryv_arena *mem, const struct pryv_access_row *row, struct pryv_str alias)
{
    return api_self()->config->access_integrity ? pryv_access_integrity(mem, row, alias) : PRYV_STR_NONE;
}
