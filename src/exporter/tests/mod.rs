use super::word::Access;
use super::*;
use crate::abi::*;
use crate::error::Kind;
use crate::layout::Order;
use crate::request::Request;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

mod growing;
mod guarded;
mod indirect;
mod threads;

unsafe extern "C" fn count(context: *mut c_void) {
    // SAFETY: the tests give the address of a counter that outlives the exporter.
    unsafe { &*context.cast::<AtomicUsize>() }.fetch_add(1, Ordering::Relaxed);
}

fn counting(counter: &AtomicUsize) -> Owner {
    Owner::Callback(Callback {
        release: count,
        context: (counter as *const AtomicUsize).cast_mut().cast(),
    })
}

fn lend(memory: &mut [u8], description: Description<'_>, owner: Owner) -> Result<Exporter> {
    let description = Description {
        size: memory.len(),
        ..description
    };
    // SAFETY: every test keeps the memory longer than the exporter.
    unsafe { Exporter::describe(memory.as_mut_ptr(), &description, owner) }
}

#[test]
fn memory_is_given_back_once_after_the_last_reference() {
    let released = AtomicUsize::new(0);
    let mut memory = [0; 16];
    let exporter = lend(&mut memory, Description::default(), counting(&released)).unwrap();
    let again = exporter.clone();
    let mut view = Py_buffer::empty();
    exporter.fill_native(&mut view, Request::read()).unwrap();
    drop(exporter);
    drop(again);
    assert_eq!(released.load(Ordering::Relaxed), 0);
    // SAFETY: filled above.
    assert!(unsafe { handle::release_export(&mut view) });
    assert_eq!(released.load(Ordering::Relaxed), 1);
    // SAFETY: a second release finds `internal` NULL.
    assert!(!unsafe { handle::release_export(&mut view) });
}

#[test]
fn a_failure_gives_the_memory_back_too() {
    let released = AtomicUsize::new(0);
    let mut memory = [0; 16];
    let shape = Some(&[17isize][..]);
    let description = Description {
        shape,
        ..Description::default()
    };
    let error = lend(&mut memory, description, counting(&released)).unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
    assert_eq!(released.load(Ordering::Relaxed), 1);
}

#[test]
fn a_refusal_leaves_no_trace() {
    let exporter = Exporter::copy_of(b"abc").unwrap();
    let mut view = Py_buffer::empty();
    view.obj = std::ptr::dangling_mut();
    let error = exporter
        .fill_native(&mut view, Request::write())
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Buffer);
    assert!(view.obj.is_null() && view.internal.is_null());
}

#[test]
fn descriptions_mean_what_a_reader_would_guess() {
    let mut memory = [0; 24];
    let shape_and_strides = |description: Description<'_>, memory: &mut [u8]| {
        let exporter = lend(memory, description, Owner::Nobody)?;
        let layout = exporter.layout();
        Ok::<_, crate::error::Error>((layout.shape().to_vec(), layout.strides().to_vec()))
    };
    let nothing = Description::default();
    let bytes = shape_and_strides(nothing, &mut memory).unwrap();
    assert_eq!(bytes, (vec![24], vec![1]));
    let ints = Description {
        format: Some(c"i"),
        offset: 4,
        ..nothing
    };
    assert_eq!(
        shape_and_strides(ints, &mut memory).unwrap(),
        (vec![5], vec![4])
    );
    let fortran = Description {
        shape: Some(&[2, 3]),
        format: Some(c"i"),
        order: Some(Order::F),
        ..nothing
    };
    assert_eq!(
        shape_and_strides(fortran, &mut memory).unwrap(),
        (vec![2, 3], vec![4, 8])
    );
    let odd = Description {
        format: Some(c"i"),
        offset: 1,
        ..nothing
    };
    let error = shape_and_strides(odd, &mut memory).unwrap_err();
    assert!(error.message().contains("not a whole number"), "{error}");
    let no_shape = Description {
        strides: Some(&[1]),
        ..nothing
    };
    assert!(shape_and_strides(no_shape, &mut memory).is_err());
}

#[test]
fn a_part_keeps_its_base_and_its_rules() {
    let released = AtomicUsize::new(0);
    let mut memory = *b"0123456789abcdef";
    let description = Description {
        readonly: true,
        ..Description::default()
    };
    let base = lend(&mut memory, description, counting(&released)).unwrap();
    let part = base
        .part(&Description {
            offset: 4,
            shape: Some(&[3]),
            strides: Some(&[2]),
            ..Description::default()
        })
        .unwrap();
    let address = base.data().wrapping_add(4);
    drop(base);
    assert_eq!(released.load(Ordering::Relaxed), 0);
    assert_eq!(part.data(), address);
    assert!(part.is_readonly());
    let too_long = part.part(&Description {
        size: 17,
        ..Description::default()
    });
    assert_eq!(too_long.unwrap_err().kind(), Kind::Value);
    drop(part);
    assert_eq!(released.load(Ordering::Relaxed), 1);
}

#[test]
fn more_than_64_dimensions_can_be_described_but_not_exported() {
    let mut memory = [7];
    let shape = [1isize; 100];
    let description = Description {
        shape: Some(&shape),
        ..Description::default()
    };
    let exporter = lend(&mut memory, description, Owner::Nobody).unwrap();
    let mut view = Py_buffer::empty();
    let error = exporter.fill_native(&mut view, Request::read());
    assert!(error.unwrap_err().message().contains("100 dimensions"));
    let simple = Request::from_flags(PyBUF_SIMPLE);
    exporter.fill_native(&mut view, simple).unwrap();
    assert_eq!((view.ndim, view.len), (1, 1));
    // SAFETY: filled above.
    assert!(unsafe { handle::release_export(&mut view) });
}

#[test]
fn rust_values_lend_what_they_own() {
    let floats = Exporter::new(vec![1.0f64; 6]).shape([2, 3]).unwrap();
    assert_eq!(floats.format().text(), c"d");
    assert_eq!(floats.layout().strides(), [24, 8]);
    assert!(!floats.is_readonly());
    let shared: Arc<[u8]> = Arc::from(&b"shared"[..]);
    let address = shared.as_ptr();
    let exporter = Exporter::new(shared.clone()).flat().unwrap();
    assert_eq!(exporter.data().cast_const(), address);
    assert!(exporter.is_readonly());
    assert_eq!(Arc::strong_count(&shared), 2);
    drop(exporter);
    assert_eq!(Arc::strong_count(&shared), 1);
    // An array lies inside its owner: its address is taken after the move.
    let inline = Exporter::new(Bytes([1u8, 2, 3])).flat().unwrap();
    // SAFETY: three bytes lie there.
    let bytes = unsafe { std::slice::from_raw_parts(inline.data(), 3) };
    assert_eq!(bytes, [1, 2, 3]);
}

#[test]
fn an_owner_whose_drop_panics_is_contained() {
    struct Grumpy;
    impl AsRef<[u8]> for Grumpy {
        fn as_ref(&self) -> &[u8] {
            b"x"
        }
    }
    impl Drop for Grumpy {
        fn drop(&mut self) {
            panic!("no");
        }
    }
    drop(Exporter::new(Bytes(Grumpy)).flat().unwrap());
}

#[test]
fn what_is_no_handle_is_told() {
    let kind = |address: *const c_void| {
        // SAFETY: NULL, or memory of 64 bytes and more.
        unsafe { handle::check(address, Sort::Exporter) }
    };
    assert!(kind(std::ptr::null()).is_err());
    let zeros = crate::alloc::Block::zeroed(256).unwrap();
    assert!(kind(zeros.as_ptr().cast()).is_err());
    assert!(kind(zeros.as_ptr().wrapping_add(8).cast()).is_err());
    let exporter = Exporter::copy_of(b"").unwrap();
    let address = exporter.clone().into_raw();
    assert!(kind(address).is_ok());
    // SAFETY: a live exporter.
    let error = unsafe { handle::check(address, Sort::View) }.unwrap_err();
    assert!(error.message().contains("is a pybuf_exporter"), "{error}");
    // SAFETY: gives back the reference taken above.
    drop(unsafe { Exporter::from_raw(address) });
}

/// What other exporters put into `internal` is never followed.
#[test]
fn a_foreign_internal_is_left_alone() {
    let text = *b"sixteen bytes or more of text";
    let pointers = (0..text.len()).map(|k| text[k..].as_ptr().addr());
    let numbers = (0..0x2_0000).chain([
        usize::MAX,
        usize::MAX - 2,
        (1u64 << 48) as usize,
        (0xB5u64 << 48) as usize,
    ]);
    for internal in pointers.chain(numbers) {
        if cfg!(not(target_pointer_width = "64")) && internal >= 0x1_0000 {
            continue;
        }
        let mut view = Py_buffer::empty();
        view.internal = ptr::without_provenance_mut(internal);
        // SAFETY: nothing of ours is in it.
        let released = unsafe { handle::release_export(&mut view) };
        assert!(!released, "{internal:#x}");
        assert_eq!(view.internal.addr(), internal);
    }
}

#[test]
fn memory_behind_pointers_has_no_parts() {
    let mut row = *b"row";
    let mut rows = [row.as_mut_ptr()];
    let layout = Layout::indirect(1, &[1, 3], &[8, 1], Some(&[0, -1]), 0).unwrap();
    let base = rows.as_mut_ptr().cast();
    let format = Format::BYTES;
    let size = size_of_val(&rows);
    let storage = Storage::Fixed {
        base,
        size,
        readonly: false,
        guard: Guard::None,
        owner: Owner::Nobody,
    };
    let indirect = Exporter::over(base, layout, format, storage).unwrap();
    let error = indirect.part(&Description::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::NotImplemented);
}

#[test]
fn handles_go_between_threads() {
    fn both<T: Send + Sync>() {}
    both::<Exporter>();
    both::<crate::view::View>();
}
