/* Where a request's token is looked for, and which access it leads to: from the storage once, then from the cache for as long as that is true. */
#include "auth.h"
#include "generation.h"
#include "interface.h"
#include "request.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <pryv/plugin.h>
#include <stdio.h>

static struct pryv_arena *arena;

/* ---- The token of a request --------------------------------------------------------------------- */

#define TOKEN "abc123"

static const struct {
    const char *header, *query, *override; /* NULL: not there */
    const char *token, *caller;            /* NULL: absent */
} token_cases[] = {
    { NULL, NULL, NULL, NULL, NULL },
    { TOKEN, NULL, NULL, TOKEN, NULL },
    { "Bearer " TOKEN, NULL, NULL, TOKEN, NULL },
    { "bEARER " TOKEN, NULL, NULL, TOKEN, NULL },
    { "Basic YWJjMTIzOg==", NULL, NULL, TOKEN, NULL },         /* abc123: */
    { "basic YWJjMTIzOnNlY3JldA==", NULL, NULL, TOKEN, NULL }, /* abc123:secret */
    { "Basic YWJjMTIz", NULL, NULL, TOKEN, NULL },             /* no colon */
    { "Basic YWJjMTIzIGJvYjo=", NULL, NULL, TOKEN, "bob" },    /* abc123 bob: */
    { TOKEN " bob", NULL, NULL, TOKEN, "bob" },
    { TOKEN "  bob the  second ", NULL, NULL, TOKEN, " bob the  second " }, /* blanks and all */
    { "Bearer " TOKEN " bob", NULL, NULL, TOKEN, "bob" },
    { TOKEN " ", NULL, NULL, TOKEN, "" },
    { TOKEN " Zo\xc3\xab", NULL, NULL, TOKEN, "Zo\xc3\xab" },
    { TOKEN " Zo\xeb \xff", NULL, NULL, TOKEN, "Zo\xc3\xab \xc3\xbf" }, /* no UTF-8: taken for Latin-1 */
    { "Basic YWJjMTIzIFpv6zo=", NULL, NULL, TOKEN, "Zo\xc3\xab" },
    { "Basic", NULL, NULL, "Basic", NULL }, /* a scheme alone is taken literally */
    { "Digest " TOKEN, NULL, NULL, "Digest", TOKEN },
    { "dPoP " TOKEN " bob", NULL, NULL, TOKEN, "bob" },
    { "", NULL, NULL, "", NULL }, /* a header decides alone, though it be empty */
    { "", "auth=" TOKEN, NULL, "", NULL },
    { "Basic ", "auth=" TOKEN, NULL, "", NULL },
    { "wrong", "auth=" TOKEN, NULL, "wrong", NULL },
    { NULL, "auth=" TOKEN, NULL, TOKEN, NULL },
    { NULL, "auth=" TOKEN "&auth=other", NULL, TOKEN, NULL },
    { NULL, "auth=" TOKEN "%20bob", NULL, TOKEN, "bob" },
    { NULL, "auth=" TOKEN "+bob", NULL, TOKEN, "bob" },
    { NULL, "Auth=" TOKEN, NULL, NULL, NULL },
    { NULL, "auth=", NULL, "", NULL },                       /* it is there */
    { NULL, "auth=Bearer%20" TOKEN, NULL, "Bearer", TOKEN }, /* schemes belong to headers */
    { "wrong", "auth=wrong", TOKEN, TOKEN, NULL },
    { TOKEN, NULL, "other", "other", NULL }, /* also when the header was good */
    { NULL, NULL, TOKEN " bob", TOKEN, "bob" },
    { NULL, NULL, "Bearer " TOKEN, TOKEN, NULL },
};

static struct pryv_request request_of(const char *header, const char *query, struct http_header *field)
{
    *field = (struct http_header){ PRYV_STR("authorization"), pryv_str(header) };
    return (struct pryv_request){ .arena = arena,
                                  .head = { .headers = field, .header_count = header != NULL, .query = pryv_str(query) } };
}

static bool same(struct pryv_str text, const char *expected)
{
    return expected ? text.data && pryv_str_equal(text, expected) : !text.data;
}

Test(auth, token_of_a_request)
{
    arena = pryv_arena_new();
    for (size_t i = 0; i < PRYV_COUNT(token_cases); i++) {
        struct http_header field;
        struct pryv_request rq = request_of(token_cases[i].header, token_cases[i].query, &field);
        struct pryv_str token, caller;
        bool proof;

        auth_token(arena, &rq, pryv_str(token_cases[i].override), &token, &caller, &proof);
        cr_expect(same(token, token_cases[i].token), "case %zu: token \"%.*s\"", i, PRYV_STR_ARG(token));
        cr_expect(same(caller, token_cases[i].caller), "case %zu: caller \"%.*s\"", i, PRYV_STR_ARG(caller));
        cr_expect_eq(proof, pryv_str_starts(rq.head.headers->value, "dPoP "), "case %zu", i);
    }
    pryv_arena_free(arena);
}

/* ---- A storage of one user, played here; it counts what it is asked ------------------------------- */

enum { HOUR = 3600, LIFE = 1000 * HOUR };

static struct {
    bool user, access, session;
    double session_end, expires;
    const char *type;
    enum pryv_rc reads_fail, sessions_fail, writes_fail;
    int lookups, loads, puts, open, transactions;
} stored;

static enum pryv_rc user_by_name(void *self PRYV_UNUSED, struct pryv_arena *mem PRYV_UNUSED, struct pryv_str name,
                                 struct pryv_str *id, struct pryv_err *err)
{
    stored.lookups++;
    if (!stored.user || !pryv_str_equal(name, "bob"))
        return pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    *id = PRYV_STR("user-1");
    return PRYV_OK;
}

static enum pryv_rc open_session(void *self PRYV_UNUSED, struct pryv_str user_id, enum pryv_session_mode mode,
                                 struct pryv_session **out, struct pryv_err *err)
{
    cr_assert(pryv_str_equal(user_id, "user-1"));
    if (mode == PRYV_WRITE && stored.writes_fail)
        return pryv_fail(err, stored.writes_fail, "cannot write");
    stored.open++;
    stored.transactions += mode == PRYV_WRITE;
    *out = (struct pryv_session *) &stored;
    return PRYV_OK;
}

static enum pryv_rc commit(struct pryv_session *s PRYV_UNUSED, struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

static void close_session(struct pryv_session *s PRYV_UNUSED)
{
    stored.open--;
}

static enum pryv_rc access_by_token(struct pryv_session *s PRYV_UNUSED, struct pryv_arena *mem PRYV_UNUSED, struct pryv_str token,
                                    struct pryv_access_row *out, struct pryv_err *err)
{
    stored.loads++;
    if (stored.reads_fail)
        return pryv_fail(err, stored.reads_fail, "cannot read");
    if (!stored.access || !pryv_str_equal(token, TOKEN))
        return pryv_fail(err, PRYV_NOT_FOUND, "no such access");
    *out = (struct pryv_access_row){ .id = PRYV_STR("access-1"),
                                     .token = PRYV_STR(TOKEN),
                                     .type = pryv_str(stored.type),
                                     .name = PRYV_STR("app"),
                                     .permissions_json = PRYV_STR("[]"),
                                     .expires = stored.expires };
    return PRYV_OK;
}

static enum pryv_rc session_get(struct pryv_session *s PRYV_UNUSED, struct pryv_arena *mem PRYV_UNUSED, struct pryv_str id,
                                double at, struct pryv_session_row *out, struct pryv_err *err)
{
    if (stored.sessions_fail)
        return pryv_fail(err, stored.sessions_fail, "cannot read");
    if (!stored.session || at > stored.session_end)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such session");
    *out = (struct pryv_session_row){
        .id = id, .username = PRYV_STR("bob"), .app_id = PRYV_STR("app"), .expires = stored.session_end
    };
    return PRYV_OK;
}

static enum pryv_rc session_put(struct pryv_session *s PRYV_UNUSED, const struct pryv_session_row *row,
                                struct pryv_err *err PRYV_UNUSED)
{
    stored.puts++;
    stored.session_end = row->expires;
    return PRYV_OK;
}

static const struct pryv_storage_ops ops = {
    .size = sizeof(ops),
    .user_by_name = user_by_name,
    .open = open_session,
    .commit = commit,
    .close = close_session,
    .access_by_token = access_by_token,
    .session_get = session_get,
    .session_put = session_put,
};

static const struct pryv_interface_ref provides[] = { { "storage", PRYV_STORAGE_VERSION }, { NULL, 0 } };
static const struct pryv_plugin plugin = { PRYV_PLUGIN_HEAD, .name = "storage-of-one", .provides = provides };
static const struct pryv_user bob = { PRYV_STR("user-1"), PRYV_STR("bob") };
static double now;

static void begin(void)
{
    struct pryv_err err;

    arena = pryv_arena_new();
    err = (struct pryv_err) PRYV_ERR(arena);
    settings.cache_users = settings.cache_accesses = settings.cache_stream_trees = 8;
    settings.session_max_age_ms = (int64_t) LIFE * 1000;
    settings.session_extend_share = 0.1;
    settings.max_json_depth = 10;
    generation_init();
    interface_begin(&plugin);
    cr_assert_eq(pryv_provide("storage", PRYV_STORAGE_VERSION, &ops, NULL, &err), PRYV_OK);
    cr_assert_eq(interface_end(&err), PRYV_OK);
    auth_start();
    now = 1e9;
    memset(&stored, 0, sizeof(stored));
    stored.user = stored.access = stored.session = true;
    stored.type = "personal";
    stored.session_end = now + LIFE;
    stored.expires = PRYV_ABSENT;
}

static void end(void)
{
    cr_expect_eq(stored.open, 0, "a session of the storage stays open");
    auth_stop();
    interface_clear();
    pryv_arena_free(arena);
}

TestSuite(auth_access, .init = begin, .fini = end);

/* The status that a request with the token gets; 200: let in. `*id`: as Pryv-Access-Id would tell. */
static int status_of(const char *token, const char **id)
{
    struct pryv_err err = PRYV_ERR(arena);
    const struct pryv_access *access = NULL;
    enum pryv_rc rc = auth_access(arena, &bob, pryv_str(token), now, &access, &err);

    if (id)
        *id = access ? access->row.id.data : NULL;
    return rc == PRYV_OK ? 200 : rc == PRYV_REFUSED ? pryv_err_status(&err) : (int) rc;
}

Test(auth_access, steps)
{
    const char *id;

    cr_expect_eq(status_of(NULL, &id), 401);
    cr_expect_null(id);
    cr_expect_eq(status_of("", &id), 403);
    cr_expect_eq(status_of("other", &id), 403);
    cr_expect_null(id);
    cr_expect_eq(status_of(TOKEN, &id), 200);
    cr_expect_str_eq(id, "access-1");
}

Test(auth_access, loaded_once)
{
    for (int i = 0; i < 10; i++)
        cr_expect_eq(status_of(TOKEN, NULL), 200);
    cr_expect_eq(stored.loads, 1);
    cr_expect_eq(stored.transactions, 0);
}

Test(auth_access, wrong_tokens_are_not_remembered)
{
    stored.access = false;
    cr_expect_eq(status_of(TOKEN, NULL), 403);
    stored.access = true; /* made without a word: a wrong token is looked for each time */
    cr_expect_eq(status_of(TOKEN, NULL), 200);
}

Test(auth_access, a_change_holds_at_once)
{
    cr_expect_eq(status_of(TOKEN, NULL), 200);
    stored.access = false;
    pryv_changed(bob.id, PRYV_CHANGED_ACCESSES);
    cr_expect_eq(status_of(TOKEN, NULL), 403);
}

Test(auth_access, expired)
{
    const char *id;

    stored.type = "app";
    stored.expires = now;
    cr_expect_eq(status_of(TOKEN, NULL), 200, "at the very time it still holds");
    now += 0.001;
    cr_expect_eq(status_of(TOKEN, &id), 403);
    cr_expect_str_eq(id, "access-1", "told though refused");
}

Test(auth_access, apps_have_no_session)
{
    stored.type = "app";
    stored.session = false;
    cr_expect_eq(status_of(TOKEN, NULL), 200);
    now += 10.0 * LIFE;
    cr_expect_eq(status_of(TOKEN, NULL), 200);
    cr_expect_eq(stored.puts, 0);
}

Test(auth_access, session_over)
{
    const char *id;

    stored.session = false;
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(status_of(TOKEN, &id), 403);
        cr_expect_str_eq(id, "access-1", "told though refused");
    }
    cr_expect_eq(stored.transactions, 0, "a token that once was good costs no transaction");
}

Test(auth_access, session_ends_while_cached)
{
    cr_expect_eq(status_of(TOKEN, NULL), 200);
    now += LIFE + 1;
    cr_expect_eq(status_of(TOKEN, NULL), 403);
}

Test(auth_access, session_is_extended_by_use_but_not_by_each)
{
    int days = 0;

    for (; days < 200; days++, now += 24 * HOUR) /* far beyond one life: in use, it goes on */
        for (int i = 0; i < 20; i++)
            cr_assert_eq(status_of(TOKEN, NULL), 200, "day %d", days);
    cr_expect_leq(stored.puts, days * 24 * HOUR / (LIFE / 10)); /* a tenth of its life */
    cr_expect_gt(stored.puts, 0);
    cr_expect_eq(stored.loads, 1);
}

/* Another worker extended it; this one remembers the older end. */
Test(auth_access, session_extended_elsewhere)
{
    cr_expect_eq(status_of(TOKEN, NULL), 200);
    now += LIFE + 1;
    stored.session_end = now + LIFE / 2;
    cr_expect_eq(status_of(TOKEN, NULL), 200);
}

Test(auth_access, session_that_cannot_be_extended_now_still_holds)
{
    cr_expect_eq(status_of(TOKEN, NULL), 200);
    stored.writes_fail = PRYV_BUSY;
    now += LIFE / 2;
    cr_expect_eq(status_of(TOKEN, NULL), 200);
    now += LIFE;
    cr_expect_eq(status_of(TOKEN, NULL), PRYV_BUSY, "over, as far as is known: not refused for good");
}

Test(auth_access, a_fault_is_no_wrong_token)
{
    stored.reads_fail = PRYV_BUSY;
    cr_expect_eq(status_of(TOKEN, NULL), PRYV_BUSY);
    stored.reads_fail = PRYV_OK;
    stored.sessions_fail = PRYV_BUSY;
    cr_expect_eq(status_of(TOKEN, NULL), PRYV_BUSY);
    stored.sessions_fail = PRYV_OK;
    cr_expect_eq(status_of(TOKEN, NULL), 200);
}

Test(auth_access, accounts)
{
    struct pryv_err err = PRYV_ERR(arena);
    const struct pryv_user *user = NULL;

    cr_expect_eq(auth_user(arena, PRYV_STR("eve"), &user, &err), PRYV_NOT_FOUND);
    cr_assert_eq(auth_user(arena, PRYV_STR("bob"), &user, &err), PRYV_OK);
    cr_expect_str_eq(user->id.data, "user-1");
    cr_expect_str_eq(user->username.data, "bob");
    cr_expect_eq(auth_user(arena, PRYV_STR("bob"), &user, &err), PRYV_OK);
    cr_expect_eq(stored.lookups, 2, "one for each name");
    stored.user = false;
    pryv_changed(PRYV_STR("bob"), PRYV_CHANGED_USER);
    cr_expect_eq(auth_user(arena, PRYV_STR("bob"), &user, &err), PRYV_NOT_FOUND);
}
