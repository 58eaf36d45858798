/* Many threads lend, view, slice and drop the same memory at once; it is released
 * exactly once, by whoever is last.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/threads.c -lpybuf -pthread
 */
// tsan: yes
#include "check.h"

#include <pthread.h>

enum { THREADS = 8, ROUNDS = 500, HEIGHT = 6, WIDTH = 7 };

static int32_t numbers[HEIGHT][WIDTH];
static pthread_mutex_t start = PTHREAD_MUTEX_INITIALIZER; /* held until all threads are there */

/* Every thread gets a reference to the exporter and one to a view, and drops both at the end. */
typedef struct shared {
    pybuf_exporter *lent;
    pybuf_view *view;
} shared;

static void one_round(const shared *with, Py_ssize_t row)
{
    Py_buffer buffer;
    CHECK(pybuf_getbuffer(with->lent, &buffer, PyBUF_FULL_RO) == 0 && buffer.shape[0] == HEIGHT);
    pybuf_view *own = pybuf_exporter_view(with->lent, &(pybuf_want){.kind = "int32", .ndim = 2});
    pybuf_view *rows = pybuf_view_slice(own, 0, row, PYBUF_OPEN, 1);
    pybuf_view *columns = pybuf_view_transpose(with->view, NULL, 0);
    pybuf_view_unref(own);
    int32_t item = -1;
    CHECK(pybuf_view_read_item(rows, (Py_ssize_t[]){0, 3}, 2, &item, sizeof item) == 0 && item == row * WIDTH + 3);
    CHECK(pybuf_view_pointer(columns, (Py_ssize_t[]){2, row}, 2) == &numbers[row][2]);
    /* an error stays with the thread that made it */
    CHECK_ERROR(!pybuf_view_slice(with->view, (int32_t)row + 2, 0, 1, 1), PYBUF_ERR_INDEX, "dimension");
    char own_dimension[32];
    snprintf(own_dimension, sizeof own_dimension, "dimension %d", (int)row + 2);
    CHECK(strstr(pybuf_error_message(), own_dimension));
    pybuf_view_unref(rows);
    pybuf_view_unref(columns);
    pybuf_release(&buffer);
}

typedef struct worker {
    pthread_t thread;
    shared with;
    Py_ssize_t row;
} worker;

static void *work(void *argument)
{
    worker *self = argument;
    pthread_mutex_lock(&start);
    pthread_mutex_unlock(&start);
    for (int i = 0; i < ROUNDS; i++)
        one_round(&self->with, self->row);
    pybuf_view_unref(self->with.view);
    pybuf_exporter_unref(self->with.lent);
    return NULL;
}

int main(void)
{
    for (int i = 0; i < HEIGHT * WIDTH; i++)
        numbers[i / WIDTH][i % WIDTH] = i;
    atomic_int released = 0;
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = numbers, .size = sizeof numbers, .format = "i", .ndim = 2, .shape = (Py_ssize_t[]){HEIGHT, WIDTH},
        .release = count_release, .context = &released});
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    CHECK(lent && view);
    pthread_mutex_lock(&start);
    worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i].with = (shared){pybuf_exporter_ref(lent), pybuf_view_ref(view)};
        workers[i].row = i % HEIGHT;
        CHECK_EQUAL(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
    pthread_mutex_unlock(&start);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(workers[i].thread, NULL), 0);
    CHECK_EQUAL(released, 1);
    return checks_done("threads");
}
