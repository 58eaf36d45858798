use std::ffi::CString;

use super::LONGEST;
use crate::error::Kind;
use crate::format::{ByteOrder, Dialect, Format};

const DIALECTS: [Dialect; 4] = [
    Dialect::Pep3118,
    Dialect::Struct,
    Dialect::NumPy,
    Dialect::Ctypes,
];

fn parse(text: &str, dialect: Dialect) -> Format {
    Format::parse(&CString::new(text).unwrap(), dialect).unwrap()
}

/// A text of a little-endian machine as it would be on this one.
fn swap(text: &str) -> String {
    let swapped = |char| match (char, ByteOrder::NATIVE) {
        ('<', ByteOrder::Big) => '>',
        ('>', ByteOrder::Big) => '<',
        _ => char,
    };
    let swapped: String = text.chars().map(swapped).collect();
    // What a function returns has nothing to do with orders.
    swapped.replace("-<", "->")
}

/// The text of a PEP 3118 format in another dialect, or why it has none there. Both are texts of
/// a little-endian machine.
fn in_dialect(text: &str, dialect: Dialect) -> Result<String, String> {
    match parse(&swap(text), Dialect::Pep3118).in_dialect(dialect) {
        Ok(format) => {
            assert_eq!(format.in_dialect(dialect).unwrap().text(), format.text());
            Ok(swap(format.text().to_str().unwrap()))
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::Value, "{error}");
            Err(error.message().to_owned())
        }
    }
}

fn written(text: &str) -> [String; 4] {
    DIALECTS.map(|dialect| in_dialect(text, dialect).unwrap_or("-".to_owned()))
}

/// What each dialect writes: PEP 3118, struct, NumPy, ctypes. `-`: it has no text for that.
const TEXTS: &[(&str, [&str; 4])] = &[
    // Single codes, native and not.
    ("<d", ["d", "d", "d", "<d"]),
    (">d", [">d", ">d", ">d", ">d"]),
    ("=l", ["i", "i", "i", "<i"]),
    ("=L", ["I", "I", "I", "<I"]),
    (
        "n",
        if cfg!(target_pointer_width = "64") {
            ["q", "q", "q", "<q"]
        } else {
            ["i", "i", "i", "<i"]
        },
    ),
    (">B", ["B", "B", "B", "<B"]),
    ("?", ["?", "?", "?", "<?"]),
    ("c", ["c", "c", "c", "<c"]),
    ("e", ["e", "e", "e", "-"]),
    (">F", [">Zf", ">Zf", ">Zf", ">Zf"]),
    ("D", ["Zd", "Zd", "Zd", "<Zd"]),
    ("P", ["P", "P", "-", "<P"]),
    ("O", ["O", "-", "O", "<O"]),
    (
        ">w",
        [">w", "-", "-", if cfg!(windows) { "-" } else { ">u" }],
    ),
    ("u", ["u", "-", "-", if cfg!(windows) { "<u" } else { "-" }]),
    // Those with a length.
    ("4s", ["4s", "4s", "4s", "-"]),
    ("1s", ["s", "s", "s", "-"]),
    ("0s", ["0s", "0s", "0s", "-"]),
    (">0w", ["0w", "-", "0w", "-"]),
    // `2w` would be one text; and without an order even an empty one is aligned.
    (
        "=ww",
        [
            "T{<ww}",
            "-",
            "-",
            if cfg!(windows) { "-" } else { "T{<u<u}" },
        ],
    ),
    ("b=0wb", ["T{b<0wb}", "-", "T{b<0wb}", "-"]),
    ("4p", ["4p", "4p", "-", "-"]),
    (">3w", [">3w", "-", ">3w", "-"]),
    ("1w", ["1w", "-", "1w", "-"]),
    ("3t", ["8t", "-", "-", "-"]),
    ("4x", ["T{4x}", "4x", "T{4x}", "T{4x}"]),
    // Pointers and functions.
    ("&i", ["&<i", "P", "-", "&<i"]),
    ("&>(2,3)d", ["&(2,3)>d", "P", "-", "&(2,3)>d"]),
    (
        "&&<T{b:a:i:b:}",
        ["&^&T{b:a:<i:b:}", "P", "-", "&&T{<b:a:<i:b:}"],
    ),
    ("X{i->d}", ["X{i->d}", "-", "-", "X{}"]),
    // Sub-arrays.
    ("(2,3)i", ["(2,3)i", "-", "(2,3)i", "(2,3)<i"]),
    ("(2,3)>i", ["(2,3)>i", "-", "(2,3)>i", "(2,3)>i"]),
    ("(2)3s", ["(2)3s", "-", "(2)3s", "-"]),
    ("(0,2)T{}", ["(0,2)T{}", "-", "(0,2)T{}", "(0,2)T{}"]),
    // Structs: an order where it changes, all pad bytes.
    ("ii", ["T{<2i}", "<2i", "T{<ii}", "T{<i<i}"]),
    ("T{i:a:}", ["T{<i:a:}", "-", "T{<i:a:}", "T{<i:a:}"]),
    ("bi", ["T{b3x<i}", "<b3xi", "T{b3x<i}", "T{<b3x<i}"]),
    ("T{ib}", ["T{<ib3x}", "<ib3x", "T{<ib3x}", "T{<i<b3x}"]),
    (
        "<T{i:a:>d:b:h:c:<B:d:}",
        [
            "T{<i:a:>d:b:h:c:B:d:}",
            "-",
            "T{<i:a:>d:b:h:c:B:d:}",
            "T{<i:a:>d:b:>h:c:<B:d:}",
        ],
    ),
    (
        ">T{h:a:hb}",
        ["T{>h:a:hb}", ">2hb", "T{>h:a:hb}", "T{>h:a:>h<b}"],
    ),
    (
        "<T{b:a:2x2i:b:}",
        [
            "T{b:a:2x(2)<i:b:}",
            "-",
            "T{b:a:2x(2)<i:b:}",
            "T{<b:a:2x(2)<i:b:}",
        ],
    ),
    ("BB:x:3s3s", ["T{BB:x:3s3s}", "2B3s3s", "T{BB:x:3s3s}", "-"]),
    (
        "T{(2)T{b:x:h:y:}:p:3T{B}f}",
        [
            "T{(2)T{b:x:x<h:y:}:p:3T{B}xf}",
            "-",
            "T{(2)T{b:x:x<h:y:}:p:T{B}T{B}T{B}xf}",
            "T{(2)T{<b:x:x<h:y:}:p:T{<B}T{<B}T{<B}x<f}",
        ],
    ),
    ("<b4x:pad:", ["T{b4x:pad:}", "-", "T{b4x:pad:}", "-"]),
    ("", ["T{}", "", "T{}", "T{}"]),
    // What has no standard size.
    (
        "T{O:a:b:b:}",
        if cfg!(target_pointer_width = "64") {
            ["T{^O:a:b:b:7x}", "-", "T{^O:a:b:b:7x}", "T{<O:a:<b:b:7x}"]
        } else {
            ["T{^O:a:b:b:3x}", "-", "T{^O:a:b:b:3x}", "T{<O:a:<b:b:3x}"]
        },
    ),
    ("^P<i", ["T{^P<i}", "Pi", "-", "T{<P<i}"]),
    ("^P>i", ["T{^P>i}", "-", "-", "T{<P>i}"]),
    ("^bP", ["T{b^P}", "-", "-", "T{<b<P}"]),
    ("^Pb", ["T{^Pb}", "Pb", "-", "T{<P<b}"]),
    (
        "T{^&<i:p:<i:n:}",
        ["T{^&<i:p:<i:n:}", "Pi", "-", "T{&<i:p:<i:n:}"],
    ),
    (
        "T{^X{i}:f:<i:n:}",
        ["T{^X{i}:f:<i:n:}", "-", "-", "T{X{}:f:<i:n:}"],
    ),
];

#[test]
fn each_dialect_has_a_text_of_its_own() {
    for (text, expected) in TEXTS {
        assert_eq!(written(text), *expected, "{text}");
    }
}

#[test]
fn long_double_has_no_standard_size() {
    let long_double = parse("g", Dialect::Pep3118);
    if long_double.itemsize() == 8 {
        assert_eq!(written("T{g:a:b:b:}")[0], "T{<d:a:b:b:7x}");
        return;
    }
    assert_eq!(written("g"), ["g", "-", "g", "<g"]);
    assert_eq!(written("Zg"), ["Zg", "-", "Zg", "<Zg"]);
    assert_eq!(
        written("^T{b:a:g:b:Zg:c:}"),
        [
            "T{b:a:^g:b:Zg:c:}",
            "-",
            "T{b:a:^g:b:Zg:c:}",
            "T{<b:a:<g:b:<Zg:c:}"
        ]
    );
    // ctypes could write one of another order: nobody else can.
    let other = match ByteOrder::NATIVE {
        ByteOrder::Little => parse(">g", Dialect::Ctypes),
        ByteOrder::Big => parse("<g", Dialect::Ctypes),
    };
    let error = other.in_dialect(Dialect::NumPy).unwrap_err();
    assert!(error.message().contains("NumPy has no code"), "{error}");
}

/// As Python 3.13 and 3.15 have it for Structures, pointers and arrays.
#[test]
fn what_ctypes_writes_comes_back_letter_by_letter() {
    for text in [
        "<d",
        "<c",
        "&<i",
        "&T{<h:x:<b:y:x}",
        "T{<b:a:3x<i:b:&<i:c:X{}:d:(2,3)<d:e:T{<h:x:<b:y:x}:f:(2)T{<h:x:<b:y:x}:g:<u:h:<P:i:<O:j:<?:k:(4)<c:l:}",
        "T{<b:a:<i:b:&T{<h:x:<b:y:x}:c:}",
        "T{<b:a:3x>i:b:>d:c:}",
    ] {
        let text = swap(text);
        let format = parse(&text, Dialect::Ctypes);
        let written = format.in_dialect(Dialect::Ctypes).unwrap();
        assert_eq!(written.text().to_str().unwrap(), text);
    }
}

#[test]
fn what_a_dialect_cannot_say_is_told_with_its_field() {
    let cases: &[(&str, Dialect, &str)] = &[
        (
            "T{i:a:(2,3)d:b:}",
            Dialect::Struct,
            "field 'b' is a sub-array of shape (2, 3): the struct module has none",
        ),
        (
            "T{i:a:T{d:x:}:b:}",
            Dialect::Struct,
            "field 'b' is a struct: the struct module has none inside another",
        ),
        (
            "T{<i:a:>d:b:}",
            Dialect::Struct,
            "field 'b' is big-endian float64, and one before it is not: the struct module has one byte order",
        ),
        (
            "T{i:a:T{i:b:(2)T{P:x:i:y:}:c:}:d:}",
            Dialect::NumPy,
            "field 'd.c[0].x' is pointer: NumPy has no code for that",
        ),
        (
            "T{i:a:3s:b:}",
            Dialect::Ctypes,
            "field 'b' is 3 bytes: ctypes has no code for that",
        ),
        (
            "(2,3)i",
            Dialect::Struct,
            "the item is a sub-array of shape (2, 3)",
        ),
        (
            "T{i:a:}",
            Dialect::Struct,
            "the item is a struct of one field",
        ),
        (
            "^bP",
            Dialect::Struct,
            "field '[1]' is at offset 1: beside a pointer the struct module aligns it to",
        ),
        (
            "T{(3)0s:a:}",
            Dialect::NumPy,
            "field 'a' is a sub-array of 0 bytes: NumPy has none of elements without a byte",
        ),
        ("&3s", Dialect::Ctypes, "what the item points to is 3 bytes"),
        ("iii3s", Dialect::Ctypes, "field '[3]' is 3 bytes"),
        (
            "T{&T{3s:x:}:p:}",
            Dialect::Ctypes,
            "field 'p->x' is 3 bytes: ctypes has no code",
        ),
        (
            "T{&&3s:p:}",
            Dialect::Ctypes,
            "what '*p' points to is 3 bytes",
        ),
    ];
    for &(text, dialect, telling) in cases {
        let message = in_dialect(text, dialect).unwrap_err();
        let native = |message: &str| {
            message
                .replace("little-endian ", "")
                .replace("big-endian ", "")
        };
        assert!(
            native(&message).starts_with(&native(telling)),
            "{text}: {message}"
        );
    }
}

#[test]
fn a_count_does_not_become_a_text_without_end() {
    let many = parse("100000000i", Dialect::Pep3118);
    assert_eq!(
        many.in_dialect(Dialect::Struct)
            .unwrap()
            .text()
            .to_bytes()
            .len(),
        "<100000000i".len()
    );
    let error = many.in_dialect(Dialect::NumPy).unwrap_err();
    assert_eq!(error.kind(), Kind::Overflow);
    let characters = parse("=1000000000u", Dialect::Pep3118);
    let written = characters.in_dialect(Dialect::Pep3118).unwrap();
    assert_eq!(written.text().to_bytes().len(), "T{<1000000000u}".len());
    let telling = format!("NumPy would need a text of more than {LONGEST} bytes");
    assert!(error.message().contains(&telling), "{error}");
}

#[test]
fn braces_around_all_of_it_may_be_one_too_many() {
    let nested = |depth: usize| format!("{}i{}", "T{".repeat(depth), "}".repeat(depth));
    let deepest = parse(&nested(64), Dialect::Pep3118);
    assert!(deepest.in_dialect(Dialect::NumPy).is_ok());
    let beside = parse(&format!("i{}", nested(64)), Dialect::Pep3118);
    let error = beside.in_dialect(Dialect::Pep3118).unwrap_err();
    assert!(
        error.message().contains("nested more than 64 deep"),
        "{error}"
    );
}

// proptest is not built with loom.
#[cfg(not(loom))]
mod round_trips {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// Members of a struct, one behind the other, of which each second one or so has a name.
    fn members() -> impl Strategy<Value = String> {
        let codes = "? c b B h H i I l L q Q n N P O e f d g F D Zf Zd Zg u w 3s s 0s 4p 2w 1w 9t 2x x 0i \
                     X{} X{i->&d} &i &&>h &(2)q";
        let codes: Vec<&str> = codes.split(' ').collect();
        let order = || select(vec!["", "", "@", "<", ">", "=", "!", "^"]);
        let count = || select(vec!["", "", "", "1", "2", "5", "0"]);
        let shape = || select(vec!["", "", "", "(3)", "(2,3)", "(0)", "(1)"]);
        let leaf =
            (shape(), order(), count(), select(codes)).prop_map(|(shape, order, count, code)| {
                // A number has one count.
                let count = if code.starts_with(|first: char| first.is_ascii_digit()) {
                    ""
                } else {
                    count
                };
                format!("{shape}{order}{count}{code}")
            });
        let list = |member: BoxedStrategy<String>| {
            vec((member, any::<bool>()), 0..5).prop_map(|members| {
                let named = |(k, (text, named)): (usize, (String, bool))| match named {
                    true => format!("{text}:f{k}:"),
                    false => text,
                };
                members
                    .into_iter()
                    .enumerate()
                    .map(named)
                    .collect::<String>()
            })
        };
        let member = leaf.prop_recursive(4, 40, 5, move |inner| {
            (
                shape(),
                order(),
                count(),
                select(vec!["", "", "&"]),
                list(inner.boxed()),
            )
                .prop_map(|(shape, order, count, pointer, members)| {
                    format!("{shape}{order}{count}{pointer}T{{{members}}}")
                })
        });
        prop_oneof![
            1 => member.clone(),
            3 => list(member.boxed()),
        ]
    }

    /// Emulated machines take twenty times as long.
    const CASES: u32 = if cfg!(pybuf_units) { 200 } else { 3000 };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn a_tree_comes_back_from_its_text(text in members(), from in select(&DIALECTS[..])) {
            let Ok(format) = Format::parse(&CString::new(text).unwrap(), from) else {
                return Ok(());
            };
            for dialect in DIALECTS {
                let Ok(written) = format.in_dialect(dialect) else { continue };
                prop_assert_eq!(written.itemsize(), format.itemsize());
                let difference = written.difference(&format).map(|difference| difference.to_string());
                prop_assert_eq!(difference, None, "{}", written);
                prop_assert!(written.is_equivalent(&format));
                // The text is the same for all that mean the same.
                let again = written.in_dialect(dialect).unwrap();
                prop_assert_eq!(again.text(), written.text());
            }
        }

        #[test]
        fn pep_3118_says_all_that_others_say(text in members(), from in select(&DIALECTS[..])) {
            let Ok(format) = Format::parse(&CString::new(text).unwrap(), from) else {
                return Ok(());
            };
            match format.in_dialect(Dialect::Pep3118) {
                Ok(_) => {}
                // But numbers and addresses of native size in another order.
                Err(error) => prop_assert!(error.message().contains("-endian "), "{}: {}", format, error),
            }
        }

        #[test]
        fn in_the_layout_of_c_there_is_nothing_to_move(text in members()) {
            let Ok(format) = Format::parse(&CString::new(text).unwrap(), Dialect::Pep3118) else {
                return Ok(());
            };
            let Ok(moved) = format.in_c_layout() else { return Ok(()) };
            let difference = moved.c_difference().unwrap().map(|it| it.to_string());
            prop_assert_eq!(difference, None, "{} from {}", moved, format);
            let untouched = format.c_difference().unwrap().is_none();
            prop_assert_eq!(untouched, moved.is_equivalent(&format), "{} from {}", moved, format);
        }
    }
}

#[test]
fn what_is_not_known_cannot_be_written() {
    let union = Format::stated(Some(c"B"), 8).unwrap();
    let error = union.in_dialect(Dialect::NumPy).unwrap_err();
    assert!(
        error
            .message()
            .contains("no dialect reads format 'B' as items of 8 bytes"),
        "{error}"
    );
}

/// Their product does not fit, their bytes do.
#[test]
fn dimensions_of_nothing_may_be_of_any_length() {
    let most = isize::MAX;
    for text in [
        format!("({most},{most})0s"),
        format!("({most},2,{most})T{{}}"),
    ] {
        let format = parse(&format!("i{text}"), Dialect::Pep3118);
        assert_eq!(format.root().unwrap().fields().last().unwrap().size(), 0);
        assert!(format.is_equivalent(&format.in_dialect(Dialect::Pep3118).unwrap()));
    }
}
