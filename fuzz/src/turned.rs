//! Runs of bytes swapped, shuffled and unshuffled, in one buffer where the two overlap in every way,
//! or in two; against the definitions in the header.

use std::ffi::{c_int, c_void};

use super::bytes::Bytes;
use super::capi::{self, done};

/// Bytes around all that nobody may change.
const BESIDE: usize = 32;

type Function = unsafe extern "C" fn(*mut c_void, *const c_void, isize, isize) -> c_int;

/// What becomes of some bytes, of items of a size.
type Definition = fn(&[u8], usize) -> Vec<u8>;

pub fn check(bytes: &mut Bytes<'_>) {
    let itemsize = match bytes.flag() {
        true => bytes.pick(&[2, 4, 8, 16]),
        false => bytes.within(1..=40) as usize,
    };
    let count = bytes.below(256) * [1, 4][bytes.below(2)];
    let rest = bytes.below(itemsize);
    let size = itemsize * count + rest;
    let (function, two, wanted): (Function, _, Definition) = match bytes.below(3) {
        0 => (capi::pybuf_byteswap, [itemsize, count], swapped),
        1 => (capi::pybuf_shuffle, [size, itemsize], shuffled),
        _ => (capi::pybuf_unshuffle, [size, itemsize], unshuffled),
    };
    let is_one_buffer = bytes.flag();
    let [to_at, from_at] = [0, 1].map(|_| BESIDE + bytes.below(256) * [1, 16][bytes.below(2)]);
    let room = to_at.max(from_at) + size + BESIDE;
    let mut blocks: Vec<Vec<u8>> = (0..if is_one_buffer { 1 } else { 2 })
        .map(|block| (0..room).map(|k| (k * 7 + k / 251 + block) as u8).collect())
        .collect();
    let last = blocks.len() - 1;
    let mut expected = blocks.clone();
    let result = wanted(&blocks[last][from_at..][..size], itemsize);
    expected[0][to_at..][..size].copy_from_slice(&result);
    if two[0] != size {
        // Swapped are whole items, and what is behind them is not copied.
        let whole = itemsize * count;
        expected[0][to_at + whole..][..rest].copy_from_slice(&blocks[0][to_at + whole..][..rest]);
    }
    let to = blocks[0].as_mut_ptr().wrapping_add(to_at).cast();
    let from = blocks[last]
        .as_mut_ptr()
        .wrapping_add(from_at)
        .cast_const()
        .cast();
    // SAFETY: so many bytes of the blocks.
    let answer = done(|| unsafe { function(to, from, two[0] as isize, two[1] as isize) });
    assert_eq!(answer, Ok(()));
    assert!(
        blocks == expected,
        "{two:?}, {itemsize} a piece, from {from_at} to {to_at}, one buffer: {is_one_buffer}"
    );
}

fn swapped(source: &[u8], itemsize: usize) -> Vec<u8> {
    let mut result = source.to_vec();
    let items = result.chunks_exact_mut(itemsize);
    items.for_each(|item| item.reverse());
    result
}

/// Where a byte goes: byte b of item i to b * count + i, and what is behind the items nowhere.
fn place(at: usize, size: usize, itemsize: usize) -> usize {
    let count = size / itemsize;
    match at < count * itemsize {
        true => at % itemsize * count + at / itemsize,
        false => at,
    }
}

fn shuffled(source: &[u8], itemsize: usize) -> Vec<u8> {
    let mut result = source.to_vec();
    for (at, &byte) in source.iter().enumerate() {
        result[place(at, source.len(), itemsize)] = byte;
    }
    result
}

fn unshuffled(source: &[u8], itemsize: usize) -> Vec<u8> {
    let back = |at| source[place(at, source.len(), itemsize)];
    (0..source.len()).map(back).collect()
}
