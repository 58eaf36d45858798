//! Which kernel moves the innermost loops of a copy, and which loops are left around it.
//!
//! The destination is written in the order of memory as far as the source allows it: a store
//! costs more than a load, and a line that is written in pieces is fetched and written back for
//! each. Where the source lies across, so that this would read one item of each of its lines, the
//! loop along which the *source* lies together (or closest) is taken into the kernel as well, and
//! the kernel works in tiles.

use super::kernel::{channels, item, swap};
use super::loops::{Loop, Loops};

/// How items are moved in the two loops that a plan ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// Long items, one at a time.
    Run,
    /// Rows of short items.
    Line,
    /// Rows of numbers whose bytes are turned round.
    Swap,
    /// Rows of short items where the source lies across.
    Tiles,
    /// The destination lies together along the line, the source along the rows.
    Transpose,
    /// The same where the source is pixels of a few channels: they become planes.
    Split,
    /// The same where the destination is such pixels.
    Join,
}

/// Channels are taken apart or put together where there are so many pixels; fewer are a small
/// transpose.
const MANY_PIXELS: usize = 16;

/// Copies of so many bytes are written past the cache: less is in the cache still when somebody
/// reads it, and with that counted this is where the two are even (on processors whose last cache
/// is slow, a copy that nobody reads gains from half of it on) ...
pub(super) const STREAM_FROM: usize = 8 << 20;

/// ... and fills of so many, which read nothing that would push them out of the cache, ...
const STREAM_FILLS_FROM: usize = 32 << 20;

/// ... in rows of so many at least: streaming stores pay in whole lines of the cache, ...
const LEAST_STREAMED: usize = 2048;

/// ... and items of so many, which may lie anywhere: those of half of it are as fast either way
/// where they do not begin a line.
const LEAST_RUN_STREAMED: usize = 512;

/// What is done, for memory anywhere.
pub(super) struct Plan {
    pub(super) kernel: Kernel,
    /// The outer one of the kernel's loops ...
    pub(super) rows: Loop,
    /// ... and the inner one.
    pub(super) line: Loop,
    /// Those around them.
    pub(super) outer: Loops,
    /// Whether the destination is written past the cache.
    pub(super) streams: bool,
}

impl Plan {
    /// One for nothing, yet; made where it stays, as [`Loops::none`] has it.
    #[inline(always)]
    pub(super) fn blank() -> Self {
        Self {
            kernel: Kernel::Run,
            rows: Loop::ONCE,
            line: Loop::ONCE,
            outer: Loops::none(),
            streams: false,
        }
    }

    /// Becomes the plan for all of the outer loops, some of which it takes in.
    pub(super) fn draw(&mut self) {
        self.choose();
        self.streams = self.is_large();
    }

    fn choose(&mut self) {
        let Some(line) = self.outer.pop() else {
            return;
        };
        self.line = line;
        let size = self.outer.size as isize;
        if self.outer.size > item::LONGEST {
            self.rows = self.outer.pop().unwrap_or(Loop::ONCE);
            return;
        }
        self.kernel = Kernel::Line;
        let Some((at, across)) = self.across() else {
            self.rows = self.outer.pop().unwrap_or(Loop::ONCE);
            if swap::is_swap(self.line, self.outer.size) {
                self.kernel = Kernel::Swap;
            }
            return;
        };
        self.rows = self.outer.remove(at);
        self.kernel = match line.to == size && across.from.unsigned_abs() == size.unsigned_abs() {
            true => self.kind_of_transpose(),
            false => Kernel::Tiles,
        };
    }

    /// The loop along which the source lies closest, if that is not the line.
    fn across(&self) -> Option<(usize, Loop)> {
        let closest = self.line.from.unsigned_abs();
        let others = self.outer.as_slice().iter().copied().enumerate();
        others
            .filter(|(_, other)| (1..closest).contains(&other.from.unsigned_abs()))
            .min_by_key(|(_, other)| other.from.unsigned_abs())
    }

    fn kind_of_transpose(&mut self) -> Kernel {
        if self.rows.from < 0 {
            // The source is to be read upwards.
            self.outer.to = self.outer.to.wrapping_add(self.rows.last_to());
            self.outer.from = self.outer.from.wrapping_add(self.rows.last_from());
            self.rows = self.rows.turned();
        }
        let (rows, line, size) = (self.rows, self.line, self.outer.size);
        let are_channels = |count: usize, pixel: isize| {
            let of_pixel = pixel.unsigned_abs() / size;
            let is_whole = pixel == (of_pixel * size) as isize;
            is_whole && channels::are_channels(of_pixel, count, size)
        };
        if line.length >= MANY_PIXELS && are_channels(rows.length, line.from) {
            return Kernel::Split;
        }
        // Nothing may be written where there is no item: no channel may be missing.
        let is_full = rows.to == (line.length * size) as isize;
        if rows.length >= MANY_PIXELS && is_full && are_channels(line.length, rows.to) {
            return Kernel::Join;
        }
        Kernel::Transpose
    }

    /// Whether so much is written, in runs that are long enough, that the cache would not keep it.
    fn is_large(&self) -> bool {
        let run = self.streamed_run();
        run.is_some_and(|run| run >= self.least_streamed_run())
            && self.bytes() >= self.streamed_from()
    }

    /// The fewest bytes of all items for that.
    pub(super) fn streamed_from(&self) -> usize {
        match self.kernel == Kernel::Line && self.line.from == 0 {
            true => STREAM_FILLS_FROM,
            false => STREAM_FROM,
        }
    }

    /// The fewest bytes that have to be written together for that.
    pub(super) fn least_streamed_run(&self) -> usize {
        match self.kernel {
            Kernel::Run => LEAST_RUN_STREAMED,
            _ => LEAST_STREAMED,
        }
    }

    /// How many bytes are written together, by a kernel that can write past the cache.
    pub(super) fn streamed_run(&self) -> Option<usize> {
        let size = self.outer.size;
        match self.kernel {
            Kernel::Run => Some(size),
            Kernel::Line | Kernel::Split => Some(self.line.length * size),
            Kernel::Swap if self.rows.to == self.line.length as isize => {
                Some(self.rows.length * self.line.length)
            }
            Kernel::Join => Some(usize::MAX),
            Kernel::Swap | Kernel::Tiles | Kernel::Transpose => None,
        }
    }

    /// Of all items.
    pub(super) fn bytes(&self) -> usize {
        let planes = self.outer.as_slice().iter().map(|one| one.length);
        planes.product::<usize>() * self.rows.length * self.line.length * self.outer.size
    }
}
