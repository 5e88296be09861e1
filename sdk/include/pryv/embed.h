/* pryv/embed.h - run one plugin in a program of your own, without the server: for tools and tests, such as
 * pryvd-storage-check. Its configuration is filled from defaults, the environment and `settings`, as a worker would; then its
 * init and start are called, and pryv_interface finds what it provides. pryv_every runs nothing.
 * One at a time in a process, from one thread; afterwards any thread may use the interfaces. */
#ifndef PRYV_EMBED_H
#define PRYV_EMBED_H

#include <pryv/error.h>

struct pryv_embed {
    size_t size;                 /* sizeof(struct pryv_embed), as compiled */
    const char *plugin_file;     /* "build/plugins/storage-sqlite.so" */
    const char *data_dir;        /* made when it is not there */
    const char *const *settings; /* "key=value", the later the stronger */
    size_t setting_count;
    int worker_index, worker_count; /* what the plugin is told; other processes may embed the others */
};

/* Problems of the configuration are told on the log, one by one. After a failure nothing is left to stop. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_embed_start(const struct pryv_embed *embed, struct pryv_err *err);
PRYV_EXPORT void pryv_embed_stop(void);

#endif
