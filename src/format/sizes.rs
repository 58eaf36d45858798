//! Sizes that have to be counted: none is larger than `Py_ssize_t` can tell.

/// No item is larger: what `Py_ssize_t` holds.
pub(super) const MAX_SIZE: usize = isize::MAX as usize;

/// The bytes of a sub-array, where there can be so many.
pub(super) fn product(shape: &[usize], itemsize: usize) -> Option<usize> {
    // A dimension of length 0 does not excuse the others.
    let count = shape
        .iter()
        .filter(|&&length| length != 0)
        .try_fold(itemsize, |product, &length| product.checked_mul(length))
        .filter(|&product| product <= MAX_SIZE)?;
    Some(if shape.contains(&0) { 0 } else { count })
}

/// The next multiple of an alignment, which is a power of two: to divide by it would take more
/// time than all the rest.
pub(super) fn align_up(offset: usize, alignment: usize) -> Option<usize> {
    let rest = alignment - 1;
    let up = offset.checked_add(rest)? & !rest;
    (up <= MAX_SIZE).then_some(up)
}
