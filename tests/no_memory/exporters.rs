//! Lending memory, of every sort of owner.

use std::sync::Arc;

use pybuf::error::Kind;
use pybuf::exporter::{Bytes, BytesMut};
use pybuf::{Exporter, Order};

use crate::allocator::calm;
use crate::owner::Owner;
use crate::scenario::{each_fails, needs_none, refused};

/// A format that does not lie inside its exporter: it needs memory of its own.
const LONG: &std::ffi::CStr = c"T{<q:first:<q:second:}";

fn numbers() -> Vec<u16> {
    calm(|| (0..24).collect())
}

#[test]
fn what_rust_values_own() {
    each_fails("a vector", || (), |()| Exporter::new(numbers()).flat());
    each_fails(
        "a boxed slice",
        || (),
        |()| Exporter::new(calm(|| numbers().into_boxed_slice())).flat(),
    );
    each_fails(
        "a shared slice",
        || (),
        |()| Exporter::new(calm(|| Arc::<[u16]>::from(numbers()))).flat(),
    );
    each_fails(
        "a static slice",
        || (),
        |()| Exporter::new(&[1.5, 2.5][..]).flat(),
    );
    each_fails(
        "bytes",
        || (),
        |()| Exporter::new(Bytes(Owner::new())).flat(),
    );
    each_fails(
        "writable bytes",
        || (),
        |()| Exporter::new(BytesMut(calm(|| vec![1, 2, 3]))).flat(),
    );
    each_fails("an owner", || (), |()| Exporter::new(Owner::new()).flat());
}

#[test]
fn shapes_and_formats() {
    each_fails(
        "dimensions that do not lie inside a layout",
        || (),
        |()| Exporter::new(Owner::new()).shape([1, 2, 1, 1, 1, 1, 2]),
    );
    each_fails(
        "a long format",
        || (),
        |()| {
            Exporter::new(Owner::new())
                .format(LONG, Some(16))
                .shape([2])
        },
    );
    each_fails(
        "strides and an offset",
        || (),
        |()| {
            Exporter::new(Owner::new())
                .strides(&[-8])
                .offset(24)
                .shape([4])
        },
    );
    each_fails(
        "read-only, in Fortran order",
        || (),
        |()| {
            Exporter::new(Owner::new())
                .order(Order::F)
                .readonly()
                .shape([2, 2])
        },
    );
}

#[test]
fn memory_of_our_own() {
    each_fails("zeros", || (), |()| Exporter::zeros(5));
    each_fails("a copy", || (), |()| Exporter::copy_of(b"bytes"));
    each_fails(
        "items",
        || (),
        |()| Exporter::zeroed(LONG, Some(16), &[1, 2, 1, 3, 1, 1, 1]),
    );
    each_fails(
        "no items",
        || (),
        |()| Exporter::zeroed(c"d", None, &[0, 5]),
    );
}

/// What cannot be lent takes its owner with it, whether there is memory for the reason or not.
#[test]
fn refusals() {
    each_fails(
        "items outside the memory",
        || (),
        |()| {
            refused(
                Exporter::new(Owner::new()).shape([5]),
                Kind::Value,
                "32 bytes",
            )
        },
    );
    each_fails(
        "a contradicting item size",
        || (),
        |()| {
            let lent = Exporter::new(Owner::new()).format(c"i", Some(8)).flat();
            refused(lent, Kind::Value, "items of 4 bytes")
        },
    );
    each_fails(
        "more than an address can say",
        || (),
        |()| {
            let lent = Exporter::zeroed(c"d", None, &[isize::MAX, 2]);
            refused(lent, Kind::Overflow, "(")
        },
    );
}

#[test]
fn handles() {
    let lent = || Exporter::new(Owner::new()).flat().expect("an exporter");
    needs_none("another reference", lent, |lent| Ok(lent.clone()));
}
