//! What the fuzz targets do with the fuzzer's bytes.
//!
//! Each target is a function `check(data)`: it reads numbers off the bytes, does something
//! with the library by them, and compares every outcome, refusals included, with an oracle
//! that is written here once more, by the definition and without haste. Every input is valid
//! and its run is deterministic. So the same functions serve the fuzzer (`fuzz_targets/`) and
//! `cargo test`, which runs all of `corpus/` and `regressions/` through them
//! (`tests/fuzz_corpus.rs` includes this file as a module: paths in here are relative).
//!
//! | target | what is compared |
//! |---|---|
//! | [`layouts`] | geometry, with the addresses of all items by PEP 3118's definition |
//! | [`requests`] | the negotiation, with the table of the protocol; a filled `Py_buffer`, with what was asked for |
//! | [`operations`] | handles, exports, views and copies, with vectors of bytes and lists of indices |
//! | [`arrays`] | memory that grows, with vectors of items |
//! | [`copies`] | a copy, swap or fill from any layout to any other, with a list of all items; shuffles |
//! | [`formats`] | what lies where in an item, with the rules of each dialect |

pub mod arrays;
mod bytes;
mod capi;
pub mod copies;
mod filled;
mod foreign;
pub mod formats;
mod geometry;
pub mod layouts;
pub mod operations;
pub mod requests;
mod rules;
mod sharing;
mod turned;
