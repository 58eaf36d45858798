//! Memory with suboffsets, against plain nested vectors.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::layout::Slice;
use crate::view::View;

const POINTER: isize = size_of::<*mut u8>() as isize;

/// Rows of bytes that lie apart, and the table that leads to them.
struct Image {
    rows: Vec<Vec<u8>>,
    table: Vec<*mut u8>,
}

impl Image {
    fn new(height: usize, width: usize) -> Self {
        let row = |y: usize| (0..width).map(|x| (16 * y + x) as u8).collect();
        let mut rows: Vec<Vec<u8>> = (0..height).map(row).collect();
        let table = rows.iter_mut().map(|row| row.as_mut_ptr()).collect();
        Self { rows, table }
    }

    fn lend(&mut self, change: impl FnOnce(&mut Description<'_>)) -> Result<Exporter> {
        let shape = [self.rows.len() as isize, self.rows[0].len() as isize];
        let mut description = Description {
            size: size_of_val(&self.table[..]),
            shape: Some(&shape),
            strides: Some(&[POINTER, 1]),
            suboffsets: Some(&[0, -1]),
            pointed: self.rows[0].len(),
            ..Description::default()
        };
        change(&mut description);
        let base = self.table.as_mut_ptr().cast();
        // SAFETY: every test keeps the image longer than the exporter.
        unsafe { Exporter::describe(base, &description, Owner::Nobody) }
    }
}

fn bytes_of(view: &View) -> Vec<u8> {
    let mut bytes = vec![0; view.layout().nbytes()];
    view.copy_bytes_to(&mut bytes, Order::C).unwrap();
    bytes
}

fn picked<T: Clone>(items: &[T], slice: Slice) -> Vec<T> {
    let (start, count) = slice.resolve(items.len() as isize);
    let at = |k: isize| items[(start + k * slice.step) as usize].clone();
    (0..count).map(at).collect()
}

fn slice() -> impl Strategy<Value = Slice> {
    let bound = || prop::option::of(-7..7isize);
    (bound(), bound(), select(vec![-3isize, -2, -1, 1, 2, 3]))
        .prop_map(|(start, stop, step)| Slice { start, stop, step })
}

proptest! {
    #[test]
    fn slices_of_both_dimensions_are_those_of_vectors(
        height in 1..6usize,
        width in 1..6usize,
        cuts in prop::collection::vec((0..2usize, slice()), 0..4),
    ) {
        let mut image = Image::new(height, width);
        let mut rows = image.rows.clone();
        let mut view = image.lend(|_| {}).unwrap().view(Request::read()).unwrap();
        for (dim, cut) in cuts {
            // Of no items there is nothing to be wrong about, and no width either.
            if rows.is_empty() || rows[0].is_empty() {
                break;
            }
            match view.slice(dim, cut) {
                Ok(sliced) => view = sliced,
                Err(error) => prop_assert!(false, "{}", error),
            }
            rows = match dim {
                0 => picked(&rows, cut),
                _ => rows.iter().map(|row| picked(row, cut)).collect(),
            };
            prop_assert_eq!(bytes_of(&view), rows.concat());
        }
    }
}

/// Planes of rows: two pointers on the way to an item.
#[test]
fn two_levels_of_pointers() {
    let mut planes = [Image::new(2, 3), Image::new(2, 3)];
    planes[1].rows[1][2] = 99;
    let mut table: Vec<*mut u8> = planes
        .iter_mut()
        .map(|plane| plane.table.as_mut_ptr().cast())
        .collect();
    let description = Description {
        size: size_of_val(&table[..]),
        shape: Some(&[2, 2, 2]),
        strides: Some(&[POINTER, POINTER, 1]),
        suboffsets: Some(&[0, 1, -1]),
        pointed: 2 * POINTER as usize,
        guard: Guard::Guarded,
        ..Description::default()
    };
    let base = table.as_mut_ptr().cast();
    // SAFETY: the planes live until the end of the test.
    let lent = unsafe { Exporter::describe(base, &description, Owner::Nobody) }.unwrap();
    let view = lent.view(Request::read().stable()).unwrap();
    assert_eq!(bytes_of(&view), [1, 2, 17, 18, 1, 2, 17, 99]);
    let last = Slice {
        start: Some(-1),
        ..Slice::ALL
    };
    let planes_last = view.slice(0, last).unwrap();
    assert_eq!(bytes_of(&planes_last.slice(1, last).unwrap()), [17, 99]);
    let items = view.items::<u8, 3>().unwrap();
    assert_eq!(
        (items.get([1, 1, 1]), items.get([1, 2, 0])),
        (Some(99), None)
    );
}

#[test]
fn what_lies_behind_the_pointers_is_checked_where_its_size_is_said() {
    let mut image = Image::new(3, 4);
    let says = |image: &mut Image, change: fn(&mut Description<'_>)| {
        let error = image.lend(change).unwrap_err();
        assert_eq!(error.kind(), Kind::Value, "{error}");
        error.message().to_owned()
    };
    let outside = "outside the 4 bytes";
    assert!(says(&mut image, |it| it.suboffsets = Some(&[1, -1])).contains(outside));
    assert!(says(&mut image, |it| it.strides = Some(&[POINTER, -1])).contains(outside));
    assert!(says(&mut image, |it| it.strides = Some(&[POINTER, 2])).contains(outside));
    assert!(says(&mut image, |it| it.itemsize = Some(2)).contains(outside));
    assert!(says(&mut image, |it| it.pointed = 3).contains("outside the 3 bytes"));
    assert!(says(&mut image, |it| it.size -= 1).contains("of this memory"));
    assert!(says(&mut image, |it| it.shape = None).contains("say all three"));
    assert!(says(&mut image, |it| it.strides = None).contains("say all three"));
    assert!(says(&mut image, |it| it.suboffsets = None).contains("no suboffsets"));
    // From the last byte back: all of it is inside.
    let backwards = image.lend(|it| {
        it.suboffsets = Some(&[3, -1]);
        it.strides = Some(&[POINTER, -1]);
    });
    let view = backwards.unwrap().view(Request::read()).unwrap();
    assert_eq!(bytes_of(&view)[..4], [3, 2, 1, 0]);
    // Where nobody says how much there is, nobody checks.
    image.lend(|it| it.pointed = 0).unwrap();
}

#[test]
fn a_pointer_that_is_null_is_named() {
    let mut image = Image::new(3, 4);
    image.table[2] = ptr::null_mut();
    let error = image.lend(|_| {}).unwrap_err();
    assert!(
        error.message().contains("the pointer at (2,) is NULL"),
        "{error}"
    );
    // No item, no pointer.
    image.lend(|it| it.shape = Some(&[3, 0])).unwrap();
    image.lend(|it| it.shape = Some(&[2, 4])).unwrap();
}

#[test]
fn memory_that_is_allocated_has_no_pointers_yet() {
    let error = Exporter::allocated(&Description {
        shape: Some(&[2, 2]),
        strides: Some(&[POINTER, 1]),
        suboffsets: Some(&[0, -1]),
        ..Description::default()
    });
    assert!(error.unwrap_err().message().contains("no pointers yet"));
}

#[test]
fn views_are_stacked() {
    let rows: Vec<View> = (0..3u8)
        .map(|k| {
            let row = Exporter::new(vec![k, 10 + k, 20 + k]).flat().unwrap();
            row.view(Request::write()).unwrap()
        })
        .collect();
    let stack = View::stack(&rows).unwrap();
    assert!(!stack.is_readonly());
    drop(rows);
    let view = stack.view(Request::read()).unwrap();
    drop(stack);
    assert_eq!(bytes_of(&view), [0, 10, 20, 1, 11, 21, 2, 12, 22]);
    let error = View::stack(&[]).unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
    let error = View::stack(&[view]).unwrap_err();
    assert_eq!(error.kind(), Kind::NotImplemented);
}
