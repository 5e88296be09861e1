/* pryv/log.h - one line per record, written with one write, safe from every thread and process.
 * Text: `2026-01-02T03:04:05.678Z info [name] request=4f1c message`. JSON: one object per line.
 * Tokens, passwords, cookies and bodies are never logged; mask with pryv_log_secret where a text that
 * might hold one must be told. Any thread.
 */
#ifndef PRYV_LOG_H
#define PRYV_LOG_H

#include <pryv/base.h>

enum pryv_log_level { PRYV_LOG_ERROR, PRYV_LOG_WARN, PRYV_LOG_INFO, PRYV_LOG_DEBUG };

PRYV_EXPORT bool pryv_log_enabled(enum pryv_log_level level);
PRYV_EXPORT void pryv_log(enum pryv_log_level level, const char *name, const char *format, ...) PRYV_PRINTF(3, 4);

/* The id of the request this thread works on, put on every line until it is set to NULL. */
PRYV_EXPORT void pryv_log_request(const char *id);

#define pryv_log_error(name, ...) pryv_log(PRYV_LOG_ERROR, name, __VA_ARGS__)
#define pryv_log_warn(name, ...)  pryv_log(PRYV_LOG_WARN, name, __VA_ARGS__)
#define pryv_log_info(name, ...)  pryv_log(PRYV_LOG_INFO, name, __VA_ARGS__)
#define pryv_log_debug(name, ...)                        \
    do {                                                 \
        if (pryv_log_enabled(PRYV_LOG_DEBUG))            \
            pryv_log(PRYV_LOG_DEBUG, name, __VA_ARGS__); \
    } while (0)

#endif
