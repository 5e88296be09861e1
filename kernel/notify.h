/* notify.h - telling systemd what state the service is in (sd_notify's protocol); nothing happens elsewhere. */
#ifndef KERNEL_NOTIFY_H
#define KERNEL_NOTIFY_H

/* "READY=1", "STOPPING=1". */
void notify(const char *state);
void notify_reloading(void);

#endif
