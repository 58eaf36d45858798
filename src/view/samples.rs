//! Memory of many formats and layouts, for tests, with its items read one by one.

use std::ffi::CString;

use proptest::prelude::*;

use crate::copy::Place;
use crate::exporter::Lent;
use crate::format::{Format, Unpacked, Value};
use crate::layout::{Layout, Order};

/// Codes of all kinds; byte orders come before them.
const CODES: [&str; 26] = [
    "?", "b", "B", "h", "H", "i", "I", "q", "Q", "l", "L", "n", "N", "P", "e", "f", "d", "g", "Zf",
    "Zd", "c", "1s", "3s", "4p", "w", "3w",
];

/// A shape of more items than anybody can look at one by one.
pub(super) const MANY: [isize; 2] = [1 << (isize::BITS / 2 - 2); 2];

pub(super) fn format_of(text: &str) -> Format {
    Format::new(&CString::new(text).unwrap(), None).unwrap()
}

fn code() -> impl Strategy<Value = String> {
    let order = prop::sample::select(vec!["@", "<", ">"]);
    (order, prop::sample::select(CODES.to_vec())).prop_map(|(order, code)| {
        let is_native = matches!(code, "n" | "N" | "P" | "g");
        format!("{}{code}", if is_native { "@" } else { order })
    })
}

/// A format of a single code.
pub(super) fn scalars() -> impl Strategy<Value = Format> {
    code().prop_map(|text| format_of(&text))
}

/// Two formats of one form whose members are of any kind: structs, structs in structs, arrays of
/// them; and some that differ in form.
pub(super) fn struct_pairs() -> impl Strategy<Value = (Format, Format)> {
    let member = (code(), code(), 1usize..4, any::<bool>(), any::<bool>());
    let members = prop::collection::vec(member, 1..4);
    (members, 0..4, any::<bool>(), any::<bool>()).prop_map(|(members, form, pad, same)| {
        let mut texts = [String::new(), String::new()];
        for (one, other, count, is_array, is_same) in &members {
            let other = if *is_same || same { one } else { other };
            let digit = |code: &String| code.contains(|c: char| c.is_ascii_digit());
            for (text, code) in texts.iter_mut().zip([one, other]) {
                match is_array {
                    true => *text += &format!("({count},2){code}"),
                    // A count before a length would be part of it.
                    false if digit(code) || digit(other) => *text += code,
                    false => *text += &code.repeat(*count),
                }
            }
        }
        if pad {
            texts[1] = format!("x{}2x", texts[1]);
        }
        let [one, other] = texts.map(|text| match form {
            0 => format!("T{{{text}}}"),
            1 => format!("T{{T{{{text}}}:a:i:b:}}"),
            2 => format!("T{{(3)T{{{text}}}:a:(2)T{{h(2)T{{{text}}}:a:}}:b:}}"),
            _ => format!("(2,2)T{{{text}}}"),
        });
        (format_of(&one), format_of(&other))
    })
}

/// How items lie: for each dimension the bytes between them, and what becomes of the distance;
/// and whether pointers lead to the first dimension's.
#[derive(Debug, Clone)]
pub(super) struct Form {
    dims: Vec<(isize, isize)>,
    is_fortran: bool,
    is_indirect: bool,
}

pub(super) fn forms() -> impl Strategy<Value = Form> {
    let gap = prop_oneof![3 => Just(0isize), 1 => 0isize..9];
    let sign = prop_oneof![4 => Just(1isize), 2 => Just(-1isize), 1 => Just(0isize)];
    (
        prop::collection::vec((gap, sign), 4),
        any::<bool>(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(dims, is_fortran, is_indirect)| Form {
            dims,
            is_fortran,
            is_indirect,
        })
}

/// Short in many dimensions, or long in one.
pub(super) fn shapes() -> impl Strategy<Value = Vec<isize>> {
    prop_oneof![
        prop::collection::vec(0isize..4, 0..4),
        (1isize..500).prop_map(|length| vec![length]),
        (1isize..150, 1isize..4).prop_map(|(long, short)| vec![short, long]),
    ]
}

/// Items in memory of their own.
pub(super) struct Laid {
    pub(super) lent: Lent,
    _memory: Vec<u8>,
    _table: Vec<*mut u8>,
}

impl Laid {
    /// Zeros.
    pub(super) fn new(format: Format, shape: &[isize], form: &Form) -> Self {
        let itemsize = format.itemsize();
        let is_indirect = form.is_indirect && !shape.is_empty();
        let inner = if is_indirect { &shape[1..] } else { shape };
        let mut strides = vec![0; inner.len()];
        let mut distance = itemsize as isize;
        let mut axes: Vec<usize> = (0..inner.len()).collect();
        if !form.is_fortran {
            axes.reverse();
        }
        for axis in axes {
            let (gap, sign) = form.dims[axis];
            distance += gap;
            strides[axis] = sign * distance;
            distance *= inner[axis].max(1);
        }
        let layout = Layout::strided(itemsize, inner, &strides, 0).unwrap();
        let low = layout.extent().low;
        let size = (layout.extent().high - low).unsigned_abs();
        let rows = if is_indirect {
            shape[0].unsigned_abs()
        } else {
            1
        };
        let mut memory = vec![0u8; size * rows + 1];
        let start = memory.as_mut_ptr();
        if !is_indirect {
            let layout = layout.at(-low).unwrap();
            return Self {
                lent: Lent::new(start, layout, format, true),
                _memory: memory,
                _table: vec![],
            };
        }
        let mut table: Vec<_> = (0..rows)
            .rev()
            .map(|row| start.wrapping_add(row * size).wrapping_sub(3))
            .collect();
        let mut all_strides = vec![size_of::<usize>() as isize];
        all_strides.extend(&strides);
        let mut suboffsets = vec![-1; shape.len()];
        suboffsets[0] = 3 - low;
        let layout = Layout::indirect(itemsize, shape, &all_strides, Some(&suboffsets), 0).unwrap();
        Self {
            lent: Lent::new(table.as_mut_ptr().cast(), layout, format, true),
            _memory: memory,
            _table: table,
        }
    }

    fn indices(&self) -> Vec<Vec<isize>> {
        self.lent
            .layout()
            .shape()
            .iter()
            .fold(vec![vec![]], |all, &length| {
                let longer = |head: Vec<isize>| {
                    (0..length).map(move |index| head.iter().copied().chain([index]).collect())
                };
                all.into_iter().flat_map(longer).collect()
            })
    }

    fn addresses(&self) -> Vec<*mut u8> {
        let place: Place<'_> = self.lent.place();
        let indices = self.indices().into_iter();
        // SAFETY: all items are in the memory.
        indices
            .map(|at| unsafe { place.item(&at) }.unwrap())
            .collect()
    }

    /// Writes item by item, in C order.
    pub(super) fn write(&mut self, mut item: impl FnMut(usize) -> Vec<u8>) {
        for (number, address) in self.addresses().into_iter().enumerate() {
            let item = item(number);
            assert_eq!(item.len(), self.lent.layout().itemsize());
            // SAFETY: an item of the memory, of that size.
            unsafe { address.copy_from(item.as_ptr(), item.len()) };
        }
    }

    /// The bytes of each item, in C order.
    pub(super) fn items(&self) -> Vec<Vec<u8>> {
        let size = self.lent.layout().itemsize();
        let read = |address: *mut u8| {
            let mut item = vec![0; size];
            // SAFETY: an item of the memory, of that size.
            unsafe { item.as_mut_ptr().copy_from(address, size) };
            item
        };
        self.addresses().into_iter().map(read).collect()
    }
}

/// Contiguous.
pub(super) fn side_by_side(format: Format, count: usize) -> Laid {
    let form = Form {
        dims: vec![(0, 1); 4],
        is_fortran: false,
        is_indirect: false,
    };
    let laid = Laid::new(format, &[count as isize], &form);
    assert!(laid.lent.layout().answers_contiguous(Order::C));
    laid
}

/// What is hard about numbers, and texts, one by one.
pub(super) fn values() -> Vec<Value<'static>> {
    let mut values: Vec<Value<'static>> = vec![
        0.into(),
        1.into(),
        true.into(),
        (-1).into(),
        0.0.into(),
        (-0.0).into(),
        1.0.into(),
        0.5.into(),
        f64::NAN.into(),
        f64::INFINITY.into(),
        (-f64::MAX).into(),
        f64::from(f32::MAX).into(),
        65504.0.into(),
        6e-8.into(),
        (2f64.powi(63)).into(),
        (2f64.powi(64)).into(),
        (-2f64.powi(63)).into(),
        Value::Complex(1.0, 0.0),
        Value::Complex(1.0, -0.0),
        Value::Complex(0.0, 1.0),
        Value::Complex(0.0, f64::NAN),
        Value::Char(b'a'),
        b"a".into(),
        b"".into(),
        b"abc".into(),
        b"ab\0".into(),
        'a'.into(),
        '\0'.into(),
    ];
    for bits in [7, 8, 15, 16, 24, 31, 32, 53, 62, 63] {
        let power = 1i128 << bits;
        for number in [power - 1, power, power + 1, -power, -power - 1] {
            if let Ok(number) = i64::try_from(number) {
                values.push(number.into());
                values.push((number as f64).into());
            } else if let Ok(number) = u64::try_from(number) {
                values.push(number.into());
                values.push((number as f64).into());
            }
        }
    }
    values.push(u64::MAX.into());
    values
}

/// An item of any value that the format takes; of more than one value: of these bytes.
pub(super) fn item_of(format: &Format, value: Value<'_>, noise: u64) -> Vec<u8> {
    let mut item = vec![0; format.itemsize()];
    if format
        .scalar()
        .is_none_or(|scalar| scalar.pack(value, &mut item).is_err())
    {
        let mut noise = noise | 1;
        for byte in &mut item {
            noise = noise
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            // Few bytes, so that many are equal.
            *byte = match noise >> 60 {
                0..12 => 0,
                12..14 => 1,
                _ => (noise >> 40) as u8,
            };
        }
    }
    item
}

/// Whether two values are equal as Python compares them, one by one.
pub(super) fn are_equal(one: Unpacked<'_, '_>, other: Unpacked<'_, '_>) -> bool {
    match (one.value(), other.value()) {
        (Some(one), Some(other)) => one.equals(other),
        (None, None) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other.iter())
                    .all(|(one, other)| are_equal(one, other))
        }
        _ => false,
    }
}
