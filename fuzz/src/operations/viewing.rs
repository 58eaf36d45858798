//! Operations that take what is lent as views, make views of views, and let go of them.

use std::ffi::{c_int, c_void};
use std::rc::Rc;

use pybuf::abi::*;
use pybuf::error::Kind;
use pybuf::{Request, Slice, View};

use super::super::bytes::Bytes;
use super::super::capi::{self, handle};
use super::super::layouts::{some_axes, some_slice};
use super::super::requests::some_flags;
use super::super::sharing::Asked;
use super::export::Export;
use super::faces::{Lender, Reader};
use super::shown::Shown;
use super::{Viewed, World, keep, take};

pub fn view_exporter(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(exported) = world.exporter(bytes) else {
        return;
    };
    let made = match &exported.lender {
        Lender::C(exporter) => {
            let want = exported.shown.some_want(bytes);
            exported.view_as(exporter.as_ptr(), want)
        }
        Lender::Rust(exporter) => exported.view(exporter, Asked::Loose, some_flags(bytes)),
    };
    keep(&mut world.views, made);
}

/// What a view shows, and the export that it holds.
pub type Seen = (Shown, Rc<Export>);

/// The outcome is the one that was foretold.
pub fn viewed(view: Result<Reader, Kind>, expected: Result<Seen, Kind>) -> Option<Viewed> {
    assert_eq!(view.as_ref().err(), expected.as_ref().err());
    let (shown, export) = expected.ok()?;
    let viewed = Viewed {
        reader: view.ok()?,
        shown,
        export,
    };
    viewed.shown.assert_stated(viewed.reader.stated());
    Some(viewed)
}

/// By any pair of functions, into a view of either sort. A refusal is heard only by C, which
/// asks for the thread's last error.
pub fn acquire(
    (exporter, getbuffer, releasebuffer): (*mut c_void, GetBuffer, Option<ReleaseBuffer>),
    flags: c_int,
    seen: Result<Seen, Kind>,
    into_c: bool,
) -> Option<Viewed> {
    if into_c {
        let fill = Some(getbuffer);
        // SAFETY: the functions belong to the exporter, which keeps what it lends.
        let view =
            handle(|| unsafe { capi::pybuf_view_acquire(exporter, fill, releasebuffer, flags) });
        return viewed(view.map(Reader::C), seen);
    }
    let request = Request::from_flags(flags);
    // SAFETY: as above.
    let view = unsafe { View::acquire(exporter, getbuffer, releasebuffer, request) };
    let view = view.map(Reader::Rust).map_err(|error| error.kind());
    viewed(view, seen.map_err(|_| Kind::Buffer))
}

/// By the protocol's own functions, which are C's.
pub fn acquire_exporter(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(exported) = world.exporter(bytes) else {
        return;
    };
    let Lender::C(exporter) = &exported.lender else {
        return;
    };
    let release: ReleaseBuffer = capi::pybuf_releasebuffer;
    let functions = (
        exporter.as_ptr(),
        capi::pybuf_getbuffer as GetBuffer,
        bytes.flag().then_some(release),
    );
    let flags = some_flags(bytes);
    let into_c = bytes.flag();
    // C's function knows its own release, and finds the exporter without it.
    let direct = into_c || functions.2.is_none();
    let granted = (exported.source).ask(&exported.shown, Asked::ByFlags, flags, direct);
    let seen = granted.map(|(seen, _, export)| (seen, export));
    let made = acquire(functions, flags, seen, into_c);
    keep(&mut world.views, made);
}

pub fn slice(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(before) = world.view(bytes) else {
        return;
    };
    let too_many = usize::from(bytes.rarely(16));
    let dim = bytes.below(before.shown.geometry.ndim() + too_many);
    let slice = some_slice(bytes, |bytes| bytes.within(-6..=6) as isize);
    let made = before.slice(dim, slice);
    keep(&mut world.views, made);
}

impl Viewed {
    pub fn slice(&self, dim: usize, slice: Slice) -> Option<Self> {
        let sliced = self.shown.slice(dim, slice);
        viewed(self.reader.slice(dim, slice), self.sharing(sliced))
    }

    /// A view of the same export.
    fn sharing(&self, shown: Result<Shown, Kind>) -> Result<Seen, Kind> {
        shown.map(|shown| (shown, self.export.clone()))
    }
}

pub fn transpose(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(before) = world.view(bytes) else {
        return;
    };
    let axes = some_axes(bytes, before.shown.geometry.ndim());
    let made = viewed(
        before.reader.transpose(&axes),
        before.sharing(before.shown.transpose(&axes)),
    );
    keep(&mut world.views, made);
}

pub fn clone_view(world: &mut World, bytes: &mut Bytes<'_>) {
    let clone = world.view(bytes).cloned();
    keep(&mut world.views, clone);
}

pub fn drop_view(world: &mut World, bytes: &mut Bytes<'_>) {
    drop(take(&mut world.views, bytes));
}
