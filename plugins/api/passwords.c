/* passwords.c - see passwords.h. */
#include "passwords.h"

#define DAY 86400.0

/* ---- Age -------------------------------------------------------------------------------------- */

double password_expires(const struct pryv_password_row *row)
{
    double days = api_self()->config->account.password_max_days;

    return days > 0 ? row->time + days * DAY : PRYV_ABSENT;
}

static double can_be_changed(const struct pryv_password_row *row)
{
    double days = api_self()->config->account.password_min_days;

    return days > 0 ? row->time + days * DAY : PRYV_ABSENT;
}

bool password_rules_have_times(void)
{
    const struct account_settings *rules = &api_self()->config->account;

    return rules->password_min_days > 0 || rules->password_max_days > 0;
}

void password_write_times(struct pryv_json *js, const struct pryv_password_row *row)
{
    pryv_json_put_number_if(js, "passwordExpires", password_expires(row));
    pryv_json_put_number_if(js, "passwordCanBeChanged", can_be_changed(row));
}

/* ---- Complexity ---------------------------------------------------------------------------------- */

/* Small letters, capitals, digits, and all else, letters of other alphabets too. */
static int64_t categories_of(struct pryv_str password)
{
    bool small = false, capital = false, digit = false, other = false;

    for (size_t i = 0; i < password.len; i++) {
        char c = password.data[i];

        if (c >= 'a' && c <= 'z')
            small = true;
        else if (c >= 'A' && c <= 'Z')
            capital = true;
        else if (c >= '0' && c <= '9')
            digit = true;
        else
            other = true;
    }
    return small + capital + digit + other;
}

static enum pryv_rc too_plain(struct pryv_err *err, struct pryv_str text)
{
    return pryv_refuse(err, 400, "invalid-parameters-format", json_pack("[s%]", text.data, text.len), "%s", text.data);
}

enum pryv_rc password_check_complexity(struct pryv_str password, struct pryv_err *err)
{
    const struct account_settings *rules = &api_self()->config->account;

    if ((int64_t) pryv_str_code_points(password) < rules->password_min_length)
        return too_plain(err, pryv_format(err->arena, "The password must have at least %lld characters",
                                          (long long) rules->password_min_length));
    if (categories_of(password) < rules->password_min_categories)
        return too_plain(
            err, pryv_format(err->arena,
                             "The password must have characters of at least %lld kinds: small letters, capitals, digits, others",
                             (long long) rules->password_min_categories));
    return PRYV_OK;
}

/* ---- Changing --------------------------------------------------------------------------------------- */

enum pryv_rc passwords_read(struct pryv_call *call, struct passwords *out, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    int64_t history = api->config->account.password_history;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->passwords(session, call->arena, history > 1 ? (size_t) history : 1, &out->rows, &out->count, err);
    api_close(session);
    return rc;
}

static enum pryv_rc check_reuse(const struct passwords *old, struct pryv_str password, struct pryv_err *err)
{
    int64_t history = api_self()->config->account.password_history;

    for (size_t i = 0; i < old->count && (int64_t) i < history; i++) {
        bool same, outdated;
        enum pryv_rc rc = pryv_password_verify(password, old->rows[i].hash, &same, &outdated, err);

        if (rc != PRYV_OK)
            return rc;
        if (same)
            return pryv_refuse(err, 400, "invalid-operation", NULL, "The password is one of the last %lld.", (long long) history);
    }
    return PRYV_OK;
}

enum pryv_rc password_check_change(struct pryv_call *call, const struct passwords *old, struct pryv_str password,
                                   struct pryv_err *err)
{
    double earliest = old->count ? can_be_changed(&old->rows[0]) : PRYV_ABSENT;
    enum pryv_rc rc;

    if (pryv_present(earliest) && call->now < earliest)
        return pryv_refuse(err, 400, "invalid-operation", NULL, "The password was set too short a time ago.");
    rc = password_check_complexity(password, err);
    return rc == PRYV_OK ? check_reuse(old, password, err) : rc;
}

/* Two changes at the same time: the second was checked against a password that is no longer the present one. */
static enum pryv_rc check_unchanged(struct pryv_call *call, struct pryv_session *session, const struct passwords *old,
                                    struct pryv_err *err)
{
    struct pryv_password_row *rows;
    size_t count;
    enum pryv_rc rc = api_self()->storage->passwords(session, call->arena, 1, &rows, &count, err);

    if (rc != PRYV_OK)
        return rc;
    if (count == 0 ? old->count == 0 : old->count > 0 && rows[0].time == old->rows[0].time)
        return PRYV_OK;
    return pryv_refuse(err, 400, "invalid-operation", NULL, "The password was changed in the meantime.");
}

enum pryv_rc password_set(struct pryv_call *call, const struct passwords *old, struct pryv_str password, struct pryv_str author,
                          struct pryv_err *err)
{
    struct api *api = api_self();
    double last = old->count ? old->rows[0].time : 0;
    struct pryv_password_row row = { .time = last >= call->now ? last + 0.001 : call->now, .created_by = author };
    struct pryv_session *session;
    enum pryv_rc rc = pryv_password_hash(call->arena, password, &row.hash, err);

    if (rc != PRYV_OK || (rc = api_open(call, PRYV_WRITE, &session, err)) != PRYV_OK)
        return rc;
    rc = check_unchanged(call, session, old, err);
    if (rc == PRYV_OK)
        rc = api->storage->password_add(session, &row, err);
    if (rc == PRYV_OK)
        rc = api->storage->commit(session, err);
    api_close(session);
    return rc;
}
