/* invitations.c - pryvctl invitations: rows "invitation/TOKEN" {createdAt (ms), createdBy, description, consumedAt?, consumedBy?} of the platform. */
#include "pryvctl.h"
#include <pryv/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROWS "invitation/"

enum { TOKEN_BYTES = 12, COUNT_MAX = 10000 };

static struct pryv_str key_of(struct run *run, struct pryv_str token)
{
    return pryv_format(run->mem, ROWS "%.*s", PRYV_STR_ARG(token));
}

/* A row that cannot be read, another program wrote: what can be told of it is its token. */
static json_t *parse(struct run *run, struct pryv_str text)
{
    struct pryv_err unseen = PRYV_ERR(run->mem);
    json_t *row = NULL;

    return pryv_json_parse(run->mem, text, false, &row, &unseen) == PRYV_OK ? row : NULL;
}

/* ---- list ---- */

static void write_invitation(struct pryv_json *js, struct pryv_str token, const json_t *row)
{
    static const char *const members[] = { "createdAt", "createdBy", "description", "consumedAt", "consumedBy" };

    pryv_json_object(js);
    pryv_json_put_str(js, "id", token);
    for (size_t i = 0; i < PRYV_COUNT(members); i++)
        if (json_object_get(row, members[i]))
            pryv_json_put_value(js, members[i], json_object_get(row, members[i]));
    pryv_json_object_end(js);
}

static void print_day(double ms)
{
    time_t seconds = pryv_present(ms) ? (time_t) (ms / 1000) : 0;
    struct tm day;
    char text[16] = "";

    if (seconds && gmtime_r(&seconds, &day))
        strftime(text, sizeof(text), "%Y-%m-%d", &day);
    printf("\t%s", text);
}

static void print_invitation(struct pryv_str token, const json_t *row)
{
    struct pryv_str user = pryv_json_member_text(row, "consumedBy"), what = pryv_json_member_text(row, "description");

    printf("%.*s", PRYV_STR_ARG(token));
    print_day(pryv_json_member_number(row, "createdAt"));
    print_day(pryv_json_member_number(row, "consumedAt"));
    printf("\t%.*s\t%.*s\n", PRYV_STR_ARG(user), PRYV_STR_ARG(what));
}

int invitations_list(struct run *run)
{
    struct pryv_json *js = pryv_json_new(run->mem);
    struct pryv_str *keys, *texts;
    size_t count;

    if (run->platform->values_list(run->platform_self, run->mem, PRYV_STR(ROWS), PRYV_STR_NONE, SIZE_MAX, &keys, &texts, &count,
                                   &run->err) != PRYV_OK)
        return tell_failure(run, "invitations list");
    pryv_json_array(js);
    for (size_t i = 0; i < count; i++) {
        struct pryv_str token = pryv_str_n(keys[i].data + strlen(ROWS), keys[i].len - strlen(ROWS));
        const json_t *row = parse(run, texts[i]);

        if (run->json)
            write_invitation(js, token, row);
        else
            print_invitation(token, row);
    }
    pryv_json_array_end(js);
    return run->json ? print_json(js) : SUCCESS;
}

/* ---- create ---- */

static struct pryv_str new_token(struct run *run)
{
    unsigned char bytes[TOKEN_BYTES];
    char *hex = pryv_alloc0(run->mem, 2 * TOKEN_BYTES + 1);

    pryv_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return pryv_str(hex);
}

static struct pryv_str new_row(struct run *run)
{
    struct pryv_json *js = pryv_json_new(run->mem);

    pryv_json_object(js);
    pryv_json_put_number(js, "createdAt", pryv_now() * 1000);
    pryv_json_put_text(js, "createdBy", "admin");
    pryv_json_put_text(js, "description", run->message ? run->message : "");
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

static bool read_count(const struct run *run, long *count)
{
    char *end;

    *count = run->count ? strtol(run->count, &end, 10) : 1;
    return !run->count || (*run->count && !*end && *count >= 1 && *count <= COUNT_MAX);
}

/* Each is told as soon as it is there, so that a failure in the middle loses none. */
int invitations_create(struct run *run)
{
    struct pryv_json *js = pryv_json_new(run->mem);
    int status = SUCCESS;
    long count;

    if (!read_count(run, &count)) {
        fail("--count %s: expected a number from 1 to %d", run->count, COUNT_MAX);
        return USAGE_ERROR;
    }
    pryv_json_array(js);
    for (long i = 0; i < count && status == SUCCESS; i++) {
        struct pryv_str token = new_token(run), row = new_row(run);

        if (run->platform->value_put_new(run->platform_self, key_of(run, token), row, PRYV_ABSENT, &run->err) != PRYV_OK)
            status = tell_failure(run, "invitations create");
        else if (run->json)
            write_invitation(js, token, parse(run, row));
        else
            printf("%.*s\n", PRYV_STR_ARG(token));
    }
    pryv_json_array_end(js);
    if (run->json)
        print_json(js);
    return status;
}

/* ---- revoke ---- */

/* A used one stays, for it tells who came by it. Where it was the last, nobody is let in all the same while `invitationTokens` is a list. */
int invitations_revoke(struct run *run)
{
    struct pryv_str key = key_of(run, pryv_str(run->name)), text;
    enum pryv_rc rc = run->platform->value_get(run->platform_self, run->mem, key, true, &text, &run->err);

    if (rc == PRYV_NOT_FOUND)
        return fail("there is no invitation %s", run->name);
    if (rc != PRYV_OK)
        return tell_failure(run, "invitations revoke");
    if (json_object_get(parse(run, text), "consumedAt"))
        return fail("%s has been used; it admits nobody any more", run->name);
    if (!is_confirmed(run, run->name, "This invitation will admit nobody any more."))
        return fail("not confirmed, nothing was revoked");
    if (run->platform->value_delete(run->platform_self, key, &run->err) != PRYV_OK)
        return tell_failure(run, "invitations revoke");
    printf(run->json ? "{\"revoked\":\"%s\"}\n" : "%s is revoked\n", run->name);
    return SUCCESS;
}
