/* bus_wire.h - what goes through the socket pair between a worker and the master: one packet per message, its kind first.
 *
 * A message is: kind, length of the topic (1 byte), of the user's id (2 bytes, little end first; 0xffff: absent), whether there is a
 * payload (1 byte), topic, user id, payload.
 */
#ifndef KERNEL_BUS_WIRE_H
#define KERNEL_BUS_WIRE_H

enum bus_kind {
    BUS_READY = 'r',   /* worker to master, once: it serves */
    BUS_MESSAGE = 'm', /* worker to master, master to the others */
    BUS_RESYNC = 'y',  /* both ways: messages were lost */
};

enum {
    BUS_TOPIC_BYTES = 64,
    BUS_USER_BYTES = 256,
    BUS_HEAD_BYTES = 5,
    BUS_PACKET_BYTES = 131072 + BUS_HEAD_BYTES + BUS_TOPIC_BYTES + BUS_USER_BYTES, /* bus.maxMessageBytes at its largest */
};

#endif
