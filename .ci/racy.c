/* A program with a race, which ThreadSanitizer has to report: two threads write the same
 * memory and do not synchronise. `racy library` lets the library do it, so that the report
 * shows that its Rust code is watched; `racy program` does it here.
 */
#include <pybuf.h>

#include <pthread.h>
#include <string.h>

static char bytes[16];
static Py_buffer buffer;
static volatile int counter;

static void *in_library(void *unused)
{
    for (int i = 0; i < 1000; i++)
        pybuf_fill_info(&buffer, NULL, bytes, sizeof bytes, 1, PyBUF_FULL_RO);
    return unused;
}

static void *in_program(void *unused)
{
    for (int i = 0; i < 1000; i++)
        counter++;
    return unused;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    void *(*race)(void *) = strcmp(argv[1], "library") == 0 ? in_library : in_program;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, race, NULL) != 0)
            return 2;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
