//! The oracle of geometry: PEP 3118's definition of where an item lies, in numbers that
//! cannot overflow, and what follows from it by looking at every item.

use pybuf::error::Kind;
use pybuf::{Layout, Order, Slice};

/// Layouts with more items are looked at in samples.
pub const FEW: i128 = 1024;

const WORD: i128 = size_of::<usize>() as i128;
const HIGHEST: i128 = isize::MAX as i128;
const LOWEST: i128 = isize::MIN as i128;

/// The numbers of a layout.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    pub itemsize: i128,
    pub offset: i128,
    pub shape: Vec<i128>,
    pub strides: Vec<i128>,
    pub suboffsets: Option<Vec<i128>>,
}

pub fn wide(numbers: &[isize]) -> Vec<i128> {
    numbers.iter().map(|&number| number as i128).collect()
}

pub fn narrow(numbers: &[i128]) -> Vec<isize> {
    numbers.iter().map(|&number| number as isize).collect()
}

/// Where the pointer leads that lies at an address: anywhere, but always to the same place.
fn pointer_at(address: i128) -> i128 {
    let scrambled = (address as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    (scrambled >> 28) as i128
}

impl Geometry {
    pub fn of(layout: &Layout) -> Self {
        Self {
            itemsize: layout.itemsize() as i128,
            offset: layout.offset() as i128,
            shape: wide(layout.shape()),
            strides: wide(layout.strides()),
            suboffsets: layout.suboffsets().map(wide),
        }
    }

    pub fn contiguous(itemsize: i128, shape: &[i128], order: Order) -> Self {
        let below = |dim: usize| match order {
            Order::C => &shape[dim + 1..],
            Order::F => &shape[..dim],
        };
        let product = |lengths: &[i128]| lengths.iter().fold(itemsize, |a, &b| a.saturating_mul(b));
        Self {
            itemsize,
            offset: 0,
            shape: shape.to_vec(),
            strides: (0..shape.len()).map(|dim| product(below(dim))).collect(),
            suboffsets: None,
        }
    }

    pub fn ndim(&self) -> usize {
        self.shape.len()
    }

    pub fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    pub fn len(&self) -> i128 {
        self.shape.iter().product()
    }

    pub fn is_few(&self) -> bool {
        self.is_empty() || self.len() <= FEW
    }

    /// What is added behind the pointer that a dimension ends in, if it ends in one.
    pub fn suboffset(&self, dim: usize) -> Option<i128> {
        let suboffset = self.suboffsets.as_ref()?[dim];
        (suboffset >= 0).then_some(suboffset)
    }

    /// Whether an order of the dimensions moves one across a pointer.
    pub fn crosses_pointer(&self, axes: &[usize]) -> bool {
        let before = |dim: usize| {
            (0..dim)
                .filter(|&dim| self.suboffset(dim).is_some())
                .count()
        };
        (0..axes.len()).any(|dim| before(dim) != before(axes[dim]))
    }

    pub fn is_indirect(&self) -> bool {
        (0..self.ndim()).any(|dim| self.suboffset(dim).is_some())
    }

    /// The definition.
    pub fn address(&self, index: &[i128]) -> i128 {
        self.address_by(index, pointer_at)
    }

    /// ... with pointers that are looked up by the caller.
    pub fn address_by(&self, index: &[i128], follow: impl Fn(i128) -> i128) -> i128 {
        let mut address = self.offset;
        for (dim, (&index, &stride)) in index.iter().zip(&self.strides).enumerate() {
            address += index * stride;
            if let Some(suboffset) = self.suboffset(dim) {
                address = follow(address) + suboffset;
            }
        }
        address
    }

    /// The addresses of all items in C order. There are few.
    pub fn items(&self) -> Vec<i128> {
        let mut items = Vec::new();
        each_index(&self.shape, |index| items.push(self.address(index)));
        items
    }

    /// Up to the first pointer: where that pointer lies, else the item.
    pub fn outermost(&self) -> Self {
        let pointer = (0..self.ndim()).find(|&dim| self.suboffset(dim).is_some());
        let Some(dim) = pointer else {
            return Self {
                suboffsets: None,
                ..self.clone()
            };
        };
        Self {
            itemsize: WORD,
            offset: self.offset,
            shape: self.shape[..=dim].to_vec(),
            strides: self.strides[..=dim].to_vec(),
            suboffsets: None,
        }
    }

    /// With the dimensions in reverse order.
    fn reversed(&self) -> Self {
        let mut reversed = self.clone();
        reversed.shape.reverse();
        reversed.strides.reverse();
        reversed
    }

    /// Whether the items, taken in this order, lie one after another.
    pub fn is_run(&self, order: Order) -> bool {
        if self.suboffsets.is_some() {
            return false;
        }
        if self.is_few() {
            let items = match order {
                Order::C => self.items(),
                Order::F => self.reversed().items(),
            };
            return items
                .windows(2)
                .all(|pair| pair[1] - pair[0] == self.itemsize);
        }
        let run = Self::contiguous(self.itemsize, &self.shape, order);
        (0..self.ndim()).all(|dim| self.shape[dim] == 1 || self.strides[dim] == run.strides[dim])
    }

    /// The indices of the lowest or the highest item, up to the first pointer.
    pub fn extreme(&self, highest: bool) -> Vec<i128> {
        let index = |(&length, &stride): (&i128, &i128)| match (stride < 0) == highest {
            true => 0,
            false => length - 1,
        };
        self.shape.iter().zip(&self.strides).map(index).collect()
    }

    /// Whether a layout of these numbers may exist: the numbered conditions of `src/layout`.
    pub fn exists(&self) -> Result<(), Kind> {
        self.sizes_fit()?;
        let dims = self.ndim();
        let counts = [Some(&self.strides), self.suboffsets.as_ref()];
        if counts.into_iter().flatten().any(|all| all.len() != dims) {
            return Err(Kind::Value);
        }
        match self.is_empty() || self.reaches_fit() {
            true => Ok(()),
            false => Err(Kind::Overflow),
        }
    }

    /// Conditions 1 and 2.
    pub fn sizes_fit(&self) -> Result<(), Kind> {
        if self.ndim() > 128 || self.shape.iter().any(|&length| length < 0) {
            return Err(Kind::Value);
        }
        let mut product = self.itemsize.max(1);
        for &length in self.shape.iter().filter(|&&length| length != 0) {
            product = product.saturating_mul(length);
        }
        match product <= HIGHEST {
            true => Ok(()),
            false => Err(Kind::Overflow),
        }
    }

    /// Condition 3, for each stretch between two pointers.
    fn reaches_fit(&self) -> bool {
        let fits = |number: i128| (LOWEST..=HIGHEST).contains(&number);
        let (mut low, mut high) = (self.offset, self.offset);
        for dim in 0..self.ndim() {
            let reach = (self.shape[dim] - 1) * self.strides[dim];
            low += reach.min(0);
            high += reach.max(0);
            if !fits(reach) || !fits(low) || !fits(high) {
                return false;
            }
            if let Some(suboffset) = self.suboffset(dim) {
                if !fits(high + WORD) {
                    return false;
                }
                (low, high) = (suboffset, suboffset);
            }
        }
        fits(high + self.itemsize)
    }

    /// Why `dim` cannot be sliced so that `first` becomes its first index.
    pub fn slice_fails(&self, dim: usize, first: i128) -> bool {
        let pointer = (0..dim).rev().find_map(|outer| self.suboffset(outer));
        pointer.is_some_and(|suboffset| suboffset + first * self.strides[dim] < 0)
    }
}

/// Calls a function with all indices of a shape, in C order.
pub fn each_index(shape: &[i128], mut visit: impl FnMut(&[i128])) {
    if shape.contains(&0) {
        return;
    }
    let mut index = vec![0; shape.len()];
    loop {
        visit(&index);
        // Like the figures of an odometer.
        let Some(dim) = (0..shape.len())
            .rev()
            .find(|&dim| index[dim] + 1 < shape[dim])
        else {
            return;
        };
        index[dim] += 1;
        index[dim + 1..].fill(0);
    }
}

/// First index and number of the items that Python's slice picks: for short dimensions by
/// walking, as the language reference describes it.
pub fn picked(length: i128, slice: Slice) -> (i128, i128) {
    let step = slice.step as i128;
    let from_end = |bound: isize| match bound < 0 {
        true => bound as i128 + length,
        false => bound as i128,
    };
    let (lowest, highest) = if step > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let (begin, end) = if step > 0 {
        (lowest, highest)
    } else {
        (highest, lowest)
    };
    let start = slice.start.map_or(begin, from_end).clamp(lowest, highest);
    let stop = slice.stop.map_or(end, from_end).clamp(lowest, highest);
    if length > 64 {
        let distance = if step > 0 { stop - start } else { start - stop };
        let size = step.abs();
        return (start, (distance.max(0) + size - 1) / size);
    }
    let (mut at, mut count) = (start, 0);
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        at += step;
        count += 1;
    }
    (start, count)
}
