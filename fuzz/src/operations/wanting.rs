//! Operations that say what they need: by `pybuf_want`, and by stable and exclusive requests.

use std::ffi::{c_int, c_void};
use std::ptr;

use pybuf::abi::*;
use pybuf::error::Kind;
use pybuf::{Exporter, Order, Request};

use super::super::bytes::Bytes;
use super::super::capi::{self, done, handle};
use super::super::requests::some_flags;
use super::super::sharing::Asked;
use super::faces::{Lender, Reader};
use super::shown::Shown;
use super::viewing::viewed;
use super::{Exported, Viewed, World, keep};

/// Nobody writes meanwhile, or nobody else is there.
pub fn view_promised(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(exported) = world.exporter(bytes) else {
        return;
    };
    let asked = bytes.pick(&[Asked::Stable, Asked::Exclusive, Asked::Loose]);
    let made = match &exported.lender {
        Lender::C(exporter) => {
            let want = exported.shown.some_want(bytes).unwrap_or(NOTHING);
            let both = asked == Asked::Exclusive && bytes.rarely(4);
            let want = capi::Want {
                stable: (both || asked == Asked::Stable).into(),
                exclusive: (asked == Asked::Exclusive).into(),
                ..want
            };
            exported.view_as(exporter.as_ptr(), Some(want))
        }
        Lender::Rust(exporter) => {
            let flags = match bytes.rarely(4) {
                true => some_flags(bytes),
                false => bytes.pick(&[PyBUF_FULL_RO, PyBUF_FULL]),
            };
            exported.view(exporter, asked, flags)
        }
    };
    keep(&mut world.views, made);
}

/// Whether a view that is there is as wanted.
pub fn check(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(viewed) = world.view(bytes) else {
        return;
    };
    let Some(view) = viewed.reader.as_c() else {
        return;
    };
    let promised = bytes.byte();
    let want = capi::Want {
        stable: (promised & 1).into(),
        exclusive: (promised >> 1 & 1).into(),
        ..viewed.shown.some_want(bytes).unwrap_or(NOTHING)
    };
    let kept = match viewed.export.asked {
        Asked::Exclusive => true,
        Asked::Stable => want.exclusive == 0,
        Asked::ByFlags | Asked::Loose => want.exclusive == 0 && want.stable == 0,
    };
    let expected = match kept && viewed.shown.meets(&want) {
        true => Ok(()),
        false => Err(Kind::Buffer),
    };
    // SAFETY: a handle, and a valid want.
    let checked = done(|| unsafe { capi::pybuf_view_check(view, &want) });
    assert_eq!(checked, expected);
}

/// All zero.
const NOTHING: capi::Want = capi::Want {
    kind: ptr::null(),
    format: ptr::null_mut(),
    ndim: 0,
    order: 0,
    writable: 0,
    unaligned: 0,
    indirect: 0,
    stable: 0,
    exclusive: 0,
    reserved: [0; 8],
};

impl Exported {
    /// By Rust's request.
    pub fn view(&self, exporter: &Exporter, asked: Asked, flags: c_int) -> Option<Viewed> {
        let request = Request::from_flags(flags);
        let view = exporter.view(match asked {
            Asked::Stable => request.stable(),
            Asked::Exclusive => request.exclusive(),
            Asked::ByFlags | Asked::Loose => request,
        });
        let view = view.map(Reader::Rust).map_err(|error| error.kind());
        let granted = self.source.ask(&self.shown, asked, flags, true);
        viewed(view, granted.map(|(seen, _, export)| (seen, export)))
    }

    /// By C's `pybuf_want`; `None` for anything.
    pub fn view_as(&self, exporter: *mut c_void, want: Option<capi::Want>) -> Option<Viewed> {
        let pointer = want.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: a handle, and NULL or valid.
        let view = handle(|| unsafe { capi::pybuf_exporter_view(exporter, pointer) });
        let anything = capi::Want {
            indirect: 1,
            ..NOTHING
        };
        let want = want.unwrap_or(anything);
        let asked = match (want.exclusive, want.stable) {
            (0, 0) => Asked::Loose,
            (0, _) => Asked::Stable,
            _ => Asked::Exclusive,
        };
        let flags = match want.writable != 0 && !self.shown.readonly {
            true => PyBUF_FULL,
            false => PyBUF_FULL_RO,
        };
        let granted = match self.shown.meets(&want) {
            true => self.source.ask(&self.shown, asked, flags, true),
            false => Err(Kind::Buffer),
        };
        let seen = granted.map(|(seen, _, export)| (seen, export));
        viewed(view.map(Reader::C), seen)
    }
}

impl Shown {
    /// `None` is NULL.
    pub fn some_want(&self, bytes: &mut Bytes<'_>) -> Option<capi::Want> {
        let said = bytes.byte();
        let ndim = self.geometry.ndim() as i32;
        let want = capi::Want {
            ndim: match said & 3 {
                0 => bytes.pick(&[-1, 1, 2]),
                1 if ndim == 0 => -1,
                1 => ndim,
                _ => 0,
            },
            order: [0, 0, b'C', b'F', b'A', 0, 0, 0][usize::from(said >> 2 & 7)].into(),
            writable: (said >> 5 & 1).into(),
            indirect: (said >> 6 & 1).into(),
            ..NOTHING
        };
        (said >> 7 == 0).then_some(want)
    }

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
