//! Text against a naive oracle: digit by digit, with a separator where one belongs.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::view::samples::*;

fn oracle(bytes: &[u8], sep: Option<u8>, group: isize) -> String {
    let mut text = String::new();
    for (k, byte) in bytes.iter().enumerate() {
        let size = group.unsigned_abs();
        let passed = if group > 0 { bytes.len() - k } else { k };
        match sep {
            Some(sep) if k > 0 && size > 0 && passed % size == 0 => text.push(sep.into()),
            _ => {}
        }
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn written(lent: &Lent, sep: Option<u8>, group: isize) -> String {
    let size = hex_size(lent.layout().nbytes(), sep.map_or(0, |_| group)).unwrap();
    // One more, to see that it stays as it is.
    let mut text = vec![b'~'; size + 1];
    // SAFETY: the memory is there, and there is room.
    unsafe { hex(lent, sep, group, text.as_mut_ptr()) }.unwrap();
    assert_eq!(text.pop(), Some(b'~'));
    String::from_utf8(text).unwrap()
}

fn groups() -> impl Strategy<Value = isize> {
    prop_oneof![
        4 => -20isize..20,
        1 => -300isize..300,
        1 => prop::sample::select(vec![isize::MIN, isize::MAX]),
    ]
}

proptest! {
    #[test]
    fn bytes_are_two_digits_each_in_c_order(
        format in scalars(),
        shape in shapes(),
        form in forms(),
        seed in any::<u64>(),
        sep in prop::option::of(prop::sample::select(vec![b':', b'_'])),
        group in groups(),
    ) {
        let size = format.itemsize();
        let mut laid = Laid::new(format, &shape, &form);
        laid.write(|number| {
            let byte = |k: usize| (seed >> (k % 9)) as u8 ^ (number * size + k) as u8;
            (0..size).map(byte).collect()
        });
        let bytes = laid.items().concat();
        prop_assert_eq!(written(&laid.lent, sep, group), oracle(&bytes, sep, group));
    }

    #[test]
    fn the_size_is_that_of_the_text(nbytes in 0usize..600, group in groups()) {
        let text = oracle(&vec![0; nbytes], Some(b' '), group);
        prop_assert_eq!(hex_size(nbytes, group).unwrap(), text.len());
    }
}

#[test]
fn every_byte_has_its_digits() {
    let mut laid = side_by_side(format_of("B"), 256);
    laid.write(|number| vec![number as u8]);
    let bytes: Vec<_> = (0..=255).collect();
    assert_eq!(written(&laid.lent, None, 0), oracle(&bytes, None, 0));
    for group in [1, 2, 3, 4, 8, 255, 256, -1, -5] {
        assert_eq!(
            written(&laid.lent, Some(b'-'), group),
            oracle(&bytes, Some(b'-'), group)
        );
    }
}

#[test]
fn text_larger_than_all_memory_is_refused() {
    for (nbytes, group) in [
        (usize::MAX, 0),
        (isize::MAX as usize, 0),
        (isize::MAX as usize / 2, 1),
    ] {
        assert_eq!(hex_size(nbytes, group), Err(Error::no_memory()));
    }
    assert_eq!(
        hex_size(isize::MAX as usize / 2, 0),
        Ok(isize::MAX as usize - 1)
    );
}

/// As `PyBuffer_ToContiguous` has it.
#[test]
fn any_order_is_the_one_of_memory() {
    let order = |shape: &[isize], strides: &[isize]| {
        let layout = Layout::strided(1, shape, strides, 0).unwrap();
        reading_order(&layout, Contiguity::Any)
    };
    assert_eq!(order(&[2, 3], &[3, 1]), Order::C);
    assert_eq!(order(&[2, 3], &[1, 2]), Order::F);
    assert_eq!(order(&[2, 3], &[1, 7]), Order::C);
    assert_eq!(order(&[3], &[1]), Order::C);
    assert_eq!(order(&[], &[]), Order::C);
    let layout = Layout::bytes(3).unwrap();
    for wanted in [Order::C, Order::F] {
        assert_eq!(reading_order(&layout, Contiguity::In(wanted)), wanted);
    }
}
