//! The table of the protocol: what is answered to a request, and what is refused, in the
//! order in which CPython's exporters look.

use std::ffi::c_int;

use pybuf::abi::*;
use pybuf::request::{Answer, Refusal};
use pybuf::{Contiguity, Order};

use super::geometry::Geometry;

/// A consumer understands no more dimensions.
const MOST: usize = 64;

pub fn answer(geometry: &Geometry, readonly: bool, flags: c_int) -> Result<Answer, Refusal> {
    let asks = |flag: c_int| flags & flag == flag;
    let (c, f) = (follows(geometry, Order::C), follows(geometry, Order::F));
    let has_suboffsets = geometry.suboffsets.is_some();
    let ndim = geometry.ndim();
    let refused = [
        (
            flags == PyBUF_READ || flags == PyBUF_WRITE,
            Refusal::NotARequest,
        ),
        (asks(PyBUF_WRITABLE) && readonly, Refusal::ReadOnly),
        (
            asks(PyBUF_C_CONTIGUOUS) && !c,
            Refusal::NotContiguous(Contiguity::In(Order::C)),
        ),
        (
            asks(PyBUF_F_CONTIGUOUS) && !f,
            Refusal::NotContiguous(Contiguity::In(Order::F)),
        ),
        (
            asks(PyBUF_ANY_CONTIGUOUS) && !c && !f,
            Refusal::NotContiguous(Contiguity::Any),
        ),
        (!asks(PyBUF_INDIRECT) && has_suboffsets, Refusal::Suboffsets),
        (!asks(PyBUF_STRIDES) && !c, Refusal::Strides),
        (asks(PyBUF_ND) && ndim > MOST, Refusal::Dimensions),
        (
            !asks(PyBUF_ND) && asks(PyBUF_FORMAT) && ndim != 1,
            Refusal::FormatWithoutShape,
        ),
    ];
    if let Some(&(_, refusal)) = refused.iter().find(|(holds, _)| *holds) {
        return Err(refusal);
    }
    Ok(Answer {
        one_dimension: !asks(PyBUF_ND),
        shape: asks(PyBUF_ND) && ndim > 0,
        strides: asks(PyBUF_STRIDES) && ndim > 0,
        suboffsets: has_suboffsets,
        format: asks(PyBUF_FORMAT),
    })
}

/// Contiguous, as exporters read it: one dimension without items only if its stride is right.
fn follows(geometry: &Geometry, order: Order) -> bool {
    match geometry.shape[..] {
        [0] => geometry.suboffsets.is_none() && geometry.strides[0] == geometry.itemsize,
        _ => geometry.is_run(order),
    }
}
