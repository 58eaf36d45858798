//! Operations on filled buffers: the protocol as C programs speak it.

use std::ffi::{c_int, c_void};

use pybuf::abi::Py_buffer;
use pybuf::error::Kind;

use super::super::bytes::Bytes;
use super::super::capi::{self, done, handle};
use super::super::requests::some_flags;
use super::super::sharing::Asked;
use super::export::Source;
use super::faces::{Lender, Reader};
use super::shown::Shown;
use super::viewing::viewed;
use super::{Filled, World, keep, take};

pub fn fill_from_exporter(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(exported) = world.exporter(bytes) else {
        return;
    };
    let Lender::C(exporter) = &exported.lender else {
        return;
    };
    let exporter = exporter.as_ptr();
    let (shown, source) = (&exported.shown, &exported.source);
    let made = fill(shown, source, true, some_flags(bytes), |buffer, flags| {
        // SAFETY: a handle, and a valid buffer.
        unsafe { capi::pybuf_getbuffer(exporter, buffer, flags) }
    });
    let made = made.map(|filled| filled.by(exporter));
    keep(&mut world.buffers, made);
}

pub fn fill_from_view(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(viewed) = world.view(bytes) else {
        return;
    };
    let Some(view) = viewed.reader.as_c() else {
        return;
    };
    let (shown, source) = (&viewed.shown, viewed.export.filled_on());
    let made = fill(shown, &source, false, some_flags(bytes), |buffer, flags| {
        // SAFETY: as above.
        unsafe { capi::pybuf_view_getbuffer(view, buffer, flags) }
    });
    keep(&mut world.buffers, made);
}

fn fill(
    shown: &Shown,
    source: &Source,
    direct: bool,
    flags: c_int,
    getbuffer: impl FnOnce(*mut Py_buffer, c_int) -> c_int,
) -> Option<Filled> {
    let mut buffer = Box::new(Py_buffer::empty());
    let filled = done(|| getbuffer(&mut *buffer, flags));
    let expected = source.ask(shown, Asked::ByFlags, flags, direct);
    assert_eq!(filled.err(), expected.as_ref().err().copied());
    let (seen, answer, export) = expected.ok()?;
    let lent = shown.clone().readonly(seen.readonly);
    lent.lent().assert_answered(&buffer, flags, answer);
    Some(Filled {
        buffer,
        shown: seen,
        export,
        lender: None,
    })
}

impl Filled {
    fn by(mut self, lender: *mut c_void) -> Self {
        self.lender = Some(lender);
        self
    }

    fn is_empty(&self) -> bool {
        self.buffer.buf.is_null() && self.buffer.internal.is_null() && self.buffer.shape.is_null()
    }
}

/// By either function; that of another exporter refuses.
pub fn release(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(mut filled) = take(&mut world.buffers, bytes) else {
        return;
    };
    let other = world.exporter(bytes).map(|exported| &exported.lender);
    if let Some(Lender::C(other)) = other {
        filled.assert_not_released_by(other.as_ptr());
    }
    let buffer: *mut Py_buffer = &mut *filled.buffer;
    // SAFETY: filled; its export keeps the exporter that filled it.
    unsafe {
        match filled.lender.filter(|_| bytes.flag()) {
            Some(lender) => capi::pybuf_releasebuffer(lender, buffer),
            None => capi::pybuf_release(buffer),
        }
    }
    assert!(filled.is_empty());
}

impl Filled {
    fn assert_not_released_by(&mut self, other: *mut c_void) {
        if Some(other) == self.lender {
            return;
        }
        let buffer: *mut Py_buffer = &mut *self.buffer;
        // SAFETY: a handle, and a valid buffer.
        let release = || unsafe { capi::pybuf_releasebuffer(other, buffer) };
        // A function without a result fails by the thread's last error.
        let refused = capi::call(release, |()| true);
        assert_eq!(refused, Err(Kind::Buffer));
        assert!(!self.is_empty());
    }
}

pub fn adopt(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(mut filled) = take(&mut world.buffers, bytes) else {
        return;
    };
    // SAFETY: filled, and not yet released.
    let view = handle(|| unsafe { capi::pybuf_view_adopt(&mut *filled.buffer) });
    assert!(filled.is_empty());
    let made = viewed(
        view.map(Reader::C),
        Ok((filled.shown.clone(), filled.export.clone())),
    );
    keep(&mut world.views, made);
}
