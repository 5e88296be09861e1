/* group.c - see group.h. */
#include "group.h"
#include <errno.h>
#include <time.h>

void group_init(struct group *group, unsigned leaders, unsigned patience_ms, group_work work, void *context)
{
    *group = (struct group){ .leaders = leaders, .patience_ms = patience_ms, .work = work, .context = context };
    pthread_mutex_init(&group->lock, NULL);
}

void group_release(struct group *group)
{
    pthread_mutex_destroy(&group->lock);
}

/* ---- The line, with the lock: empty while a place to lead is free ----------------------------- */

static void append(struct group *group, struct group_item *item)
{
    item->next = NULL;
    *(group->first ? &group->last->next : &group->first) = item;
    group->last = item;
}

static struct group_item *take_first(struct group *group)
{
    struct group_item *item = group->first;

    if (item)
        group->first = item->next;
    return item;
}

/* False when it is there no more. */
static bool take_out(struct group *group, struct group_item *item)
{
    struct group_item **at = &group->first, *before = NULL;

    while (*at && *at != item) {
        before = *at;
        at = &before->next;
    }
    if (!*at)
        return false;
    *at = item->next;
    if (group->last == item)
        group->last = before;
    return true;
}

/* ---- Leading --------------------------------------------------------------------------------- */

static void call(struct group_item *item, bool to_lead)
{
    item->leads = to_lead;
    sem_post(&item->called);
}

static size_t gather(struct group *group, struct group_item *own, struct group_item *items[GROUP_MOST])
{
    size_t count = 0;

    pthread_mutex_lock(&group->lock);
    for (struct group_item *item = own; item; item = count < GROUP_MOST ? take_first(group) : NULL)
        items[count++] = item;
    pthread_mutex_unlock(&group->lock);
    return count;
}

/* The next leader is called before those who are done, so that the work goes on while they wake. */
static void pass_on(struct group *group)
{
    struct group_item *next;

    pthread_mutex_lock(&group->lock);
    next = group->leading > group->leaders ? NULL : take_first(group);
    if (!next)
        group->leading--;
    pthread_mutex_unlock(&group->lock);
    if (next)
        call(next, true);
}

static void lead(struct group *group, struct group_item *own)
{
    struct group_item *items[GROUP_MOST];
    size_t count = gather(group, own, items);

    group->work(group->context, items, count);
    pass_on(group);
    for (size_t i = 1; i < count; i++)
        call(items[i], false);
}

/* ---- Taking part ----------------------------------------------------------------------------- */

/* False when it is in the line. */
static bool may_lead(struct group *group, struct group_item *item)
{
    bool leads;

    pthread_mutex_lock(&group->lock);
    leads = group->leading < group->leaders;
    if (leads)
        group->leading++;
    else
        append(group, item);
    pthread_mutex_unlock(&group->lock);
    return leads;
}

static void wait_until_called(struct group_item *item)
{
    while (sem_wait(&item->called) == -1 && errno == EINTR)
        ;
}

/* False: it was not called. Where the clock is set meanwhile, it waits longer or shorter. */
static bool wait_patiently(struct group_item *item, unsigned patience_ms)
{
    struct timespec end;
    int called;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += (long) patience_ms * 1000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    while ((called = sem_timedwait(&item->called, &end)) == -1 && errno == EINTR)
        ;
    return called == 0;
}

static bool leads_uncalled(struct group *group, struct group_item *item)
{
    bool waits;

    pthread_mutex_lock(&group->lock);
    waits = take_out(group, item);
    if (waits)
        group->leading++;
    pthread_mutex_unlock(&group->lock);
    return waits;
}

static bool called_to_lead(struct group *group, struct group_item *item)
{
    if (group->patience_ms && !wait_patiently(item, group->patience_ms)) {
        if (leads_uncalled(group, item))
            return true;
        wait_until_called(item); /* it is in a group, or about to lead one */
    } else if (!group->patience_ms) {
        wait_until_called(item);
    }
    return item->leads;
}

void group_do(struct group *group, struct group_item *item)
{
    sem_init(&item->called, 0, 0);
    if (may_lead(group, item) || called_to_lead(group, item))
        lead(group, item);
    sem_destroy(&item->called);
}
