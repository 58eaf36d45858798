//! The bytes of a view as text, and the order in which they are read.

#[cfg(all(test, not(loom)))]
mod tests;

use std::ops::ControlFlow;
use std::ptr;

use super::View;
use super::compare::{Stage, each_chunk, native_items};
use crate::alloc::try_filled;
use crate::copy::{Row, Visit, each_row};
use crate::error::{Error, Result, fail};
use crate::exporter::Lent;
use crate::format::{Scalar, ScalarKind};
use crate::layout::{Contiguity, Layout, Order};

/// The order that bytes are copied out in where `wanted` is asked for, as memoryview's `tobytes`:
/// any is Fortran's where that is how they lie, and else C's.
pub(crate) fn reading_order(layout: &Layout, wanted: Contiguity) -> Order {
    let lies = |order| layout.is_contiguous(Contiguity::In(order));
    match wanted {
        Contiguity::In(order) => order,
        Contiguity::Any if lies(Order::F) && !lies(Order::C) => Order::F,
        Contiguity::Any => Order::C,
    }
}

/// How many characters [`hex`] writes for so many bytes. A `group` of 0: without separators.
pub(crate) fn hex_size(nbytes: usize, group: isize) -> Result<usize> {
    let separators = match (nbytes, group) {
        (0, _) | (_, 0) => 0,
        _ => (nbytes - 1) / group.unsigned_abs(),
    };
    let size = nbytes
        .checked_mul(2)
        .and_then(|size| size.checked_add(separators));
    let size = size.filter(|&size| isize::try_from(size).is_ok());
    size.ok_or(Error::no_memory())
}

/// Writes all bytes in C order as two hexadecimal digits each, and a separator after each `group`
/// of bytes, as Python's `bytes.hex`: groups count from the right, and from the left where
/// `group` is negative. There are none where it is 0, or there is no separator.
///
/// # Safety
/// Every item lies in live memory; `to` is writable for as many characters as [`hex_size`] says
/// (with a group of 0 where there is no separator), and overlaps none of them.
pub(crate) unsafe fn hex(lent: &Lent, sep: Option<u8>, group: isize, to: *mut u8) -> Result<()> {
    let layout = lent.layout();
    let (nbytes, itemsize) = (layout.nbytes(), layout.itemsize());
    if nbytes == 0 {
        return Ok(());
    }
    if layout.is_indirect() {
        // Nothing is written before it is known that every item can be reached.
        // SAFETY: as the caller promises.
        let _ = unsafe {
            each_row([lent.place()], Visit::InOrder, |_, _| {
                ControlFlow::Continue(())
            })
        }?;
    }
    let mut text = Text::new(to, sep, group, nbytes);
    // SAFETY: as the caller promises.
    let _ = unsafe {
        each_row([lent.place()], Visit::InOrder, |[row], count| {
            text.put_items(row, itemsize, count);
            ControlFlow::Continue(())
        })
    }?;
    Ok(())
}

impl View {
    /// All bytes in C order as two hexadecimal digits each, as Python's `hex`. `group` bytes, from
    /// the right, or from the left where it is negative, are parted from the next ones by the
    /// separator, a character of ASCII.
    ///
    /// ```
    /// # use pybuf::{Exporter, Request};
    /// let view = Exporter::new(vec![0xDEu8, 0xAD, 0xBE]).flat()?.view(Request::read())?;
    /// assert_eq!(view.to_hex(None, 0)?, "deadbe");
    /// assert_eq!(view.to_hex(Some(b'_'), 2)?, "de_adbe");
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    pub fn to_hex(&self, sep: Option<u8>, group: isize) -> Result<String> {
        let size = hex_size(self.layout().nbytes(), sep.map_or(0, |_| group))?;
        if sep.is_some_and(|sep| !sep.is_ascii()) {
            return fail!(Value, "sep must be ASCII.");
        }
        let mut text = try_filled(size, 0)?;
        // SAFETY: the export keeps the memory, and the text has room.
        unsafe { hex(self.lent(), sep, group, text.as_mut_ptr()) }?;
        // SAFETY: digits and separators, all of them ASCII.
        Ok(unsafe { String::from_utf8_unchecked(text) })
    }

    /// The order in which bytes are read where `wanted` is asked for, as memoryview's `tobytes`:
    /// any is Fortran's where that is how they lie, and else C's.
    pub fn reading_order(&self, wanted: Contiguity) -> Order {
        reading_order(self.layout(), wanted)
    }
}

/// Text that is being written.
struct Text {
    to: *mut u8,
    sep: u8,
    /// Bytes from one separator to the next.
    group: usize,
    /// Bytes before the next separator.
    left: usize,
}

/// So many bytes become digits before these are put in groups.
const BLOCK: usize = 128;

impl Text {
    fn new(to: *mut u8, sep: Option<u8>, group: isize, nbytes: usize) -> Self {
        let size = group.unsigned_abs();
        let (sep, group, left) = match sep {
            Some(sep) if group > 0 => (sep, size, (nbytes - 1) % size + 1),
            Some(sep) if group < 0 => (sep, size, size),
            _ => (0, usize::MAX, usize::MAX),
        };
        Self {
            to,
            sep,
            group,
            left,
        }
    }

    /// # Safety
    /// So many items of this size lie in live memory, and there is room for their text.
    unsafe fn put_items(&mut self, row: Row, itemsize: usize, count: usize) {
        // SAFETY: as the caller promises.
        unsafe {
            match itemsize {
                _ if row.stride == itemsize as isize || count == 1 => {
                    self.put(row.first, itemsize * count);
                }
                1 | 2 | 4 | 8 => {
                    let bits = Scalar::native(ScalarKind::Unsigned, itemsize);
                    let mut stage = Stage::uninit();
                    each_chunk(count, |start, length| {
                        let items = native_items(bits, row.from(start), length, &mut stage);
                        self.put(items, itemsize * length);
                        true
                    });
                }
                _ => (0..count).for_each(|k| self.put(row.from(k).first, itemsize)),
            }
        }
    }

    /// # Safety
    /// As for [`Text::put_items`], for bytes side by side.
    unsafe fn put(&mut self, bytes: *const u8, count: usize) {
        let (mut bytes, mut count) = (bytes, count);
        while count > 0 {
            // SAFETY: as the caller promises.
            unsafe {
                if self.left == 0 {
                    let done = self.put_groups(bytes, count / self.group);
                    (bytes, count) = (bytes.add(done), count - done);
                    if count == 0 {
                        return;
                    }
                    self.put_separator();
                }
                let part = count.min(self.left);
                digits(bytes, part, self.to);
                self.to = self.to.add(2 * part);
                self.left -= part;
                (bytes, count) = (bytes.add(part), count - part);
            }
        }
    }

    /// # Safety
    /// There is room for it.
    unsafe fn put_separator(&mut self) {
        // SAFETY: as the caller promises.
        unsafe {
            self.to.write(self.sep);
            self.to = self.to.add(1);
        }
        self.left = self.group;
    }

    /// So many whole groups, each behind its separator, where groups are small. Gives how many
    /// bytes that were.
    ///
    /// # Safety
    /// As for [`Text::put`].
    unsafe fn put_groups(&mut self, bytes: *const u8, groups: usize) -> usize {
        // SAFETY: as the caller promises.
        unsafe {
            match self.group {
                1 => self.put_groups_of::<2>(bytes, groups),
                2 => self.put_groups_of::<4>(bytes, groups),
                4 => self.put_groups_of::<8>(bytes, groups),
                8 => self.put_groups_of::<16>(bytes, groups),
                16 => self.put_groups_of::<32>(bytes, groups),
                _ => 0,
            }
        }
    }

    /// Groups of so many digits.
    ///
    /// # Safety
    /// As for [`Text::put`].
    unsafe fn put_groups_of<const DIGITS: usize>(
        &mut self,
        bytes: *const u8,
        groups: usize,
    ) -> usize {
        let group = DIGITS / 2;
        let at_once = BLOCK / group;
        let mut stage = [0u8; 2 * BLOCK];
        for start in (0..groups).step_by(at_once) {
            let number = at_once.min(groups - start);
            // SAFETY: bytes of these groups; the stage has room for the digits of a block, and
            // there is room for the text.
            unsafe {
                digits(bytes.add(start * group), number * group, stage.as_mut_ptr());
                for digits in stage.as_chunks::<DIGITS>().0.iter().take(number) {
                    self.to.write(self.sep);
                    ptr::copy_nonoverlapping(digits.as_ptr(), self.to.add(1), DIGITS);
                    self.to = self.to.add(1 + DIGITS);
                }
            }
        }
        groups * group
    }
}

/// Two digits for each byte.
///
/// # Safety
/// So many bytes lie there, and there is room for twice as many.
unsafe fn digits(bytes: *const u8, count: usize, to: *mut u8) {
    #[cfg(target_arch = "x86_64")]
    if count >= 32 && is_x86_feature_detected!("avx2") {
        // SAFETY: as the caller promises, on a processor that has these instructions.
        return unsafe { wide_digits(bytes, count, to) };
    }
    // SAFETY: as the caller promises.
    unsafe { each_digits(bytes, count, to) };
}

/// The same by looking half a byte up at a time, 32 bytes at once, of which the last overlap those
/// before: a third of what the compiler makes of the loop below.
///
/// # Safety
/// As for [`digits`], and there are 32 bytes at least.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn wide_digits(bytes: *const u8, count: usize, to: *mut u8) {
    use std::arch::x86_64::*;
    const VECTOR: usize = 32;
    static NAMES: [u8; 16] = *b"0123456789abcdef";
    // SAFETY: so many are there.
    let names = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(NAMES.as_ptr().cast()) });
    let low_half = _mm256_set1_epi8(0x0f);
    let mut at = 0;
    loop {
        // SAFETY: a vector of the bytes, and the place of its digits.
        unsafe {
            let v = _mm256_loadu_si256(bytes.add(at).cast());
            // Lanes are interleaved by themselves.
            let v = _mm256_permute4x64_epi64::<0b11_01_10_00>(v);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(v), low_half);
            let high = _mm256_shuffle_epi8(names, high);
            let low = _mm256_shuffle_epi8(names, _mm256_and_si256(v, low_half));
            let to = to.add(2 * at).cast::<__m256i>();
            _mm256_storeu_si256(to, _mm256_unpacklo_epi8(high, low));
            _mm256_storeu_si256(to.add(1), _mm256_unpackhi_epi8(high, low));
        }
        if at + VECTOR == count {
            return;
        }
        at = (at + VECTOR).min(count - VECTOR);
    }
}

/// As plain as this the compiler makes vector instructions of it.
///
/// # Safety
/// As for [`digits`].
#[inline(always)]
unsafe fn each_digits(bytes: *const u8, count: usize, to: *mut u8) {
    let to = to.cast::<u16>();
    for index in 0..count {
        // SAFETY: one of the bytes, and the place of its digits.
        unsafe {
            let digits = two_digits(bytes.add(index).read());
            to.add(index).write_unaligned(digits);
        }
    }
}

/// Both digits of a byte, as they lie in memory.
#[inline(always)]
fn two_digits(byte: u8) -> u16 {
    let byte = u16::from(byte);
    let numbers = (byte >> 4 | byte << 8) & 0x0F0F;
    // What comes behind `9` carries, and is further on.
    let letters = (numbers + 0x0606) >> 4 & 0x0101;
    (numbers + u16::from_ne_bytes(*b"00") + letters * u16::from(b'a' - b'9' - 1)).to_le()
}
