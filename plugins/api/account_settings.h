/* account_settings.h - what configuration says about accounts, passwords, sign-in and the mails about them. */
#ifndef API_ACCOUNT_SETTINGS_H
#define API_ACCOUNT_SETTINGS_H

#include <pryv/config.h>

struct account_settings {
    json_t *fields, *other_streams;
    double usage_max_age, settle_after;
    int64_t password_min_length, password_min_categories, password_history;
    double password_min_days, password_max_days;
    double reset_max_age_ms;
    int64_t reset_max_open;
    struct pryv_str reset_page_url, reset_template, welcome_template;
    json_t *mail;
    bool limits_active;
    int64_t failures_free, account_failures_free, address_failures_free;
    double limit_max_wait, account_max_wait, failures_kept;
    int64_t profile_max_kb;
    int64_t username_change_limit;
    bool tracking;
    double tracking_seconds, platform_upkeep_ms;
    bool older_prefix;
};

/* The entries of the plugin's table; `holder` is its struct, which has a member `account` of the type above. */
#define ACCOUNT_KEY(kind, holder, member, ...) PRYV_CONFIG_##kind(holder, account.member, __VA_ARGS__)
#define ACCOUNT_KEYS(holder)                                                                                                     \
    ACCOUNT_KEY(                                                                                                                 \
        JSON, holder, fields, "custom.systemStreams.account",                                                                    \
        "[{id: email, name: Email, type: email/string, isIndexed: true, isUnique: true, isShown: true, isEditable: true, "       \
        "isRequiredInValidation: true}]",                                                                                        \
        0,                                                                                                                       \
        "Account fields beside the built-in ones: id, name, type, isIndexed, isUnique, isShown, isEditable, "                    \
        "isRequiredInValidation, regexValidation, regexError, default, children."),                                              \
        ACCOUNT_KEY(                                                                                                             \
            JSON, holder, other_streams, "custom.systemStreams.other", NULL, 0,                                                  \
            "Streams that every user has at the root, ordinary in all but their being configured: id, name, type, children."),   \
        ACCOUNT_KEY(BOOL, holder, older_prefix, "backwardCompatibility.systemStreams.prefix.isActive", "false",                  \
                    "System streams are also known, and told, as `.name`, as older clients expect."),                            \
        ACCOUNT_KEY(NUMBER, holder, usage_max_age, "account.storageUsedMaxAgeSeconds", "60", 0, 86400,                           \
                    "How old the account's storageUsed may be before it is counted anew, in seconds. What takes long to count "  \
                    "is counted in the background when somebody asks for it, and may be older. 0: counted at each ask."),        \
        ACCOUNT_KEY(NUMBER, holder, settle_after, "account.settleAfterSeconds", "60", 1, 3600,                                   \
                    "A change of an account field that a crash cut off is settled when it is so old, in seconds."),              \
        ACCOUNT_KEY(NUMBER, holder, platform_upkeep_ms, "accessState.sweepIntervalMs", "600000", 100, 86400000,                  \
                    "How often what has expired on the platform (requests for access, failed sign-ins, reset tokens, "           \
                    "reservations) is taken away, in ms."),                                                                      \
        ACCOUNT_KEY(INT, holder, profile_max_kb, "profile.maxSizeKb", "1024", 1, 1048576,                                        \
                    "What one profile set may take, in KB of JSON."),                                                            \
        ACCOUNT_KEY(INT, holder, username_change_limit, "auth.usernameChangeLimit", "2", 0, 1000,                                \
                    "How often a user may change the user name; former names stay taken."),                                      \
        ACCOUNT_KEY(INT, holder, password_min_length, "auth.passwordComplexityMinLength", "0", 0, 100,                           \
                    "Shortest password that may be set, in characters; 6 always holds."),                                        \
        ACCOUNT_KEY(INT, holder, password_min_categories, "auth.passwordComplexityMinCharCategories", "0", 0, 4,                 \
                    "How many kinds of characters a password must have: small letters, capitals, digits, others."),              \
        ACCOUNT_KEY(INT, holder, password_history, "auth.passwordPreventReuseHistoryLength", "0", 0, 24,                         \
                    "How many of the last passwords, the current one among them, may not be set again."),                        \
        ACCOUNT_KEY(NUMBER, holder, password_min_days, "auth.passwordAgeMinDays", "0", 0, 36500,                                 \
                    "How long a password must be kept before it can be changed, in days."),                                      \
        ACCOUNT_KEY(NUMBER, holder, password_max_days, "auth.passwordAgeMaxDays", "0", 0, 36500,                                 \
                    "How long a password is good for signing in, in days; 0: for ever."),                                        \
        ACCOUNT_KEY(NUMBER, holder, reset_max_age_ms, "auth.passwordResetRequestMaxAge", "3600000", 1000, 2592000000,            \
                    "How long a mailed reset token is good, in ms."),                                                            \
        ACCOUNT_KEY(INT, holder, reset_max_open, "auth.passwordResetMaxOpen", "20", 1, 1000,                                     \
                    "How many reset tokens of one account may be good at a time; more requests must wait."),                     \
        ACCOUNT_KEY(TEXT, holder, reset_page_url, "auth.passwordResetPageURL", NULL, 0,                                          \
                    "The page that a reset mail leads to; unset: that of web.so. Required where there is none."),                \
        ACCOUNT_KEY(JSON, holder, mail, "services.email.enabled", NULL, 0,                                                       \
                    "Which mails are sent: true, false, or a map of welcome and resetPassword."),                                \
        ACCOUNT_KEY(TEXT, holder, welcome_template, "services.email.welcomeTemplate", "welcome-email", 0,                        \
                    "Template of the mail to a new account."),                                                                   \
        ACCOUNT_KEY(TEXT, holder, reset_template, "services.email.resetPasswordTemplate", "reset-password", 0,                   \
                    "Template of the mail with a reset token."),                                                                 \
        ACCOUNT_KEY(BOOL, holder, limits_active, "auth.failedLogins.isActive", "true",                                           \
                    "Failed sign-ins slow down the next ones."),                                                                 \
        ACCOUNT_KEY(INT, holder, failures_free, "auth.failedLogins.free", "10", 1, 1000000,                                      \
                    "Wrong passwords for one account from one address before the next attempts must wait."),                     \
        ACCOUNT_KEY(INT, holder, account_failures_free, "auth.failedLogins.freePerAccount", "50", 1, 1000000,                    \
                    "The same from all addresses together; addresses that signed in to the account before are not held to it."), \
        ACCOUNT_KEY(INT, holder, address_failures_free, "auth.failedLogins.freePerAddress", "200", 1, 1000000,                   \
                    "The same for all accounts together from one address; the server's own loopback is not counted."),           \
        ACCOUNT_KEY(NUMBER, holder, limit_max_wait, "auth.failedLogins.maxWaitSeconds", "300", 1, 86400,                         \
                    "The wait doubles from one second up to this."),                                                             \
        ACCOUNT_KEY(NUMBER, holder, account_max_wait, "auth.failedLogins.maxWaitSecondsPerAccount", "10", 1, 3600,               \
                    "The same for failures from all addresses together: short, so that strangers cannot keep an owner out."),    \
        ACCOUNT_KEY(NUMBER, holder, failures_kept, "auth.failedLogins.keptSeconds", "900", 1, 86400,                             \
                    "Failures are forgotten so long after the last one."),                                                       \
        ACCOUNT_KEY(BOOL, holder, tracking, "accessTracking.isActive", "true",                                                   \
                    "Accesses tell when and how often they were used."),                                                         \
        ACCOUNT_KEY(NUMBER, holder, tracking_seconds, "accessTracking.flushSeconds", "0.3", 0.1, 3600,                           \
                    "How often the use of accesses is written, in seconds; a crash loses what was not.")

#endif
