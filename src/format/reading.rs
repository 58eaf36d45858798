//! What a text means in a dialect: what a format is, beside its text and its size.

use std::sync::OnceLock;

use super::dialect::Dialect;
use super::fault::{Expected, Fault};
use super::parse::{self, Padding, Parsed};
use super::platform;
use super::scalar::Scalar;
use super::tree::{Field, Tree};
use crate::alloc::Counted;

type Result<T, E = Fault> = std::result::Result<T, E>;

/// What a text means. What nearly all formats are, a single code, needs no memory.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    Scalar(Scalar, u8),
    Tree(Counted<Tree>, u8),
    /// The text does not fit the item size, or is none that we know.
    Opaque,
}

/// What a format means: known from the start, or read when it is first asked for. Most
/// buffers that are taken and given back are never asked, and to read a struct takes longer
/// than all the rest of taking one.
#[derive(Debug)]
pub(super) enum Lazy {
    Known(Meaning),
    Unread(OnceLock<Meaning>),
}

impl Lazy {
    pub(super) const fn unread() -> Self {
        Self::Unread(OnceLock::new())
    }

    /// What it is, and what `read` makes of it where nobody has asked before.
    #[inline]
    pub(super) fn get<E>(&self, read: impl FnOnce() -> Result<Meaning, E>) -> Result<&Meaning, E> {
        match self {
            Self::Known(meaning) => Ok(meaning),
            Self::Unread(place) => match place.get() {
                Some(meaning) => Ok(meaning),
                None => {
                    let meaning = read()?;
                    // Where another thread was quicker, it has read the same.
                    Ok(place.get_or_init(|| meaning))
                }
            },
        }
    }
}

impl Clone for Lazy {
    fn clone(&self) -> Self {
        match self {
            Self::Known(meaning) => Self::Known(meaning.clone()),
            Self::Unread(place) => match place.get() {
                Some(meaning) => Self::Known(meaning.clone()),
                None => Self::unread(),
            },
        }
    }
}

/// A text that was read, and the size that it gives an item.
pub(super) struct Reading {
    pub(super) meaning: Meaning,
    pub(super) size: usize,
}

impl Reading {
    #[inline]
    pub(super) fn of(text: &[u8], dialect: Dialect) -> Result<Self> {
        match Scalar::single(text, dialect) {
            Some(scalar) => Ok(Self {
                meaning: Meaning::Scalar(scalar, single_alignment(scalar, text)),
                size: scalar.size,
            }),
            None => Self::of_more(text, dialect, Padding::Said),
        }
    }

    pub(super) fn of_more(text: &[u8], dialect: Dialect, padding: Padding) -> Result<Self> {
        Self::of_parsed(parse::tree(text, dialect, padding)?)
    }

    pub(super) fn of_parsed(parsed: Parsed) -> Result<Self> {
        let Parsed {
            tree,
            size,
            alignment,
        } = parsed;
        let alignment = alignment as u8;
        let root = Field::of_tree(&tree);
        let meaning = match root.scalar() {
            Some(scalar) if root.is_plain() => Meaning::Scalar(scalar, alignment),
            _ => {
                let tree = Counted::new(tree).map_err(|_| Fault::at(0, Expected::Memory))?;
                Meaning::Tree(tree, alignment)
            }
        };
        Ok(Self { meaning, size })
    }
}

/// What a single code aligns its items to.
pub(super) fn single_alignment(scalar: Scalar, text: &[u8]) -> u8 {
    match text {
        [b'<' | b'>' | b'=' | b'!' | b'^', ..] => 1,
        _ => platform::alignment(scalar) as u8,
    }
}
