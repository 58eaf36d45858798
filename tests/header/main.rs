//! `include/pybuf.h` is what `src/` makes of it, and compiles wherever it says.
//!
//! After a change of the C API: `PYBUF_BLESS=1 cargo test --test header generated_one`.
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

mod comments;
#[path = "../common/mod.rs"]
mod common;
mod compiles;
mod flags;
mod generate;

use std::env;
use std::fs;

use common::root;

#[test]
fn the_header_is_the_generated_one() {
    let file = root().join("include/pybuf.h");
    let generated = generate::header(root());
    if env::var_os("PYBUF_BLESS").is_some() {
        fs::write(&file, &generated).expect("a header that can be written");
        common::say("wrote include/pybuf.h");
    }
    let checked_in = fs::read_to_string(&file).unwrap_or_default();
    if let Some(difference) = first_difference(&checked_in, &generated) {
        panic!(
            "include/pybuf.h is not what src/ffi says; {difference}\n\
             PYBUF_BLESS=1 cargo test --test header generated_one writes it anew"
        );
    }
}

/// cbindgen leaves out, without a word, what it does not understand (functions made by a
/// macro are among it), and what is in a file that the generator was not told of.
#[test]
fn the_header_has_all_of_the_c_api() {
    let header = code(&generate::header(root()));
    let mut missing = Vec::new();
    for (rust, c) in [
        ("fn pybuf_", "pybuf_{}("),
        ("pub const PYBUF_", "#define PYBUF_{} "),
        ("pub struct pybuf_", "pybuf_{};"),
        ("pub type pybuf_", "(*pybuf_{})("),
    ] {
        let names = names_after(rust);
        assert!(!names.is_empty(), "no {rust} in src/ffi");
        let wanted = names.iter().map(|name| c.replace("{}", name));
        missing.extend(wanted.filter(|text| !header.contains(text.as_str())));
    }
    assert!(missing.is_empty(), "not in the header: {missing:?}");
}

/// The names that begin like this in the code of src/ffi, without that beginning.
fn names_after(words: &str) -> Vec<String> {
    let mut names = Vec::new();
    for file in common::files_in(&root().join("src/ffi"), "rs") {
        let source = fs::read_to_string(&file).expect("a source file");
        let code = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let after = code.filter_map(|line| line.split_once(words));
        let name = |rest: &str| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        names.extend(after.map(|(_, rest)| name(rest)));
    }
    names
}

/// The header without its comments.
fn code(header: &str) -> String {
    let (first, rest) = header.split_once("/*").unwrap_or((header, ""));
    let rest = rest.split("/*").filter_map(|part| part.split_once("*/"));
    rest.fold(first.to_owned(), |code, (_, after)| code + after)
}

/// What a C programmer has to see to is in the manual; the Rust documentation of each unsafe
/// function refers to it, in words that the header leaves out.
#[test]
fn every_unsafe_function_refers_to_the_manual() {
    let header = generate::header(root());
    assert!(
        header.contains(" * POINTERS. "),
        "the manual has no such chapter"
    );
    assert!(!header.contains(comments::COVERED));
    for file in common::files_in(&root().join("src/ffi"), "rs") {
        let source = fs::read_to_string(&file).expect("a source file");
        let functions = source.matches("pub unsafe extern \"C\" fn pybuf_").count();
        let references = source.matches(comments::COVERED).count();
        assert_eq!(functions, references, "{}", file.display());
    }
}

/// Markdown and Rust's paths mean nothing to a C programmer.
#[test]
fn the_header_is_plain_text() {
    for (number, line) in generate::header(root()).lines().enumerate() {
        for mark in ["`", "::", "](", "/// "] {
            assert!(!line.contains(mark), "line {}: {line}", number + 1);
        }
        // In C it is a pointer to a pointer.
        let is_comment = line.trim_start().starts_with(['/', '*']);
        assert!(
            !(is_comment && line.contains("**")),
            "line {}: {line}",
            number + 1
        );
    }
}

fn first_difference(old: &str, new: &str) -> Option<String> {
    let mut lines = old.lines().zip(new.lines()).enumerate();
    let differing = lines.find(|(_, (old, new))| old != new);
    if let Some((number, (old, new))) = differing {
        return Some(format!("line {}:\n- {old}\n+ {new}", number + 1));
    }
    (old != new).then(|| format!("{} bytes checked in, {} generated", old.len(), new.len()))
}
