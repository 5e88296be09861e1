/* event_integrity.c - see pryv/integrity.h. */
#include <pryv/crypto.h>
#include <pryv/integrity.h>

/* In these every form of JSON is the stable one: texts are escaped alike below 007F, and numbers are written in one way. */
static bool is_plain(struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char) text.data[i] >= 0x7f)
            return false;
    return true;
}

static void put_text(struct pryv_json *js, struct pryv_arena *mem, const char *key, struct pryv_str text)
{
    json_t *value;

    if (!text.data || is_plain(text)) {
        pryv_json_put_str_if(js, key, text);
        return;
    }
    value = pryv_json_string(text);
    pryv_json_put_raw(js, key, pryv_json_stable(mem, value));
    json_decref(value);
}

/* `value`: the same as the text, when it is at hand. A text that cannot be read hashes as it is, so that a check of the hash tells. */
static void put_json(struct pryv_json *js, struct pryv_arena *mem, const char *key, struct pryv_str text, const json_t *value)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *parsed = NULL;

    if (!text.data)
        return;
    if (is_plain(text) && text.data[0] != '{' && text.data[0] != '[') {
        pryv_json_put_raw(js, key, text);
        return;
    }
    if (!value && pryv_json_parse(mem, text, true, &parsed, &err) == PRYV_OK)
        value = parsed;
    pryv_json_put_raw(js, key, value ? pryv_json_stable(mem, value) : text);
}

/* A list of texts has nothing to sort. */
static void put_streams(struct pryv_json *js, struct pryv_arena *mem, struct pryv_str list)
{
    if (list.data && is_plain(list))
        pryv_json_put_raw(js, "streamIds", list);
    else
        put_json(js, mem, "streamIds", list, NULL);
}

static struct pryv_str stable_text(struct pryv_arena *mem, const struct pryv_event *row, const json_t *content,
                                   const json_t *client_data)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js); /* keys in the order of their code units */
    put_json(js, mem, "attachments", row->attachments_json, NULL);
    put_json(js, mem, "clientData", row->client_data_json, client_data);
    put_json(js, mem, "content", row->content_json, content);
    pryv_json_put_number_if(js, "created", row->created);
    put_text(js, mem, "createdBy", row->created_by);
    pryv_json_put_number_if(js, "deleted", row->deleted);
    put_text(js, mem, "description", row->description);
    if (pryv_present(row->duration) && row->duration != 0)
        pryv_json_put_number(js, "duration", row->duration);
    put_text(js, mem, "id", row->head_id.data ? row->head_id : row->id);
    pryv_json_put_number_if(js, "modified", row->modified);
    put_text(js, mem, "modifiedBy", row->modified_by);
    put_streams(js, mem, row->stream_ids_json);
    pryv_json_put_number_if(js, "time", row->time);
    if (row->trashed)
        pryv_json_put_bool(js, "trashed", true);
    put_text(js, mem, "type", row->type);
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

struct pryv_str pryv_event_integrity(struct pryv_arena *mem, const struct pryv_event *row, const json_t *content,
                                     const json_t *client_data)
{
    unsigned char hash[PRYV_HASH_MAX];
    size_t len = pryv_hash(PRYV_SHA256, stable_text(mem, row, content, client_data), hash);

    return pryv_format(mem, "EVENT:0:sha256-%s", pryv_base64(mem, pryv_str_n((const char *) hash, len)).data);
}
