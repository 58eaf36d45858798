//! Choosing items: an index, a slice of one dimension.

use super::Layout;
use crate::error::{Error, Kind, Result, fail};

/// A slice of one dimension by Python's rules: negative bounds count from the
/// end, bounds outside are clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The first item; `None`: from the beginning (from the end, walking down).
    pub start: Option<isize>,
    /// One past the last item; `None`: to the end (to the beginning, walking down).
    pub stop: Option<isize>,
    /// From one item to the next; not zero.
    pub step: isize,
}

impl Slice {
    /// All items, in their order.
    pub const ALL: Self = Self {
        start: None,
        stop: None,
        step: 1,
    };

    /// Whether it is a place between items, however many there are.
    pub(crate) fn is_between(self) -> bool {
        self.step == 1 && self.start.is_some() && self.start == self.stop
    }

    pub(super) fn check(self) -> Result<()> {
        match self.step {
            0 => fail!(Value, "slice step cannot be zero"),
            _ => Ok(()),
        }
    }

    /// First index and number of items in a dimension of `length`
    /// (as `PySlice_AdjustIndices`).
    #[inline(always)]
    pub(crate) fn resolve(self, length: isize) -> (isize, isize) {
        match self {
            Self {
                start: Some(start),
                stop: Some(stop),
                step: 1,
            } => between(start, stop, length),
            _ => self.resolve_any(length),
        }
    }

    fn resolve_any(self, length: isize) -> (isize, isize) {
        let down = self.step < 0;
        let (lowest, highest) = if down { (-1, length - 1) } else { (0, length) };
        let clamp = |bound: isize| {
            let from_start = if bound < 0 { bound + length } else { bound };
            from_start.clamp(lowest, highest)
        };
        let start = self
            .start
            .map_or(if down { highest } else { lowest }, clamp);
        let stop = self.stop.map_or(if down { lowest } else { highest }, clamp);
        let distance = if down { start - stop } else { stop - start };
        let count = match usize::try_from(distance) {
            Ok(distance) => distance.div_ceil(self.step.unsigned_abs()) as isize,
            Err(_) => 0,
        };
        (start, count)
    }
}

/// The same by steps of one, which is what is asked most.
#[inline(always)]
fn between(start: isize, stop: isize, length: isize) -> (isize, isize) {
    let clamp = |bound: isize| match bound {
        ..0 => (bound + length).max(0),
        _ => bound.min(length),
    };
    let (start, stop) = (clamp(start), clamp(stop));
    (start, (stop - start).max(0))
}

impl Layout {
    /// Checks an index against its dimension; a negative one counts from the end.
    /// Gives the position from 0.
    pub fn position(&self, dim: usize, index: isize) -> Result<isize> {
        let Some(&length) = self.shape().get(dim) else {
            return self.no_dimension(dim);
        };
        let position = if index < 0 { index + length } else { index };
        if (0..length).contains(&position) {
            return Ok(position);
        }
        fail!(
            Index,
            "index {index} is out of bounds in dimension {dim}, which has {length} items"
        )
    }

    /// The same memory with dimension `dim` cut down to a slice.
    pub fn slice(&self, dim: usize, slice: Slice) -> Result<Self> {
        if dim >= self.ndim() {
            return self.no_dimension(dim);
        }
        slice.check()?;
        let (start, count) = slice.resolve(self.shape()[dim]);
        let mut layout = self.try_clone()?;
        let stride = self.strides()[dim];
        layout.dims.shape_mut()[dim] = count;
        // One item or none: no step is ever taken, and its size might not fit.
        layout.dims.strides_mut()[dim] = stride.wrapping_mul(slice.step);
        if !layout.is_empty() {
            layout.move_first_item(dim, start * stride)?;
        }
        Ok(layout)
    }

    pub(super) fn no_dimension<T>(&self, dim: usize) -> Result<T> {
        let ndim = self.ndim();
        fail!(Index, "dimension {dim} does not exist: there are {ndim}")
    }

    /// Moves the first item along `dim`. Where an outer dimension ends in a pointer,
    /// the move happens behind it: in the nearest outer suboffset.
    fn move_first_item(&mut self, dim: usize, distance: isize) -> Result<()> {
        let Some(pointer) = (0..dim).rev().find(|&k| self.suboffset_of(k).is_some()) else {
            // Condition 3: the new first item is an item.
            self.offset += distance;
            return Ok(());
        };
        let suboffsets = self.dims.suboffsets_mut().unwrap_or_default();
        suboffsets[pointer] += distance;
        match suboffsets[pointer] {
            0.. => Ok(()),
            _ => Err(before_pointer(pointer)),
        }
    }
}

/// A negative suboffset would mean that there is no pointer.
pub(super) fn before_pointer(dim: usize) -> Error {
    let text = format_args!(
        "this slice begins before the address that the pointers of dimension {dim} lead to: \
         suboffsets cannot say that"
    );
    Error::new(Kind::NotImplemented, text)
}
