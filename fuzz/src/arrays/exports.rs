//! Exports of an array: as long as there is one its items stay where they are, and as many.

use std::ffi::c_int;
use std::ptr;
use std::rc::Rc;
use std::slice;

use pybuf::abi::*;
use pybuf::error::Kind;
use pybuf::{Order, Request, Slice};

use super::super::bytes::Bytes;
use super::super::capi::{self, done, handle};
use super::super::filled::Lent;
use super::super::geometry::Geometry;
use super::super::requests::{kind_of, some_flags};
use super::super::rules;
use super::super::sharing::{Asked, Outstanding, is_answered_readonly};
use super::model::Model;
use super::typed::{bytes_of, with_type};
use super::{Array, Handle, World};

/// An export, and who has it.
pub struct Taken {
    holder: Holder,
    readonly: bool,
    asked: Asked,
    len: usize,
    model: Rc<Model>,
    _outstanding: Outstanding,
}

enum Holder {
    Buffer(Box<Py_buffer>),
    C(capi::View),
    Rust(pybuf::View),
    /// Made of a view, which it keeps.
    Lent(capi::Exporter),
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Self::Buffer(buffer) = self {
            // SAFETY: filled, and not yet released.
            unsafe { capi::pybuf_release(&mut **buffer) };
        }
    }
}

impl Array {
    /// What a request comes to: how it is answered, and the export that has begun.
    fn ask(&self, asked: Asked, flags: c_int) -> Result<(bool, Outstanding), Kind> {
        let writes = flags & PyBUF_WRITABLE != 0;
        let access = self.model.sharing.grant(asked, writes, false)?;
        rules::answer(&self.model.geometry(), false, flags).map_err(kind_of)?;
        let readonly = is_answered_readonly(asked, access, writes, false);
        Ok((readonly, Outstanding::begin(&self.model.sharing, access)))
    }

    fn taken(&self, holder: Holder, asked: Asked, granted: (bool, Outstanding)) -> Taken {
        let (readonly, outstanding) = granted;
        Taken {
            holder,
            readonly,
            asked,
            len: self.model.len(),
            model: self.model.clone(),
            _outstanding: outstanding,
        }
    }
}

impl Model {
    fn geometry(&self) -> Geometry {
        Geometry::contiguous(self.code.size as i128, &[self.len() as i128], Order::C)
    }
}

/// A buffer by flags. Rust has no such door.
pub fn fill(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(array) = world.array(bytes) else {
        return;
    };
    let Handle::C(exporter) = &array.handle else {
        return;
    };
    let flags = match bytes.flag() {
        true => some_flags(bytes),
        false => bytes.pick(&[PyBUF_FULL_RO, PyBUF_FULL, PyBUF_SIMPLE]),
    };
    let mut buffer = Box::new(Py_buffer::empty());
    // SAFETY: a handle, and a valid buffer.
    let filled = done(|| unsafe { capi::pybuf_getbuffer(exporter.as_ptr(), &mut *buffer, flags) });
    let granted = array.ask(Asked::ByFlags, flags);
    assert_eq!(filled.err(), granted.as_ref().err().copied());
    let Ok(granted) = granted else { return };
    let lent = Lent {
        base: array.handle.data(),
        geometry: &array.model.geometry(),
        format: array.model.code.format,
        readonly: granted.0,
    };
    let answer = rules::answer(lent.geometry, false, flags).expect("an answer");
    lent.assert_answered(&buffer, flags, answer);
    let taken = array.taken(Holder::Buffer(buffer), Asked::ByFlags, granted);
    world.keep_taken(Some(taken));
}

/// A view by what it is to be sure of.
pub fn view(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(array) = world.array(bytes) else {
        return;
    };
    let asked = bytes.pick(&[Asked::Loose, Asked::Stable, Asked::Exclusive]);
    let flags = bytes.pick(&[PyBUF_FULL_RO, PyBUF_FULL]);
    let granted = array.ask(asked, flags);
    let made = match &array.handle {
        Handle::C(exporter) => {
            let want = capi::Want {
                kind: ptr::null(),
                format: ptr::null_mut(),
                ndim: bytes.pick(&[0, 1]),
                order: bytes.pick(&[0, i32::from(b'C')]),
                writable: (flags == PyBUF_FULL).into(),
                unaligned: 0,
                indirect: 0,
                stable: (asked == Asked::Stable).into(),
                exclusive: (asked == Asked::Exclusive).into(),
                reserved: [0; 8],
            };
            // SAFETY: a handle, and a valid want.
            handle(|| unsafe { capi::pybuf_exporter_view(exporter.as_ptr(), &want) }).map(Holder::C)
        }
        Handle::Rust(exporter) => {
            let request = Request::from_flags(flags);
            let view = exporter.view(match asked {
                Asked::Stable => request.stable(),
                Asked::Exclusive => request.exclusive(),
                Asked::ByFlags | Asked::Loose => request,
            });
            view.map(Holder::Rust).map_err(|error| error.kind())
        }
    };
    assert_eq!(made.as_ref().err(), granted.as_ref().err());
    let taken = made.ok().zip(granted.ok());
    let taken = taken.map(|(holder, granted)| array.taken(holder, asked, granted));
    world.keep_taken(taken);
}

/// A view of C is lent on, and given up: the export stays.
pub fn lend_on(world: &mut World, bytes: &mut Bytes<'_>) {
    let count = world.taken.len();
    let Some(taken) = world.taken.get_mut(bytes.below(count)) else {
        return;
    };
    if let Holder::C(view) = &taken.holder {
        // SAFETY: a handle.
        let lent = handle(|| unsafe { capi::pybuf_exporter_from_view(view.as_ptr()) });
        taken.holder = Holder::Lent(lent.expect("an exporter of a view"));
    }
}

/// What a view lends on has a size that does not change: it is no array.
pub fn misuse(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(taken) = world.taken.get(bytes.below(world.taken.len())) else {
        return;
    };
    if let Holder::Lent(exporter) = &taken.holder {
        let handle = Handle::C(exporter.clone());
        let size = taken.model.code.size;
        assert_eq!(handle.get(0, size), Err(Kind::Type));
        assert_eq!(handle.pop(0, size), Err(Kind::Type));
        assert_eq!(handle.delete(Slice::ALL), Err(Kind::Type));
        assert_eq!(handle.slice(Slice::ALL).err(), Some(Kind::Type));
        assert_eq!(handle.resize(taken.len), Err(Kind::Type));
        assert_eq!(handle.clear(), Err(Kind::Type));
        assert_eq!(handle.reverse(), Some(Err(Kind::Type)));
    }
}

pub fn release(world: &mut World, bytes: &mut Bytes<'_>) {
    let count = world.taken.len();
    if count > 0 {
        world.taken.swap_remove(bytes.below(count));
    }
}

/// An item, where the export may write.
pub fn write(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(taken) = world.taken.get(bytes.below(world.taken.len())) else {
        return;
    };
    if taken.len == 0 {
        return;
    }
    let at = bytes.below(taken.len.min(256));
    let item = taken.model.code.items(bytes.byte(), 1).concat();
    let (index, size) = ([at as isize], item.len());
    let written = match &taken.holder {
        Holder::C(view) => {
            let (view, from) = (view.as_ptr(), item.as_ptr().cast());
            // SAFETY: a handle, an index and an item.
            done(|| unsafe {
                capi::pybuf_view_write_item(view, index.as_ptr(), 1, from, size as isize)
            })
        }
        // SAFETY: there is one thread.
        Holder::Rust(view) => unsafe { view.write_item(&index, &item) }.map_err(|e| e.kind()),
        Holder::Buffer(buffer) if !taken.readonly => {
            let to = buffer.buf.cast::<u8>().wrapping_add(at * size);
            // SAFETY: an item of a buffer that may be written.
            unsafe { to.copy_from(item.as_ptr(), size) };
            Ok(())
        }
        Holder::Buffer(_) | Holder::Lent(_) => return,
    };
    let expected = if taken.readonly {
        Err(Kind::Type)
    } else {
        Ok(())
    };
    assert_eq!(written, expected);
    if written.is_ok() {
        taken.model.items.borrow_mut()[at] = item;
    }
}

/// All items as a slice that may be written.
pub fn write_slice(world: &mut World, bytes: &mut Bytes<'_>) {
    let count = world.taken.len();
    let Some(taken) = world.taken.get_mut(bytes.below(count)) else {
        return;
    };
    let code = taken.model.code;
    let Holder::Rust(view) = &mut taken.holder else {
        return;
    };
    if !code.is_typed() {
        return;
    }
    let reversed = with_type!(code, T => view.as_mut_slice::<T>().map(<[T]>::reverse));
    let allowed = taken.asked == Asked::Exclusive && !taken.readonly;
    let expected = if allowed { Ok(()) } else { Err(Kind::Buffer) };
    assert_eq!(reversed.map_err(|error| error.kind()), expected);
    if allowed {
        taken.model.items.borrow_mut().reverse();
    }
}

impl Taken {
    pub fn assert_as_modelled(&self) {
        assert_eq!(
            self.len,
            self.model.len(),
            "the size changed under an export"
        );
        let expected = self.model.bytes();
        let mut seen = vec![0; expected.len()];
        match &self.holder {
            Holder::Buffer(buffer) => {
                assert_eq!(buffer.len as usize, expected.len());
                if !expected.is_empty() {
                    // SAFETY: an export of so many bytes.
                    let all = unsafe { slice::from_raw_parts(buffer.buf.cast(), expected.len()) };
                    seen.copy_from_slice(all);
                }
            }
            Holder::C(view) => read_all(view, &mut seen),
            Holder::Lent(exporter) => {
                // SAFETY: a handle.
                let view =
                    handle(|| unsafe { capi::pybuf_exporter_view(exporter.as_ptr(), ptr::null()) });
                read_all(&view.expect("anything was asked for"), &mut seen);
            }
            Holder::Rust(view) => {
                view.copy_bytes_to(&mut seen, Order::C).expect("all items");
                self.assert_slice(view, &expected);
            }
        }
        assert_eq!(seen, expected);
    }

    /// There is a slice of stable and of exclusive memory, and of no other.
    fn assert_slice(&self, view: &pybuf::View, expected: &[u8]) {
        if !self.model.code.is_typed() {
            return;
        }
        let seen = with_type!(self.model.code, T => {
            view.as_slice::<T>().map(|items| bytes_of(items).to_vec())
        });
        let expected = match self.asked {
            Asked::Stable | Asked::Exclusive => Ok(expected.to_vec()),
            Asked::ByFlags | Asked::Loose => Err(Kind::Buffer),
        };
        assert_eq!(seen.map_err(|error| error.kind()), expected);
    }
}

fn read_all(view: &capi::View, bytes: &mut [u8]) {
    let (to, size) = (bytes.as_mut_ptr().cast(), bytes.len() as isize);
    // SAFETY: a handle, and so many bytes.
    let copied =
        done(|| unsafe { capi::pybuf_view_copy_out(view.as_ptr(), to, size, b'C' as i8 as _) });
    assert_eq!(copied, Ok(()));
}
