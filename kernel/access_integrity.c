/* access_integrity.c - see pryv/integrity.h. */
#include <pryv/crypto.h>
#include <pryv/integrity.h>

static void put_text(json_t *object, const char *key, struct pryv_str text)
{
    if (text.data)
        json_object_set_new(object, key, pryv_json_string(text));
}

static void put_number(json_t *object, const char *key, double number)
{
    if (pryv_present(number))
        json_object_set_new(object, key, json_real(number));
}

static void put_json(struct pryv_arena *mem, json_t *object, const char *key, struct pryv_str text)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value = NULL;

    if (text.data && pryv_json_parse(mem, text, true, &value, &err) == PRYV_OK)
        json_object_set(object, key, value);
}

struct pryv_str pryv_access_integrity(struct pryv_arena *mem, const struct pryv_access_row *row, struct pryv_str alias)
{
    unsigned char hash[PRYV_HASH_MAX];
    json_t *object = json_object();

    put_text(object, "id", row->id); /* of a version: its own, so that no two hashes are the same */
    put_text(object, "headId", row->head_id);
    put_number(object, "serial", row->serial ? (double) row->serial : PRYV_ABSENT);
    put_text(object, "token", row->token);
    put_text(object, "alias", alias);
    put_text(object, "type", row->type);
    put_text(object, "name", row->name);
    put_text(object, "deviceName", row->device_name);
    put_json(mem, object, "permissions", row->permissions_json);
    put_number(object, "expires", row->expires);
    put_json(mem, object, "clientData", row->client_data_json);
    put_number(object, "created", row->created);
    put_text(object, "createdBy", row->created_by);
    put_number(object, "createdBySerial", row->created_by_serial ? (double) row->created_by_serial : PRYV_ABSENT);
    put_number(object, "modified", row->modified);
    put_text(object, "modifiedBy", row->modified_by);
    put_number(object, "modifiedBySerial", row->modified_by_serial ? (double) row->modified_by_serial : PRYV_ABSENT);
    put_number(object, "deleted", row->deleted);

    struct pryv_str text = pryv_json_stable(mem, object);
    size_t len = pryv_hash(PRYV_SHA256, text, hash);

    json_decref(object);
    return pryv_format(mem, "ACCESS:0:sha256-%s", pryv_base64(mem, pryv_str_n((const char *) hash, len)).data);
}
