/* stream_query_check.c - the first step of events.get: are the streams that queries name there, and may they be read? */
#include "stream_query.h"

bool stream_list_is_star(const struct stream_list *list)
{
    return list->count == 1 && pryv_str_equal(list->ids[0], "*");
}

struct pryv_str stream_id_without_mark(struct pryv_str id, bool *alone)
{
    *alone = id.len > 0 && id.data[id.len - 1] == '!';
    return *alone ? pryv_str_n(id.data, id.len - 1) : id;
}

bool stream_may_be_read(const struct stream_question *question, const struct stream_forest *forest, struct pryv_str id)
{
    return pryv_level_reads(forest->level(forest->tree, question->access, id));
}

static void add_unknown(struct stream_complaints *complaints, struct pryv_str id)
{
    if (!complaints->unknown)
        complaints->unknown = json_array();
    json_array_append_new(complaints->unknown, pryv_json_string(id));
}

void stream_query_check(const struct stream_question *question, const struct stream_forest *forest,
                        const struct stream_query *query, struct stream_complaints *complaints)
{
    if (stream_list_is_star(&query->any))
        return;
    for (size_t i = 0; i < query->any.count; i++) {
        bool alone;
        struct pryv_str id = stream_id_without_mark(query->any.ids[i], &alone);

        if (!forest->find(forest->tree, id))
            add_unknown(complaints, id);
        else if (!stream_may_be_read(question, forest, id))
            complaints->forbidden = true;
    }
}

enum pryv_rc stream_complaints_tell(struct stream_complaints *complaints, struct pryv_err *err)
{
    json_t *unknown = complaints->unknown;

    complaints->unknown = NULL;
    if (complaints->forbidden) {
        json_decref(unknown);
        return pryv_refuse(err, 403, "forbidden", NULL, "This access may not read all of these streams.");
    }
    if (!unknown)
        return PRYV_OK;
    return pryv_refuse(err, 400, "unknown-referenced-resource", json_pack("{s:o}", "streams", unknown),
                       "There are no such streams.");
}
