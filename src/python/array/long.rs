//! What takes long is done while other threads run, as it is for views (`view::long`).
//!
//! An export of our own keeps size and place of the items meanwhile: who wants another size is
//! refused, as with every buffer. To change the size is done attached: the items are one thread's
//! alone then, and who waits for it might hold the lock that it wants to come back.

use super::super::attached::Attached;
use super::super::detached::LONG;
use super::access::Array;
use crate::error::Result;
use crate::exporter::{Exporter, Items, Lent, Touch};
use crate::layout::Slice;
use crate::request::Request;
use crate::view::View;

impl Array {
    /// Runs `body`, which touches nothing of Python, but so many bytes of the items, and leaves
    /// their number as it is.
    fn perhaps_long<T>(
        &self,
        nbytes: usize,
        request: Request,
        body: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if nbytes < LONG {
            return body();
        }
        match self.exporter.view(request) {
            Ok(_held) => self.attached.detached(body),
            // The work itself says why not.
            Err(_) => body(),
        }
    }

    fn nbytes(&self) -> usize {
        self.count() * self.scalar.size
    }

    /// A copy of the items of a slice.
    pub(super) fn copy(&self, slice: Slice) -> Result<Exporter> {
        let nbytes = match slice.step {
            0 => 0,
            _ => slice.resolve(self.count() as isize).1 as usize * self.scalar.size,
        };
        self.perhaps_long(nbytes, Request::read(), || self.exporter.copy_slice(slice))
    }

    /// A copy of what somebody lends.
    pub(super) fn copy_of(&self, view: &View) -> Result<Exporter> {
        // Others might write the pointers meanwhile.
        match view.layout().nbytes() < LONG || view.layout().is_indirect() {
            true => view.to_bytes(),
            false => self.attached.detached(|| view.to_bytes()),
        }
    }

    /// Puts many items in place of as many others: `false` where they are few, or the numbers differ.
    pub(super) fn overwrite_many(&self, slice: Slice, items: Items) -> Result<bool> {
        let nbytes = items.count * self.scalar.size;
        if nbytes < LONG || slice.is_between() {
            return Ok(false);
        }
        self.perhaps_long(nbytes, Request::write(), || {
            // SAFETY: whoever made the items keeps them. Who reads or writes the same memory
            // meanwhile does so unsynchronised, as always with memory of Python's.
            unsafe { self.exporter.overwrite(slice, items) }
        })
    }

    /// Turns the order of the items round.
    pub(super) fn turn_round(&self) -> Result<()> {
        self.perhaps_long(self.nbytes(), Request::write(), || {
            // SAFETY: as for `overwrite_many`.
            unsafe { self.exporter.reverse() }
        })
    }

    /// The items for as long as nothing runs that is not ours: where they are, or else a copy.
    /// Many of them are held instead.
    pub(super) fn steady(&self) -> Result<Steady<'_>> {
        if self.nbytes() >= LONG
            && let Ok(view) = self.exporter.view(Request::read())
        {
            return Ok(Steady::Held(view));
        }
        match self.at_home {
            true => self.lent_here(Touch::Read).map(Steady::Here),
            false => self.exporter.copy_slice(Slice::ALL).map(Steady::Copied),
        }
    }
}

/// Items that stay; see [`Array::steady`].
pub(super) enum Steady<'a> {
    Here(&'a Lent),
    Copied(Exporter),
    Held(View),
}

impl Steady<'_> {
    pub(super) fn lent(&self) -> &Lent {
        match self {
            Self::Here(lent) => lent,
            // SAFETY: nobody else has the copy.
            Self::Copied(copy) => unsafe { copy.lent_held() },
            Self::Held(view) => view.lent(),
        }
    }

    /// Runs `body`, which touches nothing of Python, on the items.
    pub(super) fn scan<T>(
        &self,
        attached: Attached,
        body: impl FnOnce(&Lent) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Held(view) => attached.detached(|| body(view.lent())),
            _ => body(self.lent()),
        }
    }
}
