//! Operations that take what is lent as views, make views of views, and let go of them.

use std::ffi::{c_int, c_void};
use std::ptr;

use pybuf::abi::*;
use pybuf::error::Kind;
use pybuf::{Order, Request, Slice, View};

use super::super::bytes::Bytes;
use super::super::capi::{self, handle};
use super::super::layouts::{some_axes, some_slice};
use super::super::requests::some_flags;
use super::faces::{Lender, Reader};
use super::shown::Shown;
use super::{Exported, Viewed, World, keep, take};

pub fn view_exporter(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(exported) = world.exporter(bytes) else {
        return;
    };
    let made = match &exported.lender {
        Lender::C(exporter) => exported.view_as_wanted(exporter.as_ptr(), bytes),
        Lender::Rust(exporter) => {
            let flags = some_flags(bytes);
            let view = exporter.view(Request::from_flags(flags));
            let view = view.map(Reader::Rust).map_err(|error| error.kind());
            let seen = exported.shown.answered(flags).map(|(seen, _)| {
                let asked = flags & PyBUF_WRITABLE != 0;
                seen.readonly(!asked)
            });
            viewed(view, seen)
        }
    };
    keep(&mut world.views, made);
}

impl Exported {
    /// By C's `pybuf_want`.
    fn view_as_wanted(&self, exporter: *mut c_void, bytes: &mut Bytes<'_>) -> Option<Viewed> {
        let said = bytes.byte();
        let shown = &self.shown;
        let ndim = shown.geometry.ndim() as i32;
        let want = capi::Want {
            kind: ptr::null(),
            ndim: match said & 3 {
                0 => bytes.pick(&[-1, 1, 2]),
                1 if ndim == 0 => -1,
                1 => ndim,
                _ => 0,
            },
            order: [0, 0, b'C', b'F', b'A', 0, 0, 0][usize::from(said >> 2 & 7)].into(),
            writable: (said >> 5 & 1).into(),
            unaligned: 0,
            indirect: (said >> 6 & 1).into(),
            stable: 0,
            exclusive: 0,
            reserved: [0; 8],
        };
        let anything = said >> 7 == 1;
        let met = anything || shown.meets(&want);
        let writable = want.writable != 0 && !anything;
        let want = if anything {
            ptr::null()
        } else {
            &raw const want
        };
        // SAFETY: a handle, and NULL or valid.
        let view = handle(|| unsafe { capi::pybuf_exporter_view(exporter, want) });
        let seen = shown.clone().readonly(!writable);
        viewed(
            view.map(Reader::C),
            if met { Ok(seen) } else { Err(Kind::Buffer) },
        )
    }
}

impl Shown {
    fn meets(&self, want: &capi::Want) -> bool {
        let (c, f) = (self.is_contiguous(Order::C), self.is_contiguous(Order::F));
        let ndim = match want.ndim {
            0 => true,
            -1 => self.geometry.ndim() == 0,
            ndim => self.geometry.ndim() == ndim as usize,
        };
        let order = match want.order as u8 {
            b'C' => c,
            b'F' => f,
            b'A' => c || f,
            _ => true,
        };
        let writable = want.writable == 0 || !self.readonly;
        ndim && order && writable && (want.indirect != 0 || !self.geometry.is_indirect())
    }
}

/// The outcome is the one that was foretold.
pub fn viewed(view: Result<Reader, Kind>, expected: Result<Shown, Kind>) -> Option<Viewed> {
    assert_eq!(view.as_ref().err(), expected.as_ref().err());
    let viewed = Viewed {
        reader: view.ok()?,
        shown: expected.ok()?,
    };
    viewed.shown.assert_stated(viewed.reader.stated());
    Some(viewed)
}

/// By any pair of functions, into a view of either sort. A refusal is heard only by C, which
/// asks for the thread's last error.
pub fn acquire(
    (exporter, getbuffer, releasebuffer): (*mut c_void, GetBuffer, Option<ReleaseBuffer>),
    flags: c_int,
    seen: Result<Shown, Kind>,
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
    let seen = exported.shown.answered(flags).map(|(seen, _)| seen);
    let made = acquire(functions, flags, seen, bytes.flag());
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
        viewed(self.reader.slice(dim, slice), self.shown.slice(dim, slice))
    }
}

pub fn transpose(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(before) = world.view(bytes) else {
        return;
    };
    let axes = some_axes(bytes, before.shown.geometry.ndim());
    let made = viewed(
        before.reader.transpose(&axes),
        before.shown.transpose(&axes),
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
