//! Formats that nobody has agreed on.
//!
//! Some types that programs exchange have no code in any dialect: what one program writes for
//! them, another reads as something else or not at all. They are refused and never guessed, and
//! whoever tried one is told what everybody understands: the bits of such an item as integers.

const BFLOAT16: &str =
    "nobody has agreed on a format for bfloat16: exchange its bits as 'H' (uint16)";
const FLOAT8: &str = "nobody has agreed on a format for float8: exchange its bits as 'B' (uint8)";
const SMALL: &str = "nobody has agreed on a format for numbers of less than 8 bits: exchange them as 'B' (uint8), \
                     in one byte each or as they are packed";
const DATETIME: &str = "nobody has agreed on a format for dates and times: exchange their ticks as 'q' (int64), \
                        and say the unit elsewhere";

/// How the names of such types begin.
const NAMES: &[(&[u8], &str)] = &[
    (b"bfloat16", BFLOAT16),
    (b"float8", FLOAT8),
    (b"f8_", FLOAT8),
    (b"float6", SMALL),
    (b"float4", SMALL),
    (b"int4", SMALL),
    (b"uint4", SMALL),
    (b"int2", SMALL),
    (b"uint2", SMALL),
    (b"datetime64", DATETIME),
    (b"timedelta64", DATETIME),
    (b"M8", DATETIME),
    (b"m8", DATETIME),
];

/// What to say to somebody who names a type that has no code.
pub(crate) fn hint_of_name(name: &[u8]) -> Option<&'static str> {
    let name = match name {
        [b'@' | b'=' | b'<' | b'>' | b'!' | b'^' | b'|', name @ ..] => name,
        _ => name,
    };
    let begins = |(begin, _): &&(&[u8], &str)| {
        // 'int4' is not the beginning of 'int48'.
        let rest = name.strip_prefix(*begin);
        rest.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_digit))
    };
    NAMES.iter().find(begins).map(|&(_, hint)| hint)
}

/// What to say of a text that is wrong at an offset, where it means one of them.
pub(super) fn hint(text: &[u8], at: usize) -> Option<&'static str> {
    let there = text.get(at..)?;
    // The first letters of a name may be codes.
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let before = text[..at].iter().rev().take_while(is_part).count();
    match there {
        // NumPy's letters for its dates; and what ml_dtypes calls its bfloat16.
        [b'M' | b'm', ..] => Some(DATETIME),
        [b'E', ..] => Some(BFLOAT16),
        _ => hint_of_name(&text[at - before..]),
    }
}

#[cfg(test)]
mod tests {
    use crate::Want;
    use crate::error::Kind;
    use crate::format::{Dialect, Format};

    #[test]
    fn a_text_without_an_agreed_meaning_is_refused_with_what_would_do() {
        let cases = [
            (c"bfloat16", "bfloat16: exchange its bits as 'H' (uint16)"),
            (c"T{<i:a:<bfloat16:b:}", "as 'H' (uint16)"),
            (c"E", "as 'H' (uint16)"),
            (c"T{f:a:>E:b:}", "as 'H' (uint16)"),
            (c"float8_e4m3fn", "float8: exchange its bits as 'B' (uint8)"),
            (c"float4_e2m1fn", "as 'B' (uint8)"),
            (c"int4", "less than 8 bits"),
            (
                c"M8[ns]",
                "dates and times: exchange their ticks as 'q' (int64)",
            ),
            (c"<m8[s]", "as 'q' (int64)"),
            (c"|M8[ns]", "as 'q' (int64)"),
            (c"datetime64[ns]", "as 'q' (int64)"),
            (c"T{i:a:<M8[us]:t:}", "as 'q' (int64)"),
        ];
        for (text, telling) in cases {
            for dialect in [Dialect::Pep3118, Dialect::NumPy] {
                let error = Format::parse(text, dialect).unwrap_err();
                assert_eq!(error.kind(), Kind::Value);
                assert!(error.message().contains("nobody has agreed on"), "{error}");
                assert!(error.message().contains(telling), "{error}");
            }
        }
    }

    #[test]
    fn other_faults_have_no_such_hint() {
        for text in [c"y", c"T{i:a:", c"int48", c"iy:bfloat16:", c"i:bfloat16:y"] {
            let error = Format::parse(text, Dialect::Pep3118).unwrap_err();
            assert!(!error.message().contains("nobody has agreed"), "{error}");
        }
    }

    #[test]
    fn they_are_no_kinds_that_can_be_wanted() {
        for (name, telling) in [
            (
                "bfloat16",
                "; nobody has agreed on a format for bfloat16: exchange its bits as 'H'",
            ),
            ("float8_e5m2", "as 'B' (uint8)"),
            ("timedelta64[s]", "as 'q' (int64)"),
        ] {
            let error = Want::kind_named(name.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), Kind::Value);
            assert!(error.message().contains(telling), "{error}");
        }
        let error = Want::kind_named(b"float63").unwrap_err();
        assert!(error.message().ends_with("complex128"), "{error}");
    }
}
