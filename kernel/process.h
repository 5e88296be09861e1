/* process.h - what a process of pryvd knows of itself; read through pryv_worker_index, pryv_worker_count and pryv_data_dir. */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

/* Before threads start. `data_dir` is absolute and kept by reference. */
void process_is(int worker_index, int worker_count, const char *data_dir);
/* The plugin whose routes alone this worker serves; NULL, as it is until it is told: all. Kept by reference. */
void process_serves(const char *plugin);
const char *process_served(void);

#endif
