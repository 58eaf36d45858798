//! The Python buffer protocol (PEP 3118) for everything that can call C.
//!
//! This crate lends memory to Python and reads what Python lends, and does the same
//! between native programs with no Python in the process. It is a C library first
//! (`include/pybuf.h` is its manual); this is the safe Rust API under it.
//!
//! ```
//! use pybuf::{Exporter, Request};
//!
//! let pixels: Vec<u8> = (0..24).collect();
//! let image = Exporter::new(pixels).shape([2, 4, 3])?;
//! let view = image.view(Request::read())?;
//! assert_eq!(view.items::<u8, 3>()?.get([1, 0, 2]), Some(14));
//!
//! let mut planar = vec![0u8; 24];
//! view.transpose([2, 0, 1])?.copy_to(&mut planar)?;
//! assert_eq!(planar[..4], [0, 3, 6, 9]);
//! # Ok::<(), pybuf::Error>(())
//! ```
//!
//! What an exporter owns is *guarded*: its exports are counted, so that a view can be sure
//! that nobody writes meanwhile, or that nobody else is there. Slices come from such views only:
//!
//! ```
//! use pybuf::{Exporter, Request};
//!
//! let samples = Exporter::new(vec![1.0f32, 2.0, 3.0]).flat()?;
//! samples.view(Request::write().exclusive())?.as_mut_slice::<f32>()?[0] = 9.0;
//!
//! let stable = samples.view(Request::read().stable())?;
//! assert_eq!(stable.as_slice::<f32>()?, [9.0, 2.0, 3.0]);
//! assert!(samples.view(Request::write()).is_err());
//! # Ok::<(), pybuf::Error>(())
//! ```
//!
//! [`Exporter::growing_of`] makes memory that grows, as Python's `bytearray` and `array.array`.
//!
//! What an item is says its [`Format`]; items of any are unpacked and packed:
//!
//! ```
//! use pybuf::format::{Format, Value};
//!
//! let format = Format::new(c"T{>H:id:f:mass:}", None)?;
//! let item = [0x12, 0x34, 0x3f, 0x80, 0, 0];
//! let values = format.unpack(&item)?;
//! assert_eq!(values.item(0).at(0).value(), Some(Value::Unsigned(0x1234)));
//! assert_eq!(format.field(b"mass")?.1, 2);
//! # Ok::<(), pybuf::Error>(())
//! ```
//!
//! The modules, from the lowest up; each uses only those above it in this list:
//!
//! | module | what it is |
//! |---|---|
//! | [`abi`] | `Py_buffer` and the `PyBUF_*` constants, as CPython has them |
//! | `sync` | atomics, and waiting for another thread |
//! | `stress` | windows and switches for the test of races; nothing in any other build |
//! | `alloc` | allocation that can fail, and counted memory |
//! | [`error`] | kinds of error, each with its exception and its code |
//! | [`layout`] | shape × strides × suboffsets: geometry without a pointer |
//! | [`mod@format`] | what an item is |
//! | [`request`] | the negotiation between consumer and exporter |
//! | `copy` | memory to memory, for any two layouts |
//! | [`exporter`] | what lends memory |
//! | [`view`] | what reads and writes lent memory |
//! | `python` | real Python types, bound late to the Python of the process |
//! | `ffi` | the C functions |
//!
//! Nothing links libpython: what is needed of a running Python is looked up by name when
//! it is needed, so one binary serves every CPython from 3.9 on, and programs without any.
//!
//! # Features
//! `capi` defines the C functions, `python` the Python types; both are on by default. A
//! Rust program that wants neither says `default-features = false`.

// The shells use parts of the core that nothing else does: a build without them is not the
// place to say so.
#![cfg_attr(
    not(all(feature = "capi", feature = "python")),
    allow(dead_code, unused_imports, unused_macros)
)]
// What ends the process where no memory is left: clippy.toml says what to use instead.
#![cfg_attr(
    not(test),
    deny(
        clippy::disallowed_macros,
        clippy::disallowed_methods,
        clippy::disallowed_types
    )
)]

pub mod abi;
mod alloc;
mod copy;
pub mod error;
pub mod exporter;
#[cfg(feature = "capi")]
mod ffi;
pub mod format;
pub mod layout;
#[cfg(feature = "python")]
#[doc(hidden)]
pub mod python;
pub mod request;
mod stress;
mod sync;
pub mod view;

pub use copy::CopyPlan;
pub use error::{Error, Result};
pub use exporter::{Exporter, Item};
pub use format::Format;
pub use layout::{Contiguity, Layout, Order, Overlap, Select, Slice};
pub use request::Request;
pub use view::{View, Want};
