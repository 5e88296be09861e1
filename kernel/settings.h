/* settings.h - the kernel's own settings, as struct; names, defaults and help are in settings.c. */
#ifndef KERNEL_SETTINGS_H
#define KERNEL_SETTINGS_H

#include <pryv/config.h>

struct settings {
    struct pryv_str http_ip;
    int64_t http_port;
    int64_t threads, spare_threads, queue; /* per worker */
    int64_t max_url_bytes, max_header_bytes, max_headers;
    int64_t max_connections, max_requests_per_connection;
    int64_t idle_timeout_ms, header_timeout_ms, body_timeout_ms, send_timeout_ms;
    int64_t min_bytes_per_second, min_rate_window_ms;
    int64_t memory_body_bytes, send_buffer_bytes;
    int64_t max_json_depth, max_json_values;
    bool gzip;
    int64_t gzip_min_bytes;
    json_t *trusted_proxies;
    struct pryv_str ssl_key_file, ssl_cert_file, ssl_ca_file;
    double uploads_max_size_mb, uploads_max_file_size_mb;
    int64_t uploads_max_form_kb;
    int64_t max_batch_depth;
    int64_t api_workers; /* 0: number of processors */
    double grace_seconds;
    int64_t bus_max_message_bytes, bus_queue_messages;
    int64_t cache_accesses, cache_accounts, cache_accounts_mb, cache_users, cache_stream_trees, cache_accesses_mb,
        cache_stream_trees_mb;
    int64_t password_operations, password_memory_kb, password_concurrency, password_queue;
    struct pryv_str log_level;
    bool log_json;
    bool dnsless;
    struct pryv_str public_url;
    struct pryv_str dns_domain, core_id, core_url;
    json_t *service; /* the `service` map */
    bool audit_active;
    int64_t session_max_age_ms;
    bool access_tracking;
    int64_t max_form_bytes, max_parameters;
    bool access_log;
    json_t *dns_static_entries;
    double session_extend_share; /* 0..1 */
    int64_t outgoing_programs;
    struct pryv_str admin_key;
};

extern const struct pryv_config_key settings_keys[];
/* Set once in the master and again in each worker before threads start; read only afterwards. */
extern struct settings settings;

struct config;
struct pryv_err;
/* Fill `settings` from `config` and work out what was left open: dnsLess.publicUrl (never with a final slash), core.url,
 * cluster.apiWorkers. `bound_port` is what the system chose where http.port is 0, else 0. Texts live as long as `config`. */
PRYV_CHECK enum pryv_rc settings_load(struct config *config, int bound_port, struct pryv_err *err);

#endif
