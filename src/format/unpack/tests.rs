use super::super::{Dialect, Format, Unpacked, Value, Values};
use super::*;

use std::ffi::CString;

use proptest::prelude::*;

/// A code that may stand behind any order.
fn portable_code() -> impl Strategy<Value = String> {
    let codes = [
        "?", "c", "b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "e", "f", "d", "F", "D", "Zf",
        "Zd", "u", "w", "3w", "5s", "4p", "0s", "0p", "11t",
    ];
    prop::sample::select(codes.to_vec()).prop_map(str::to_owned)
}

/// A code that C alone gives a size.
fn native_code() -> impl Strategy<Value = String> {
    let codes = ["n", "N", "P", "g", "Zg", "&i", "&T{2h}", "X{}"];
    let order = prop::sample::select(["@", "^"].as_slice());
    let code = prop::sample::select(codes.to_vec());
    (order, code).prop_map(|(order, code)| format!("{order}{code}"))
}

fn order() -> impl Strategy<Value = String> {
    prop::sample::select(["@", "^", "<", ">", "="].as_slice()).prop_map(str::to_owned)
}

fn scalar_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (order(), portable_code()).prop_map(|(order, code)| order + &code),
        1 => native_code(),
    ]
}

fn shape() -> impl Strategy<Value = String> {
    prop::collection::vec(0usize..4, 0..3).prop_map(|shape| {
        let lengths: Vec<_> = shape.iter().map(usize::to_string).collect();
        match lengths.is_empty() {
            true => String::new(),
            false => format!("({})", lengths.join(",")),
        }
    })
}

/// Members of a struct: scalars, several of a kind, sub-arrays, structs, and bytes between.
fn members_text() -> impl Strategy<Value = String> {
    let leaf = (shape(), scalar_text()).prop_map(|(shape, code)| shape + &code);
    let run = (
        order(),
        0usize..5,
        prop::sample::select(["h", "i", "d", "?"].as_slice()),
    );
    let run = run.prop_map(|(order, count, code)| format!("{order}{count}{code}"));
    let gap = Just("<3x".to_owned());
    let single = prop_oneof![6 => leaf, 2 => run, 1 => gap];
    let many = |one: BoxedStrategy<String>| {
        prop::collection::vec(one, 1..4).prop_map(|members| members.concat())
    };
    single.boxed().prop_recursive(3, 20, 4, move |inner| {
        let nested = (shape(), many(inner.clone()))
            .prop_map(|(shape, members)| format!("{shape}T{{{members}}}"));
        prop_oneof![1 => inner, 3 => nested].boxed()
    })
}

fn format() -> impl Strategy<Value = Format> {
    prop::collection::vec(members_text(), 1..4).prop_filter_map("no format", |members| {
        let text = CString::new(members.concat()).ok()?;
        let format = Format::parse(&text, Dialect::Pep3118);
        Some(format.unwrap_or_else(|error| panic!("{text:?}: {error}")))
    })
}

/// The slow way: each member of each item looked up for itself.
fn naive(field: &Field<'_>, item: &[u8], offset: usize) -> Vec<String> {
    let member = |index| array(field, field.shape(), item, offset + index * field.size());
    (0..field.repeat()).map(member).collect()
}

fn array(field: &Field<'_>, shape: &[usize], item: &[u8], offset: usize) -> String {
    let [length, rest @ ..] = shape else {
        return element(field, item, offset);
    };
    let distance = rest.iter().product::<usize>() * field.itemsize();
    let one = |index| array(field, rest, item, offset + index * distance);
    list((0..*length).map(one).collect())
}

fn element(field: &Field<'_>, item: &[u8], offset: usize) -> String {
    match field.scalar() {
        Some(scalar) => format!("{:?}", scalar.unpack(&item[offset..][..scalar.size])),
        None => {
            let member = |member: Field<'_>| naive(&member, item, offset + member.offset());
            list(field.fields().flat_map(member).collect())
        }
    }
}

fn list(parts: Vec<String>) -> String {
    format!("[{}]", parts.join(", "))
}

/// How many values there are, counted one by one.
fn counted(value: Unpacked<'_, '_>) -> usize {
    1 + value.iter().map(counted).sum::<usize>()
}

fn unpacked<'a>(format: &Format, bytes: &'a [u8], items: usize) -> Values<'a> {
    let root = format.root().unwrap();
    Values::of(root, bytes, format.itemsize(), items).unwrap()
}

/// Bytes that look like nothing, for so many items.
fn noise(format: &Format, items: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let bytes = (0..items * format.itemsize()).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    });
    bytes.collect()
}

/// Emulated machines take twenty times as long.
const CASES: u32 = if cfg!(pybuf_units) { 20 } else { 256 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn values_are_those_looked_up_one_by_one(
        format in format(),
        items in prop_oneof![Just(1usize), 0usize..4, Just(1000usize)],
        seed: u64,
    ) {
        let root = format.root().unwrap();
        let bytes = noise(&format, items, seed);
        let values = unpacked(&format, &bytes, items);
        prop_assert_eq!(values.len(), items);
        for index in 0..items {
            let item = &bytes[index * format.itemsize()..][..format.itemsize()];
            let expected = naive(&root, item, 0).concat();
            prop_assert_eq!(format!("{:?}", values.item(index)), expected, "{}", format);
            prop_assert_eq!(counted(values.item(index)), root.values().unwrap(), "{}", format);
        }
    }

    /// Values that were unpacked can be packed, and are then the same values.
    #[test]
    fn what_is_packed_comes_back(format in format(), items in 1usize..4, seed: u64) {
        let bytes = noise(&format, items, seed);
        let values = unpacked(&format, &bytes, items);
        let given: Vec<_> = values.iter().collect();
        let mut packed = vec![0xA5; bytes.len()];
        format.pack_many(&given, &mut packed).unwrap();
        let again = unpacked(&format, &packed, items);
        prop_assert_eq!(format!("{values:?}"), format!("{again:?}"), "{}", format);
        // What lies between has no part in it.
        let mut other = vec![0; bytes.len()];
        format.pack_many(&again.iter().collect::<Vec<_>>(), &mut other).unwrap();
        prop_assert_eq!(packed, other, "{}", format);
    }
}

fn parsed(text: &str) -> Format {
    let text = CString::new(text).unwrap();
    Format::parse(&text, Dialect::Pep3118).unwrap()
}

#[test]
fn nested_values() {
    let format = parsed("<h:a:T{b:x:(2,2)B:m:}:s:(2)T{c:k:}:t:2s:n:");
    let bytes = b"\x01\x02\xff\x01\x02\x03\x04PQno";
    let values = format.unpack(bytes).unwrap();
    let shown = "[Signed(513), [Signed(-1), [[Unsigned(1), Unsigned(2)], \
                 [Unsigned(3), Unsigned(4)]]], [[Char(80)], [Char(81)]], Bytes([110, 111])]";
    assert_eq!(format!("{:?}", values.item(0)), shown);
    let s = values.item(0).at(1);
    assert_eq!(
        (s.len(), s.value(), s.at(0).value()),
        (2, None, Some(Value::Signed(-1)))
    );
}

#[test]
fn the_values_of_a_format_are_counted() {
    for (text, count) in [
        ("i", 1),
        ("3s", 1),
        ("(2,3)i", 1 + 2 + 6),
        ("ii", 3),
        ("3i", 4),
        ("T{i:a:}", 2),
        ("(2)T{i:a:d:b:}", 1 + 2 + 4),
        ("(0,5)i", 1),
        ("(5,0)i", 6),
        ("&T{iii}", 1),
        ("4x", 1),
    ] {
        let root = parsed(text);
        assert_eq!(root.root().unwrap().values().unwrap(), count, "{text}");
    }
}

#[test]
fn more_values_than_can_be_counted_are_an_error() {
    let text = format!("({},{},0)i", usize::MAX >> 1, usize::MAX >> 1);
    let text = CString::new(text).unwrap();
    if let Ok(format) = Format::parse(&text, Dialect::Pep3118) {
        let error = format.root().unwrap().values().unwrap_err();
        assert_eq!(error.kind(), Kind::Overflow);
    }
    // Each of so many is empty: that needs no memory.
    let text = format!("({})0s", isize::MAX);
    let text = CString::new(text).unwrap();
    let format = Format::parse(&text, Dialect::Pep3118).unwrap();
    assert_eq!(format.unpack(b"").unwrap_err().kind(), Kind::Overflow);
}

#[test]
fn items_of_other_sizes_and_without_a_meaning_are_refused() {
    let format = parsed("<i");
    let error = format.unpack(b"abc").unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
    assert!(
        error.message().contains("3 bytes for an item of 4"),
        "{error}"
    );
    let error = format.unpack_many(b"abcdefghi").unwrap_err();
    assert!(
        error.message().contains("9 bytes for items of 4"),
        "{error}"
    );
    let opaque = Format::stated(Some(c"T{<i:a:}"), 7).unwrap();
    let error = opaque.unpack(b"abcdefg").unwrap_err();
    assert_eq!(error.kind(), Kind::NotImplemented);
    assert!(error.message().contains("have no values"), "{error}");
}
