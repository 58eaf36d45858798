use super::*;
use crate::abi::*;
use crate::format::Scalar;
use crate::layout::Order;
use crate::layout::{Contiguity, Select};
use std::cell::Cell;
use std::ffi::{c_char, c_int};
use std::ptr;

#[cfg(not(loom))]
mod copies;
mod parts;
mod shapes;
mod slices;

/// A foreign exporter: answers whatever it was told to, and counts its releases.
struct Foreign {
    answer: fn(&mut Py_buffer),
    released: Cell<usize>,
}

static MEMORY: [u8; 24] = *b"0123456789abcdefghijklmn";

unsafe extern "C" fn getbuffer(exporter: *mut c_void, view: *mut Py_buffer, _: c_int) -> c_int {
    // SAFETY: `acquire` below gives a `Foreign`, and the view is valid.
    let (exporter, view) = unsafe { (&*exporter.cast::<Foreign>(), &mut *view) };
    *view = Py_buffer::empty();
    view.buf = MEMORY.as_ptr().cast_mut().cast();
    view.len = MEMORY.len() as isize;
    (view.itemsize, view.ndim, view.readonly) = (1, 1, 1);
    (exporter.answer)(view);
    0
}

unsafe extern "C" fn releasebuffer(exporter: *mut c_void, _: *mut Py_buffer) {
    // SAFETY: as in `getbuffer`.
    let released = unsafe { &(*exporter.cast::<Foreign>()).released };
    released.set(released.get() + 1);
}

fn acquire(answer: fn(&mut Py_buffer), flags: c_int) -> (Result<View>, usize) {
    let foreign = Foreign {
        answer,
        released: Cell::new(0),
    };
    let exporter = (&raw const foreign).cast_mut().cast();
    let request = Request::from_flags(flags);
    // SAFETY: the functions belong together; the view is dropped before `foreign`.
    let view = unsafe { View::acquire(exporter, getbuffer, Some(releasebuffer), request) };
    // Only what has been copied out is kept.
    let released = foreign.released.get();
    match view {
        Ok(view) => {
            let slice = view.slice(0, ALL).unwrap();
            drop(view);
            assert_eq!(foreign.released.get(), 0, "a view of the view is left");
            drop(slice);
            assert_eq!(foreign.released.get(), 1);
            // SAFETY: as above.
            let again = unsafe { View::acquire(exporter, getbuffer, None, request) };
            (again, released)
        }
        Err(error) => (Err(error), released),
    }
}

const ALL: Slice = Slice {
    start: None,
    stop: None,
    step: 1,
};

fn numbers(values: &'static [isize]) -> *mut isize {
    values.as_ptr().cast_mut()
}

#[test]
fn what_is_missing_is_filled_in() {
    let (view, _) = acquire(|_| {}, PyBUF_SIMPLE);
    let view = view.unwrap();
    assert_eq!(view.layout().shape(), [24]);
    assert_eq!(view.format().text(), c"B");
    assert!(view.is_readonly());

    let ctypes = |view: &mut Py_buffer| {
        (view.itemsize, view.ndim) = (4, 2);
        view.shape = numbers(&[2, 3]);
        view.format = c"<i".as_ptr().cast_mut();
    };
    let view = acquire(ctypes, PyBUF_FULL_RO).0.unwrap();
    assert_eq!(view.layout().strides(), [12, 4]);

    let numpy_simple = |view: &mut Py_buffer| view.ndim = 0;
    let view = acquire(numpy_simple, PyBUF_SIMPLE).0.unwrap();
    assert_eq!(view.layout().shape(), [24]);
}

#[test]
fn a_liar_is_told_and_released_once() {
    type Lie = (&'static str, c_int, fn(&mut Py_buffer));
    let lies: &[Lie] = &[
        ("wrong about len", PyBUF_FULL_RO, |view| {
            view.shape = numbers(&[23]);
        }),
        ("negative sizes", PyBUF_FULL_RO, |view| view.len = -1),
        ("negative sizes", PyBUF_FULL_RO, |view| view.ndim = -1),
        ("negative sizes", PyBUF_FULL_RO, |view| view.itemsize = -1),
        ("must not exceed 64", PyBUF_FULL_RO, |view| view.ndim = 65),
        ("without a shape", PyBUF_FULL_RO, |view| view.ndim = 2),
        ("items of 0 bytes", PyBUF_FULL_RO, |view| view.itemsize = 0),
        ("at NULL", PyBUF_FULL_RO, |view| view.buf = ptr::null_mut()),
        ("read-only memory", PyBUF_FULL, |_| {}),
        ("is negative", PyBUF_FULL_RO, |view| {
            view.ndim = 2;
            view.shape = numbers(&[-4, -6]);
        }),
        ("does not fit", PyBUF_FULL_RO, |view| {
            view.ndim = 2;
            view.shape = numbers(&[isize::MAX, 4]);
        }),
        ("beyond the address space", PyBUF_FULL_RO, |view| {
            view.shape = numbers(&[24]);
            view.strides = numbers(&[isize::MAX]);
        }),
        ("beyond the address space", PyBUF_FULL_RO, |view| {
            view.shape = numbers(&[24]);
            view.strides = numbers(&[-(isize::MAX / 24)]);
        }),
        ("direct memory", PyBUF_RECORDS_RO, |view| {
            view.shape = numbers(&[24]);
            view.strides = numbers(&[1]);
            view.suboffsets = numbers(&[-1]);
        }),
        ("without strides", PyBUF_FULL_RO, |view| {
            view.shape = numbers(&[24]);
            view.suboffsets = numbers(&[-1]);
        }),
        ("C-contiguous memory", PyBUF_C_CONTIGUOUS, |view| {
            (view.len, view.shape) = (12, numbers(&[12]));
            view.strides = numbers(&[2]);
        }),
        ("Fortran-contiguous", PyBUF_F_CONTIGUOUS, |view| {
            (view.ndim, view.shape) = (2, numbers(&[2, 12]));
        }),
        ("C-ordered memory", PyBUF_SIMPLE, |view| {
            (view.len, view.shape) = (12, numbers(&[12]));
            view.strides = numbers(&[2]);
        }),
        ("no whole number", PyBUF_FORMAT, |view| {
            (view.len, view.itemsize) = (23, 4);
            view.format = c"i".as_ptr().cast_mut();
        }),
    ];
    for &(telling, flags, lie) in lies {
        let (view, released) = acquire(lie, flags);
        let error = view.expect_err(telling);
        assert!(error.message().contains(telling), "{telling}: {error}");
        assert_eq!(released, 1, "{telling}");
    }
}

#[test]
fn an_adopted_buffer_is_moved_with_its_pointers_into_itself() {
    let mut theirs = Py_buffer::empty();
    theirs.buf = MEMORY.as_ptr().cast_mut().cast();
    (theirs.len, theirs.itemsize, theirs.ndim) = (24, 1, 1);
    theirs.shape = &raw mut theirs.len;
    theirs.strides = &raw mut theirs.itemsize;
    // SAFETY: filled by hand, of static memory.
    let view = unsafe { adopt(&mut theirs, || Ok(Giver::NATIVE)) }.unwrap();
    assert!(theirs.buf.is_null() && theirs.shape.is_null());
    // SAFETY: the view keeps it.
    let kept = unsafe { &*view.0.export.buffer_ptr() };
    assert_eq!(kept.shape.cast_const(), &raw const kept.len);
    assert_eq!(kept.strides.cast_const(), &raw const kept.itemsize);
    assert_eq!(view.layout().shape(), [24]);

    let mut wrong = Py_buffer::empty();
    wrong.format = c"B".as_ptr().cast_mut();
    wrong.len = 7;
    wrong.itemsize = 1;
    wrong.ndim = 1;
    // SAFETY: refused before anything is read.
    let error = unsafe { adopt(&mut wrong, || Ok(Giver::NATIVE)) }.unwrap_err();
    assert!(error.message().contains("at NULL"), "{error}");
    assert_eq!(wrong.len, 7);
}

#[test]
fn a_refusal_says_what_was_asked_what_is_there_and_what_would_do() {
    let (foreign, order) = match cfg!(target_endian = "little") {
        true => (c">d", "'>d' (big-endian float64)"),
        false => (c"<d", "'<d' (little-endian float64)"),
    };
    let exporter = Exporter::zeroed(foreign, None, &[640, 480]).unwrap();
    let view = exporter.view(Request::read()).unwrap();
    let fortran = view.transpose([1, 0]).unwrap();
    let want = Want {
        kind: Some(Want::kind_named(b"float64").unwrap()),
        ndim: Some(2),
        order: Some(Contiguity::In(Order::C)),
        ..Want::default()
    };
    assert_eq!(
        want.check(&fortran).unwrap_err().message(),
        format!(
            "float64 in 2 dimensions, C order was asked for; this buffer is {order}, \
             shape (480, 640), strides (8, 3840): Fortran order. A native C-ordered copy would do."
        )
    );
}

/// What is said in messages is what can be asked for.
#[test]
fn kinds_are_named_as_they_are_shown() {
    for code in [
        "?", "b", "h", "i", "q", "B", "H", "I", "Q", "e", "f", "d", "F", "D",
    ] {
        let kind = Scalar::parse(code.as_bytes()).unwrap();
        let named = Want::kind_named(kind.to_string().as_bytes()).unwrap();
        assert_eq!(named, kind, "{code}");
    }
}

#[test]
fn every_part_of_a_want_is_checked() {
    let exporter = Exporter::zeroed(c"i", None, &[4, 6]).unwrap();
    let all = exporter.view(Request::write()).unwrap();
    let strided = all.slice(1, Slice { step: 2, ..ALL }).unwrap();
    let readonly = exporter.view(Request::read()).unwrap();
    let kind = |name: &[u8]| Some(Want::kind_named(name).unwrap());
    let c = Some(Contiguity::In(Order::C));
    let nothing = Want::default();
    let cases = [
        (&all, nothing, ""),
        (
            &all,
            Want {
                kind: kind(b"int32"),
                ndim: Some(2),
                order: c,
                writable: true,
                ..nothing
            },
            "",
        ),
        (
            &all,
            Want {
                kind: kind(b"int64"),
                ..nothing
            },
            "A copy converted to int64 would do.",
        ),
        (
            &all,
            Want {
                kind: kind(b"uint32"),
                ..nothing
            },
            "A copy converted to uint32 would do.",
        ),
        (
            &all,
            Want {
                ndim: Some(1),
                ..nothing
            },
            "Only memory in 1 dimension would do.",
        ),
        (
            &strided,
            Want {
                order: c,
                ..nothing
            },
            "A C-ordered copy would do.",
        ),
        (
            &strided,
            Want {
                order: Some(Contiguity::Any),
                ..nothing
            },
            "A contiguous copy would do.",
        ),
        (
            &readonly,
            Want {
                writable: true,
                ..nothing
            },
            "Writable memory would do.",
        ),
    ];
    for (view, want, telling) in cases {
        match want.check(view) {
            Ok(()) => assert_eq!(telling, "", "{want:?}"),
            Err(error) => assert!(
                !telling.is_empty() && error.message().ends_with(telling),
                "{telling}: {error}"
            ),
        }
    }
    assert!(
        Want::kind_named(b"float63")
            .unwrap_err()
            .message()
            .contains("float64")
    );
}

#[test]
fn unaligned_items_are_refused_unless_they_are_wanted() {
    let bytes = Exporter::zeroed(c"B", None, &[64]).unwrap();
    let odd = bytes
        .part(&crate::exporter::Description {
            format: Some(c"d"),
            shape: Some(&[3]),
            offset: 1,
            ..Default::default()
        })
        .unwrap();
    let mut want = Want {
        kind: Some(Want::kind_named(b"float64").unwrap()),
        ..Want::default()
    };
    let error = odd.view_as(&want).unwrap_err();
    assert!(
        error.message().ends_with("An aligned copy would do."),
        "{error}"
    );
    want.unaligned = true;
    odd.view_as(&want).unwrap();
}

#[test]
fn reading_views_are_read_only_and_writing_ones_write() {
    let exporter = Exporter::zeroed(c"h", None, &[2, 3]).unwrap();
    let reading = exporter.view(Request::read()).unwrap();
    let writing = exporter.view(Request::write()).unwrap();
    // SAFETY: nobody else uses the memory.
    let refused = unsafe { reading.write_item(&[0, 0], &[1, 2]) };
    assert_eq!(refused.unwrap_err().kind(), Kind::Type);
    let value = 0x1234i16;
    // SAFETY: as above.
    unsafe { writing.write_item(&[-1, 1], &value.to_ne_bytes()) }.unwrap();
    let items = reading.items::<i16, 2>().unwrap();
    assert_eq!(items.get([1, 1]), Some(value));
    assert_eq!(items.get([2, 0]), None);
    let transposed = reading.transpose([1, 0]).unwrap();
    let mut all = [0i16; 6];
    transposed.copy_to(&mut all).unwrap();
    assert_eq!(all, [0, 0, 0, value, 0, 0]);
    assert!(reading.items::<u16, 2>().is_err());
    assert!(reading.items::<i16, 1>().is_err());
    assert_eq!(reading.item(&[0]).unwrap_err().kind(), Kind::Type);
    assert_eq!(reading.item(&[0, 3]).unwrap_err().kind(), Kind::Index);
}

#[test]
fn a_view_lends_what_it_shows() {
    let exporter = Exporter::copy_of(b"0123456789").unwrap();
    let view = exporter.view(Request::read()).unwrap();
    let backwards = Slice {
        start: Some(7),
        stop: Some(1),
        step: -2,
    };
    let lent = view.slice(0, backwards).unwrap().lend().unwrap();
    drop(view);
    drop(exporter);
    let again = lent.view(Request::read()).unwrap();
    let mut bytes = [0; 3];
    again.copy_bytes_to(&mut bytes, Order::C).unwrap();
    assert_eq!(&bytes, b"753");
    assert!(lent.is_readonly());
    assert_eq!(lent.size(), 5);
}

#[test]
fn copies_between_views_of_the_same_memory_are_as_if_staged() {
    let exporter = Exporter::new(b"0123456789".to_vec()).flat().unwrap();
    let all = exporter.view(Request::write()).unwrap();
    let part = |start, stop| {
        let slice = Slice {
            start,
            stop,
            step: 1,
        };
        all.slice(0, slice).unwrap()
    };
    // SAFETY: nobody else uses the memory.
    unsafe { part(Some(2), None).copy_from(&part(None, Some(8))) }.unwrap();
    let mut bytes = [0; 10];
    all.copy_bytes_to(&mut bytes, Order::C).unwrap();
    assert_eq!(&bytes, b"0101234567");
    // SAFETY: refused.
    let error = unsafe { all.copy_from(&part(None, Some(8))) }.unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
}

#[test]
fn formats_are_strings_of_c() {
    let exporter = Exporter::zeroed(c"T{<i:a:<d:b:}", Some(12), &[2]).unwrap();
    let view = exporter.view(Request::read()).unwrap();
    let slice = view.slice(0, ALL).unwrap();
    drop(view);
    let text: *const c_char = slice.format().as_ptr();
    // SAFETY: it lives as long as the slice.
    assert_eq!(unsafe { std::ffi::CStr::from_ptr(text) }, c"T{<i:a:<d:b:}");
}

#[test]
fn a_long_chain_of_lending_on_is_none() {
    let mut exporter = Exporter::copy_of(b"12345678").unwrap();
    for _ in 0..200_000 {
        let view = exporter.view(Request::read()).unwrap();
        exporter = view.lend().unwrap();
        exporter = exporter.part(&Default::default()).unwrap();
    }
    let mut bytes = [0; 8];
    let view = exporter.view(Request::read()).unwrap();
    view.copy_bytes_to(&mut bytes, Order::C).unwrap();
    assert_eq!(&bytes, b"12345678");
}
