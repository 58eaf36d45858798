//! The negotiation between consumer and exporter, in one pure function.
//!
//! A consumer's [`Request`] (the flags of `PyObject_GetBuffer`) meets what an
//! exporter can [`Offer`]; the outcome is an [`Answer`], which says what of the
//! `Py_buffer` is filled in, or a [`Refusal`]. Checks come in the order of CPython's
//! `memory_getbuf`, so that where several fail, the same one is named.
//!
//! | asked | refused when |
//! |---|---|
//! | `WRITABLE` | the memory is read-only |
//! | `C_CONTIGUOUS`, `F_CONTIGUOUS`, `ANY_CONTIGUOUS` | it is not laid out so |
//! | no `INDIRECT` | it has suboffsets |
//! | no `STRIDES` | it is not in C order |
//! | `ND` | there are more than 64 dimensions |
//! | no `ND`, with `FORMAT` | it is not a plain array: "bytes" and a format contradict each other |
//!
//! What is not asked for is not filled in; the item size always is the true one.

use std::ffi::c_int;
use std::fmt;

use crate::abi::*;
use crate::error::{Error, Kind, Tuple};
use crate::layout::{Contiguity, Layout, Order};

/// The most dimensions a view can have: CPython's `PyBUF_MAX_NDIM`.
pub const MAX_NDIM: usize = PyBUF_MAX_NDIM as usize;

/// What a consumer asks for: the flags of a getbuffer call, and what it wants to be sure of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    flags: c_int,
    hold: Hold,
}

/// What others may do with the memory meanwhile; only guarded memory can promise more than
/// anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Anything; and `readonly` is answered as the protocol has it: it tells the truth, so
    /// that who asked to read may write where it is 0.
    Protocol,
    /// Anything; who does not ask to write is answered `readonly` 1.
    Shared,
    /// Nobody writes meanwhile.
    Stable,
    /// Nobody else has an export meanwhile.
    Exclusive,
}

impl Request {
    /// Anything readable, in any layout (`PyBUF_FULL_RO`).
    pub const fn read() -> Self {
        Self::from_flags(PyBUF_FULL_RO).held(Hold::Shared)
    }

    /// Anything writable, in any layout (`PyBUF_FULL`).
    pub const fn write() -> Self {
        Self::from_flags(PyBUF_FULL).held(Hold::Shared)
    }

    /// The flags of a getbuffer call, as they came.
    pub const fn from_flags(flags: c_int) -> Self {
        Self {
            flags,
            hold: Hold::Protocol,
        }
    }

    /// The same, and nobody may write meanwhile. It is refused while a writable export is
    /// outstanding, and by memory that is neither guarded nor constant.
    pub const fn stable(self) -> Self {
        self.held(Hold::Stable)
    }

    /// The same, and nobody else may have an export meanwhile. It is refused while any is
    /// outstanding, and by memory that is not guarded.
    pub const fn exclusive(self) -> Self {
        self.held(Hold::Exclusive)
    }

    /// The same with another demand on what others may do.
    pub(crate) const fn held(self, hold: Hold) -> Self {
        Self { hold, ..self }
    }

    /// What others may do with the memory meanwhile.
    pub const fn hold(self) -> Hold {
        self.hold
    }

    /// The flags for a getbuffer call.
    pub const fn flags(self) -> c_int {
        self.flags
    }

    /// Whether all bits of `flag` are set.
    pub const fn asks(self, flag: c_int) -> bool {
        self.flags & flag == flag
    }

    /// The contiguities that are demanded, the strictest first.
    fn contiguity(self) -> impl Iterator<Item = Contiguity> {
        [
            (PyBUF_C_CONTIGUOUS, Contiguity::In(Order::C)),
            (PyBUF_F_CONTIGUOUS, Contiguity::In(Order::F)),
            (PyBUF_ANY_CONTIGUOUS, Contiguity::Any),
        ]
        .into_iter()
        .filter(move |&(flag, _)| self.asks(flag))
        .map(|(_, contiguity)| contiguity)
    }
}

/// What an exporter can give, reduced to what decides a request; computed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    readonly: bool,
    scalar: bool,
    too_many_dimensions: bool,
    c_order: bool,
    f_order: bool,
    suboffsets: bool,
    bare_format: bool,
    /// A request with all of these bits...
    understood: c_int,
    /// ... and none of these is met in full: see [`Offer::answers_in_full`].
    unmet: c_int,
}

impl Offer {
    /// The offer of memory with this layout.
    pub fn new(layout: &Layout, readonly: bool) -> Self {
        let c_order = layout.answers_contiguous(Order::C);
        let f_order = layout.answers_contiguous(Order::F);
        let suboffsets = layout.suboffsets().is_some();
        let too_many_dimensions = layout.ndim() > MAX_NDIM;
        let when = |holds: bool, flag: c_int| if holds { flag } else { 0 };
        Self {
            readonly,
            scalar: layout.ndim() == 0,
            too_many_dimensions,
            c_order,
            f_order,
            suboffsets,
            // As `bytes` and `array.array` do; N-dimensional exporters refuse.
            bare_format: layout.ndim() == 1 && c_order,
            understood: PyBUF_STRIDES | when(suboffsets, PyBUF_INDIRECT),
            unmet: when(readonly, PyBUF_WRITABLE)
                | when(!c_order, PyBUF_C_CONTIGUOUS & !PyBUF_STRIDES)
                | when(!f_order, PyBUF_F_CONTIGUOUS & !PyBUF_STRIDES)
                | when(!c_order && !f_order, PyBUF_ANY_CONTIGUOUS & !PyBUF_STRIDES),
        }
    }

    /// The offer of memory in one dimension without suboffsets, whose items are contiguous or not.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(crate) fn in_one_dimension(contiguous: bool, readonly: bool) -> Self {
        static ALL: [[Offer; 2]; 2] = [
            [Offer::row(false, false), Offer::row(false, true)],
            [Offer::row(true, false), Offer::row(true, true)],
        ];
        ALL[usize::from(contiguous)][usize::from(readonly)]
    }

    #[cfg(feature = "python")]
    const fn row(contiguous: bool, readonly: bool) -> Self {
        let writing = if readonly { PyBUF_WRITABLE } else { 0 };
        let orders = PyBUF_C_CONTIGUOUS | PyBUF_F_CONTIGUOUS | PyBUF_ANY_CONTIGUOUS;
        let order = if contiguous {
            0
        } else {
            orders & !PyBUF_STRIDES
        };
        Self {
            readonly,
            scalar: false,
            too_many_dimensions: false,
            c_order: contiguous,
            f_order: contiguous,
            suboffsets: false,
            bare_format: contiguous,
            understood: PyBUF_STRIDES,
            unmet: writing | order,
        }
    }

    /// The offer of memory in C order in several dimensions, none of which is of length 0.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(crate) fn in_c_order(lengths: &[isize], readonly: bool) -> Self {
        let f_order = lengths.iter().filter(|&&length| length != 1).count() <= 1;
        let order = if f_order {
            0
        } else {
            PyBUF_F_CONTIGUOUS & !PyBUF_STRIDES
        };
        let row = Self::in_one_dimension(true, readonly);
        Self {
            f_order,
            bare_format: false,
            unmet: row.unmet | order,
            ..row
        }
    }

    /// Whether a request is for plain bytes, and is met: what `send` and `write` ask.
    #[inline]
    pub(crate) fn answers_as_bytes(&self, request: Request) -> bool {
        request.flags & !PyBUF_WRITABLE == PyBUF_SIMPLE
            && self.c_order
            && request.flags & self.unmet == 0
    }

    /// Whether a request is met with everything there is to say, save perhaps the format:
    /// most are, and two tests tell.
    #[inline]
    pub(crate) fn answers_in_full(&self, request: Request) -> bool {
        request.flags & self.understood == self.understood
            && request.flags & self.unmet == 0
            && !self.too_many_dimensions
    }

    /// Whether nothing may be written.
    pub fn is_readonly(&self) -> bool {
        self.readonly
    }

    fn follows(&self, order: Order) -> bool {
        match order {
            Order::C => self.c_order,
            Order::F => self.f_order,
        }
    }

    /// The whole flag negotiation.
    pub fn answer(&self, request: Request) -> Result<Answer, Refusal> {
        if request.flags == PyBUF_READ || request.flags == PyBUF_WRITE {
            return Err(Refusal::NotARequest);
        }
        if request.asks(PyBUF_WRITABLE) && self.readonly {
            return Err(Refusal::ReadOnly);
        }
        let missing = |wanted: &Contiguity| !wanted.holds(|order| self.follows(order));
        if let Some(wanted) = request.contiguity().find(missing) {
            return Err(Refusal::NotContiguous(wanted));
        }
        if self.suboffsets && !request.asks(PyBUF_INDIRECT) {
            return Err(Refusal::Suboffsets);
        }
        let (shape, strides) = (request.asks(PyBUF_ND), request.asks(PyBUF_STRIDES));
        if !strides && !self.c_order {
            return Err(Refusal::Strides);
        }
        if shape && self.too_many_dimensions {
            return Err(Refusal::Dimensions);
        }
        let format = request.asks(PyBUF_FORMAT);
        if !shape && format && !self.bare_format {
            return Err(Refusal::FormatWithoutShape);
        }
        Ok(Answer {
            one_dimension: !shape,
            shape: shape && !self.scalar,
            strides: strides && !self.scalar,
            suboffsets: self.suboffsets && !self.scalar,
            format,
        })
    }
}

/// What of a `Py_buffer` an exporter fills in; all else is NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// `ndim` is 1 whatever the memory has: it is answered as bytes.
    pub one_dimension: bool,
    /// `shape` is given.
    pub shape: bool,
    /// `strides` are given.
    pub strides: bool,
    /// `suboffsets` are given.
    pub suboffsets: bool,
    /// `format` is given.
    pub format: bool,
}

/// Why a request cannot be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Exactly `PyBUF_READ` or `PyBUF_WRITE`, which mean something only elsewhere.
    NotARequest,
    /// `WRITABLE` of read-only memory.
    ReadOnly,
    /// A contiguity that this layout does not have.
    NotContiguous(Contiguity),
    /// Memory with suboffsets, and no `INDIRECT`.
    Suboffsets,
    /// Memory that is not in C order, and no `STRIDES`.
    Strides,
    /// More dimensions than a consumer has to understand, and `ND`.
    Dimensions,
    /// `FORMAT` without `ND` of memory that is not a plain array.
    FormatWithoutShape,
}

impl Refusal {
    /// The refusal in a sentence: what was asked, what is there, what would work.
    pub fn of(self, layout: &Layout) -> Error {
        let there = Geometry(layout);
        let (asked, would_do) = match self {
            Self::NotARequest => {
                let text = "PyBUF_READ and PyBUF_WRITE are not requests for a buffer: \
                            ask for PyBUF_SIMPLE, or with PyBUF_WRITABLE";
                return Error::fixed(Kind::System, text);
            }
            Self::ReadOnly => {
                let text = "a writable buffer was asked for; this memory is read-only: \
                            a request without PyBUF_WRITABLE would do";
                return Error::fixed(Kind::Buffer, text);
            }
            Self::NotContiguous(wanted) => (
                match wanted {
                    Contiguity::In(Order::C) => "a C-contiguous buffer",
                    Contiguity::In(Order::F) => "a Fortran-contiguous buffer",
                    Contiguity::Any => "a contiguous buffer",
                },
                "PyBUF_STRIDES without contiguity, or a contiguous copy",
            ),
            Self::Suboffsets => ("a buffer without suboffsets", "PyBUF_INDIRECT, or a copy"),
            Self::Strides => (
                "a buffer in C order without strides",
                "PyBUF_STRIDES, or a C-contiguous copy",
            ),
            Self::Dimensions => {
                let ndim = layout.ndim();
                return Error::new(
                    Kind::Buffer,
                    format_args!(
                        "this memory has {ndim} dimensions; a buffer has at most {MAX_NDIM}: \
                         PyBUF_SIMPLE or a part with fewer would do"
                    ),
                );
            }
            Self::FormatWithoutShape => {
                ("a format without a shape", "PyBUF_ND beside PyBUF_FORMAT")
            }
        };
        Error::new(
            Kind::Buffer,
            format_args!("{asked} was asked for; this memory has {there}: {would_do} would do"),
        )
    }
}

/// `shape (2, 3), strides (12, 4)`, and suboffsets where there are any.
pub(crate) struct Geometry<'a>(pub &'a Layout);

impl fmt::Display for Geometry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shape, strides) = (Tuple(self.0.shape()), Tuple(self.0.strides()));
        write!(f, "shape {shape}, strides {strides}")?;
        match self.0.suboffsets() {
            Some(suboffsets) => write!(f, ", suboffsets {}", Tuple(suboffsets)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
