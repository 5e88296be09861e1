/* analyzer.h - put before every file that clang-tidy reads: what a refusal returns is known, so that it does not follow the
 * path where a failed call left its results unset and went on. */
#include <pryv/error.h>

#define pryv_fail(err, rc, ...) ((void) (pryv_fail) (err, rc, __VA_ARGS__), (rc))
#define pryv_conflict(...)      ((void) (pryv_conflict) (__VA_ARGS__), PRYV_CONFLICT)
#define pryv_refuse(...)        ((void) (pryv_refuse) (__VA_ARGS__), PRYV_REFUSED)
