/* failing_malloc.h for a process that is not ours, a Python say: loaded before the C library
 * (LD_PRELOAD), and told by a call when to fail.
 */
#include "failing_malloc.h"

void failing_malloc_arm(long nth);
long failing_malloc_disarm(void);

/* The nth allocation from now on fails, counted from 1. */
void failing_malloc_arm(long nth)
{
    until_failure = nth;
}

/* Nothing fails any more. How many allocations were left before one would have. */
long failing_malloc_disarm(void)
{
    long left = until_failure;
    until_failure = 0;
    return left;
}
