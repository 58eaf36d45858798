//! The C program calls every function of the header: one that is new is not forgotten.

use std::collections::BTreeSet;
use std::fs;

use crate::common::root;

/// The names of functions in a text: `pybuf_…(`.
fn called(text: &str) -> BTreeSet<&str> {
    let before_parentheses = text.split('(').map(|text| {
        let start = text.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &text[start.map_or(0, |start| start + 1)..]
    });
    before_parentheses
        .filter(|name| name.starts_with("pybuf_"))
        .collect()
}

#[test]
fn the_c_program_calls_every_function() {
    let read = |file| fs::read_to_string(root().join(file)).expect("a file of the project");
    let (header, calls) = (
        read("include/pybuf.h"),
        read("c_tests/no_memory_calls.h") + &read("c_tests/programs/no_memory.c"),
    );
    let (declared, called) = (called(&header), called(&calls));
    let forgotten: Vec<_> = declared.difference(&called).collect();
    assert!(declared.len() > 40, "no list: {declared:?}");
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
