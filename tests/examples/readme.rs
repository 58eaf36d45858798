//! Every block of code in the README runs, or quotes a file that does. The line above
//! it says which, in a comment that the reader does not see:
//!
//! | comment | meaning |
//! | --- | --- |
//! | `<!-- run: c -->` | compiled, and run where it has a `main` |
//! | `<!-- run: python -->` | run in every CPython |
//! | `<!-- run: rust -->` | compiled and run |
//! | `<!-- run: sh -->` | run line by line, from the checkout |
//! | `<!-- see: FILE -->` | its lines stand in this file of `examples/` |

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::at_home;
use crate::common::{
    Library, Linking, NATIVE_STATIC_LIBS, Python, Venv, c_compiler, empty_dir, profile_dir,
    pythons, root, run, say, two_at_a_time,
};

/// A fenced block and the comment above it.
struct Block {
    line: usize,
    comment: String,
    text: String,
}

#[test]
fn blocks_in_c() {
    let blocks = blocks("run: c");
    let Some(compiler) = c_compiler("the README's blocks in C") else {
        return;
    };
    let dir = empty_dir("readme-c");
    for block in blocks {
        let source = block.write(&dir, "c");
        let program = source.with_extension("out");
        let mut command = compiler.command();
        command
            .arg("-I")
            .arg(&Library::installed().include)
            .arg(&source)
            .arg("-o")
            .arg(&program);
        if block.text.contains("int main(") {
            run(Linking::Shared.apply(&mut command, Library::installed()));
            run(&mut Command::new(&program));
        } else {
            run(command.arg("-c"));
        }
    }
}

#[test]
fn blocks_in_python() {
    let blocks = blocks("run: python");
    let dir = empty_dir("readme-python");
    let sources: Vec<PathBuf> = blocks.iter().map(|block| block.write(&dir, "py")).collect();
    two_at_a_time(pythons(), Python::name, |python| {
        let Some(venv) = Venv::for_examples(python, "the README's blocks in Python") else {
            return;
        };
        for source in &sources {
            run(at_home(
                Command::new(&venv.python).args(["-X", "dev"]).arg(source),
                Some(&venv),
            ));
        }
    });
}

#[test]
fn blocks_in_rust() {
    let deps = profile_dir().join("deps");
    let dir = empty_dir("readme-rust");
    for block in blocks("run: rust") {
        let source = block.write(&dir, "rs");
        let program = source.with_extension("out");
        let mut rustc = Command::new(crate::common::rustc());
        rustc.args(["--edition=2024", "-D", "warnings", "--extern"]);
        rustc.arg(format!("pybuf={}", deps.join("libpybuf.rlib").display()));
        rustc
            .arg("-L")
            .arg(format!("dependency={}", deps.display()));
        run(rustc.arg(&source).arg("-o").arg(&program));
        run(&mut Command::new(&program));
    }
}

#[test]
fn blocks_for_the_shell() {
    for block in blocks("run: sh") {
        for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
            // What runs now.
            if line.starts_with("cargo test") {
                continue;
            }
            // The README speaks of cargo's own `target/`.
            let captured = run(Command::new("sh")
                .args(["-e", "-c", line])
                .env_remove("CARGO_TARGET_DIR")
                .current_dir(root()));
            say(&format!("$ {line}\n{}", captured.stdout));
        }
    }
}

#[test]
fn quotations_are_exact() {
    for block in blocks("see: ") {
        let name = block.comment.trim_start_matches("see: ");
        assert!(
            name.starts_with("examples/"),
            "README, line {}: {name} is not run",
            block.line
        );
        let file = root().join(name);
        let text = fs::read_to_string(&file)
            .unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()));
        let there: Vec<String> = text.lines().map(code).collect();
        for line in block.text.lines().map(code).filter(|line| !line.is_empty()) {
            assert!(
                there.contains(&line),
                "README, line {}: {name} has no line {line}",
                block.line
            );
        }
    }
}

#[test]
fn no_block_is_without_a_way_to_be_run() {
    const WAYS: [&str; 4] = ["run: c", "run: python", "run: rust", "run: sh"];
    let all = blocks("");
    assert!(!all.is_empty(), "no code in the README");
    for block in all {
        let known = WAYS.contains(&block.comment.as_str()) || block.comment.starts_with("see: ");
        assert!(
            known,
            "README, line {}: no <!-- run: ... --> or <!-- see: ... --> above it",
            block.line
        );
    }
}

/// Who links the archive is told in two places what it needs of the system.
#[test]
fn the_system_libraries_are_named_alike() {
    let text = |name: &str| fs::read_to_string(root().join(name)).expect("a file");
    let flags = NATIVE_STATIC_LIBS.join(" ");
    assert!(text("README.md").contains(&format!("`{flags}`")));
    let strings = NATIVE_STATIC_LIBS.join("\", \"");
    let setup = text("examples/c/normalise/setup.py");
    assert!(setup.contains(&format!("[\"{strings}\"]")));
}

/// The command that a newcomer runs first is among the README's.
#[test]
fn every_script_of_examples_is_in_the_readme() {
    let readme: String = blocks("run: sh")
        .into_iter()
        .map(|block| block.text)
        .collect();
    for script in crate::common::files_in(&root().join("examples"), "py") {
        let name = format!("examples/{}.py", crate::common::stem(&script));
        assert!(readme.contains(&name), "no block of the README runs {name}");
    }
}

/// The blocks whose comment begins like this.
fn blocks(comment: &str) -> Vec<Block> {
    let file = root().join("README.md");
    let readme =
        fs::read_to_string(&file).unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()));
    let lines: Vec<&str> = readme.lines().collect();
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(start) = (next..lines.len()).find(|&at| lines[at].starts_with("```")) {
        let inside = lines[start + 1..]
            .iter()
            .take_while(|line| !line.starts_with("```"));
        let text: Vec<&str> = inside.copied().collect();
        next = start + text.len() + 2;
        let above = if start > 0 { lines[start - 1] } else { "" };
        let above = above
            .strip_prefix("<!-- ")
            .and_then(|line| line.strip_suffix(" -->"));
        found.push(Block {
            line: start + 1,
            comment: above.unwrap_or_default().to_owned(),
            text: text.join("\n") + "\n",
        });
    }
    found.retain(|block| block.comment.starts_with(comment));
    found
}

/// A line without the remark at its end, and with single spaces.
fn code(line: &str) -> String {
    let line = line.split("  #").next().unwrap_or_default();
    let line = line.split("  /*").next().unwrap_or_default();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Block {
    fn write(&self, dir: &Path, extension: &str) -> PathBuf {
        let file = dir.join(format!("line{}.{extension}", self.line));
        fs::write(&file, &self.text)
            .unwrap_or_else(|e| panic!("cannot write {}: {e}", file.display()));
        file
    }
}
