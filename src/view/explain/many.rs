//! So many of something: a word of its own, because the words and the drawing need it.

use std::fmt::{self, Display, Formatter};

/// `1 byte`, `2 bytes`.
pub(super) struct Many(pub(super) usize, pub(super) &'static str);

impl Display for Many {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(count, noun) = self;
        write!(f, "{count} {noun}{}", if *count == 1 { "" } else { "s" })
    }
}
