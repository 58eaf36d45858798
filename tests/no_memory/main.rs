//! No memory left: every allocation of whole scenarios fails in turn.
//!
//! A failure has to be the documented error, and nothing else may come of it: no owner
//! lost or dropped twice, no export kept, no byte leaked, and what the operation started
//! from is as it was. That the library calls nothing which ends the process instead is
//! asked of the compiled code (`compiled`).

mod allocator;
#[path = "../common/mod.rs"]
mod common;
mod compiled;
mod counted;
mod exporters;
mod foreign;
mod formats;
mod header;
mod owner;
mod scenario;
mod views;
