/* account_events.c - account fields read as events; see account_events.h. */
#include "account_events.h"
#include "account_events_row.h"
#include "account_usage.h"
#include "events.h"
#include <pryv/event_filter.h>
#include <stdlib.h>

static struct pryv_str without_prefix(struct pryv_str id)
{
    size_t start = id.len;

    while (start > 0 && id.data[start - 1] != ':')
        start--;
    return pryv_str_n(id.data + start, id.len - start);
}

struct pryv_str account_event_id(struct pryv_str id)
{
    const struct account_fields *account = api_self()->account;
    bool owned = account_owns(account, id);
    const struct account_field *field = owned ? account_field_by_id(account, id) : NULL;

    if (!field)
        field = account_field_by_key(account, owned ? without_prefix(id) : id);
    return field ? field->id : owned ? id : PRYV_STR_NONE;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Without its hash. */
static struct pryv_event event_of_row(const struct account_field *field, const struct pryv_account_field *row)
{
    return (struct pryv_event){
        .id = field->id,
        .stream_ids_json = field->stream_ids_json,
        .time = row->time,
        .duration = PRYV_ABSENT,
        .type = field->type,
        .content_json = row->value_json,
        .deleted = PRYV_ABSENT,
        .created = row->time,
        .created_by = row->created_by,
        .modified = row->time,
        .modified_by = row->created_by,
    };
}

struct pryv_event account_event_of_row(struct pryv_arena *mem, const struct account_field *field,
                                       const struct pryv_account_field *row)
{
    struct pryv_event event = event_of_row(field, row);

    event.integrity = event_integrity(mem, &event);
    return event;
}

static bool stored_value(const struct account_rows *values, const struct account_field *field, struct pryv_account_field *out)
{
    for (size_t i = 0; i < values->count; i++)
        if (pryv_str_is(values->rows[i].field, field->key)) {
            *out = values->rows[i];
            return true;
        }
    return false;
}

static enum pryv_rc counted_value(struct pryv_call *call, struct pryv_session *session, const struct account_field *field,
                                  struct pryv_account_field *out, struct pryv_err *err)
{
    struct account_usage usage;
    enum pryv_rc rc = account_usage_get(call, session, &usage, err);
    uint64_t bytes = field->counted == ACCOUNT_DB_DOCUMENTS ? usage.db_documents : usage.attached_files;

    if (rc == PRYV_OK)
        *out = (struct pryv_account_field){ .field = field->key,
                                            .value_json = pryv_format(call->arena, "%llu", (unsigned long long) bytes),
                                            .time = call->now,
                                            .created_by = PRYV_STR("system") };
    return rc;
}

/* ---- Matching ----------------------------------------------------------------------------------- */

static bool holds(const struct pryv_stream_condition *condition, struct pryv_str stream_id)
{
    for (size_t i = 0; i < condition->count; i++)
        if (pryv_str_is(condition->ids[i], stream_id))
            return !condition->not_in;
    return condition->not_in;
}

static bool streams_match(const struct pryv_event_query *query, struct pryv_str stream_id)
{
    for (size_t i = 0; i < query->block_count; i++) {
        const struct pryv_stream_block *block = &query->blocks[i];
        size_t k = 0;

        while (k < block->count && holds(&block->conditions[k], stream_id))
            k++;
        if (k == block->count)
            return true;
    }
    return query->any_stream;
}

/* All that is known of a field before its value. */
static bool field_matches(const struct pryv_access *access, const struct pryv_event_query *query,
                          const struct account_field *field)
{
    return field->type.data && field->shown && pryv_event_type_matches(query, field->type) && streams_match(query, field->id) &&
           pryv_level_reads(account_level(access, field));
}

static bool time_matches(const struct pryv_event_query *query, double time)
{
    return !(query->from > time) && !(query->to < time) && !(query->modified_since >= time);
}

/* Fields of one time stand in the order of their names, whichever way is asked for. */
static int by_name(const struct pryv_event *a, const struct pryv_event *b)
{
    struct pryv_str x = without_prefix(a->id), y = without_prefix(b->id);
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);

    return order ? order : (x.len > y.len) - (x.len < y.len);
}

static int ascending(const void *a, const void *b)
{
    const struct pryv_event *x = a, *y = b;

    return x->time == y->time ? by_name(x, y) : x->time > y->time ? 1 : -1;
}

static int descending(const void *a, const void *b)
{
    const struct pryv_event *x = a, *y = b;

    return x->time == y->time ? by_name(x, y) : x->time < y->time ? 1 : -1;
}

/* ---- Reading ---------------------------------------------------------------------------------------- */

enum pryv_rc account_events_query(struct pryv_call *call, struct pryv_session *session, const struct account_rows *stored,
                                  const struct pryv_event_query *query, struct pryv_event **out, size_t *count,
                                  struct pryv_err *err)
{
    const struct account_fields *fields = api_self()->account;
    struct pryv_event *events = pryv_new_array(call->arena, struct pryv_event, fields->count);
    size_t n = 0;
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; query->state != PRYV_STATE_TRASHED && !query->running && i < fields->count; i++) {
        const struct account_field *field = &fields->all[i];
        struct pryv_account_field value;

        if (!field_matches(call->access, query, field))
            continue;
        if (field->counted &&
            (!time_matches(query, call->now) || (rc = counted_value(call, session, field, &value, err)) != PRYV_OK)) {
            if (rc != PRYV_OK)
                return rc;
            continue;
        }
        if ((field->counted || stored_value(stored, field, &value)) && time_matches(query, value.time))
            events[n++] = event_of_row(field, &value);
    }
    qsort(events, n, sizeof(*events), query->ascending ? ascending : descending);
    *out = events;
    *count = n;
    return PRYV_OK;
}

enum pryv_rc account_event_unknown(struct pryv_str id, struct pryv_err *err)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "Unknown event \"%.*s\"", PRYV_STR_ARG(id));
}

/* A field that is an event; hidden ones too. */
static enum pryv_rc find_field(struct pryv_str id, const struct account_field **field, struct pryv_err *err)
{
    *field = account_field_by_id(api_self()->account, id);
    return *field && (*field)->type.data ? PRYV_OK : account_event_unknown(id, err);
}

static enum pryv_rc forbidden(struct pryv_err *err)
{
    return pryv_refuse(err, 403, "forbidden", NULL, "The access does not allow this on the account stream.");
}

enum pryv_rc account_event_of_field(struct pryv_call *call, struct pryv_session *session, const struct account_field *field,
                                    struct pryv_event *out, struct pryv_err *err)
{
    struct pryv_account_field value, *rows;
    size_t count;
    enum pryv_rc rc;

    if (field->counted)
        rc = counted_value(call, session, field, &value, err);
    else if ((rc = api_self()->storage->account_all(session, call->arena, &rows, &count, err)) == PRYV_OK &&
             !stored_value(&(struct account_rows){ rows, count }, field, &value))
        return account_event_unknown(field->id, err);
    if (rc == PRYV_OK)
        *out = account_event_of_row(call->arena, field, &value);
    return rc;
}

enum pryv_rc account_event_get(struct pryv_call *call, struct pryv_session *session, struct pryv_str id, struct pryv_event *out,
                               struct pryv_err *err)
{
    const struct account_field *field;
    enum pryv_rc rc = find_field(id, &field, err);

    if (rc != PRYV_OK)
        return rc;
    return field->shown && pryv_level_reads(account_level(call->access, field))
               ? account_event_of_field(call, session, field, out, err)
               : forbidden(err);
}

enum pryv_rc account_event_history(struct pryv_call *call, struct pryv_session *session, struct pryv_str id,
                                   struct pryv_event **out, size_t *count, struct pryv_err *err)
{
    const struct account_field *field;
    struct pryv_account_field *rows = NULL;
    size_t n = 0;
    enum pryv_rc rc = find_field(id, &field, err);

    if (rc == PRYV_OK && !field->counted)
        rc = api_self()->storage->account_history(session, call->arena, field->key, &rows, &n, err);
    if (rc != PRYV_OK)
        return rc;
    *count = n ? n - 1 : 0; /* the first is the present one */
    *out = pryv_new_array(call->arena, struct pryv_event, *count);
    for (size_t i = 0; i < *count; i++) {
        (*out)[i] = account_event_of_row(call->arena, field, &rows[i + 1]);
        (*out)[i].head_id = field->id;
    }
    return PRYV_OK;
}
