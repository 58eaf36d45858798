//! C, Fortran and any contiguity, in both of CPython's readings.
//!
//! `PyBuffer_IsContiguous` calls memory without items contiguous, whatever its
//! strides. Exporters (`memoryview`, `_testbuffer.ndarray`) answer a request by a
//! stricter reading: an empty one-dimensional view with an odd stride is refused.
//! Both are observable, so both are here.

use super::Layout;

/// Which index varies fastest in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The last one.
    C,
    /// The first one (Fortran).
    F,
}

/// A dimension whose stride is not the one of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Departure {
    pub(crate) dim: usize,
    pub(crate) stride: isize,
    pub(crate) needed: isize,
}

/// A demand for contiguous memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contiguity {
    /// In this order.
    In(Order),
    /// In either order.
    Any,
}

impl Contiguity {
    /// Reads CPython's letter: `'C'`, `'F'` or `'A'`.
    pub fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'C' => Some(Self::In(Order::C)),
            b'F' => Some(Self::In(Order::F)),
            b'A' => Some(Self::Any),
            _ => None,
        }
    }

    /// Combines the answers for the two orders.
    pub(crate) fn holds(self, in_order: impl Fn(Order) -> bool) -> bool {
        match self {
            Self::In(order) => in_order(order),
            Self::Any => in_order(Order::C) || in_order(Order::F),
        }
    }
}

impl Layout {
    /// As `PyBuffer_IsContiguous`: never with suboffsets, always without items;
    /// the stride of a dimension of length 1 does not matter.
    pub fn is_contiguous(&self, wanted: Contiguity) -> bool {
        self.suboffsets().is_none()
            && (self.nbytes() == 0 || wanted.holds(|order| self.strides_follow(order)))
    }

    /// As exporters answer a request, by the flags that a `memoryview` computes.
    pub fn answers_contiguous(&self, order: Order) -> bool {
        match (self.suboffsets(), self.shape()) {
            (Some(_), _) => false,
            (None, []) => true,
            (None, [length]) => *length == 1 || self.strides()[0] == self.itemsize,
            (None, _) => self.is_contiguous(Contiguity::In(order)),
        }
    }

    /// Whether items lie one after another, whatever the suboffsets say.
    pub(crate) fn strides_follow(&self, order: Order) -> bool {
        self.departure(order).is_none()
    }

    /// Where items do not lie one after another: the first dimension of which that is so, from the
    /// one that varies fastest on.
    pub(crate) fn departure(&self, order: Order) -> Option<Departure> {
        let mut expected = self.itemsize;
        let departs = |(dim, (&length, &stride)): (usize, (&isize, &isize))| {
            let needed = expected;
            // Condition 2: this is part of the size in bytes.
            expected *= length;
            (length > 1 && stride != needed).then_some(Departure {
                dim,
                stride,
                needed,
            })
        };
        let mut dims = self.shape().iter().zip(self.strides()).enumerate();
        match order {
            Order::F => dims.find_map(departs),
            Order::C => dims.rev().find_map(departs),
        }
    }
}

/// The strides of contiguous memory, as `PyBuffer_FillContiguousStrides` has them.
pub(crate) fn fill_strides(shape: &[isize], strides: &mut [isize], itemsize: isize, order: Order) {
    let mut stride = itemsize;
    let mut step = |(stride_out, &length): (&mut isize, &isize)| {
        *stride_out = stride;
        // Numbers that are no layout's (a C caller's, unchecked) may make this overflow.
        stride = stride.wrapping_mul(length);
    };
    let pairs = strides.iter_mut().zip(shape);
    match order {
        Order::F => pairs.for_each(&mut step),
        Order::C => pairs.rev().for_each(&mut step),
    }
}
