//! Plans, at every level that the processor has, between pages that nobody may touch.

use super::guarded::Guarded;
use super::*;
use crate::copy::kernel::{Level, noted};

/// No case has more bytes of items.
const MOST_BYTES: usize = 8_000;

/// One side of a case: in which order its dimensions lie in memory, and of each the bytes behind
/// it, whether it is walked down, and whether all of its items are one.
#[derive(Debug, Clone)]
pub(super) struct Side {
    order: Vec<usize>,
    gaps: Vec<isize>,
    down: Vec<bool>,
    still: Vec<bool>,
    at_end: bool,
}

pub(super) const MOST_DIMS: usize = 5;

pub(super) fn side(still: f64) -> impl Strategy<Value = Side> {
    (
        Just((0..MOST_DIMS).collect::<Vec<_>>()).prop_shuffle(),
        prop::collection::vec(prop_oneof![6 => Just(0isize), 1 => 1..70isize], MOST_DIMS),
        prop::collection::vec(prop::bool::weighted(0.2), MOST_DIMS),
        prop::collection::vec(prop::bool::weighted(still), MOST_DIMS),
        any::<bool>(),
    )
        .prop_map(|(order, gaps, down, still, at_end)| Side {
            order,
            gaps,
            down,
            still,
            at_end,
        })
}

impl Side {
    /// The gaps are bytes, or items where `aligned`.
    pub(super) fn layout(&self, itemsize: usize, shape: &[isize], aligned: bool) -> Layout {
        let unit = if aligned { itemsize as isize } else { 1 };
        let mut stride = itemsize as isize;
        let mut strides = vec![0; shape.len()];
        for &dim in self.order.iter().filter(|&&dim| dim < shape.len()) {
            if self.still[dim] {
                continue;
            }
            stride += self.gaps[dim] * unit;
            strides[dim] = if self.down[dim] { -stride } else { stride };
            stride *= shape[dim].max(1);
        }
        let layout = Layout::strided(itemsize, shape, &strides, 0).unwrap();
        let low = layout.extent().low;
        layout.at(-low).unwrap()
    }
}

fn lengths() -> impl Strategy<Value = Vec<isize>> {
    let length = prop_oneof![
        4 => 1..6isize,
        2 => 6..20isize,
        2 => prop_oneof![15..18isize, 30..35isize, 60..70isize, 125..132isize],
        1 => 1..700isize,
    ];
    prop::collection::vec(length, 0..=MOST_DIMS)
}

pub(super) fn itemsizes() -> impl Strategy<Value = usize> {
    prop_oneof![3 => prop_oneof![Just(1usize), Just(2), Just(4), Just(8), Just(16)], 1 => 1..34usize]
}

/// Copies between two guarded memories at all levels, and compares every byte of the destination.
fn check(to: (&Layout, bool), from: (&Layout, bool)) -> Result<(), TestCaseError> {
    let size_of = |layout: &Layout| layout.extent().high.unsigned_abs();
    let source = Guarded::new(size_of(from.0), from.1);
    let target = Guarded::new(size_of(to.0), to.1);
    // SAFETY: the memories are as large, and nobody else has them.
    let (read, written) = unsafe {
        (
            std::slice::from_raw_parts_mut(source.as_ptr(), size_of(from.0)),
            std::slice::from_raw_parts_mut(target.as_ptr(), size_of(to.0)),
        )
    };
    let bytes = (0..read.len()).map(|k| (k * 7 + k / 251) as u8);
    read.copy_from_slice(&bytes.collect::<Vec<_>>());
    let before = vec![0x5a; written.len()];
    let mut wanted = before.clone();
    let offsets = (to.0.offset(), from.0.offset());
    copy_naively(&mut wanted, read, (to.0, from.0), 0, offsets);
    let to_first = target.as_ptr().wrapping_offset(to.0.offset());
    let from_first = source.as_ptr().wrapping_offset(from.0.offset());
    let mut plan = Plan::blank();
    plan.outer.read(to.0, from.0, 0);
    plan.draw();
    for (level, streams) in Level::all().flat_map(|level| [(level, false), (level, true)]) {
        plan.streams = streams;
        written.copy_from_slice(&before);
        let _ = noted();
        // SAFETY: the layouts lie in the memories.
        unsafe { plan.execute(level, to_first, from_first) };
        prop_assert_eq!(
            noted(),
            Some(plan.means(level)),
            "{:?} at {:?}",
            plan.kernel,
            level
        );
        if *written != *wanted {
            let at = (0..wanted.len()).find(|&k| written[k] != wanted[k]);
            prop_assert!(false, "byte {at:?}: {:?} at level {level:?}", plan.kernel);
        }
    }
    Ok(())
}

/// All items behind those indices of the dimensions before `dim` that lead to these offsets.
fn copy_naively(
    written: &mut [u8],
    read: &[u8],
    layouts: (&Layout, &Layout),
    dim: usize,
    (to, from): (isize, isize),
) {
    if dim == layouts.0.ndim() {
        let (to, from, size) = (to as usize, from as usize, layouts.0.itemsize());
        written[to..to + size].copy_from_slice(&read[from..from + size]);
        return;
    }
    let (to_stride, from_stride) = (layouts.0.strides()[dim], layouts.1.strides()[dim]);
    for index in 0..layouts.0.shape()[dim] {
        let next = (to + index * to_stride, from + index * from_stride);
        copy_naively(written, read, layouts, dim + 1, next);
    }
}

/// What the build script makes of the target is what the compiler knows of it.
#[test]
fn a_level_with_vectors_is_named_where_there_is_one() {
    let has_neon = cfg!(all(
        target_arch = "aarch64",
        target_endian = "little",
        target_feature = "neon"
    ));
    assert_eq!(has_neon, cfg!(pybuf_neon));
    assert_eq!(has_neon, Level::all().any(|level| level == Level::Neon));
    let has_vectors = has_neon || cfg!(target_arch = "x86_64");
    assert_eq!(has_vectors, cfg!(pybuf_vectors));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(10_000)))]

    #[test]
    fn every_kernel_moves_all_items_and_touches_nothing_else(
        itemsize in itemsizes(),
        mut shape in lengths(),
        to in side(0.0),
        from in side(0.04),
        aligned in any::<bool>(),
    ) {
        let mut left = MOST_BYTES / itemsize;
        for length in &mut shape {
            *length = (*length).min(left.max(1) as isize);
            left /= length.unsigned_abs();
        }
        let to_layout = to.layout(itemsize, &shape, aligned);
        let from_layout = from.layout(itemsize, &shape, aligned);
        check((&to_layout, to.at_end), (&from_layout, from.at_end))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(4_000)))]

    /// Rows of items that lie so many items apart on either side, of every length around the ends
    /// of vectors.
    #[test]
    fn rows_of_every_step(
        itemsize in itemsizes(),
        shape in (1..3isize, 1..150isize),
        steps in (prop_oneof![2 => Just(1isize), 1 => -3..6isize, 1 => 2..24isize], prop_oneof![3 => -5..6isize, 1 => 5..24isize]),
        gaps in (0..70isize, 0..70isize),
        at_end in (any::<bool>(), any::<bool>()),
    ) {
        let to = row_layout(itemsize, shape, if steps.0 == 0 { 1 } else { steps.0 }, gaps.0);
        let from = row_layout(itemsize, shape, steps.1, gaps.1);
        check((&to, at_end.0), (&from, at_end.1))?;
    }

    #[test]
    fn channels_of_every_number(itemsize in itemsizes(), pixels in 1..150isize, of in pixels()) {
        of.check(itemsize, pixels)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(200)))]

    /// So many of them that lines are asked for before they are written.
    #[test]
    fn channels_of_many_pixels(
        size in prop::sample::select(vec![1usize, 2, 4, 8]),
        more in 0..150isize,
        of in pixels(),
    ) {
        let enough = (32 << 10) / (size as isize * of.channels);
        of.check(size, enough + more)?;
    }
}

#[derive(Debug, Clone, Copy)]
struct Pixels {
    channels: isize,
    gaps: (isize, isize),
    down: bool,
    kind: u8,
    at_end: (bool, bool),
}

prop_compose! {
    fn pixels()(
        channels in prop_oneof![2 => 1..6isize, 1 => Just(8isize), 1 => Just(16isize)],
        gaps in (0..3isize, 0..70isize),
        down in any::<bool>(),
        kind in 0..4u8,
        at_end in (any::<bool>(), any::<bool>()),
    ) -> Pixels {
        Pixels { channels, gaps, down, kind, at_end }
    }
}

impl Pixels {
    fn check(self, itemsize: usize, pixels: isize) -> Result<(), TestCaseError> {
        let Self {
            channels,
            gaps,
            down,
            kind,
            at_end,
        } = self;
        let size = itemsize as isize;
        let pixel = size * (channels + gaps.0 / 2);
        let together = layout_of(itemsize, &[(pixels, pixel), (channels, size)], &[0, 1]);
        let pitch = size * pixels + gaps.1;
        let pitch = if down { -pitch } else { pitch };
        let planes = layout_of(itemsize, &[(channels, pitch), (pixels, size)], &[1, 0]);
        let (to, from) = match kind {
            0 => (planes, together),
            1 => (together, planes),
            _ => {
                let to = layout_of(
                    itemsize,
                    &[(pixels, size * channels), (channels, size)],
                    &[0, 1],
                );
                let pixel = if down { -pixel } else { pixel };
                let step = if kind == 2 { size } else { -size };
                (
                    to,
                    layout_of(itemsize, &[(pixels, pixel), (channels, step)], &[0, 1]),
                )
            }
        };
        check((&to, at_end.0), (&from, at_end.1))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(2_000)))]

    /// Numbers whose bytes are read backwards, of every count around the ends of vectors.
    #[test]
    fn numbers_turned_round(
        size in prop_oneof![2 => prop::sample::select(vec![2isize, 4, 8, 16]), 1 => 1..20isize],
        shape in (1..3isize, 1..150isize),
        gaps in (prop_oneof![2 => Just(0isize), 1 => 0..20isize], prop_oneof![2 => Just(0isize), 1 => 0..20isize], 0..70isize),
        at_end in (any::<bool>(), any::<bool>()),
    ) {
        let numbers = |gap: isize, step| {
            let pitch = shape.1 * (size + gap) + gaps.2;
            layout_of(1, &[(shape.0, pitch), (shape.1, size + gap), (size, step)], &[0, 1, 2])
        };
        check((&numbers(gaps.0, 1), at_end.0), (&numbers(gaps.1, -1), at_end.1))?;
    }
}

/// Planes of bytes that lie so far apart that they share places in a cache.
#[test]
fn bytes_are_taken_apart_into_planes_that_crowd() {
    for pixels in [200, 255, 256, 257, 300, 511, 512, 600, 2048] {
        for pitch in [2048, 4096] {
            for at_end in [false, true] {
                let planes = layout_of(1, &[(16, pitch), (pixels, 1)], &[1, 0]);
                let together = layout_of(1, &[(pixels, 16), (16, 1)], &[0, 1]);
                check((&planes, at_end), (&together, !at_end)).unwrap();
                check((&together, at_end), (&planes, at_end)).unwrap();
            }
        }
    }
}

fn row_layout(itemsize: usize, (rows, count): (isize, isize), step: isize, gap: isize) -> Layout {
    let stride = step * itemsize as isize;
    let pitch = count * step.abs().max(1) * itemsize as isize + gap;
    layout_of(itemsize, &[(rows, pitch), (count, stride)], &[0, 1])
}

/// Between items that lie far apart there may be no memory.
#[cfg(unix)]
#[test]
fn nothing_is_read_between_rows_that_lie_pages_apart() {
    for size in 1..=8 {
        for (count, step) in (1..=16 / size).flat_map(|n| [-3, -2, -1, 1, 2, 3].map(|k| (n, k))) {
            for (at_end, down) in [(false, false), (false, true), (true, false), (true, true)] {
                check_islands(size, (count as isize, step * size as isize), at_end, down);
            }
        }
    }
}

/// Copies rows of a page each, from one end of it on, to where they lie together.
#[cfg(unix)]
fn check_islands(size: usize, line: (isize, isize), at_end: bool, down: bool) {
    use super::guarded::Islands;

    const ROWS: usize = 9;
    let pitch = 2 * Islands::page();
    let row = Layout::strided(size, &[line.0], &[line.1], 0)
        .unwrap()
        .extent();
    let span = row.high.abs_diff(row.low);
    let first = if at_end { Islands::page() - span } else { 0 };
    let (up, shape) = (pitch as isize, [ROWS as isize, line.0]);
    let from = Layout::strided(size, &shape, &[if down { -up } else { up }, line.1], 0).unwrap();
    let low = from.extent().low;
    let from = from.at(first as isize - low).unwrap();
    let to = Layout::contiguous(size, &shape, Order::C).unwrap();

    let islands = Islands::new(ROWS);
    let mut read = vec![0; pitch * ROWS];
    for (k, byte) in read.iter_mut().enumerate() {
        *byte = (k * 7 + k / 251) as u8;
    }
    for at in (0..ROWS).map(|row| row * pitch + first) {
        // SAFETY: so many bytes of an island.
        unsafe {
            islands
                .as_ptr()
                .add(at)
                .copy_from_nonoverlapping(&raw const read[at], span)
        };
    }
    let mut wanted = vec![0; to.nbytes()];
    copy_naively(&mut wanted, &read, (&to, &from), 0, (0, from.offset()));
    let mut plan = Plan::blank();
    plan.outer.read(&to, &from, 0);
    plan.draw();
    for level in Level::all() {
        let mut written = vec![0; to.nbytes()];
        let source = islands.as_ptr().wrapping_offset(from.offset());
        // SAFETY: all items lie on islands.
        unsafe { plan.execute(level, written.as_mut_ptr(), source) };
        assert_eq!(
            written, wanted,
            "{size} {line:?} {at_end} {down} at level {level:?}"
        );
    }
}
