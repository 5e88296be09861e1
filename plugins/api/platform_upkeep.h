/* platform_upkeep.h - what has expired on the platform is taken away: requests for access, failed sign-ins, reset tokens, reservations. */
#ifndef API_PLATFORM_UPKEEP_H
#define API_PLATFORM_UPKEEP_H

/* A task of pryv_every, of one worker; `self` is the struct api. */
void platform_upkeep(void *self);

#endif
