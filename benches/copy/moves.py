"""Whole arrays in another order: contiguous copies, transposes, permutations, channels."""

import math

import bench_copy as bench
from case import Case, copying
from goals import BEST, NANOSECONDS, Class, Need
from memory import array, room, size_text
from peers import CRATES, MEMCPY, NUMPY, OPENCV, STREAM, XLA

MIB = 1 << 20
DRAM = "DRAM"
LARGE = 32 * MIB


def in_dram(size):
    return (DRAM,) if size >= LARGE else ()


def contiguous(quick):
    def case(size, offset=0, small_pages=False):
        def make(peers):
            dest, src = room(size, offset, small_pages), room(size, 0, small_pages)
            return copying(dest, src, peers.limits(dest, src), peers.copyto(dest, src))

        name = size_text(size) + (f", to {offset} B into a page" if offset else "")
        return Case(name + ", 4 KiB pages" * small_pages, size, make, in_dram(size))

    sizes = [4096, 32 << 10, 256 << 10, MIB, 8 * MIB, 64 * MIB] + [256 * MIB] * (not quick)
    cases = [case(size) for size in sizes]
    cases += [case(size, offset) for size in (64 << 10, 8 * MIB, 64 * MIB) for offset in (1, 16, 64)]
    return Class(
        "contiguous",
        "contiguous copy",
        cases + [case(64 * MIB, small_pages=True)],
        [Need(0.95, MEMCPY)],
        [Need(0.95, STREAM, DRAM)],
    )


def transposed(rows, columns, itemsize, offset=0, small_pages=False):
    size = rows * columns * itemsize

    def make(peers):
        to, source = room(size, offset, small_pages), room(size, 0, small_pages)
        dest, src = array(to, itemsize, columns, rows), array(source, itemsize, rows, columns)
        return copying(dest, src.T, peers.limits(to, source), peers.transpose(dest, src))

    name = f"{itemsize} B, " + (f"{rows}²" if rows == columns else f"{rows}×{columns}")
    name += f", to {offset} B into a page" if offset else ""
    return Case(name + ", 4 KiB pages" * small_pages, size, make, in_dram(size))


def large(quick):
    """Sides of large matrices: pitches that are powers of two, that are not, and of which the
    destination's is no number of whole lines.
    """
    side, other = (2048, 2000) if quick else (4096, 4000)
    return [(side, side), (other, other + 1), (other + 1, other)]


def wide(quick):
    sides = large(quick)
    cases = [transposed(*side, itemsize) for itemsize in (4, 8, 16) for side in sides]
    cases += [transposed(*sides[0], 4, small_pages=True), transposed(*sides[1], 4, offset=20)]
    return Class(
        "2d-wide",
        "2-D transpose, items of 4 to 16 B, 64 MiB and more",
        cases,
        [Need(0.5, STREAM), Need(0.8, MEMCPY), Need(1.4, BEST)],
        [Need(0.65, STREAM), Need(2.2, BEST)],
    )


def narrow(quick):
    sides = large(quick)
    cases = [transposed(*side, itemsize) for itemsize in (1, 2) for side in sides]
    cases += [transposed(*sides[0], 1, small_pages=True), transposed(*sides[1], 1, offset=21)]
    return Class(
        "2d-narrow",
        "2-D transpose, items of 1 and 2 B, 16 MiB and more",
        cases,
        [Need(0.4, STREAM), Need(2.2, BEST)],
        [Need(0.5, STREAM), Need(3.5, BEST)],
    )


def thousand(quick):
    return Class(
        "2d-1000",
        "2-D transpose, 1000²",
        [transposed(1000, 1000, itemsize) for itemsize in (1, 2, 4, 8)],
        [Need(0.5, MEMCPY), Need(1.0, BEST)],
        [Need(0.7, MEMCPY), Need(1.3, BEST)],
    )


def in_cache(quick):
    return Class(
        "2d-cached",
        "2-D transpose, 256² and 64²",
        [transposed(side, side, itemsize) for side in (256, 64) for itemsize in (1, 2, 4, 8)],
        [Need(0.45, MEMCPY), Need(1.0, BEST)],
        [Need(0.65, MEMCPY), Need(2.5, BEST)],
    )


def with_xla(peers, dest, src):
    return peers.copyto(dest, src), peers.device_put(src)


def with_crates(peers, dest, src):
    return peers.copyto(dest, src), peers.crates(dest, src)


def permuted(shape, axes, name, itemsize=4, small_pages=False, beside=with_xla):
    size = math.prod(shape) * itemsize

    def make(peers):
        to, source = room(size, 0, small_pages), room(size, 0, small_pages)
        src = array(source, itemsize, *shape).transpose(axes)
        dest = array(to, itemsize, *src.shape)
        return copying(dest, src, peers.limits(to, source), *beside(peers, dest, src))

    return Case(f"{name}{', 4 KiB pages' * small_pages}", size, make)


CUBE_AXES = [(2, 0, 1), (1, 2, 0), (2, 1, 0), (0, 2, 1), (1, 0, 2)]


def permutations(quick):
    side, odd, prime = 256, (240, 260, 300), (251, 263, 307)
    if quick:
        side, odd, prime = 128, (120, 130, 150), (127, 131, 151)
    fours, sixes = (32, 12) if quick else (64, 16)
    cases = [permuted((side,) * 3, axes, f"{side}³ {axes}") for axes in CUBE_AXES]
    for shape in odd, prime:
        letters = "×".join(map(str, shape))
        cases += [permuted(shape, axes, f"{letters} {axes}") for axes in CUBE_AXES[1:3]]
    cases += [
        permuted((fours,) * 4, None, f"{fours}⁴ reversed"),
        permuted((sixes,) * 6, None, f"{sixes}⁶ reversed"),
        permuted((side,) * 3, (2, 1, 0), f"{side}³ (2, 1, 0)", small_pages=True),
    ]
    return Class(
        "permutations",
        "N-d permutations of float32, 64 MiB and more",
        cases,
        [Need(0.6, MEMCPY), Need(5, XLA), Need(2, NUMPY)],
        [Need(0.9, MEMCPY), Need(7, XLA), Need(12, NUMPY)],
        "XLA writes to memory of its own.",
    )


def crates(quick):
    side = 128 if quick else 256
    shapes = [large(quick)[1], (1000, 1000), (256, 256), (side,) * 3]
    cases = [
        permuted(shape, None, f"{'×'.join(map(str, shape))} reversed, {itemsize} B", itemsize, beside=with_crates)
        for shape in shapes
        for itemsize in (4, 8)
    ]
    cases.append(permuted((side,) * 3, (0, 2, 1), f"{side}³ (0, 2, 1), 4 B", beside=with_crates))
    return Class(
        "crates",
        "beside the crates strided-perm and ndarray",
        cases,
        [Need(2, name) for name in CRATES],
        [Need(3, name) for name in CRATES],
        with_all=True,
    )


def channels_of(count, images, height, width, itemsize, back):
    size = count * images * height * width * itemsize

    def make(peers):
        to, source = room(size), room(size)
        pixels, planes = (images, height, width, count), (images, count, height, width)
        if back:
            dest, src = array(to, itemsize, *pixels), array(source, itemsize, *planes)
            return copying(
                dest,
                src.transpose(0, 2, 3, 1),
                peers.limits(to, source),
                peers.copyto(dest, src.transpose(0, 2, 3, 1)),
                peers.merge(dest, src),
            )
        dest, src = array(to, itemsize, *planes), array(source, itemsize, *pixels)
        turned = src.transpose(0, 3, 1, 2)
        return copying(
            dest, turned, peers.limits(to, source), peers.copyto(dest, turned), peers.split(dest, src)
        )

    shape = f"{images}×" * (images > 1) + f"{height}×{width}×{count}"
    direction = "CHW to HWC" if back else "HWC to CHW"
    name = f"{shape} {'u8' if itemsize == 1 else 'f32'}, {direction}"
    return Case(name, size, make, in_dram(size))


def channels(quick):
    cases = []
    for itemsize in (1, 4):
        for back in (False, True):
            cases += [channels_of(count, 1, 1080, 1920, itemsize, back) for count in (2, 3, 4)]
            cases.append(channels_of(3, 16 if quick else 64, 224, 224, itemsize, back))
    return Class(
        "channels",
        "channels, 2 to 4 of them",
        cases,
        [Need(1.0, OPENCV), Need(1.1, MEMCPY, DRAM)],
        [Need(1.2, OPENCV)],
        "OpenCV is called once for each image.",
    )


def small(quick):
    def case(shape, itemsize, name, *tags):
        size = math.prod(shape) * itemsize

        def make(peers):
            src = array(room(size), itemsize, *shape)
            dest = array(room(size), itemsize, *src.T.shape)
            ours = [
                ("kept plan", lambda n: bench.execute_plan(dest, src.T, n)),
                ("copy_data", lambda n: bench.copy_data(dest, src.T, n)),
            ]
            others = peers.transpose(dest, src) if len(shape) == 2 else peers.copyto(dest, src.T)
            return copying(dest, src.T, [], ours, others)

        return Case(name, size, make, tags)

    cases = [case((4, 4), 4, "4×4 f32", "4×4, 8×8"), case((8, 8), 1, "8×8 u8", "4×4, 8×8")]
    return Class(
        "plan",
        "to plan and to execute",
        cases + [case((4,) * 4, 4, "4⁴ f32 reversed")],
        [Need(30, NANOSECONDS, "4×4, 8×8")],
        [Need(20, NANOSECONDS, "4×4, 8×8")],
        "libpybuf's is a whole pybuf_view_copy; pybuf_copy_data reads two Py_buffer as well, and of a kept plan "
        "only pybuf_copy_plan_execute is timed.",
    )
