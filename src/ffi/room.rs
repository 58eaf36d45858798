//! Text for a caller who has room for it, as snprintf has it: what fits is written, and the
//! length of all is told.

use std::ffi::c_char;
use std::fmt;
use std::slice;

use super::arguments::checked_size;
use crate::error::{Result, fail};

/// Room of the caller's for a sentence, or more.
pub(super) struct Room<'a> {
    bytes: &'a mut [u8],
    length: usize,
}

impl Room<'_> {
    /// # Safety
    /// `text` is NULL, or writable for `size` bytes and nobody else's meanwhile.
    pub(super) unsafe fn of(text: *mut c_char, size: isize) -> Result<Self> {
        let size = checked_size(size, "size")?;
        let bytes = match (text.is_null(), size) {
            (_, 0) => &mut [],
            (true, _) => return fail!(Value, "text is NULL, but its size is {size}"),
            // SAFETY: as the caller promises.
            (false, _) => unsafe { slice::from_raw_parts_mut(text.cast(), size) },
        };
        Ok(Self { bytes, length: 0 })
    }

    /// Writes what has room, and a NUL behind it; the length of all.
    pub(super) fn tell(&mut self, sentence: &dyn fmt::Display) -> isize {
        // Writing here never fails.
        let _ = fmt::Write::write_fmt(self, format_args!("{sentence}"));
        if let Some(last) = self.bytes.len().checked_sub(1) {
            self.bytes[self.length.min(last)] = 0;
        }
        self.length as isize
    }
}

impl fmt::Write for Room<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let last = self.bytes.len().saturating_sub(1);
        let room = &mut self.bytes[self.length.min(last)..last];
        let fits = part.len().min(room.len());
        room[..fits].copy_from_slice(&part.as_bytes()[..fits]);
        self.length += part.len();
        Ok(())
    }
}
