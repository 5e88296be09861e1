/* attachments_list.c - the list of files that an event carries. */
#include "attachments.h"

enum pryv_rc attachments_read(struct pryv_arena *mem, const struct pryv_event *row, const json_t **out, struct pryv_err *err)
{
    json_t *list = NULL;

    if (row->attachments_json.data && pryv_json_parse(mem, row->attachments_json, false, &list, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored attachments of an event are broken");
    *out = list;
    return PRYV_OK;
}

const json_t *attachments_find(const json_t *list, struct pryv_str file_id)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (pryv_str_is(pryv_json_member_text(item, "id"), file_id))
            return item;
    return NULL;
}

struct pryv_str attachments_without(struct pryv_arena *mem, const json_t *list, struct pryv_str file_id)
{
    struct pryv_json *js = pryv_json_new(mem);
    const json_t *item;
    size_t i, left = 0;

    pryv_json_array(js);
    json_array_foreach(list, i, item) {
        if (pryv_str_is(pryv_json_member_text(item, "id"), file_id))
            continue;
        pryv_json_value(js, item);
        left++;
    }
    pryv_json_array_end(js);
    return left ? pryv_json_text(js) : PRYV_STR_NONE;
}
