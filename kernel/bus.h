/* bus.h - a worker's end of the bus: the socket pair to the master, see bus_wire.h. */
#ifndef KERNEL_BUS_H
#define KERNEL_BUS_H

struct event_base;

/* Loop. */
void bus_attach(struct event_base *base, int master_fd);
void bus_detach(void);

#endif
