//! What a C file of `c_tests/` says about how it is built, in lines of the form
//! `// build: WORD ARGUMENTS`:
//!
//! | word | meaning |
//! | --- | --- |
//! | `libs FLAGS` | linked with these, too |
//! | `plugin FILE` | a program is started with the path of a shared object made of this file and a static copy of the library |
//! | `static` | an extension is linked with the static library, not with the shared one |
//! | `no-python` | an embedding program is not linked with a Python: it loads one |
//! | `leaks` | an embedding program leaks on purpose, as it is documented |
//! | `limited` | an extension is built under the limited API of 3.11 as well, into the directory `limited` |

use std::fs;
use std::path::Path;

const WORDS: [&str; 6] = ["libs", "plugin", "static", "no-python", "leaks", "limited"];

/// The directives of one file.
pub struct Directives(Vec<(String, Vec<String>)>);

impl Directives {
    pub fn of(source: &Path) -> Directives {
        let text = fs::read_to_string(source)
            .unwrap_or_else(|e| panic!("cannot read {}: {e}", source.display()));
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix("// build:"));
        let directives = lines.map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            let word = words.next().unwrap_or_default();
            assert!(
                WORDS.contains(&word.as_str()),
                "{}: no directive: {line}",
                source.display()
            );
            (word, words.collect())
        });
        Directives(directives.collect())
    }

    pub fn has(&self, word: &str) -> bool {
        self.0.iter().any(|(found, _)| found == word)
    }

    /// The arguments of all lines with this word.
    pub fn arguments(&self, word: &str) -> Vec<&str> {
        let lines = self.0.iter().filter(|(found, _)| found == word);
        lines
            .flat_map(|(_, arguments)| arguments.iter().map(String::as_str))
            .collect()
    }
}
