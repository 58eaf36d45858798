//! What is to be swapped, by hand; by value it is checked in Python, beside NumPy.

use super::*;
use crate::format::Dialect;

fn between(one: &str, other: &str) -> Option<Swap> {
    let format = |text: &str| {
        let text = std::ffi::CString::new(text).unwrap();
        Format::parse(&text, Dialect::Pep3118).unwrap()
    };
    format(one).swap_to(&format(other)).unwrap()
}

fn numbers(offset: usize, size: usize, count: usize) -> Step {
    Step::Numbers {
        offset,
        size,
        count,
    }
}

#[test]
fn formats_that_differ_in_byte_order() {
    assert_eq!(between("<i", "<i"), Some(Swap::All(1)));
    assert_eq!(between("<i", ">i"), Some(Swap::All(4)));
    assert_eq!(between("(2,3)<Zd", "(2,3)>Zd"), Some(Swap::All(8)));
    assert_eq!(
        between("T{<i:a:<f:b:}", "T{>i:a:>f:b:}"),
        Some(Swap::All(4))
    );
    assert_eq!(between("(0)T{<h:a:}", "(0)T{>h:a:}"), Some(Swap::All(1)));
    assert_eq!(between("(3)T{<h:a:}", "(3)T{>h:a:}"), Some(Swap::All(2)));
    let swap = between("T{<i:a:B:b:<d:c:<h:e:}", "T{>i:a:B:b:<d:c:>h:e:}");
    assert_eq!(
        swap,
        Some(Swap::Some(vec![numbers(0, 4, 1), numbers(13, 2, 1)]))
    );
}

#[test]
fn structs_in_structs() {
    let swap = between(
        "T{<h:a:(5)T{<i:b:B:c:}:d:<i:e:<i:f:}",
        "T{>h:a:(5)T{>i:b:B:c:}:d:>i:e:>i:f:}",
    );
    let structs = Step::Structs {
        offset: 2,
        distance: 5,
        count: 5,
        steps: 1,
    };
    let steps = vec![
        numbers(0, 2, 1),
        structs,
        numbers(0, 4, 1),
        numbers(27, 4, 2),
    ];
    assert_eq!(swap, Some(Swap::Some(steps)));
    let swap = between(
        "T{<i:a:T{<i:b:(2)T{<i:c:}:d:}:e:B:f:}",
        "T{>i:a:T{>i:b:(2)T{>i:c:}:d:}:e:B:f:}",
    );
    assert_eq!(swap, Some(Swap::Some(vec![numbers(0, 4, 4)])));
}

#[test]
fn formats_that_differ_in_more() {
    for (one, other) in [
        ("<i", ">f"),
        ("<i", ">h"),
        ("(2)<i", "(3)>i"),
        ("T{<i:a:<i:b:}", "T{>i:a:>i:c:}"),
        ("T{<i:a:<i:b:}", "T{>i:a:>f:b:}"),
        ("T{<i:a:x<h:b:}", "T{>i:a:>h:b:x}"),
        ("T{<i:a:<i:b:}", "T{>i:a:}"),
        ("T{<i:a:}", ">i"),
        ("T{<i:a:x}", "T{>i:a:xx}"),
    ] {
        assert_eq!(between(one, other), None, "{one} and {other}");
    }
}
