/* Checks for the C programs: the first one that fails says where and why, and
 * ends the program with status 1. Threads may check as well. */
#ifndef CHECK_H
#define CHECK_H

#include <pybuf.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many checks have passed. */
static atomic_int checks_passed;

/* Which row of a table is being checked, for a failure to say. */
static const char *check_case;

static inline void check_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    if (check_case)
        fprintf(stderr, "    in the case %s\n", check_case);
    fprintf(stderr, "    last error: %d, %s\n", (int)pybuf_error_code(), pybuf_error_message());
    exit(1);
}

static inline void check_that(int holds, const char *file, int line, const char *what)
{
    if (!holds)
        check_failed(file, line, what);
    atomic_fetch_add(&checks_passed, 1);
}

static inline void check_equal(long long a, long long b, const char *file, int line, const char *what)
{
    if (a != b)
        fprintf(stderr, "    %lld is not %lld\n", a, b);
    check_that(a == b, file, line, what);
}

static inline void check_error(int failed, int code, const char *part, const char *file, int line, const char *what)
{
    if (failed && pybuf_error_code() == code && strstr(pybuf_error_message(), part)) {
        atomic_fetch_add(&checks_passed, 1);
        return;
    }
    fprintf(stderr, "    %s; wanted: error %d with \"%s\"\n", failed ? "failed" : "succeeded", code, part);
    check_failed(file, line, what);
}

/* The condition holds. */
#define CHECK(condition) check_that(!!(condition), __FILE__, __LINE__, #condition)

/* Two integers are equal. */
#define CHECK_EQUAL(a, b) check_equal((long long)(a), (long long)(b), __FILE__, __LINE__, #a " == " #b)

/* `failed` is a call compared with its sign of failure (`pybuf_x(…) < 0`, `!pybuf_y(…)`). It
 * fails, and leaves an error with this code and this part of a message. */
#define CHECK_ERROR(failed, code, part) \
    (pybuf_error_clear(), check_error(!!(failed), (code), (part), __FILE__, __LINE__, #failed))

/* A release callback that counts its calls: `.release = count_release, .context = &counter`. */
static inline void count_release(void *counter)
{
    atomic_fetch_add((atomic_int *)counter, 1);
}

/* The end of main. */
static inline int checks_done(const char *program)
{
    printf("%s: %d checks\n", program, atomic_load(&checks_passed));
    return 0;
}

#endif
