/* pryv/accounts.h - making and ending accounts (interface "accounts", version 1): for plugins that let people register, and for operators.
 *
 * What an account is made of is configured: the user name, and account fields (custom.systemStreams.account beside the server's own `language`,
 * `appId`, `invitationToken` and `referer`).
 * Threads   Every function may block and may be called from any executor thread.
 * Memory    Results live in the arena passed in; fields live as long as the worker. Arguments are borrowed.
 */
#ifndef PRYV_ACCOUNTS_H
#define PRYV_ACCOUNTS_H

#include <jansson.h>
#include <pryv/arena.h>
#include <pryv/error.h>

#define PRYV_ACCOUNTS_VERSION 1

struct pryv_account_definition {
    struct pryv_str key; /* "email" */
    bool unique;         /* no two accounts have the same value */
    bool indexed;        /* the platform knows it; unique ones are */
    bool required;       /* at registration */
    bool built_in;       /* not of custom.systemStreams.account */
};

struct pryv_account_value {
    struct pryv_str key, value;
};

struct pryv_new_account {
    struct pryv_str username;
    struct pryv_str password;      /* hashed when the account is made; or absent, and then */
    struct pryv_str password_hash; /* a hash that pryv_password_verify knows */
    struct pryv_str app_id;        /* signed in with this app at once; absent: with none */
    const struct pryv_account_value *values;
    size_t value_count;
};

struct pryv_made_account {
    struct pryv_str user_id;
    struct pryv_str token; /* of the app's personal access; absent without app */
};

struct pryv_accounts_ops {
    size_t size;

    /* Every field that can be given, in the order of configuration. */
    size_t (*fields)(void *self, const struct pryv_account_definition **out);

    /* What may be a name: 5 to 60 of a-z, 0-9 and hyphens, none of these first or last. And what may not, though it looks like one: words
     * that the service keeps for itself (registration.reservedWordsFile), names like aliases. */
    bool (*username_is_valid)(void *self, struct pryv_str name);
    bool (*username_is_reserved)(void *self, struct pryv_str name);

    /* Reads user name and fields from the members of `params`: fills username, values and value_count of `out`, defaults put in, and adds what is
     * wrong to `complaints`, all of it, as {code, message, path, param}. Members that are no fields are not looked at; neither is the password. */
    void (*read)(void *self, struct pryv_arena *mem, const json_t *params, json_t *complaints, struct pryv_new_account *out);
    /* The configured rules for passwords. Errors: PRYV_REFUSED 400. */
    enum pryv_rc (*check_password)(void *self, struct pryv_str password, struct pryv_err *err);
    /* Who has this value of a unique field, "username" too, now or formerly: PRYV_NOT_FOUND when it is free. The newest state of all cores. */
    enum pryv_rc (*owner)(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str value,
                          struct pryv_str *username, struct pryv_err *err);

    /* Makes the account, all of it or nothing: after PRYV_OK it survives a crash, and what a crash or a failure cut off is taken back, its name and
     * unique values with it, when registration.reservationSeconds have passed. Sends the welcome mail. `account` has been read and its
     * password checked. Slow where a password is to be hashed. Errors: PRYV_REFUSED 409 item-already-exists, data = every value that is
     * taken, or the name when it is reserved; PRYV_BUSY: nothing is made; PRYV_FAILED: it may be made all the same. */
    enum pryv_rc (*create)(void *self, struct pryv_arena *mem, const struct pryv_new_account *account,
                           struct pryv_made_account *out, struct pryv_err *err);
    /* Ends an account of this core for good: its data in every store, its files, its rows on the platform, what plugins keep of it
     * (pryv_account_end_ops below). After PRYV_OK nothing of it is left, its tokens are dead in every worker and its names are free; what a
     * crash cut off is done when the server runs again. Tells the topic "accountEnded". PRYV_NOT_FOUND: no such user here. */
    enum pryv_rc (*end)(void *self, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err);
    /* 1.0 ends here. */

    /* 1.1. A value of a field as the platform keeps it, for comparing: of addresses case does not count. */
    struct pryv_str (*platform_value)(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str value);
    /* 1.1. Gives the user another password, of 6 to 100 characters, without asking for the present one: for operators. The rules for passwords hold, but those about time
     * and reuse. Who is signed in stays so. Slow. Errors: PRYV_REFUSED 400; PRYV_NOT_FOUND: no such user here. */
    enum pryv_rc (*set_password)(void *self, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_str password,
                                 struct pryv_err *err);
    /* 1.1. Calls and last uses of accesses are counted in each worker's memory and written a little later. After this, those of all calls that were
     * answered before are in the storage. It waits for the other workers, two seconds at most. On an executor thread. */
    void (*settle_use)(void *self, struct pryv_arena *mem);
};

/* ---- For plugins that keep something of accounts elsewhere than in their storage, as values of the platform -------------------------
 * Such a one provides the interface "account-end:NAME", version 1, NAME being its own. */

#define PRYV_ACCOUNT_END_PREFIX  "account-end:"
#define PRYV_ACCOUNT_END_VERSION 1

struct pryv_account_end {
    struct pryv_str user_id;
    /* The last one first, then what the user was called before; none when somebody else has the name already. */
    const struct pryv_str *usernames;
    size_t username_count;
};

struct pryv_account_end_ops {
    size_t size;

    /* Takes away all that is kept of the account. It is called when the account's data is erased and its tokens are dead, before its names are free; and
     * again when the ending was cut off, so that what is gone already is no error. On a failure the account stays half ended, and the ending is
     * tried again later. In pryvctl too, where plugins are initialised and not started. */
    enum pryv_rc (*forget)(void *self, struct pryv_arena *mem, const struct pryv_account_end *account, struct pryv_err *err);
    /* 1.0 ends here. */
};

#endif
