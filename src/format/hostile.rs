//! Formats that somebody has made to hurt, and all that a format can be asked.
//!
//! Each is as deep, as wide or as often repeated as a text can say, so that what takes a step for
//! each item, or a frame for each dimension, does not come to an end here. The stack is a quarter
//! of what a thread has by itself.

use std::ffi::CString;
use std::thread;

use super::*;

const STACK: usize = if cfg!(debug_assertions) {
    2 << 20
} else {
    512 << 10
};

/// So often an item can become twice as large.
const DOUBLINGS: usize = isize::BITS as usize - 4;

/// Fields of a wide struct.
const MANY: usize = if cfg!(pybuf_units) { 1_000 } else { 5_000 };

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK).spawn(work);
    thread.unwrap().join().unwrap();
}

fn parsed(text: &str) -> Format {
    Format::parse(&CString::new(text).unwrap(), Dialect::Pep3118).unwrap()
}

/// Something before each level, and something behind it, all around a text.
fn nested(levels: usize, before: &str, inner: &str, behind: &str) -> String {
    before.repeat(levels) + inner + &behind.repeat(levels)
}

fn ones(dimensions: usize) -> String {
    format!("({})", vec!["1"; dimensions].join(","))
}

/// A text of each sort, and whether an item of it is small enough to be had.
fn texts() -> Vec<(String, bool)> {
    let numbered = |member: &dyn Fn(usize) -> String| (0..MANY).map(member).collect::<String>();
    let shaped = format!("{}T{{", ones(64));
    vec![
        (nested(64, "T{", "b", "}"), true),
        (nested(64, "T{b:a:", "b", ":b:b:c:}"), true),
        (nested(64, &shaped, "b", "}"), true),
        (nested(63, "T{(2,1,0,3)", "T{d}", "}"), true),
        (nested(64, "&", "b", ""), true),
        (nested(32, "&T{", "bh", "}"), true),
        (nested(DOUBLINGS, "T{2", "T{b}", "}"), false),
        (nested(60, "T{3", "T{}", "}"), false),
        (nested(DOUBLINGS, "(2)T{", "b", "}"), false),
        (format!("X{{{}}}", nested(60, "T{", "b", "}")), true),
        (numbered(&|_| "bh".to_owned()), true),
        (numbered(&|_| "T{b}".to_owned()), true),
        (numbered(&|_| "&b".to_owned()), true),
        (numbered(&|_| "(1,1)h".to_owned()), true),
        (numbered(&|k| format!("b:{k}:")), true),
        (numbered(&|k| format!("b:{}{k}:", "n".repeat(k % 20))), true),
        (format!("{}b", "0T{bh}".repeat(MANY)), true),
        (format!("b:{}:", "n".repeat(10 * MANY)), true),
        (format!("{}T{{}}", isize::MAX), false),
        (format!("{}b", isize::MAX), false),
        (format!("T{{{0}b}}", isize::MAX), false),
    ]
}

/// All that can be asked of a format without an item.
fn ask(format: &Format) {
    let (text, itemsize) = (format.text(), format.itemsize());
    assert!(format.is_equivalent(&format.try_clone().unwrap()));
    assert!(format.accepts(Some(text), itemsize).unwrap());
    let other = CString::new([text.to_bytes(), b"b"].concat()).unwrap();
    if let Ok(other) = Format::parse(&other, Dialect::Pep3118) {
        let told = |difference: Difference<'_>| difference.to_string();
        assert!(format.difference(&other).map(told).is_some());
        assert!(other.difference(format).map(told).is_some());
        let _ = format.accepts(Some(other.text()), itemsize);
    }
    for dialect in [
        Dialect::Pep3118,
        Dialect::Struct,
        Dialect::NumPy,
        Dialect::Ctypes,
    ] {
        if let Ok(written) = format.in_dialect(dialect) {
            assert_eq!(written.itemsize(), itemsize);
        }
    }
    for size in [itemsize, itemsize / 2 + 1, 1 << 20] {
        let stated = Format::stated(Some(text), size).unwrap();
        stated.read().unwrap();
        let _ = stated.is_equivalent(format);
        let _ = stated.difference(format).map(|it| it.to_string());
    }
    let _ = format.c_difference().unwrap().map(|it| it.to_string());
    let _ = format.in_c_layout();
    format.holds_objects();
    let _ = format.root().unwrap().values();
    let member = |format| Member {
        name: None,
        format,
        offset: None,
    };
    let _ = Format::from_members(&[member(format), member(format)], None);
    for path in [
        "[0]".repeat(5_000),
        "[1][0]".repeat(64),
        ".b".repeat(64),
        "b.".repeat(64) + "c",
        "n".repeat(MANY),
        format!("[{}]", MANY - 1),
        format!("[{}]", usize::MAX),
    ] {
        if let Ok((_, offset)) = format.field(path.as_bytes()) {
            assert!(offset <= itemsize);
        }
        let _ = format.field_items(path.as_bytes());
    }
}

#[test]
fn whatever_is_asked_comes_to_an_end() {
    on_a_small_stack(|| {
        for (text, _) in texts() {
            ask(&parsed(&text));
        }
    });
}

#[test]
fn what_is_unpacked_is_packed_again() {
    on_a_small_stack(|| {
        for (text, _) in texts().iter().filter(|(_, is_small)| *is_small) {
            let format = parsed(text);
            let item = vec![1; format.itemsize()];
            let values = format.unpack(&item).unwrap();
            let mut packed = vec![0; item.len()];
            format.pack(values.item(0), &mut packed).unwrap();
            // Between members there is nothing to be packed.
            assert!(packed.iter().filter(|&&byte| byte == 1).count() * 2 >= packed.len());
            let pairs = |pair: Pair| pair.count > 0;
            let root = format.root().unwrap();
            assert!(each_pair(&root, &root, &mut { pairs }));
        }
    });
}

/// Some steps for each field, whatever is asked: a text twice as long takes no longer than that.
#[test]
fn every_prefix_and_dialect_is_read_or_refused() {
    on_a_small_stack(|| {
        for (text, _) in texts() {
            for dialect in [Dialect::Struct, Dialect::NumPy, Dialect::Ctypes] {
                for cut in [text.len(), text.len() - 1, text.len() / 2] {
                    let text = CString::new(&text[..cut]).unwrap();
                    if let Ok(format) = Format::parse(&text, dialect) {
                        assert!(format.itemsize() <= isize::MAX as usize);
                    }
                }
            }
        }
    });
}
