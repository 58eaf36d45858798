//! The comments of the header: Rust documentation as a C programmer reads it.
//!
//! cbindgen copies documentation as it stands. Here its Markdown becomes plain
//! text, what only Rust asks for goes, and each block takes the form that the
//! hand-written files have:
//!
//! ```c
//! /* One line. */
//!
//! /* A sentence, then
//!  * more of them. */
//! ```

/// What Rust wants to be said for every unsafe function, and the manual says once for
/// all.
pub const COVERED: &str = "As the POINTERS chapter of the header says.";

/// Rewrites every block comment of a generated header.
pub fn rewrite(header: &str) -> String {
    let mut out = String::with_capacity(header.len());
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.trim() != "/**" {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        let block: Vec<&str> = lines
            .by_ref()
            .map(str::trim)
            .take_while(|line| *line != "*/")
            .map(|line| line.strip_prefix('*').unwrap_or(line))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        out.push_str(&comment(indent, &plain(&block)));
    }
    out
}

/// A block comment of these lines, each behind `indent`.
pub fn comment(indent: &str, lines: &[String]) -> String {
    for line in lines {
        let ends = line.contains("*/") || line.contains("/*");
        assert!(
            !ends,
            "a comment cannot hold another one; write // in examples: {line}"
        );
    }
    let text = lines.join(&format!("\n{indent} * "));
    let comment = format!("{indent}/* {text} */\n");
    let trimmed: Vec<&str> = comment.lines().map(str::trim_end).collect();
    trimmed.join("\n") + "\n"
}

/// The lines of a doc comment without Markdown: links lose their targets, code
/// its backticks, headings become paragraphs of one line with a colon, and fenced
/// examples are indented instead. Of a Safety section only what the manual does not
/// say is left, as the end of the text.
pub fn plain(lines: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    let mut fenced = false;
    for line in lines {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            out.push(if line.is_empty() {
                String::new()
            } else {
                format!("    {line}")
            });
        } else if matches!(*line, "# Safety" | COVERED) {
            continue;
        } else if let Some(heading) = line.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim();
            out.push(format!("{}:", unmarked(heading)));
        } else {
            out.push(unmarked(line));
        }
    }
    assert!(!fenced, "an example without an end: {lines:?}");
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

/// One line of prose without links, backticks and emphasis.
fn unmarked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("[`") {
        let Some(end) = rest[start..].find("`]") else {
            break;
        };
        out.push_str(&rest[..start]);
        let name = &rest[start + 2..start + end];
        out.push_str(name.rsplit("::").next().unwrap_or(name));
        rest = after_target(&rest[start + end + 2..]);
    }
    out.push_str(rest);
    out.replace('`', "").replace("**", "")
}

/// What follows the `(target)` of a link, if there is one.
fn after_target(rest: &str) -> &str {
    let target = rest
        .strip_prefix('(')
        .and_then(|inner| inner.split_once(')'));
    target.map_or(rest, |(_, after)| after)
}

#[test]
fn links_lose_their_targets_and_paths() {
    assert_eq!(
        unmarked("As [`crate::abi::Py_buffer`] says"),
        "As Py_buffer says"
    );
    assert_eq!(unmarked("see [`f()`](Self::f), [`g`]."), "see f(), g.");
    assert_eq!(unmarked("a[`x"), "a[x");
}

#[test]
fn code_and_emphasis_lose_their_marks() {
    assert_eq!(
        unmarked("`NULL` is **not** allowed, `*p` is"),
        "NULL is not allowed, *p is"
    );
}

#[test]
fn examples_are_indented_and_kept_as_they_are() {
    let lines = ["An example:", "", "```c", "f(`a`);", "", "g();", "```", ""];
    assert_eq!(
        plain(&lines),
        ["An example:", "", "    f(`a`);", "", "    g();"]
    );
}

#[test]
fn headings_become_lines() {
    assert_eq!(plain(&["# Errors", "", "None."]), ["Errors:", "", "None."]);
}

#[test]
fn of_a_safety_section_what_the_manual_says_is_dropped() {
    let text = ["Copies.", "", "# Safety", COVERED];
    assert_eq!(plain(&text), ["Copies."]);
    let own = "`buf` must not overlap it.";
    assert_eq!(
        plain(&[&text[..], &[own]].concat()),
        ["Copies.", "", "buf must not overlap it."]
    );
}

#[test]
fn blocks_take_the_house_form() {
    let generated = "struct s {\n    /**\n     * One.\n     */\n    int a;\n    /**\n     * Two,\n     *\n     * three.\n     */\n    int b;\n};\n";
    let wanted = "struct s {\n    /* One. */\n    int a;\n    /* Two,\n     *\n     * three. */\n    int b;\n};\n";
    assert_eq!(rewrite(generated), wanted);
}

#[test]
#[should_panic(expected = "write // in examples")]
fn a_comment_within_a_comment_is_refused() {
    comment("", &["f(); /* here */".to_owned()]);
}
