//! A layout in words, and drawn as text: for people who wonder why their picture is askew.
//!
//! Words and drawing are for any layout whatever, so the work and the text are bounded: of
//! what is long the beginning and the end are shown. Nothing is allocated but the text; what
//! has to be collected on the way is of a fixed size.

mod area;
mod drawing;
mod fields;
mod indirect;
mod picture;
mod rows;
mod words;

use std::fmt::{self, Write};

use super::View;
use crate::error::{Error, Result, try_format};
use crate::exporter::Lent;

/// What is to be said of some memory, told by its `Display`: at most
/// [`LONGEST`] bytes.
pub(crate) struct Explanation<'a>(&'a Lent);

impl<'a> Explanation<'a> {
    /// # Safety
    /// Every item of `lent` lies in live memory, as do the pointers on the way, as long as the
    /// explanation is used; those may be NULL.
    pub(crate) unsafe fn of(lent: &'a Lent) -> Result<Self> {
        // Who tells later of a format that could not be read would call it unknown.
        lent.format().read()?;
        Ok(Self(lent))
    }
}

/// Bytes of the longest explanation.
pub(crate) const LONGEST: usize = 4095;

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CUT: &str = "\n...\n";
        let mut bounded = Bounded {
            f,
            room: LONGEST - CUT.len(),
            is_cut: false,
        };
        write!(bounded, "{}", Whole(self.0))?;
        match bounded.is_cut {
            true => f.write_str(CUT),
            false => Ok(()),
        }
    }
}

/// A text that ends where there is no more room.
struct Bounded<'f, 'a> {
    f: &'f mut fmt::Formatter<'a>,
    room: usize,
    is_cut: bool,
}

impl fmt::Write for Bounded<'_, '_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.is_cut |= part.len() > self.room;
        if self.is_cut {
            return Ok(());
        }
        self.room -= part.len();
        self.f.write_str(part)
    }
}

/// The explanation, however long it is.
struct Whole<'a>(&'a Lent);

impl fmt::Display for Whole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        words::write(f, self.0)?;
        fields::write(f, self.0.format())?;
        match self.0.layout().nbytes() {
            0 => Ok(()),
            // SAFETY: as whoever made the explanation has promised.
            _ => unsafe { indirect::draw(f, self.0) },
        }
    }
}

/// The layout of some memory in words, and drawn.
///
/// # Safety
/// As for [`Explanation::of`].
pub(crate) unsafe fn explain(lent: &Lent) -> Result<String> {
    // SAFETY: as the caller promises.
    let explanation = unsafe { Explanation::of(lent) }?;
    try_format(format_args!("{explanation}")).ok_or(Error::no_memory())
}

impl View {
    /// The layout in words, and drawn: which byte belongs to which item, in which order items
    /// are read, what is shared or skipped. It is text for people, of a few lines and less
    /// than 4096 bytes, which a later version may word otherwise.
    ///
    /// ```
    /// use pybuf::{Exporter, Request};
    ///
    /// let memory: Vec<u8> = (0..6).collect();
    /// let view = Exporter::new(memory).shape([2, 3])?.view(Request::read())?.transpose([1, 0])?;
    /// assert_eq!(view.explain()?, "\
    /// (3, 2) items 'B' (uint8, 1 byte), read-only; 6 bytes of items in 6 bytes of memory
    /// Fortran-contiguous: no gaps; in memory the first index varies fastest, in reading the last one.
    ///   dimension 0: 3 items, 1 byte apart
    ///   dimension 1: 2 items, 3 bytes apart
    /// Drawn, 3 characters for each byte; the numbers are those of the items as they are read:
    ///   offset 0: [0][2][4]
    ///   offset 3: [1][3][5]
    /// ");
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    pub fn explain(&self) -> Result<String> {
        // SAFETY: the export keeps the memory.
        unsafe { explain(self.lent()) }
    }

    /// The same, for whoever has room for it.
    pub(crate) fn explanation(&self) -> Result<Explanation<'_>> {
        // SAFETY: the export keeps the memory.
        unsafe { Explanation::of(self.lent()) }
    }
}

// proptest is not built with loom.
#[cfg(all(test, not(loom)))]
mod tests;
