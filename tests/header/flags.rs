//! The `PyBUF_*` constants of the header, from the macro that declares them in
//! `src/abi.rs`: with their documentation, and as the expressions they are there.

use pybuf::abi::PYBUF_FLAGS;

use crate::comments::{comment, plain};

/// One guarded `#define` for each constant in the source of `abi`.
pub fn defines(abi: &str) -> String {
    let lines = abi.lines().skip_while(|line| *line != "flags! {").skip(1);
    let mut docs = Vec::new();
    let mut names = Vec::new();
    let mut out = Vec::new();
    for line in lines.take_while(|line| *line != "}").map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            docs.push(doc.trim_start());
            continue;
        }
        let constant = line
            .strip_suffix(';')
            .and_then(|line| line.split_once(" = "));
        let (name, value) =
            constant.unwrap_or_else(|| panic!("neither a doc nor a constant: {line}"));
        let value = if value.contains('|') {
            format!("({value})")
        } else {
            value.to_owned()
        };
        let text = comment("", &plain(&docs));
        out.push(format!(
            "{text}#ifndef {name}\n#define {name} {value}\n#endif\n"
        ));
        docs.clear();
        names.push(name.to_owned());
    }
    let compiled: Vec<&str> = PYBUF_FLAGS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names, compiled,
        "the constants of src/abi.rs as text, and as compiled"
    );
    out.join("\n")
}
