//! Which vectors move rows of short items.

use super::super::loops::Loop;
use super::Level;
#[cfg(target_arch = "x86_64")]
use super::avx2::{fewest_gathered, gather};
#[cfg(target_arch = "x86_64")]
use super::avx512;
use super::means::{Means, note};
#[cfg(pybuf_neon)]
use super::neon::rows::{fewest_gathered, gather};
use super::pattern::Pattern;
use super::plain::{each_row, plain};

/// What vectors do with rows of items.
pub(super) enum Way {
    /// Some rows are put in order by one shuffle, each of them a pixel.
    Pixels(Pattern),
    /// Some items of a row are.
    Items(Pattern),
    Gather(Gather),
    /// With the stride of the side that has gaps.
    #[cfg(target_arch = "x86_64")]
    Spread(avx512::Spread, usize),
    #[cfg(target_arch = "x86_64")]
    Both(avx512::Spread, Gather),
}

impl Way {
    pub(super) fn means(&self) -> Means {
        match self {
            Self::Pixels(_) | Self::Items(_) => Means::Shuffle,
            Self::Gather(_) => Means::Gather,
            #[cfg(target_arch = "x86_64")]
            Self::Spread(..) => Means::Spread,
            #[cfg(target_arch = "x86_64")]
            Self::Both(..) => Means::GatherAndScatter,
        }
    }
}

/// What they do with such rows; `None` where they are of no use. The level has vectors.
#[inline(always)]
pub(super) fn way(level: Level, rows: Loop, line: Loop, size: usize) -> Option<Way> {
    let lies_together = line.to == size as isize;
    if line.length > 1
        && rows.length > 1
        && let Some(pattern) = Pattern::new(rows, line, size)
    {
        return Some(Way::Pixels(pattern));
    }
    if lies_together
        && line.length >= fewest_gathered(size)
        && let Some(gather) = gather_for(line.from, size)
    {
        return Some(Way::Gather(gather));
    }
    #[cfg(target_arch = "x86_64")]
    if level >= Level::Avx512
        && let Some((spread, stride)) = spread_for(line, size)
    {
        return Some(Way::Spread(spread, stride));
    }
    if lies_together && let Some(pattern) = Pattern::new(line, Loop::ONCE, size) {
        return Some(Way::Items(pattern));
    }
    #[cfg(target_arch = "x86_64")]
    if level >= Level::Avx512
        && size <= LARGEST_STAGED
        && let Some(gather) = gather_for(line.from, size)
        && let Some(scatter) = avx512::scatter_for(line.to, size)
    {
        return Some(Way::Both(scatter, gather));
    }
    let _ = level;
    None
}

/// As [`super::line::lines`]; false, and nothing is moved, where vectors are of no use.
///
/// # Safety
/// As there, and the level has vectors.
pub(super) unsafe fn lines(
    level: Level,
    to: *mut u8,
    from: *const u8,
    rows: Loop,
    line: Loop,
    size: usize,
    stream: bool,
) -> bool {
    let Some(way) = way(level, rows, line, size) else {
        return false;
    };
    note(way.means());
    let count = line.length;
    // SAFETY: as the caller promises; each of these moves such items.
    unsafe {
        match way {
            Way::Pixels(pattern) => {
                let done = pattern.apply(to, from, rows.length);
                let to = to.wrapping_offset(done as isize * rows.to);
                let from = from.wrapping_offset(done as isize * rows.from);
                let length = rows.length - done;
                plain(to, from, Loop { length, ..rows }, line, size);
            }
            Way::Gather(gather) => {
                each_row(to, from, rows, |to, from| gather(to, from, count, stream));
            }
            #[cfg(target_arch = "x86_64")]
            Way::Spread(spread, stride) => {
                each_row(to, from, rows, |to, from| spread(to, from, stride, count));
            }
            Way::Items(pattern) => each_row(to, from, rows, |to, from| {
                let done = pattern.apply(to, from, count);
                let to = to.wrapping_offset(done as isize * line.to);
                let from = from.wrapping_offset(done as isize * line.from);
                let length = count - done;
                plain(to, from, Loop::ONCE, Loop { length, ..line }, size);
            }),
            #[cfg(target_arch = "x86_64")]
            Way::Both(scatter, gather) => each_row(to, from, rows, |to, from| {
                through_a_stage((to, scatter), (from, gather), line, size);
            }),
        }
    }
    true
}

pub(super) type Gather = unsafe fn(*mut u8, *const u8, usize, bool);

/// For items so far apart, if they are close.
fn gather_for(stride: isize, size: usize) -> Option<Gather> {
    macro_rules! of_size {
        ($size:literal) => {
            match stride / $size {
                -1 => gather::<$size, 1, true> as Gather,
                2 => gather::<$size, 2, false>,
                -2 => gather::<$size, 2, true>,
                3 => gather::<$size, 3, false>,
                -3 => gather::<$size, 3, true>,
                4 => gather::<$size, 4, false>,
                -4 => gather::<$size, 4, true>,
                _ => return None,
            }
        };
    }
    let is_multiple = stride.unsigned_abs().is_multiple_of(size);
    match size {
        1 => Some(of_size!(1)),
        2 if is_multiple => Some(of_size!(2)),
        4 if is_multiple => Some(of_size!(4)),
        8 if is_multiple => Some(of_size!(8)),
        _ => None,
    }
}

/// For items that lie together on one side and close on the other, whose stride is given back.
#[cfg(target_arch = "x86_64")]
fn spread_for(line: Loop, size: usize) -> Option<(avx512::Spread, usize)> {
    let (spread, stride) = match [line.to, line.from].map(|stride| stride == size as isize) {
        [false, true] => (avx512::scatter_for(line.to, size), line.to),
        [true, false] => (avx512::gather_for(line.from, size), line.from),
        _ => return None,
    };
    Some((spread?, stride.unsigned_abs()))
}

/// Items longer than this are moved from gap to gap as fast one by one.
#[cfg(target_arch = "x86_64")]
const LARGEST_STAGED: usize = 2;

/// Moves a row with gaps on both sides: some items are gathered, and then scattered.
///
/// # Safety
/// As for [`lines`].
#[cfg(target_arch = "x86_64")]
unsafe fn through_a_stage(
    (to, scatter): (*mut u8, avx512::Spread),
    (from, gather): (*const u8, Gather),
    line: Loop,
    size: usize,
) {
    const STAGE: usize = 4096;
    let mut stage = std::mem::MaybeUninit::<[u8; STAGE]>::uninit();
    let stage = stage.as_mut_ptr().cast::<u8>();
    for start in (0..line.length).step_by(STAGE / size) {
        let count = (STAGE / size).min(line.length - start);
        let to = to.wrapping_offset(start as isize * line.to);
        let from = from.wrapping_offset(start as isize * line.from);
        // SAFETY: as the caller promises; so many items fit into the stage, which is written
        // before it is read.
        unsafe {
            if count >= fewest_gathered(size) {
                gather(stage, from, count, false);
            } else {
                let line = Loop {
                    length: count,
                    to: size as isize,
                    from: line.from,
                };
                plain(stage, from, Loop::ONCE, line, size);
            }
            scatter(to, stage, line.to.unsigned_abs(), count);
        }
    }
}
