/* settings.c - the table of the kernel's own settings. The names are those of the reference server where it has the setting. */
#include "settings.h"
#include "config.h"
#include "log.h"
#include <stdio.h>
#include <unistd.h>

struct settings settings;

#define TEXT(member, name, default_, help)             PRYV_CONFIG_TEXT(struct settings, member, name, default_, 0, help)
#define BOOL(member, name, default_, help)             PRYV_CONFIG_BOOL(struct settings, member, name, default_, help)
#define INT(member, name, default_, min, max, help)    PRYV_CONFIG_INT(struct settings, member, name, default_, min, max, help)
#define NUMBER(member, name, default_, min, max, help) PRYV_CONFIG_NUMBER(struct settings, member, name, default_, min, max, help)

/* Where no configuration says it; a map that is set replaces all of it. */
#define DEFAULT_SERVICE                                                                                                    \
    "{name: Pryv Lab, serial: '1', home: 'https://pryv.github.io/', support: 'https://github.com/orgs/pryv/discussions', " \
    "terms: 'https://pryv.github.io/', eventTypes: 'https://pryv.github.io/event-types/flat.json'}"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

const struct pryv_config_key settings_keys[] = {
    /* Network */
    TEXT(http_ip, "http.ip", "127.0.0.1", "Address to listen on; 0.0.0.0 or :: for all."),
    INT(http_port, "http.port", "3000", 0, 65535, "Port to listen on; 0 lets the system choose one, which the log tells."),
    TEXT(ssl_key_file, "http.ssl.keyFile", NULL, "Private key, PEM. With certFile it makes http.port an HTTPS port."),
    TEXT(ssl_cert_file, "http.ssl.certFile", NULL, "Certificate with its chain, PEM."),
    TEXT(ssl_ca_file, "http.ssl.caFile", NULL, "Certificates of the authorities between, PEM, where they are not in certFile."),
    PRYV_CONFIG_JSON(struct settings, trusted_proxies, "http.trustedProxies", "[]", 0,
                     "Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For and "
                     "X-Forwarded-Proto are believed."),
    INT(max_connections, "http.maxConnections", "12000", 1, 1000000, "Open connections per worker; more are refused with 503."),
    INT(max_requests_per_connection, "http.maxRequestsPerConnection", "0", 0, 1e9,
        "Requests after which a connection is closed; 0: no limit."),
    INT(max_url_bytes, "http.maxUrlBytes", "8192", 256, 1048576, "Longest URL accepted, in bytes."),
    INT(max_header_bytes, "http.maxHeaderBytes", "16384", 1024, 1048576, "Request line and headers together, in bytes."),
    INT(max_headers, "http.maxHeaders", "100", 8, 10000, "Number of headers in a request."),
    INT(idle_timeout_ms, "http.idleTimeoutMs", "65000", 100, HOUR_MS,
        "A connection without a request is closed after this time."),
    INT(header_timeout_ms, "http.headerTimeoutMs", "10000", 100, HOUR_MS, "Time to send a request's line and headers."),
    INT(body_timeout_ms, "http.bodyTimeoutMs", "30000", 100, HOUR_MS, "Longest pause between two pieces of a request's body."),
    INT(send_timeout_ms, "http.sendTimeoutMs", "60000", 100, HOUR_MS, "Longest time a client may take nothing of an answer."),
    INT(min_bytes_per_second, "http.minBytesPerSecond", "1000", 0, 1073741824,
        "A client that sends a body, or takes an answer, more slowly than this is cut off; 0: no limit."),
    INT(min_rate_window_ms, "http.minRateWindowMs", "30000", 100, HOUR_MS,
        "Time over which http.minBytesPerSecond is measured; it also is the time that a short body has."),
    INT(memory_body_bytes, "http.memoryBodyBytes", "1048576", 1024, 1073741824,
        "Request bodies over this size are kept in a temporary file, in bytes."),
    INT(send_buffer_bytes, "http.sendBuffer", "262144", 16384, 67108864,
        "Bytes of an answer kept for a slow client before its producer waits."),
    INT(max_json_depth, "http.maxJsonDepth", "100", 4, 2000, "Nesting of maps and lists in a request's JSON."),
    INT(max_json_values, "http.maxJsonValues", "1000000", 0, 1000000000,
        "Names and values in a request's JSON, each of which may take 200 bytes of memory; 0: no limit."),
    INT(max_form_bytes, "http.maxFormBytes", "102400", 1024, 1073741824, "Largest url-encoded body of a request, in bytes."),
    INT(max_parameters, "http.maxParameters", "1000", 1, 1000000, "Parameters in a query or an url-encoded body."),
    BOOL(gzip, "http.gzip", "true", "Compress answers for clients that accept gzip."),
    INT(gzip_min_bytes, "http.gzipMinBytes", "1024", 0, 1073741824, "Answers shorter than this are sent as they are, in bytes."),
    NUMBER(uploads_max_size_mb, "uploads.maxSizeMb", "50", 0.001, 1048576, "Largest request body, uploads together, in MiB."),
    NUMBER(uploads_max_file_size_mb, "uploads.maxFileSizeMb", "0", 0, 1048576,
           "Largest single file, in MiB; 0: only maxSizeMb counts."),
    INT(uploads_max_form_kb, "uploads.maxFormKb", "1024", 1, 1048576, "Largest part of an upload that is not a file, in KiB."),

    /* Processes */
    INT(api_workers, "cluster.apiWorkers", NULL, 0, 256, "Worker processes; unset or 0: one per processor, at most 4."),
    INT(threads, "http.threads", "16", 1, 512,
        "Threads per worker that run requests. Storage connections: workers times threads."),
    INT(spare_threads, "http.spareThreads", "128", 0, 4096,
        "Threads per worker beyond http.threads, started when requests wait for clients that read slowly, for other servers or "
        "for their turn to hash a password, so that others are not kept waiting."),
    INT(queue, "http.queue", "1024", 1, 1000000, "Requests per worker that may wait for a thread; more are answered with 503."),
    INT(max_batch_depth, "http.maxBatchDepth", "5", 1, 32, "How deep batch calls may be nested."),
    INT(outgoing_programs, "outgoing.programs", "4", 1, 256,
        "Calls to other servers (mail services, SMS gateways, documents) that a worker makes at once, each by a program of its "
        "own; "
        "more wait within their time."),
    NUMBER(grace_seconds, "shutdown.graceSeconds", "10", 0, 3600, "Time that requests in flight have when the server stops."),
    INT(bus_max_message_bytes, "bus.maxMessageBytes", "65536", 1024, 131072, "Longest message between workers, in bytes."),
    INT(bus_queue_messages, "bus.queueMessages", "1024", 16, 1000000,
        "Messages kept for a worker that is slow to take them; past that it is told to start afresh."),
    INT(cache_users, "caching.users", "10000", 16, 10000000, "Accounts remembered per worker."),
    INT(cache_accesses, "caching.accesses", "10000", 16, 10000000, "Accesses, with their permissions, remembered per worker."),
    INT(cache_accesses_mb, "caching.accessesMb", "64", 1, 1048576,
        "Memory that remembered accesses may take per worker, in MiB."),
    INT(cache_accounts, "caching.accountFields", "10000", 16, 10000000, "Accounts whose fields are remembered per worker."),
    INT(cache_accounts_mb, "caching.accountFieldsMb", "32", 1, 1048576,
        "Memory that remembered fields of accounts may take per worker, in MiB."),
    INT(cache_stream_trees_mb, "caching.streamTreesMb", "256", 1, 1048576,
        "Memory that remembered trees of streams may take per worker, in MiB; a larger tree is read anew for each call."),
    INT(cache_stream_trees, "caching.streamTrees", "1000", 16, 10000000, "Trees of streams remembered per worker."),

    /* What clients are told */
    BOOL(dnsless, "dnsLess.isActive", "true", "User names are in paths (https://host/username/) instead of host names."),
    TEXT(public_url, "dnsLess.publicUrl", NULL, "Base URL that clients see; unset: made of http.ip and http.port."),
    TEXT(dns_domain, "dns.domain", NULL, "Domain of the platform; unset: none."),
    PRYV_CONFIG_JSON(struct settings, dns_static_entries, "dns.staticEntries", "{}", 0,
                     "Host names with addresses of their own, which are no user names."),
    TEXT(core_id, "core.id", "single", "Name of this core; with a domain also its host name."),
    TEXT(core_url, "core.url", NULL, "URL of this core; unset: made of core.id and dns.domain, or the public URL."),
    PRYV_CONFIG_JSON(struct settings, service, "service", DEFAULT_SERVICE, 0,
                     "What clients are told about this service: name, serial, home, support, terms, "
                     "eventTypes, assets, features."),

    /* Sign-in */
    INT(session_max_age_ms, "auth.sessionMaxAge", "1209600000", 1000, 315360000000,
        "A session ends when unused this long, in ms."),
    NUMBER(session_extend_share, "auth.sessionExtendShare", "0.02", 0, 1,
           "A session in use is extended when this share of its life has passed since it last was; each time is a write."),
    PRYV_CONFIG_TEXT(struct settings, admin_key, "auth.adminAccessKey", NULL, PRYV_CONFIG_SECRET,
                     "What operators show to the routes under /system and /reg/admin."),
    INT(password_operations, "auth.passwordHashOperations", "2", 1, 64, "Passes of Argon2id over its memory."),
    INT(password_memory_kb, "auth.passwordHashMemoryKb", "19456", 8192, 4194304, "Memory of one Argon2id hash, in KiB."),
    INT(password_concurrency, "auth.passwordHashConcurrency", "2", 1, 64, "Hashes computed at once, per worker."),
    INT(password_queue, "auth.passwordHashQueue", "64", 0, 100000,
        "Sign-ins that may wait for a hash, per worker; more get 503."),
    BOOL(access_tracking, "accessTracking.isActive", "true", "Keep when and how often an access was used."),
    BOOL(audit_active, "audit.active", "true", "Record calls, where an audit plugin is there."),

    /* Log */
    PRYV_CONFIG_ONE_OF(struct settings, log_level, "logs.console.level", "info", "error|warn|info|debug",
                       "What is logged, and all above it."),
    BOOL(access_log, "logs.requests", "false", "One line per request at info level; else at debug level."),
    BOOL(log_json, "logs.console.format.json", "false", "One JSON object per line instead of text."),
    PRYV_CONFIG_END,
};

/* The base URL clients see, when nobody said it. An address for all is no address to be reached at. */
static struct pryv_str made_public_url(struct pryv_arena *mem, int port)
{
    bool tls = settings.ssl_cert_file.len != 0;
    bool for_all = pryv_str_equal(settings.http_ip, "0.0.0.0") || pryv_str_equal(settings.http_ip, "::");
    const char *host = for_all ? "127.0.0.1" : settings.http_ip.data;
    bool v6 = strchr(host, ':') != NULL;

    if (port == (tls ? 443 : 80))
        return pryv_format(mem, "%s://%s%s%s", tls ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "");
    return pryv_format(mem, "%s://%s%s%s:%d", tls ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

static struct pryv_str without_final_slash(struct pryv_arena *mem, struct pryv_str url)
{
    while (url.len > 0 && url.data[url.len - 1] == '/')
        url.len--;
    return pryv_str_copy(mem, url);
}

static int64_t workers_for_processors(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    return processors < 1 ? 1 : processors > 4 ? 4 : processors;
}

static bool is_url(struct pryv_str url)
{
    return pryv_str_starts(url, "http://") || pryv_str_starts(url, "https://");
}

/* Clients rely on these. A serial number written without quotes is a text all the same. */
static enum pryv_rc check_service(json_t *service, struct pryv_err *err)
{
    static const char *const needed[] = { "name", "serial", "home", "support", "terms", "eventTypes" };

    if (!json_is_object(service))
        return pryv_refuse(err, 400, NULL, NULL, "service: expected a map");
    for (size_t i = 0; i < PRYV_COUNT(needed); i++) {
        const json_t *value = json_object_get(service, needed[i]);
        char text[32];

        if (json_is_integer(value)) {
            snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            json_object_set_new(service, needed[i], json_string(text));
        } else if (!json_is_string(value) || json_string_length(value) == 0) {
            return pryv_refuse(err, 400, NULL, NULL, "service.%s is required: a text", needed[i]);
        }
    }
    return PRYV_OK;
}

enum pryv_rc settings_load(struct config *config, int bound_port, struct pryv_err *err)
{
    struct pryv_arena *mem = config_arena(config);
    enum pryv_rc rc = config_fill(config, settings_keys, &settings, err);

    if (rc != PRYV_OK)
        return rc;
    if (!settings.ssl_key_file.len != !settings.ssl_cert_file.len)
        return pryv_refuse(err, 400, NULL, NULL, "http.ssl.keyFile and http.ssl.certFile belong together; only one is set");
    if (settings.public_url.len == 0)
        settings.public_url = made_public_url(mem, bound_port ? bound_port : (int) settings.http_port);
    if (!is_url(settings.public_url))
        return pryv_refuse(err, 400, NULL, NULL, "dnsLess.publicUrl: expected a URL, http:// or https://");
    settings.public_url = without_final_slash(mem, settings.public_url);
    if (settings.core_url.len == 0 && settings.dns_domain.len && !settings.dnsless)
        settings.core_url =
            pryv_format(mem, "https://%.*s.%.*s", PRYV_STR_ARG(settings.core_id), PRYV_STR_ARG(settings.dns_domain));
    else if (settings.core_url.len == 0)
        settings.core_url = settings.public_url;
    settings.core_url = without_final_slash(mem, settings.core_url);
    if (settings.api_workers == 0)
        settings.api_workers = workers_for_processors();
    log_configure(settings.log_level, settings.log_json);
    return check_service(settings.service, err);
}
