//! Equality against a naive oracle: each item of both unpacked, and their values compared.

use proptest::prelude::*;

use super::*;
use crate::format::{Format, Value};
use crate::view::samples::*;

fn is_equal(one: &Laid, other: &Laid) -> Option<bool> {
    // SAFETY: the memory is theirs.
    let answers = unsafe {
        [
            equal(&one.lent, &other.lent).unwrap(),
            equal(&other.lent, &one.lent).unwrap(),
        ]
    };
    assert_eq!(answers[0], answers[1]);
    answers[0]
}

fn oracle(one: &Laid, other: &Laid) -> bool {
    let (left, right) = (one.lent.format(), other.lent.format());
    let mut pairs = one.items().into_iter().zip(other.items());
    pairs.all(|(one, other)| {
        let (one, other) = (left.unpack(&one).unwrap(), right.unpack(&other).unwrap());
        are_equal(one.item(0), other.item(0))
    })
}

/// Both of the same values, as far as the formats allow, with some that differ.
fn fill(one: &mut Laid, other: &mut Laid, seed: u64, differs: Option<usize>) {
    let values = values();
    let value = |number: usize| {
        let mixed = (seed.wrapping_add(number as u64)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // Most are small, so that long ones are equal now and then.
        match mixed >> 62 {
            0 if seed.is_multiple_of(2) => values[(mixed >> 20) as usize % values.len()],
            _ => Value::Unsigned(mixed >> 40 & 1),
        }
    };
    let noise = |number: usize| seed ^ number as u64;
    let format = one.lent.format().try_clone().unwrap();
    one.write(|number| item_of(&format, value(number), noise(number)));
    let format = other.lent.format().try_clone().unwrap();
    other.write(|number| match differs == Some(number) {
        true => item_of(&format, Value::Unsigned(7), !noise(number)),
        false => item_of(&format, value(number), noise(number)),
    });
}

proptest! {
    #[test]
    fn scalars_are_compared_as_one_by_one(
        (one, other) in (scalars(), scalars()),
        shape in shapes(),
        (form, other_form) in (forms(), forms()),
        seed in any::<u64>(),
        differs in prop::option::of(0usize..500),
    ) {
        let mut one = Laid::new(one, &shape, &form);
        let mut other = Laid::new(other, &shape, &other_form);
        fill(&mut one, &mut other, seed, differs);
        prop_assert_eq!(is_equal(&one, &other), Some(oracle(&one, &other)));
    }

    #[test]
    fn scalars_of_one_format_too(
        format in scalars(),
        shape in shapes(),
        (form, other_form) in (forms(), forms()),
        seed in any::<u64>(),
        differs in prop::option::of(0usize..500),
    ) {
        let mut one = Laid::new(format.try_clone().unwrap(), &shape, &form);
        let mut other = Laid::new(format, &shape, &other_form);
        fill(&mut one, &mut other, seed, differs);
        prop_assert_eq!(is_equal(&one, &other), Some(oracle(&one, &other)));
        prop_assert_eq!(is_equal(&one, &one), Some(oracle(&one, &one)));
    }

    #[test]
    fn structs_are_compared_member_by_member(
        (one, other) in struct_pairs(),
        shape in shapes(),
        (form, other_form) in (forms(), forms()),
        seed in any::<u64>(),
        differs in prop::option::of(0usize..500),
    ) {
        let mut one = Laid::new(one, &shape, &form);
        let mut other = Laid::new(other, &shape, &other_form);
        fill(&mut one, &mut other, seed, differs);
        prop_assert_eq!(is_equal(&one, &other), Some(oracle(&one, &other)));
        prop_assert_eq!(is_equal(&one, &one), Some(oracle(&one, &one)));
    }
}

/// Each value against each, in each pair of kinds: what is equal, and what is only nearly so.
#[test]
fn all_values_of_all_pairs_of_kinds() {
    let texts = [
        "?", "b", "B", "<h", ">H", "<i", ">I", "<q", ">q", "<Q", ">Q", "e", ">e", "f", ">f", "d",
        ">d", "g", "Zf", ">Zd", "Zg", "c", "1s", "3s", "4p", "w", ">w", "3w", ">2w", "P",
    ];
    let values = values();
    let (mut equal, mut pairs) = (0, 0);
    for one in texts {
        for other in texts {
            let (one, other) = (format_of(one), format_of(other));
            let mut left = side_by_side(one.try_clone().unwrap(), 1);
            let mut right = side_by_side(other.try_clone().unwrap(), 1);
            for &value in &values {
                left.write(|_| item_of(&one, value, 1));
                right.write(|_| item_of(&other, value, 1));
                let expected = oracle(&left, &right);
                assert_eq!(
                    is_equal(&left, &right),
                    Some(expected),
                    "{one} {other} {value:?}"
                );
                (equal, pairs) = (equal + usize::from(expected), pairs + 1);
            }
        }
    }
    // The test would say little if nearly all were equal, or none.
    assert!(
        equal > pairs / 10 && equal < pairs * 9 / 10,
        "{equal} of {pairs}"
    );
}

/// At each place of a chunk, and behind whole ones, a difference is found.
#[test]
fn members_without_a_byte_are_equal() {
    for text in ["i0s", "0si", "T{i:a:0w:b:}", "T{d:a:0p:b:}"] {
        for count in [0, 1, 3, 40, 300] {
            let laid = || {
                let mut laid = side_by_side(format_of(text), count);
                let size = laid.lent.format().itemsize();
                laid.write(|number| vec![(number % 99) as u8; size]);
                laid
            };
            assert_eq!(is_equal(&laid(), &laid()), Some(true), "{count} of {text}");
        }
    }
}

#[test]
fn a_difference_is_found_wherever_it_is() {
    for text in ["B", "?", ">h", "<i", "f", "d", "Zd", "g", "T{hxb}"] {
        let format = format_of(text);
        for count in [1, 127, 128, 129, 300] {
            let mut one = side_by_side(format.try_clone().unwrap(), count);
            let mut other = side_by_side(format.try_clone().unwrap(), count);
            let zeros = vec![0; format.itemsize()];
            one.write(|_| zeros.clone());
            for place in 0..count {
                let mut changed = zeros.clone();
                // Neither padding nor the least of a long double, which has some of its own.
                changed[0] = 1;
                other.write(|number| {
                    if number == place {
                        changed.clone()
                    } else {
                        zeros.clone()
                    }
                });
                assert_eq!(
                    is_equal(&one, &other),
                    Some(false),
                    "{text} {place} of {count}"
                );
            }
            other.write(|_| zeros.clone());
            assert_eq!(is_equal(&one, &other), Some(true), "{text} {count}");
        }
    }
}

/// As memoryview has it: what follows a length of zero is not looked at.
#[test]
fn shapes_are_equal_up_to_the_first_zero() {
    let form = || {
        side_by_side(format_of("i"), 0)
            .lent
            .layout()
            .shape()
            .to_vec()
    };
    assert_eq!(form(), [0]);
    let cases: [(&[isize], &[isize], bool); 7] = [
        (&[0, 2], &[0, 3], true),
        (&[2, 0, 5], &[2, 0, 4], true),
        (&[2, 0], &[3, 0], false),
        (&[2, 0], &[2, 1], false),
        (&[0], &[0, 0], false),
        (&[], &[1], false),
        (&[], &[], true),
    ];
    for (one, other, expected) in cases {
        let laid = |shape| {
            let layout = Layout::contiguous(4, shape, crate::layout::Order::C).unwrap();
            let mut memory = [0u8; 64];
            let lent = Lent::new(memory.as_mut_ptr(), layout, format_of("i"), true);
            (lent, memory)
        };
        // The memory has moved, which does not matter where nothing is read; else it is here.
        let ((one, mut left), (other, mut right)) = (laid(one), laid(other));
        let here = |lent: &Lent, memory: &mut [u8]| {
            let layout = lent.layout().try_clone().unwrap();
            Lent::new(memory.as_mut_ptr(), layout, format_of("i"), true)
        };
        let (one, other) = (here(&one, &mut left), here(&other, &mut right));
        // SAFETY: the memory is there.
        assert_eq!(unsafe { equal(&one, &other) }.unwrap(), Some(expected));
    }
}

#[test]
fn forms_that_are_never_equal() {
    for (one, other) in [
        ("T{ii}", "(2)i"),
        ("T{ii}", "T{iii}"),
        ("(2,3)b", "(3,2)b"),
        ("(2)b", "b"),
        ("3s", "4s"),
        ("c", "B"),
        ("w", "I"),
    ] {
        let (one, other) = (format_of(one), format_of(other));
        let (one, other) = (side_by_side(one, 3), side_by_side(other, 3));
        assert_eq!(is_equal(&one, &other), Some(false));
    }
    // Of no items all are equal.
    let (one, other) = (
        side_by_side(format_of("c"), 0),
        side_by_side(format_of("T{ii}"), 0),
    );
    assert_eq!(is_equal(&one, &other), Some(true));
}

#[test]
fn of_what_nobody_knows_nothing_is_said() {
    let opaque = || Format::stated(Some(c"T{<i:a:<y:b:}"), 12).unwrap();
    let (one, other) = (side_by_side(opaque(), 2), side_by_side(opaque(), 2));
    assert_eq!(is_equal(&one, &other), None);
    assert_eq!(is_equal(&one, &side_by_side(format_of("i"), 2)), None);
    assert_eq!(
        is_equal(&one, &side_by_side(format_of("i"), 3)),
        Some(false)
    );
}

/// Elements without a byte may be more than anybody can count.
#[test]
fn nothing_is_compared_however_often_it_is_there() {
    let many = |text: String| {
        let text = std::ffi::CString::new(text).unwrap();
        Format::stated(Some(&text), 0).unwrap()
    };
    for text in [
        "0s".to_owned(),
        "0p".to_owned(),
        format!("({},3)0s", isize::MAX / 2),
    ] {
        let layout = Layout::strided(0, &MANY, &[1, 1], 0).unwrap();
        let mut byte = 0u8;
        let lent = Lent::new(&raw mut byte, layout, many(text), true);
        // SAFETY: no item has a byte.
        assert_ne!(unsafe { equal(&lent, &lent) }.unwrap(), Some(false));
    }
}
