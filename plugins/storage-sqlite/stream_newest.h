/* stream_newest.h - the table that lets a query of many streams leave out those that have nothing new.
 *
 * No event of a stream begins later than stream_newest tells, -INFINITY before its first; of a stream that is not in it nothing is known. To keep it
 * costs a write a page for each stream of an event: an account has it for all its streams once they are many, and for none before. A trigger keeps
 * the times (migrations.c), streams.c the rows. */
#ifndef STORAGE_SQLITE_STREAM_NEWEST_H
#define STORAGE_SQLITE_STREAM_NEWEST_H

/* More than 64. */
#define MANY_STREAMS "EXISTS (SELECT 1 FROM streams LIMIT 1 OFFSET 64)"
/* For the streams that meet the conditions that follow. A step of migrations.c has it: it is not to be changed. */
#define KEEP_NEWEST                        \
    "INSERT OR IGNORE INTO stream_newest " \
    "SELECT id, ifnull((SELECT max(time) FROM event_streams WHERE stream_id = streams.id), -9e999) FROM streams WHERE "

#endif
