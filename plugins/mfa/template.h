/* template.h - texts with places to fill in: `{{ name }}`, one blank on each side. */
#ifndef MFA_TEMPLATE_H
#define MFA_TEMPLATE_H

#include <jansson.h>
#include <pryv/arena.h>

/* Where the text ends up, which says how a value is written so that it stays in its place. */
enum template_place {
    TEMPLATE_TEXT,    /* as it is */
    TEMPLATE_JSON,    /* within a JSON text: escaped; outside of one: a number, true, false, null, or a text of its own */
    TEMPLATE_PERCENT, /* in an address or a form */
    TEMPLATE_XML,
};

/* Each place gets the member of `values` that it names; one without is left as it is. What was filled in is not looked at again. */
struct pryv_str template_fill(struct pryv_arena *mem, struct pryv_str template_, enum template_place place, const json_t *values);
/* By the Content-Type of a body. Absent: told by how the template begins. */
enum template_place template_place_of(struct pryv_str content_type, struct pryv_str template_);

#endif
