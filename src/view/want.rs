//! What a consumer needs, said in one struct, and the refusal that explains itself.

mod copy;

use std::fmt;

use super::View;
use crate::error::{Result, fail};
use crate::exporter::Lent;
use crate::format::{ByteOrder, Format, Scalar, ScalarKind, Shown, unknown};
use crate::layout::{Contiguity, Order};
use crate::request::{Geometry, Hold, Request};

/// The names of kinds that can be wanted, as they are said in messages.
const KINDS: &[(&str, Scalar)] = &[
    ("bool", Scalar::native(ScalarKind::Bool, 1)),
    ("int8", Scalar::native(ScalarKind::Signed, 1)),
    ("int16", Scalar::native(ScalarKind::Signed, 2)),
    ("int32", Scalar::native(ScalarKind::Signed, 4)),
    ("int64", Scalar::native(ScalarKind::Signed, 8)),
    ("uint8", Scalar::native(ScalarKind::Unsigned, 1)),
    ("uint16", Scalar::native(ScalarKind::Unsigned, 2)),
    ("uint32", Scalar::native(ScalarKind::Unsigned, 4)),
    ("uint64", Scalar::native(ScalarKind::Unsigned, 8)),
    ("float16", Scalar::native(ScalarKind::Float, 2)),
    ("float32", Scalar::native(ScalarKind::Float, 4)),
    ("float64", Scalar::native(ScalarKind::Float, 8)),
    ("complex64", Scalar::native(ScalarKind::Complex, 8)),
    ("complex128", Scalar::native(ScalarKind::Complex, 16)),
];

/// What a consumer needs. The default wants nothing in particular: any items, any
/// dimensions, any strides, to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Want<'a> {
    /// Items of this kind, in native byte order; `None`: any.
    pub kind: Option<Scalar>,
    /// Items that mean what this format does, however theirs is spelled; `None`: any.
    pub format: Option<&'a Format>,
    /// So many dimensions; `None`: any number.
    pub ndim: Option<usize>,
    /// Contiguous so; `None`: any strides.
    pub order: Option<Contiguity>,
    /// To write. Otherwise the view is read-only, whatever the exporter allows.
    pub writable: bool,
    /// Items of the kind or format may lie at any address, not only at multiples of its
    /// alignment.
    pub unaligned: bool,
    /// Suboffsets are understood.
    pub indirect: bool,
    /// Nobody writes meanwhile; see [`Request::stable`].
    pub stable: bool,
    /// Nobody else has an export meanwhile; see [`Request::exclusive`].
    pub exclusive: bool,
}

impl Want<'_> {
    /// The kind with this name: `float64`, `uint8` …
    pub fn kind_named(name: &[u8]) -> Result<Scalar> {
        match KINDS.iter().find(|(known, _)| known.as_bytes() == name) {
            Some(&(_, kind)) => Ok(kind),
            None => {
                let hint = unknown::hint_of_name(name);
                let between = if hint.is_some() { "; " } else { "" };
                fail!(
                    Value,
                    "{} is not a kind of item; the kinds are {KindNames}{between}{}",
                    Shown(name),
                    hint.unwrap_or("")
                )
            }
        }
    }

    /// The request to make: all that an exporter can tell, so that what does not fit can be
    /// explained.
    pub(crate) fn request(&self) -> Request {
        let request = match self.writable {
            true => Request::write(),
            false => Request::read(),
        };
        match (self.exclusive, self.stable) {
            (true, _) => request.exclusive(),
            (false, true) => request.stable(),
            (false, false) => request,
        }
    }

    /// Whether a view meets this want; the error says what was asked, what is there and what
    /// would do.
    pub fn check(&self, view: &View) -> Result<()> {
        if let Some(asked) = missing_hold(self, view.hold()) {
            return fail!(
                Buffer,
                "{asked} memory was asked for; this view was not taken so: its exporter can be asked for one \
                 that is"
            );
        }
        self.read_items(view.lent())?;
        self.check_gap(view.lent())
    }

    /// Reads the format of some memory, where it matters.
    fn read_items(&self, lent: &Lent) -> Result<()> {
        match self.kind.is_some() || self.format.is_some() {
            true => lent.format().read(),
            false => Ok(()),
        }
    }

    /// What others may do with the memory apart.
    fn check_gap(&self, lent: &Lent) -> Result<()> {
        let gap = Gap::between(self, lent);
        if gap == Gap::default() {
            return Ok(());
        }
        let asked = Asked { want: self, gap };
        let there = There {
            lent,
            gap,
            want: self,
        };
        let remedy = Remedy { gap, want: self };
        fail!(
            Buffer,
            "{asked} was asked for; this buffer is {there}. {remedy} would do."
        )
    }
}

/// What others may not do, and a view does not keep them from doing.
fn missing_hold(want: &Want<'_>, hold: Hold) -> Option<&'static str> {
    let (stable, exclusive) = match hold {
        Hold::Exclusive => (true, true),
        Hold::Stable => (true, false),
        Hold::Protocol | Hold::Shared => (false, false),
    };
    match (want.exclusive && !exclusive) || (want.stable && !stable) {
        true if want.exclusive => Some("exclusive"),
        true => Some("stable"),
        false => None,
    }
}

/// What of a want is not met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Gap {
    kind: bool,
    format: bool,
    byte_order: bool,
    alignment: bool,
    ndim: bool,
    order: bool,
    readonly: bool,
    suboffsets: bool,
}

impl Gap {
    fn between(want: &Want<'_>, lent: &Lent) -> Self {
        let layout = lent.layout();
        // Who wants no kind has no need to know it.
        let scalar = want.kind.and_then(|_| lent.format().scalar());
        let same_but_order = |kind: &Scalar| scalar.map(in_native_order) == Some(*kind);
        // Of items of another kind neither order nor alignment matters.
        let kind = want.kind.filter(same_but_order);
        let format = want
            .format
            .filter(|format| format.is_equivalent(lent.format()));
        let alignment = kind
            .map_or(1, Scalar::alignment)
            .max(format.map_or(1, Format::alignment));
        let other_order = |order| !layout.is_contiguous(order);
        Self {
            kind: want.kind.is_some() && kind.is_none(),
            format: want.format.is_some() && format.is_none(),
            byte_order: kind.is_some() && scalar != kind,
            alignment: !want.unaligned && !is_aligned(lent, alignment),
            ndim: want.ndim.is_some_and(|ndim| layout.ndim() != ndim),
            order: want.order.is_some_and(other_order),
            readonly: want.writable && lent.is_readonly(),
            suboffsets: !want.indirect && layout.is_indirect(),
        }
    }
}

fn in_native_order(scalar: Scalar) -> Scalar {
    Scalar {
        order: ByteOrder::NATIVE,
        ..scalar
    }
}

/// Whether every item lies at a multiple of an alignment. Behind pointers nobody looks: there
/// it is not known, and so not promised.
fn is_aligned(lent: &Lent, alignment: usize) -> bool {
    let layout = lent.layout();
    let aligned = |(&length, stride): (&isize, &isize)| {
        length <= 1 || stride.unsigned_abs().is_multiple_of(alignment)
    };
    let mut steps = layout.shape().iter().zip(layout.strides());
    let begins_so = lent.first_item().addr().is_multiple_of(alignment);
    alignment == 1
        || layout.is_empty()
        || (!layout.is_indirect() && begins_so && steps.all(aligned))
}

/// What was asked for: `float64 in 2 dimensions, C order`. That suboffsets are not understood
/// is said only where there are some.
struct Asked<'a> {
    want: &'a Want<'a>,
    gap: Gap,
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Want {
            kind,
            format,
            ndim,
            order,
            writable,
            ..
        } = self.want;
        f.write_str(if *writable { "writable " } else { "" })?;
        match (kind, format) {
            (_, Some(format)) => write!(f, "memory of format {format}")?,
            (Some(kind), None) => write!(f, "{kind}")?,
            (None, None) => f.write_str("memory")?,
        }
        match ndim {
            Some(1) => f.write_str(" in 1 dimension")?,
            Some(ndim) => write!(f, " in {ndim} dimensions")?,
            None => {}
        }
        if let Some(order) = order {
            let comma = if ndim.is_some() { "," } else { " in" };
            write!(f, "{comma} {}", order_name(*order))?;
        }
        f.write_str(if self.gap.suboffsets {
            " without suboffsets"
        } else {
            ""
        })
    }
}

fn order_name(order: Contiguity) -> &'static str {
    match order {
        Contiguity::In(Order::C) => "C order",
        Contiguity::In(Order::F) => "Fortran order",
        Contiguity::Any => "C or Fortran order",
    }
}

/// `'>d' (big-endian float64), shape (480, 640), strides (8, 3840): Fortran order`
struct There<'a> {
    lent: &'a Lent,
    gap: Gap,
    want: &'a Want<'a>,
}

impl fmt::Display for There<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = self.lent.layout();
        write!(f, "{}, {}: ", self.lent.format(), Geometry(layout))?;
        let c = layout.is_contiguous(Contiguity::In(Order::C));
        let fortran = layout.is_contiguous(Contiguity::In(Order::F));
        f.write_str(match (layout.ndim(), c, fortran) {
            (0, ..) => "a single item",
            (1, true, _) => "contiguous",
            (_, true, true) => "C and Fortran order",
            (_, true, false) => "C order",
            (_, false, true) => "Fortran order",
            (_, false, false) => "not contiguous",
        })?;
        if self.gap.readonly {
            f.write_str(", read-only")?;
        }
        if let Some(format) = self.want.format.filter(|_| self.gap.format)
            && let Some(difference) = self.lent.format().difference(format)
        {
            write!(f, "; {difference}")?;
        }
        if self.gap.alignment {
            let first = self.lent.first_item();
            write!(f, ", not aligned (it begins at {first:p})")?;
        }
        Ok(())
    }
}

/// `A native C-ordered copy`
struct Remedy<'a> {
    gap: Gap,
    want: &'a Want<'a>,
}

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.gap.ndim {
            // No copy has other dimensions: all of the want is to be met anew.
            let gap = Gap::default();
            return write!(
                f,
                "Only {}",
                Asked {
                    want: self.want,
                    gap
                }
            );
        }
        let only_readonly = Gap {
            readonly: true,
            ..Gap::default()
        };
        match self.gap == only_readonly {
            true => f.write_str("Writable memory"),
            false => self.write_copy(f, true),
        }
    }
}

impl Remedy<'_> {
    /// The copy that would do, at the beginning of a sentence or within one.
    fn write_copy(&self, f: &mut fmt::Formatter<'_>, begins: bool) -> fmt::Result {
        let Gap {
            kind,
            format,
            byte_order,
            alignment,
            order,
            readonly,
            ..
        } = self.gap;
        // A copy in another order, kind or byte order is aligned as a matter of course.
        let aligned = alignment && !order && !kind && !format && !byte_order;
        f.write_str(if begins { "A" } else { "a" })?;
        f.write_str(match (readonly, aligned) {
            (true, _) => " writable",
            (false, true) => "n",
            (false, false) => "",
        })?;
        f.write_str(if aligned { " aligned" } else { "" })?;
        f.write_str(if byte_order { " native" } else { "" })?;
        match self.want.order.filter(|_| order) {
            Some(Contiguity::In(Order::C)) => f.write_str(" C-ordered")?,
            Some(Contiguity::In(Order::F)) => f.write_str(" Fortran-ordered")?,
            Some(Contiguity::Any) => f.write_str(" contiguous")?,
            None => {}
        }
        f.write_str(" copy")?;
        match (self.want.format.filter(|_| format), self.want.kind) {
            (Some(format), _) => write!(f, " converted to {format}"),
            (None, Some(wanted)) if kind => write!(f, " converted to {wanted}"),
            _ => Ok(()),
        }
    }
}

struct KindNames;

impl fmt::Display for KindNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, (name, _)) in KINDS.iter().enumerate() {
            write!(f, "{}{name}", if k == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
