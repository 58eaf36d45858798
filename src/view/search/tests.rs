//! What is found against a naive oracle: each item unpacked, and its value compared.

use proptest::prelude::*;

use super::*;
use crate::view::samples::*;

/// Whether each item has the value.
fn oracle(laid: &Laid, value: Value<'_>) -> Vec<bool> {
    let format = laid.lent.format();
    let is_it = |item: Vec<u8>| {
        let values = format.unpack(&item).unwrap();
        values
            .item(0)
            .value()
            .is_some_and(|item| item.equals(value))
    };
    laid.items().into_iter().map(is_it).collect()
}

/// As Python's slices have bounds.
fn bounds(length: usize, start: isize, stop: isize) -> std::ops::Range<usize> {
    let length = length as i128;
    let bound = |bound: isize| match i128::from(bound as i64) {
        bound if bound < 0 => (bound + length).max(0) as usize,
        bound => bound.min(length) as usize,
    };
    bound(start)..bound(stop)
}

fn check(laid: &Laid, value: Value<'_>, start: isize, stop: isize) {
    let expected = oracle(laid, value);
    let range = bounds(expected.len(), start, stop);
    let found = range.clone().find(|&k| expected[k]);
    let number = expected.iter().filter(|&&is_it| is_it).count();
    // SAFETY: the memory is there.
    unsafe {
        let context = format!("{} {value:?}", laid.lent.format());
        assert_eq!(
            find(&laid.lent, value, start, stop).unwrap(),
            found,
            "{context} {range:?}"
        );
        assert_eq!(count(&laid.lent, value).unwrap(), number, "{context}");
    }
}

fn bound() -> impl Strategy<Value = isize> {
    prop_oneof![
        -520isize..520,
        prop::sample::select(vec![0, isize::MAX, isize::MIN])
    ]
}

proptest! {
    #[test]
    fn an_item_is_found_as_one_by_one(
        format in scalars(),
        shape in shapes(),
        form in forms(),
        seed in any::<u64>(),
        sought in 0usize..4,
        (start, stop) in (bound(), bound()),
    ) {
        let values = values();
        let value = |k: u64| values[(k.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize % values.len()];
        let filling = format.try_clone().unwrap();
        let mut laid = Laid::new(format, &shape, &form);
        laid.write(|number| {
            // Few sorts, so that there are several of each; what is rare is at the end.
            let kind = if number % 97 == 96 { 3 } else { seed.rotate_left(number as u32) & 1 };
            item_of(&filling, value(seed ^ kind), seed ^ kind)
        });
        check(&laid, value(seed ^ sought as u64), start, stop);
        check(&laid, value(seed ^ sought as u64), 0, isize::MAX);
    }

    #[test]
    fn an_item_is_found_by_its_own_value(
        format in scalars(),
        shape in shapes(),
        form in forms(),
        seed in any::<u64>(),
        place in any::<usize>(),
    ) {
        let filling = format.try_clone().unwrap();
        let mut laid = Laid::new(format, &shape, &form);
        laid.write(|number| {
            let value = Value::Unsigned(seed.rotate_left(number as u32));
            item_of(&filling, value, seed ^ number as u64)
        });
        let items = laid.items();
        if let Some(item) = items.get(place.checked_rem(items.len()).unwrap_or(0)) {
            let values = filling.unpack(item).unwrap();
            check(&laid, values.item(0).value().unwrap(), 0, isize::MAX);
        }
    }
}

/// Each value in each format, among others.
#[test]
fn all_values_in_all_kinds() {
    let texts = [
        "?", "b", "B", "<h", ">H", "<i", ">I", "<q", ">q", "<Q", ">Q", "e", ">e", "f", ">f", "d",
        ">d", "g", "Zf", ">Zf", "Zd", ">Zd", "Zg", "c", "1s", "3s", "4s", "4p", "w", ">w", "3w",
        ">2w", "P", "T{ii}", "(2)i",
    ];
    let values = values();
    let mut all = 0;
    for text in texts {
        let format = format_of(text);
        let mut laid = side_by_side(format.try_clone().unwrap(), values.len());
        laid.write(|number| item_of(&format, values[number], number as u64));
        for &value in &values {
            check(&laid, value, 0, isize::MAX);
            // SAFETY: the memory is there.
            all += usize::from(unsafe { count(&laid.lent, value) }.unwrap() > 0);
        }
    }
    assert!(all > 700, "{all} found");
}

#[test]
fn objects_are_found_by_their_address() {
    let format = format_of("O");
    let mut laid = side_by_side(format, 3);
    laid.write(|number| (number * 8).to_ne_bytes().to_vec());
    check(&laid, Value::Object(16), 0, isize::MAX);
    check(&laid, Value::Unsigned(16), 0, isize::MAX);
}

#[test]
fn of_what_nobody_knows_nothing_is_found() {
    let opaque = Format::stated(Some(c"T{<i:a:<y:b:}"), 12).unwrap();
    let laid = side_by_side(opaque, 2);
    // SAFETY: the memory is there.
    let error = unsafe { find(&laid.lent, 1.into(), 0, 2) }.unwrap_err();
    assert_eq!(error.kind(), crate::error::Kind::NotImplemented);
    // SAFETY: as above.
    assert!(unsafe { count(&laid.lent, 1.into()) }.is_err());
}

/// Items without a byte may be more than anybody can count one by one.
#[test]
fn nothing_is_found_at_once() {
    let format = Format::stated(Some(c"0s"), 0).unwrap();
    let layout = crate::layout::Layout::strided(0, &MANY, &[1, 1], 0).unwrap();
    let mut byte = 0u8;
    let lent = Lent::new(&raw mut byte, layout, format, true);
    // SAFETY: no item has a byte.
    unsafe {
        assert_eq!(count(&lent, b"".into()).unwrap(), lent.layout().len());
        assert_eq!(count(&lent, b"a".into()).unwrap(), 0);
        assert_eq!(find(&lent, b"".into(), 5, 9).unwrap(), Some(5));
        assert_eq!(find(&lent, b"a".into(), 5, 9).unwrap(), None);
    }
}
