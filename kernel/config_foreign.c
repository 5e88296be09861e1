/* config_foreign.c - settings of the reference server. A file made for it is taken as it is; what has no effect here, because the feature
 * is not there or works without that setting, is told in one line instead of a warning each. Asked only for keys nobody declared. */
#include "config.h"
#include "config_internal.h"

/* A name stands for itself and for everything below it. */
static const char *const names[] = {
    "access",
    "axonMessaging",
    "backwardCompatibility",
    "database",
    "influxdb",
    "invitationTokens",
    "openSource",
    "storagePlatform",
    "storageUserAccount",
    "storageUserIndex",
    "userFiles",
    "auth.adminAccessKey",
    "auth.filesReadTokenSecret",
    "auth.passwordResetPageURL",
    "auth.passwordResetRequestMaxAge",
    "auth.trustedApps",
    "custom.systemStreams",

    "accessState",
    "account",
    "appList",
    "audit",
    "auth.emailVerificationPageURL",
    "auth.passwordAgeMaxDays",
    "auth.passwordAgeMinDays",
    "auth.passwordComplexityMinCharCategories",
    "auth.passwordComplexityMinLength",
    "auth.passwordPreventReuseHistoryLength",
    "auth.ssoCookieDomain",
    "auth.ssoCookieSignSecret",
    "caching.isActive",
    "cluster.ca",
    "cluster.discoveryEnabled",
    "cluster.previewsWorker",
    "cluster.runMigrations",
    "cluster.tokens",
    "cmc",
    "core.available",
    "core.cname",
    "core.hosting",
    "core.ip",
    "core.ipv6",
    "core.nonVoter",
    "customExtensions",
    "custom.dataStores",
    "dns.active",
    "dns.defaultTTL",
    "dns.ip",
    "dns.ip6",
    "dns.port",
    "dns.publicIp",
    "dns.records",
    "dns.staticEntries",
    "env",
    "eventFiles",
    "hostings",
    "http.hfsPort",
    "http.previewsPort",
    "http.ssl.backloop",
    "http.ssl.tlsDir",
    "instanceTestSetup",
    "letsEncrypt",
    "logs.console.active",
    "logs.console.format",
    "logs.custom",
    "logs.file",
    "logs.fileSync",
    "logs.skipUncaughtException",
    "migrations",
    "oauth",
    "observability",
    "platform",
    "reporting",
    "serviceInfoUrl",
    "services.email",
    "services.mfa",
    "services.register",
    "sharedSecrets",
    "showRoutes",
    "sso",
    "storages",
    "tcpBroker",
    "testNotifications",
    "trace",
    "updates",
    "user-account",
    "versioning",
    "webhooks",
    "zmqBroker",
};

bool config_is_foreign(const char *name)
{
    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        size_t len = strlen(names[i]);

        if (strncmp(name, names[i], len) == 0 && (name[len] == '\0' || name[len] == '.'))
            return true;
    }
    return false;
}

bool config_leads_to_foreign(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < PRYV_COUNT(names); i++)
        if (strncmp(names[i], name, len) == 0 && names[i][len] == '.')
            return true;
    return false;
}
