//! What the items of an array are.

use std::ffi::{CStr, c_int, c_long, c_longlong, c_short, c_void};

use super::super::bytes::Bytes;

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Code {
    /// As an array is asked for.
    pub asked: &'static CStr,
    /// As it says so.
    pub format: &'static CStr,
    pub size: usize,
}

const fn code(format: &'static CStr, size: usize) -> Code {
    Code {
        asked: format,
        format,
        size,
    }
}

/// Those that Rust has types for come first.
const CODES: &[Code] = &[
    code(c"B", 1),
    code(c"h", 2),
    code(c"I", 4),
    code(c"q", 8),
    code(c"d", 8),
    code(c"b", 1),
    code(c"H", size_of::<c_short>()),
    code(c"i", size_of::<c_int>()),
    code(c"l", size_of::<c_long>()),
    code(c"L", size_of::<c_long>()),
    code(c"Q", size_of::<c_longlong>()),
    code(c"f", 4),
    code(c"w", 4),
    code(c"?", 1),
    code(c"c", 1),
    code(c"e", 2),
    code(c"n", size_of::<isize>()),
    code(c"N", size_of::<usize>()),
    code(c"P", size_of::<*mut c_void>()),
    code(c"Zf", 8),
    code(c"Zd", 16),
    WIDE,
];

/// `wchar_t`.
const WIDE: Code = match cfg!(windows) {
    true => code(c"u", 2),
    false => Code {
        asked: c"u",
        format: c"w",
        size: 4,
    },
};

const TYPED: usize = 5;

/// In the other byte order, or more than one code, or none.
pub const BAD: &[&CStr] = &[
    if cfg!(target_endian = "little") {
        c">d"
    } else {
        c"<d"
    },
    c"",
    c"ii",
    c"3s",
    c"T{i:a:}",
    c"y",
];

impl Code {
    pub const BYTES: Self = CODES[0];

    pub fn some(bytes: &mut Bytes<'_>) -> Self {
        match bytes.rarely(4) {
            true => bytes.pick(CODES),
            false => bytes.pick(&CODES[..TYPED]),
        }
    }

    /// Whether [`with_type`](super::typed::with_type) knows it.
    pub fn is_typed(self) -> bool {
        CODES[..TYPED].contains(&self)
    }

    /// Different items, of which few are alike. Not all bytes are truth values, but nobody
    /// reads them as such.
    pub fn items(self, first: u8, count: usize) -> Vec<Vec<u8>> {
        let byte = |k: usize, at: usize| (first as usize + k * 37 + at * 5) as u8;
        (0..count)
            .map(|k| (0..self.size).map(|at| byte(k, at)).collect())
            .collect()
    }

    /// So many items do not fit the address space. Items of one byte always would.
    pub fn too_many(self) -> Option<usize> {
        (self.size > 1).then(|| isize::MAX as usize / self.size + 1)
    }
}
