/* Copies that are planned once: generated layouts of both sides, executed on several memories,
 * beside an odometer that moves one item after another by way of a copy of the source.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/copy_plan.c -lpybuf -pthread
 */
// tsan: yes
#include "check.h"

#include <pthread.h>

enum { MOST_DIMS = 4, MEMORY = 6000, THREADS = 4 };

typedef Py_ssize_t dims[MOST_DIMS];

static uint32_t seed = 2026;

/* The next number of a sequence that is the same in each run, from 0 to below. */
static uint32_t below(uint32_t count)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % count;
}

/* One side of a copy: bytes lie from `low` below its first item to `high` above it. */
typedef struct side {
    dims strides;
    Py_ssize_t low, high;
} side;

/* The dimensions in any order in memory, some with gaps behind them, some backwards. */
static side side_of(int ndim, const Py_ssize_t *shape, Py_ssize_t itemsize, int may_repeat)
{
    side made = {.high = itemsize};
    int order[MOST_DIMS] = {0, 1, 2, 3};
    for (int k = ndim; k-- > 1;) {
        int other = (int)below((uint32_t)k + 1), kept = order[k];
        order[k] = order[other];
        order[other] = kept;
    }
    Py_ssize_t stride = itemsize;
    for (int k = 0; k < ndim; k++) {
        int dim = order[k];
        if (below(3) == 0) stride += (Py_ssize_t)below(5);
        made.strides[dim] = may_repeat && below(8) == 0 ? 0 : below(4) == 0 ? -stride : stride;
        stride *= shape[dim] ? shape[dim] : 1;
        Py_ssize_t reach = shape[dim] ? made.strides[dim] * (shape[dim] - 1) : 0;
        if (reach < 0) made.low += reach;
        else made.high += reach;
    }
    return made;
}

/* Where an item lies, by its number in C order. */
static Py_ssize_t offset_of(int ndim, const Py_ssize_t *shape, const Py_ssize_t *strides, Py_ssize_t number)
{
    Py_ssize_t offset = 0;
    for (int dim = ndim; dim-- > 0;) {
        offset += number % shape[dim] * strides[dim];
        number /= shape[dim];
    }
    return offset;
}

static void copy_naively(int ndim, const Py_ssize_t *shape, Py_ssize_t itemsize, char *dest, const side *to,
                         const char *src, const side *from)
{
    static char items[MEMORY];
    Py_ssize_t count = 1;
    for (int dim = 0; dim < ndim; dim++)
        count *= shape[dim];
    for (Py_ssize_t k = 0; k < count; k++)
        memcpy(items + k * itemsize, src + offset_of(ndim, shape, from->strides, k), (size_t)itemsize);
    for (Py_ssize_t k = 0; k < count; k++)
        memcpy(dest + offset_of(ndim, shape, to->strides, k), items + k * itemsize, (size_t)itemsize);
}

static void fill(char *memory, size_t size)
{
    for (size_t i = 0; i < size; i++)
        memory[i] = (char)(i * 7 + i / 251 + below(3));
}

/* The first item somewhere in a memory that holds the side. */
static Py_ssize_t placed(const side *one)
{
    return -one->low + (Py_ssize_t)below((uint32_t)(MEMORY - (one->high - one->low)) + 1);
}

static void generated(void)
{
    static char memory[2][MEMORY], expected[2][MEMORY];
    for (int round = 0; round < 4000; round++) {
        int ndim = (int)below(MOST_DIMS + 1);
        Py_ssize_t itemsize = 1 + (Py_ssize_t)below(17);
        dims shape;
        for (int dim = 0; dim < ndim; dim++)
            shape[dim] = (Py_ssize_t)below(below(30) ? 5 : 1) + (below(20) != 0);
        side to = side_of(ndim, shape, itemsize, below(10) == 0), from = side_of(ndim, shape, itemsize, 1);
        if (to.high - to.low > MEMORY || from.high - from.low > MEMORY) continue;
        pybuf_copy_plan *plan = pybuf_copy_plan_new(ndim, shape, itemsize, to.strides, from.strides);
        CHECK(plan);
        for (int place = 0; place < 3; place++) {
            fill(memory[0], sizeof memory);
            memcpy(expected, memory, sizeof memory);
            /* Now and then in the same memory, where they may overlap. */
            int other = below(3) != 0;
            Py_ssize_t dest = placed(&to), src = placed(&from);
            copy_naively(ndim, shape, itemsize, expected[0] + dest, &to, expected[other] + src, &from);
            CHECK_EQUAL(pybuf_copy_plan_execute(plan, memory[0] + dest, memory[other] + src), 0);
            CHECK(memcmp(memory, expected, sizeof memory) == 0);
        }
        pybuf_copy_plan_unref(plan);
    }
}

/* Of strides that are not said, items lie in C order. */
static void in_c_order(void)
{
    int32_t to[6] = {0}, from[6] = {1, 2, 3, 4, 5, 6};
    const dims shape = {2, 3}, turned = {4, 8};
    pybuf_copy_plan *plan = pybuf_copy_plan_new(2, shape, 4, NULL, turned);
    CHECK_EQUAL(pybuf_copy_plan_execute(plan, to, from), 0);
    CHECK(memcmp(to, (int32_t[]){1, 3, 5, 2, 4, 6}, sizeof to) == 0);
    pybuf_copy_plan_unref(plan);
    plan = pybuf_copy_plan_new(2, shape, 4, turned, NULL);
    CHECK_EQUAL(pybuf_copy_plan_execute(plan, to, from), 0);
    CHECK(memcmp(to, (int32_t[]){1, 4, 2, 5, 3, 6}, sizeof to) == 0);
    pybuf_copy_plan_unref(plan);
    plan = pybuf_copy_plan_new(2, shape, 4, NULL, NULL);
    CHECK_EQUAL(pybuf_copy_plan_execute(plan, to, from), 0);
    CHECK(memcmp(to, from, sizeof to) == 0);
    pybuf_copy_plan_unref(plan);
}

/* A single item has no shape, and where one is given it is not looked at. */
static void of_one_item(void)
{
    const Py_ssize_t *given[] = {NULL, (dims){-3}};
    for (size_t i = 0; i < 2; i++) {
        char to[] = "________", from[] = "12345678";
        pybuf_copy_plan *plan = pybuf_copy_plan_new(0, given[i], 5, given[i], given[1 - i]);
        CHECK_EQUAL(pybuf_copy_plan_execute(plan, to, from), 0);
        CHECK(strcmp(to, "12345___") == 0);
        pybuf_copy_plan_unref(plan);
    }
}

static void of_views(void)
{
    int32_t to[6] = {0}, from[6] = {1, 2, 3, 4, 5, 6};
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = from, .size = sizeof from, .format = "i", .ndim = 2, .shape = (dims){3, 2}, .readonly = 1});
    pybuf_exporter *other = pybuf_exporter_new(&(pybuf_memory){
        .buf = to, .size = sizeof to, .format = "f", .ndim = 2, .shape = (dims){3, 2}, .order = 'F'});
    pybuf_view *src = pybuf_exporter_view(lent, NULL), *dest = pybuf_exporter_view(other, NULL);
    pybuf_copy_plan *plan = pybuf_copy_plan_of_views(dest, src), *again = pybuf_copy_plan_ref(plan);
    CHECK(plan && again == plan);
    pybuf_copy_plan_unref(plan);
    CHECK_EQUAL(pybuf_copy_plan_execute(again, pybuf_view_data(dest), pybuf_view_data(src)), 0);
    CHECK(memcmp(to, (int32_t[]){1, 3, 5, 2, 4, 6}, sizeof to) == 0);
    pybuf_copy_plan_unref(again);

    pybuf_view *flat = pybuf_view_reshape(src, 1, (dims){6}, 'C'), *bytes = pybuf_view_cast(src, "B", 0, 0, NULL, 0);
    CHECK_ERROR(!pybuf_copy_plan_of_views(dest, flat), PYBUF_ERR_VALUE, "shape (6,) to shape (3, 2)");
    CHECK_ERROR(!pybuf_copy_plan_of_views(bytes, flat), PYBUF_ERR_VALUE, "");
    pybuf_exporter *pointers = pybuf_exporter_stack((pybuf_view *[]){src, src}, 2);
    pybuf_view *indirect = pybuf_exporter_view(pointers, &(pybuf_want){.indirect = 1});
    CHECK_ERROR(!pybuf_copy_plan_of_views(indirect, src), PYBUF_ERR_BUFFER, "the destination has suboffsets");
    CHECK_ERROR(!pybuf_copy_plan_of_views(src, indirect), PYBUF_ERR_BUFFER, "the source has suboffsets");
    pybuf_view *views[] = {src, dest, flat, bytes, indirect};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        pybuf_view_unref(views[i]);
    pybuf_exporter_unref(lent);
    pybuf_exporter_unref(other);
    pybuf_exporter_unref(pointers);
}

static void bad_input(void)
{
    char bytes[64] = "as it was";
    const dims shape = {2, 3}, negative = {2, -3}, far = {PTRDIFF_MAX / 2, PTRDIFF_MAX / 2};
    CHECK_ERROR(!pybuf_copy_plan_new(2, NULL, 4, NULL, NULL), PYBUF_ERR_VALUE, "shape is NULL");
    CHECK_ERROR(!pybuf_copy_plan_new(1, NULL, 4, shape, shape), PYBUF_ERR_VALUE, "shape is NULL");
    CHECK_ERROR(!pybuf_copy_plan_new(-1, shape, 4, NULL, NULL), PYBUF_ERR_VALUE, "-1 dimensions");
    CHECK_ERROR(!pybuf_copy_plan_new(129, shape, 4, NULL, NULL), PYBUF_ERR_VALUE, "129 dimensions");
    CHECK_ERROR(!pybuf_copy_plan_new(2, shape, -4, NULL, NULL), PYBUF_ERR_VALUE, "itemsize is -4");
    CHECK_ERROR(!pybuf_copy_plan_new(2, negative, 4, NULL, NULL), PYBUF_ERR_VALUE, "negative in dimension 1");
    CHECK_ERROR(!pybuf_copy_plan_new(2, far, 4, NULL, NULL), PYBUF_ERR_OVERFLOW, "does not fit");
    CHECK_ERROR(!pybuf_copy_plan_new(2, shape, 4, far, NULL), PYBUF_ERR_OVERFLOW, "beyond the address space");
    CHECK_ERROR(!pybuf_copy_plan_new(2, shape, 4, NULL, far), PYBUF_ERR_OVERFLOW, "beyond the address space");

    pybuf_copy_plan *plan = pybuf_copy_plan_new(2, shape, 4, NULL, NULL);
    CHECK_ERROR(pybuf_copy_plan_execute(plan, NULL, bytes) < 0, PYBUF_ERR_VALUE, "dest is NULL, but 24 bytes");
    CHECK_ERROR(pybuf_copy_plan_execute(plan, bytes, NULL) < 0, PYBUF_ERR_VALUE, "src is NULL");
    CHECK(strcmp(bytes, "as it was") == 0);
    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    CHECK_ERROR(pybuf_copy_plan_execute((pybuf_copy_plan *)(void *)lent, bytes, bytes) < 0, PYBUF_ERR_TYPE,
                "a pybuf_copy_plan is needed here; this handle is a pybuf_exporter");
    CHECK_ERROR(!pybuf_exporter_ref((pybuf_exporter *)(void *)plan), PYBUF_ERR_TYPE,
                "this handle is a pybuf_copy_plan");
    pybuf_exporter_unref(lent);
    pybuf_copy_plan_unref(plan);

    plan = pybuf_copy_plan_new(2, (dims){2, 0}, 4, far, NULL);
    CHECK_EQUAL(pybuf_copy_plan_execute(plan, NULL, NULL), 0);
    pybuf_copy_plan_unref(plan);
}

static void explained(void)
{
    char text[PYBUF_EXPLAIN_SIZE] = "", small[12];
    pybuf_copy_plan *plan = pybuf_copy_plan_new(2, (dims){4096, 4096}, 4, NULL, (dims){4, 4 * 4096});
    Py_ssize_t length = pybuf_copy_plan_explain(plan, text, sizeof text);
    CHECK(length > 0 && (size_t)length == strlen(text) && text[length - 1] == '\n');
    CHECK(strstr(text, "Copies shape (4096, 4096) of 4-byte items, 64 MiB.\n"));
    CHECK(strstr(text, "A transpose of 4096 rows and 4096 columns"));
    CHECK_EQUAL(pybuf_copy_plan_explain(plan, NULL, 0), length);
    CHECK_EQUAL(pybuf_copy_plan_explain(plan, small, sizeof small), length);
    CHECK(strcmp(small, "Copies shap") == 0);
    CHECK_ERROR(pybuf_copy_plan_explain(plan, NULL, 5) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_copy_plan_explain(plan, text, -1) < 0, PYBUF_ERR_VALUE, "-1");
    pybuf_copy_plan_unref(plan);
}

/* One plan, executed by many threads at once, each on memory of its own. */
enum { SIDE = 24, ROUNDS = 200 };

static void *transpose(void *shared)
{
    static const Py_ssize_t size = SIDE * SIDE;
    int32_t from[SIDE * SIDE], to[SIDE * SIDE];
    for (int32_t round = 0; round < ROUNDS; round++) {
        for (int32_t i = 0; i < size; i++)
            from[i] = i + round;
        CHECK(pybuf_copy_plan_execute(shared, to, from) == 0);
        for (int i = 0; i < size; i++)
            if (to[i] != from[i % SIDE * SIDE + i / SIDE]) CHECK(0);
    }
    pybuf_copy_plan_unref(shared);
    return NULL;
}

static void threads(void)
{
    pybuf_copy_plan *plan = pybuf_copy_plan_new(2, (dims){SIDE, SIDE}, 4, NULL, (dims){4, 4 * SIDE});
    pthread_t all[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&all[i], NULL, transpose, pybuf_copy_plan_ref(plan)), 0);
    pybuf_copy_plan_unref(plan);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(all[i], NULL), 0);
}

int main(void)
{
    generated();
    in_c_order();
    of_one_item();
    of_views();
    bad_input();
    explained();
    threads();
    return checks_done("copy_plan");
}
