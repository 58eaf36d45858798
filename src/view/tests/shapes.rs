//! Views of the same memory in other shapes: what they show, and that they share the export.

use super::*;
use Select::{Ellipsis, Index, NewAxis};

/// 24 numbers in three dimensions.
fn cube() -> View {
    let memory = Exporter::new((0..24).collect::<Vec<i32>>());
    let memory = memory.shape([2, 3, 4]).unwrap();
    memory.view(Request::write()).unwrap()
}

fn numbers_of(view: &View) -> Vec<i32> {
    let mut bytes = vec![0; view.layout().nbytes()];
    view.copy_bytes_to(&mut bytes, Order::C).unwrap();
    let chunks = bytes.chunks_exact(4);
    chunks
        .map(|chunk| i32::from_ne_bytes(chunk.try_into().unwrap()))
        .collect()
}

#[test]
fn selections_share_the_memory() {
    let cube = cube();
    let column = cube.select(&[Ellipsis, Index(-1)]).unwrap();
    assert_eq!(column.layout().shape(), [2, 3]);
    assert_eq!(numbers_of(&column), [3, 7, 11, 15, 19, 23]);
    // SAFETY: nobody else uses the memory.
    unsafe { column.write_item(&[1, 0], &99i32.to_ne_bytes()) }.unwrap();
    drop(column);
    let one = cube.select(&[Index(1), Index(0), Index(3)]).unwrap();
    assert_eq!((one.layout().ndim(), numbers_of(&one)), (0, vec![99]));
    assert_eq!(cube.select(&[NewAxis; 61]).unwrap().layout().ndim(), 64);
    let error = cube.select(&[NewAxis; 62]).unwrap_err();
    assert!(error.message().contains("at most 64"), "{error}");
    assert!(cube.reshape(&[1; 65], Order::C).is_err());
    assert!(
        cube.broadcast(&[&[1; 62][..], &[2, 3, 4]].concat())
            .is_err()
    );
}

#[test]
fn one_row_behind_a_pointer_has_none() {
    let rows = [cube(), cube()];
    let stack = View::stack(&rows).unwrap();
    let stack = stack.view(Request::read()).unwrap();
    assert!(stack.layout().is_indirect());
    let row = stack.select(&[Index(1), Index(0)]).unwrap();
    assert!(row.layout().suboffsets().is_none());
    assert_eq!(numbers_of(&row), (0..12).collect::<Vec<_>>());
    assert_eq!(row.data(), rows[1].data());
    let first = Select::Slice(Slice {
        stop: Some(1),
        ..ALL
    });
    let plane = stack.select(&[Ellipsis, first, Index(2)]).unwrap();
    assert!(plane.layout().is_indirect());
    assert_eq!(numbers_of(&plane), [2, 14, 2, 14]);
    drop((rows, stack));
    assert_eq!(numbers_of(&row)[11], 11);
}

#[test]
fn casts_read_the_bytes_by_another_format() {
    let cube = cube();
    let format = |text| Format::new(text, None).unwrap();
    let bytes = cube.cast(format(c"B"), None, Order::C).unwrap();
    assert_eq!(
        (bytes.layout().shape(), bytes.format().text()),
        (&[96][..], c"B")
    );
    let pairs = cube
        .cast(format(c"hh"), Some(&[4, 6]), Order::F)
        .unwrap_err();
    assert_eq!(pairs.kind(), Kind::Buffer);
    let pairs = cube.cast(format(c"hh"), Some(&[4, -1]), Order::C).unwrap();
    assert_eq!(pairs.layout().shape(), [4, 6]);
    let wide = cube.cast(format(c"d"), Some(&[2, 3, 2]), Order::C).unwrap();
    let back = wide.cast(format(c"i"), Some(&[2, 3, 4]), Order::C).unwrap();
    assert_eq!(numbers_of(&back), (0..24).collect::<Vec<_>>());
    let every = cube.slice(1, Slice { step: 2, ..ALL }).unwrap();
    let halves = every.cast(format(c"=h"), None, Order::C).unwrap();
    assert_eq!(halves.layout().shape(), [2, 2, 8]);
}

#[test]
fn what_repeats_items_or_says_so_is_read_only() {
    let cube = cube();
    assert!(!cube.is_readonly());
    assert!(!cube.reshape(&[-1], Order::C).unwrap().is_readonly());
    let readonly = cube.to_readonly().unwrap();
    assert!(readonly.is_readonly());
    assert!(readonly.slice(0, ALL).unwrap().is_readonly());
    // SAFETY: nothing is written.
    assert!(unsafe { readonly.write_item(&[0, 0, 0], &[0; 4]) }.is_err());
    let wide = cube.broadcast(&[2, 2, 3, 4]).unwrap();
    assert!(wide.is_readonly());
    assert_eq!(numbers_of(&wide)[24..], numbers_of(&cube));
}

#[test]
fn strides_stay_inside_the_view() {
    let cube = cube();
    let middle = cube.select(&[Index(0), Index(1)]).unwrap();
    let windows = middle.as_strided(&[3, 2], &[4, 4], 0).unwrap();
    assert_eq!(numbers_of(&windows), [4, 5, 5, 6, 6, 7]);
    let down = middle.as_strided(&[4], &[-4], 12).unwrap();
    assert_eq!(numbers_of(&down), [7, 6, 5, 4]);
    for (shape, offset) in [(5, 0), (4, 4), (1, -4), (1, 13)] {
        let error = middle.as_strided(&[shape], &[4], offset).unwrap_err();
        assert_eq!(error.kind(), Kind::Value);
    }
}
