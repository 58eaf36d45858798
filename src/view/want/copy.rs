//! Whether memory is as wanted where it is, or has to be copied, and why.
//!
//! A want that is not met is an error for who must have it ([`Want::check`]). Who would make a copy
//! asks here first: nothing to be moved is no error, and neither is what has to be.

use std::fmt::{self, Display, Formatter};

use super::super::View;
use super::{Gap, Remedy, Want, missing_hold};
use crate::error::{Error, Result, try_format};
use crate::exporter::Lent;
use crate::layout::{Contiguity, Departure, Layout, Order};
use crate::request::Hold;

impl View {
    /// Why a copy is needed to have this view as wanted, in one sentence; `None` where it is so
    /// already, and nothing has to move. An error where no copy would do: one has as many
    /// dimensions.
    ///
    /// ```
    /// use pybuf::{Contiguity, Exporter, Order, Request, Want};
    ///
    /// let view = Exporter::zeroed(c"i", None, &[4, 6])?.view(Request::read())?;
    /// let want = Want { order: Some(Contiguity::In(Order::F)), ..Want::default() };
    /// assert_eq!(view.transpose([1, 0])?.why_copy(&want)?, None);
    /// assert_eq!(
    ///     view.why_copy(&want)?.as_deref(),
    ///     Some("a Fortran-ordered copy, because dimension 0 has a stride of 24 where Fortran order needs 4")
    /// );
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    pub fn why_copy(&self, want: &Want<'_>) -> Result<Option<String>> {
        let reason = self.reason_to_copy(want)?;
        let tell = |reason| try_format(format_args!("{reason}")).ok_or(Error::no_memory());
        reason.map(tell).transpose()
    }

    /// The same, for whoever has room for it.
    pub(crate) fn reason_to_copy<'a>(&'a self, want: &'a Want<'a>) -> Result<Option<Reason<'a>>> {
        want.copy_of(self.lent(), self.hold())
    }
}

impl Want<'_> {
    /// The copy that would be needed of what is lent and held so, and why; `None` where none is.
    pub(crate) fn copy_of<'a>(&'a self, lent: &'a Lent, hold: Hold) -> Result<Option<Reason<'a>>> {
        self.read_items(lent)?;
        let reason = Reason {
            gap: Gap::between(self, lent),
            missing: missing_hold(self, hold),
            lent,
            want: self,
        };
        if reason.gap.ndim {
            return self.check_gap(lent).map(|()| None);
        }
        let is_met = reason.gap == Gap::default() && reason.missing.is_none();
        Ok((!is_met).then_some(reason))
    }
}

/// What copy is needed, and why: `a C-ordered copy, because ...`.
pub(crate) struct Reason<'a> {
    gap: Gap,
    /// What others may do with the memory, which is not to be.
    missing: Option<&'static str>,
    lent: &'a Lent,
    want: &'a Want<'a>,
}

impl Display for Reason<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (gap, want) = (self.gap, self.want);
        Remedy { gap, want }.write_copy(f, false)?;
        f.write_str(", because ")?;
        let mut list = List { f, is_first: true };
        self.write_items(&mut list)?;
        if gap.alignment {
            let first = self.lent.first_item();
            list.add(format_args!(
                "items are not aligned (it begins at {first:p})"
            ))?;
        }
        self.write_order(&mut list)?;
        if gap.readonly {
            list.add(format_args!("it is read-only"))?;
        }
        match self.missing {
            Some("stable") => list.add(format_args!("others may write it meanwhile")),
            Some(_) => list.add(format_args!("others may use it meanwhile")),
            None => Ok(()),
        }
    }
}

impl Reason<'_> {
    /// What the items are, where that is not what is wanted.
    fn write_items(&self, list: &mut List<'_, '_>) -> fmt::Result {
        let format = self.lent.format();
        if let Some(wanted) = self.want.format.filter(|_| self.gap.format) {
            return match format.difference(wanted) {
                Some(difference) => list.add(format_args!("{difference}")),
                None => list.add(format_args!("items are {format} and not {wanted}")),
            };
        }
        match self.want.kind {
            Some(kind) if self.gap.kind => {
                list.add(format_args!("items are {format} and not {kind}"))
            }
            _ if self.gap.byte_order => {
                list.add(format_args!("items are {format}, in the other byte order"))
            }
            _ => Ok(()),
        }
    }

    /// Why items do not lie as wanted.
    fn write_order(&self, list: &mut List<'_, '_>) -> fmt::Result {
        let layout = self.lent.layout();
        if !self.gap.order && !self.gap.suboffsets {
            return Ok(());
        }
        let is_pointer = |dim: &usize| layout.suboffset_of(*dim).is_some();
        if let Some(dim) = (0..layout.ndim()).find(is_pointer) {
            return list.add(format_args!(
                "dimension {dim} ends in pointers (suboffsets)"
            ));
        }
        match self.want.order {
            _ if layout.suboffsets().is_some() => list.add(format_args!(
                "it states suboffsets, though none is a pointer's"
            )),
            Some(Contiguity::In(order)) => list.add(format_args!("{}", Departed(layout, order))),
            _ => {
                list.add(format_args!("{}", Departed(layout, Order::C)))?;
                list.add(format_args!("{}", Departed(layout, Order::F)))
            }
        }
    }
}

/// `dimension 0 has a stride of 24 where Fortran order needs 4`
struct Departed<'a>(&'a Layout, Order);

impl Display for Departed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(Departure {
            dim,
            stride,
            needed,
        }) = self.0.departure(self.1)
        else {
            return Ok(());
        };
        let order = super::order_name(Contiguity::In(self.1));
        write!(
            f,
            "dimension {dim} has a stride of {stride} where {order} needs {needed}"
        )
    }
}

/// Reasons, one after another.
struct List<'f, 'a> {
    f: &'f mut Formatter<'a>,
    is_first: bool,
}

impl List<'_, '_> {
    fn add(&mut self, reason: fmt::Arguments<'_>) -> fmt::Result {
        let between = if self.is_first { "" } else { ", and " };
        self.is_first = false;
        write!(self.f, "{between}{reason}")
    }
}
