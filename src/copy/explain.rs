//! A plan in words: what is moved by what, in which loops, and why so.
//!
//! All of it is asked of the plan and of its kernels, by the functions that they ask themselves
//! when they move items: nothing is decided here, and no threshold is written down twice.

use std::fmt::{self, Display, Formatter};

use super::CopyPlan;
use super::kernel::transpose::{self, Stage};
use super::kernel::{Level, Means, channels, item, line, run, swap};
use super::loops::Loop;
use super::plan::{Kernel, Plan};
use crate::error::{Error, Many, Result, Tuple, try_format};

impl CopyPlan {
    /// What is done, in words: which kernel moves how many bytes in which loops, what for, and
    /// whether the cache is passed by. It is text for people, of a few lines and less than
    /// 4096 bytes, which a later version may word otherwise.
    ///
    /// ```
    /// use pybuf::{CopyPlan, Layout, Order};
    ///
    /// let [rows, columns] = [Order::C, Order::F].map(|order| Layout::contiguous(4, &[4096, 4096], order));
    /// let text = CopyPlan::new(&rows?, &columns?)?.explain()?;
    /// assert!(text.starts_with("Copies shape (4096, 4096) of 4-byte items, 64 MiB.\n"));
    /// assert!(text.contains("A transpose of 4096 rows and 4096 columns"));
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    pub fn explain(&self) -> Result<String> {
        try_format(format_args!("{}", self.explanation())).ok_or(Error::no_memory())
    }

    /// The same, for whoever has room for it.
    pub(crate) fn explanation(&self) -> Explanation<'_> {
        Explanation(self)
    }
}

/// What is to be said of a plan, told by its `Display`.
pub(crate) struct Explanation<'a>(&'a CopyPlan);

impl Display for Explanation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let CopyPlan {
            to, plan, level, ..
        } = self.0;
        let (shape, itemsize) = (Shape(to.shape()), to.itemsize());
        writeln!(
            f,
            "Copies {shape} of {itemsize}-byte items, {}.",
            Bytes(to.nbytes())
        )?;
        if to.nbytes() == 0 {
            return writeln!(f, "There is nothing to do.");
        }
        if !self.0.is_drawn {
            return writeln!(
                f,
                "Items of the destination may lie on top of each other: they are moved one after \
                 another, in C order, so that the last one stays."
            );
        }
        write_loops(f, plan)?;
        write_kernel(f, plan, *level)?;
        write_means(f, plan, *level)?;
        write_cache(f, plan, *level)?;
        writeln!(
            f,
            "Where the ranges of memory of the two sides meet, an ordinary copy is made instead, \
             as if the source had been copied away first."
        )
    }
}

/// `shape (2, 3)`, with what is long cut short.
struct Shape<'a>(&'a [isize]);

impl Display for Shape<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self.0 {
            [a, b, c, .., z] if self.0.len() > MOST_LOOPS => {
                let others = self.0.len() - 4;
                write!(f, "shape ({a}, {b}, {c}, ... {others} more ..., {z})")
            }
            ref shape => write!(f, "shape {}", Tuple(shape)),
        }
    }
}

/// Bytes, in the largest unit that they are a whole number of.
struct Bytes(usize);

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const KIB: usize = 1 << 10;
        const MIB: usize = 1 << 20;
        match self.0 {
            size if size >= MIB && size % MIB == 0 => write!(f, "{} MiB", size / MIB),
            size if size >= KIB && size % KIB == 0 => write!(f, "{} KiB", size / KIB),
            size => write!(f, "{}", Many(size, "byte")),
        }
    }
}

/// More of them are not listed.
const MOST_LOOPS: usize = 8;

fn write_loops(f: &mut Formatter<'_>, plan: &Plan) -> fmt::Result {
    let outer = plan.outer.as_slice();
    let inner = [("rows", plan.rows), ("line", plan.line)];
    let inner = || inner.into_iter().filter(|(_, one)| *one != Loop::ONCE);
    let size = plan.outer.size;
    let count = outer.len() + inner().count();
    writeln!(
        f,
        "That is {} around the move of {}:",
        Many(count, "loop"),
        Bytes(size)
    )?;
    for one in outer.iter().take(MOST_LOOPS) {
        write_loop(f, "around", *one)?;
    }
    if let Some(more @ 1..) = outer.len().checked_sub(MOST_LOOPS) {
        writeln!(f, "  around: ... {} more ...", Many(more, "loop"))?;
    }
    for (name, one) in inner() {
        write_loop(f, name, one)?;
    }
    Ok(())
}

fn write_loop(f: &mut Formatter<'_>, name: &str, one: Loop) -> fmt::Result {
    let (steps, to, from) = (Many(one.length, "step"), one.to, one.from);
    writeln!(
        f,
        "  {name}: {steps} of {to} bytes in the destination, {from} in the source"
    )
}

fn write_kernel(f: &mut Formatter<'_>, plan: &Plan, level: Level) -> fmt::Result {
    let size = plan.outer.size;
    let (rows, line) = (plan.rows, plan.line);
    let channels = |pixel: isize| pixel.unsigned_abs() / size;
    match plan.kernel {
        Kernel::Run if line == Loop::ONCE => {
            writeln!(f, "One run: all lies together on both sides.")
        }
        Kernel::Run => writeln!(
            f,
            "Runs, each by itself: {} are more than {}.",
            Bytes(size),
            item::LONGEST
        ),
        Kernel::Line => writeln!(
            f,
            "Rows of short items: there is no loop along which the source lies closer than along the line."
        ),
        Kernel::Swap => writeln!(
            f,
            "Bytes of {}, each read backwards: they are turned round as numbers of the other byte \
             order are.",
            Many(rows.length, "item")
        ),
        Kernel::Tiles => writeln!(
            f,
            "Rows of short items, in tiles of {0} by {0}: the source lies closer along the rows than along \
             the line, and not both sides lie together.",
            line::TILE
        ),
        Kernel::Transpose => {
            let way = plan.transpose(level);
            writeln!(
                f,
                "A transpose of {} and {}: the destination lies together along the line, the source \
                 along the rows.",
                Many(way.rows, "row"),
                Many(way.columns, "column")
            )
        }
        Kernel::Split => writeln!(
            f,
            "Pixels of {} channels become {}: the source is {} pixels without gaps.",
            channels(line.from),
            Many(rows.length, "plane"),
            line.length
        ),
        Kernel::Join => writeln!(
            f,
            "Planes become pixels of {} channels: the destination is {} pixels without gaps.",
            channels(rows.to),
            rows.length
        ),
    }
}

fn write_means(f: &mut Formatter<'_>, plan: &Plan, level: Level) -> fmt::Result {
    writeln!(f, "Moved {} ({}).", plan.means(level), Processor(level))
}

impl Display for Means {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memcpy => "by memcpy",
            Self::PastTheCache => "by vectors that store past the cache",
            Self::OneByOne => "one by one",
            Self::InTiles => "one by one, a tile after another",
            Self::Fill => "by storing one item again and again",
            Self::FillLines => "by storing lines of one item again and again",
            Self::Shuffle => "by a shuffle of 16 bytes at once",
            Self::Gather => "by vectors that leave gaps out",
            Self::Spread => "by vectors that leave gaps out or make some",
            Self::GatherAndScatter => "by vectors that leave gaps out, and others that make some",
            Self::Channels => "by vectors of channels",
            Self::Bytes => "by interleaving vectors of bytes",
            Self::Swap => "by vectors whose bytes are turned round",
            Self::Tiles(bytes) => return write!(f, "in tiles, by vectors of {bytes} bytes"),
            Self::Lines => "in tiles of whole lines of the cache",
            Self::Skewed => "in tiles as wide as lines of the cache",
            Self::Stage(bytes) => {
                return write!(f, "in tiles to a stage, by vectors of {bytes} bytes");
            }
        })
    }
}

/// What a level is called by those who make processors.
struct Processor(Level);

impl Display for Processor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Level::Portable => "what every processor of this sort can do",
            Level::Neon => "this processor has NEON",
            Level::Avx2 => "this processor has AVX2",
            Level::Avx512 => "this processor has AVX-512",
        })
    }
}

/// Whether what is written passes the cache by, and why.
fn write_cache(f: &mut Formatter<'_>, plan: &Plan, level: Level) -> fmt::Result {
    if plan.kernel == Kernel::Transpose {
        return write_stage(f, plan, level);
    }
    let bytes = Bytes(plan.bytes());
    let Some(run) = plan.streamed_run() else {
        return writeln!(
            f,
            "Stored to the cache: what goes in tiles never passes it by."
        );
    };
    let run = Bytes(run.min(plan.bytes()));
    let (least, from) = (
        Bytes(plan.least_streamed_run()),
        Bytes(plan.streamed_from()),
    );
    let limits = format_args!("past it go {from} and more, in runs of {least} and more");
    if !plan.streams {
        return writeln!(
            f,
            "Stored to the cache: {bytes}, in runs of {run}; {limits}."
        );
    }
    match plan.means(level) {
        Means::PastTheCache => writeln!(
            f,
            "Stored past the cache: {bytes}, in runs of {run}; {limits}."
        ),
        Means::Gather | Means::Channels | Means::Swap | Means::FillLines
            if level.passes_the_cache() =>
        {
            writeln!(
                f,
                "Stored past the cache, where whole lines of it can be: {bytes}, in runs of {run}; {limits}."
            )
        }
        _ => writeln!(
            f,
            "Stored to the cache, though it is {bytes}: what moves them cannot pass it by."
        ),
    }
}

/// The same for a transpose.
fn write_stage(f: &mut Formatter<'_>, plan: &Plan, level: Level) -> fmt::Result {
    let way = plan.transpose(level);
    // Of each plane, where they are not done together.
    let bytes = Bytes(way.bytes);
    let row = Bytes(way.columns * plan.outer.size);
    let Some(stage) = way.stage else {
        let few = transpose::FEW;
        return writeln!(
            f,
            "Stored straight to the destination: a plane has no more than {few} items."
        );
    };
    let limits = transpose::Limits::THESE;
    let (from, crowded) = (Bytes(limits.staged_from), Bytes(limits.crowded_from));
    let how = Past(way.means, Bytes(limits.run));
    match stage {
        Stage::Large => writeln!(
            f,
            "Stored past the cache {how}: {bytes} are not less than {from}."
        ),
        Stage::Crowded => writeln!(
            f,
            "Stored past the cache {how}: rows or columns lie so that they push one another out of the \
             cache, and {bytes} are not less than {crowded}."
        ),
        Stage::Little => writeln!(
            f,
            "Stored straight to the destination, without a stage: {bytes} are less than {crowded}."
        ),
        Stage::Uncrowded => writeln!(
            f,
            "Stored straight to the destination, without a stage: {bytes} are less than {from}, and \
             neither rows nor columns push one another out of the cache."
        ),
        Stage::ShortRows => writeln!(
            f,
            "Stored straight to the destination, without a stage: rows of {row} are shorter than {}.",
            Bytes(limits.row)
        ),
        Stage::Unfit => writeln!(
            f,
            "Stored straight to the destination, without a stage: that takes vectors, which hold no \
             such items or planes here."
        ),
        Stage::Unknown => writeln!(
            f,
            "Stored straight to the destination, without a stage: no vectors of this processor are known \
             to store past the cache."
        ),
    }
}

/// How a transpose passes the cache by, with so many bytes of a row at once.
struct Past(Means, Bytes);

impl Display for Past {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self(Means::Lines, _) => {
                f.write_str("where its lines can be stored whole, and else from a stage")
            }
            Self(Means::Skewed, _) => f.write_str("in whole lines, by way of a small stage"),
            Self(_, run) => write!(f, "from there, {run} of a row at once"),
        }
    }
}

impl Plan {
    /// By what items are moved, at a level.
    pub(super) fn means(&self, level: Level) -> Means {
        let (rows, line, size) = (self.rows, self.line, self.outer.size);
        match self.kernel {
            Kernel::Run => run::means(level, self.streams),
            Kernel::Line => line::means(level, rows, line, size, self.streams),
            Kernel::Tiles => Means::InTiles,
            Kernel::Transpose => self.transpose(level).means,
            Kernel::Swap => swap::means(level, rows, line.length),
            Kernel::Split => {
                let channels = line.from.unsigned_abs() / size;
                let moved = (channels, rows.length);
                channels::means(level, moved, line.length, size, self.streams)
            }
            Kernel::Join => {
                let moved = (line.length, line.length);
                channels::means(level, moved, rows.length, size, self.streams)
            }
        }
    }

    pub(super) fn transpose(&self, level: Level) -> transpose::Way {
        let (outer, size) = (self.outer.as_slice(), self.outer.size);
        transpose::way(level, outer, self.rows, self.line, size)
    }
}
