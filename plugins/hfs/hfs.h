/* hfs.h - what the files of this plugin share: its settings and the interfaces it uses. */
#ifndef HFS_HFS_H
#define HFS_HFS_H

#include <pryv/plugin.h>
#include <pryv/series.h>
#include <pryv/series_events.h>
#include <pryv/storage.h>

#define HFS_LOG "hfs"

struct hfs_config {
    int64_t workers, port;
    int64_t max_json_depth;
    int64_t chunk_points, merge_chunks, merge_points;
    double event_seconds, merge_share;
    int64_t max_points;
};

struct known;
struct upkeep;

struct hfs {
    const struct hfs_config *config;
    const struct pryv_storage_ops *storage;
    void *storage_self;
    const struct pryv_series_events_ops *events;
    void *events_self;
    struct upkeep *upkeep;
    struct known *known;
};

/* The plugin, inside a handler. */
static inline struct hfs *hfs_self(void)
{
    return pryv_self();
}

/* Whether points are served here. */
static inline bool hfs_serves(const struct hfs *hfs)
{
    return hfs->config->workers > 0 && hfs->storage->series_append && hfs->storage->series_scan && hfs->storage->series_drop;
}

/* 400 invalid-request-structure. */
PRYV_CHECK enum pryv_rc hfs_malformed(struct pryv_err *err, const char *why);

/* Handlers, and what takes the bodies of the last two (incoming.h). */
enum pryv_rc series_read(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc series_write(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc series_write_batch(struct pryv_call *call, struct pryv_err *err);
extern const struct pryv_body_sink series_sink, series_batch_sink;

#endif
