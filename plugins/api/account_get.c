/* account_get.c - account.get and account.update: the account as one object. */
#include "account_calls.h"
#include "account_change.h"
#include "account_usage.h"
#include "account_value.h"

static const struct pryv_param account_changes[] = {
    { .name = "email", .type = PRYV_P_TEXT, .max = 300, .help = "An address that no other account has." },
    { .name = "language", .type = PRYV_P_TEXT, .min = 1, .max = 5, .help = "A code such as `en`." },
    { .name = NULL },
};

const struct pryv_param account_update_params[] = {
    { .name = "update", .type = PRYV_P_OBJECT, .flags = PRYV_P_REQUIRED, .fields = account_changes, .help = "What changes." },
    { .name = NULL },
};

static void write_values(struct pryv_json *js, const struct pryv_account_field *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pryv_str_equal(rows[i].field, "email") || pryv_str_equal(rows[i].field, "language"))
            pryv_json_put_raw(js, rows[i].field.data, rows[i].value_json);
}

enum pryv_rc account_get(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_session *session;
    struct pryv_account_field *rows;
    struct account_usage usage;
    struct pryv_json *js = call->out;
    size_t count;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api_self()->storage->account_all(session, call->arena, &rows, &count, err);
    if (rc == PRYV_OK)
        rc = account_usage_get(call, session, &usage, err);
    api_close(session);
    if (rc != PRYV_OK)
        return rc;
    pryv_json_key(js, "account");
    pryv_json_object(js);
    pryv_json_put_str(js, "username", call->user->username);
    write_values(js, rows, count);
    pryv_json_key(js, "storageUsed");
    pryv_json_object(js);
    pryv_json_put_number(js, "dbDocuments", (double) usage.db_documents);
    pryv_json_put_number(js, "attachedFiles", (double) usage.attached_files);
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return PRYV_OK;
}

static enum pryv_rc read_change(struct pryv_call *call, const char *key, const json_t *value, struct account_change *out,
                                struct pryv_err *err)
{
    out->field = account_field_by_key(api_self()->account, pryv_str(key));
    if (!out->field || !out->field->editable)
        return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s}", "field", key), "The field \"%s\" cannot be changed.",
                           key);
    return account_value_json(call->arena, out->field, value, &out->value_json, err);
}

enum pryv_rc account_update(struct pryv_call *call, struct pryv_err *err)
{
    struct account_change changes[PRYV_COUNT(account_changes)];
    struct pryv_account_field rows[PRYV_COUNT(account_changes)];
    json_t *update = json_object_get(call->params, "update");
    size_t count = 0;
    const char *key;
    json_t *value;
    enum pryv_rc rc = PRYV_OK;

    json_object_foreach(update, key, value) {
        rc = read_change(call, key, value, &changes[count++], err);
        if (rc != PRYV_OK)
            return rc;
    }
    if (count)
        rc = account_change(call, changes, count, rows, err);
    return rc == PRYV_OK ? account_get(call, err) : rc;
}
