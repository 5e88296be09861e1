/* pryv/bus.h - what happened, told to every worker. Messages go through the master and never carry secrets. */
#ifndef PRYV_BUS_H
#define PRYV_BUS_H

#include <pryv/base.h>

/* topic: "eventsChanged", "streamsChanged", "accessesChanged", ... up to 64 bytes; payload: JSON text or absent,
 * up to bus.maxMessageBytes. Delivered once to each worker that subscribes, this one too, in order per sender.
 * Any thread; does not block. A worker that cannot keep up gets the topic "resync" instead of what it missed. */
PRYV_EXPORT void pryv_publish(const char *topic, struct pryv_str user_id, struct pryv_str payload);

/* `fn` runs on the loop and must not block. From `start` only. topic "*": all. */
typedef void (*pryv_subscriber)(void *self, const char *topic, struct pryv_str user_id, struct pryv_str payload);
PRYV_EXPORT void pryv_subscribe(const char *topic, pryv_subscriber fn, void *self);

#endif
