/* A malloc that counts, and fails when it is told to: this program's instead of the C
 * library's. For one program of one thread.
 *
 * That can be done with glibc, without a sanitizer. Elsewhere, and under valgrind, which
 * replaces malloc itself, nothing fails and nothing is counted: `can_fail()` says so. */
#ifndef FAILING_MALLOC_H
#define FAILING_MALLOC_H

#include <stdlib.h>

static long until_failure; /* so many from now on, and it fails; 0: none does */
static long live;          /* what is allocated and not freed */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)
#include <errno.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);
int posix_memalign(void **memory, size_t alignment, size_t size);

static int fails(void)
{
    return until_failure > 0 && --until_failure == 0;
}

static void *counted(void *memory)
{
    live += memory != NULL;
    return memory;
}

void *malloc(size_t size)
{
    return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size)
{
    if (fails())
        return NULL;
    void *moved = __libc_realloc(memory, size);
    live += !memory && moved;
    live -= memory && !moved && size == 0;
    return moved;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *made = fails() ? NULL : counted(__libc_memalign(alignment, size));
    if (!made)
        return ENOMEM;
    *memory = made;
    return 0;
}

void free(void *memory)
{
    live -= memory != NULL;
    __libc_free(memory);
}
#endif

/* Whether these functions are the ones that are called. */
static inline int can_fail(void)
{
    until_failure = 1;
    void *volatile memory = malloc(1);
    until_failure = 0;
    free(memory);
    return memory == NULL;
}

#endif
