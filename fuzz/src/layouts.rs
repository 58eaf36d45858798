//! `Layout`, and every layout made from it, against the definition of where items lie.

use pybuf::error::Kind;
use pybuf::{Contiguity, Layout, Order, Result, Slice};

use super::bytes::Bytes;
use super::geometry::{Geometry, each_index, picked, wide};

const STEPS: usize = 12;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let numbers = match bytes.flag() {
        true => Numbers::Huge,
        false => Numbers::Small,
    };
    let Some(mut layout) = build(&mut bytes, numbers) else {
        return;
    };
    examine(&layout, &mut bytes, numbers);
    for _ in 0..STEPS {
        if bytes.is_empty() {
            return;
        }
        let next = match bytes.below(4) {
            0 => transpose(&layout, &mut bytes),
            1 => moved(&layout, &mut bytes, numbers),
            _ => slice(&layout, &mut bytes, numbers),
        };
        let Some(next) = next else { continue };
        layout = next;
        examine(&layout, &mut bytes, numbers);
    }
}

/// Small layouts are looked at item by item, huge ones at their corners.
#[derive(Clone, Copy)]
enum Numbers {
    Small,
    Huge,
}

impl Numbers {
    fn length(self, bytes: &mut Bytes<'_>) -> isize {
        match self {
            Self::Small => bytes.below(5) as isize,
            Self::Huge => bytes.number() as isize,
        }
    }

    fn distance(self, bytes: &mut Bytes<'_>) -> isize {
        match self {
            Self::Small => isize::from(bytes.byte() as i8),
            Self::Huge => bytes.number() as isize,
        }
    }

    fn ndim(self, bytes: &mut Bytes<'_>) -> usize {
        match self {
            Self::Small => bytes.below(5),
            Self::Huge => bytes.pick(&[0, 1, 1, 2, 2, 2, 3, 3, 5, 7, 20, 128, 129]),
        }
    }

    fn itemsize(self, bytes: &mut Bytes<'_>) -> usize {
        match self {
            Self::Small => bytes.below(10),
            Self::Huge => bytes.number() as usize,
        }
    }
}

/// By any of the constructors; `None` where it refuses, as the oracle does.
fn build(bytes: &mut Bytes<'_>, numbers: Numbers) -> Option<Layout> {
    let ndim = numbers.ndim(bytes);
    let itemsize = numbers.itemsize(bytes);
    let shape = bytes.several(ndim, |bytes| numbers.length(bytes));
    match bytes.below(6) {
        0 => contiguous(itemsize, &shape, Order::C),
        1 => contiguous(itemsize, &shape, Order::F),
        2 => {
            let one = Geometry::contiguous(1, &[itemsize as i128], Order::C);
            agree(Layout::bytes(itemsize), &one, one.sizes_fit())
        }
        kind => {
            let count = ndim + usize::from(bytes.rarely(64));
            let strides = bytes.several(count, |bytes| numbers.distance(bytes));
            let offset = numbers.distance(bytes);
            let count = ndim + usize::from(bytes.rarely(64));
            let suboffsets = (kind == 5).then(|| suboffsets(bytes, count, numbers));
            distant(itemsize, &shape, &strides, suboffsets.as_deref(), offset)
        }
    }
}

fn suboffsets(bytes: &mut Bytes<'_>, count: usize, numbers: Numbers) -> Vec<isize> {
    bytes.several(count, |bytes| match bytes.below(4) {
        0 => numbers.distance(bytes),
        1 => bytes.below(64) as isize,
        _ => -1,
    })
}

fn contiguous(itemsize: usize, shape: &[isize], order: Order) -> Option<Layout> {
    let expected = Geometry::contiguous(itemsize as i128, &wide(shape), order);
    let layout = Layout::contiguous(itemsize, shape, order);
    agree(layout, &expected, expected.sizes_fit())
}

fn distant(
    itemsize: usize,
    shape: &[isize],
    strides: &[isize],
    suboffsets: Option<&[isize]>,
    offset: isize,
) -> Option<Layout> {
    let layout = match suboffsets {
        None => Layout::strided(itemsize, shape, strides, offset),
        _ => Layout::indirect(itemsize, shape, strides, suboffsets, offset),
    };
    let expected = Geometry {
        itemsize: itemsize as i128,
        offset: offset as i128,
        shape: wide(shape),
        strides: wide(strides),
        // Where there is no dimension, there is nothing to be indirect in.
        suboffsets: suboffsets.filter(|all| !all.is_empty()).map(wide),
    };
    agree(layout, &expected, expected.exists())
}

/// The outcome is the one that was foretold.
fn agree(layout: Result<Layout>, expected: &Geometry, allowed: Result<(), Kind>) -> Option<Layout> {
    let kind = layout.as_ref().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(kind, allowed, "{expected:?}");
    let layout = layout.ok()?;
    assert_eq!(Geometry::of(&layout), *expected);
    Some(layout)
}

/// Everything that a layout says of itself.
fn examine(layout: &Layout, bytes: &mut Bytes<'_>, numbers: Numbers) {
    let geometry = Geometry::of(layout);
    assert_eq!(geometry.exists(), Ok(()), "{layout:?}");
    assert_eq!(layout.ndim(), geometry.ndim());
    assert_eq!(layout.is_empty(), geometry.is_empty());
    assert_eq!(layout.len() as i128, geometry.len());
    assert_eq!(layout.nbytes() as i128, geometry.len() * geometry.itemsize);
    assert_eq!(layout.is_indirect(), geometry.is_indirect());
    let copy = layout.try_clone().expect("memory for a layout");
    assert_eq!(Geometry::of(&copy), geometry);
    assert!(copy.same_shape(layout));
    examine_extent(layout, &geometry, numbers.distance(bytes));
    examine_contiguity(layout, &geometry);
    examine_position(layout, bytes, numbers);
}

fn examine_extent(layout: &Layout, geometry: &Geometry, size: isize) {
    let outer = geometry.outermost();
    let extent = layout.extent();
    let (low, high) = (extent.low as i128, extent.high as i128);
    if geometry.is_empty() {
        assert_eq!((low, high), (geometry.offset, geometry.offset));
    } else {
        assert_eq!(low, outer.address(&outer.extreme(false)), "{layout:?}");
        let highest = outer.address(&outer.extreme(true));
        assert_eq!(high, highest + outer.itemsize, "{layout:?}");
        if outer.is_few() {
            let items = outer.items();
            assert_eq!(items.iter().min(), Some(&low), "{layout:?}");
            assert_eq!(items.iter().max(), Some(&highest), "{layout:?}");
        }
    }
    for size in [size.unsigned_abs() as i128, high, high - 1] {
        let Ok(size) = usize::try_from(size) else {
            continue;
        };
        let inside = low >= 0 && high <= size as i128;
        let said = layout.check_within(size).map_err(|error| error.kind());
        let expected = if inside { Ok(()) } else { Err(Kind::Value) };
        assert_eq!(said, expected, "{layout:?} in {size} bytes");
    }
}

fn examine_contiguity(layout: &Layout, geometry: &Geometry) {
    let nothing = geometry.is_empty() || geometry.itemsize == 0;
    let direct = geometry.suboffsets.is_none();
    let run = |order| direct && (nothing || geometry.is_run(order));
    let (c, f) = (run(Order::C), run(Order::F));
    let says = |wanted| layout.is_contiguous(wanted);
    assert_eq!(says(Contiguity::In(Order::C)), c, "{layout:?}");
    assert_eq!(says(Contiguity::In(Order::F)), f, "{layout:?}");
    assert_eq!(says(Contiguity::Any), c || f, "{layout:?}");
    for (order, lenient) in [(Order::C, c), (Order::F, f)] {
        // As exporters answer, one dimension is looked at even where it has no item.
        let strict = match geometry.shape[..] {
            [length] => direct && (length == 1 || geometry.strides[0] == geometry.itemsize),
            _ => lenient,
        };
        assert_eq!(layout.answers_contiguous(order), strict, "{layout:?}");
    }
}

fn examine_position(layout: &Layout, bytes: &mut Bytes<'_>, numbers: Numbers) {
    let (dim, index) = (bytes.below(layout.ndim() + 1), numbers.distance(bytes));
    let wide = index as i128;
    let expected = match layout.shape().get(dim) {
        Some(&length) if (0..length as i128).contains(&wide) => Ok(wide),
        Some(&length) if (-(length as i128)..0).contains(&wide) => Ok(wide + length as i128),
        _ => Err(Kind::Index),
    };
    let position = layout.position(dim, index);
    let said = position.map(|at| at as i128).map_err(|error| error.kind());
    assert_eq!(said, expected, "{layout:?}: {index} in {dim}");
}

fn moved(layout: &Layout, bytes: &mut Bytes<'_>, numbers: Numbers) -> Option<Layout> {
    let offset = numbers.distance(bytes);
    let expected = Geometry {
        offset: offset as i128,
        ..Geometry::of(layout)
    };
    let moved = layout.try_clone().expect("memory for a layout").at(offset);
    agree(moved, &expected, expected.exists())
}

fn transpose(layout: &Layout, bytes: &mut Bytes<'_>) -> Option<Layout> {
    let geometry = Geometry::of(layout);
    let axes = some_axes(bytes, layout.ndim());
    let mut sorted = axes.clone();
    sorted.sort_unstable();
    let allowed = match sorted.into_iter().eq(0..layout.ndim()) {
        false => Err(Kind::Value),
        true if geometry.crosses_pointer(&axes) => Err(Kind::NotImplemented),
        true => Ok(()),
    };
    let reorder = |all: &[i128]| axes.iter().map(|&axis| all[axis]).collect::<Vec<_>>();
    let expected = match allowed {
        Ok(()) => Geometry {
            shape: reorder(&geometry.shape),
            strides: reorder(&geometry.strides),
            ..geometry
        },
        Err(_) => geometry,
    };
    agree(layout.transpose(&axes), &expected, allowed)
}

/// Mostly an order of all dimensions, sometimes not.
pub fn some_axes(bytes: &mut Bytes<'_>, ndim: usize) -> Vec<usize> {
    if bytes.rarely(8) {
        let count = bytes.below(ndim + 2);
        return bytes.several(count, |bytes| bytes.below(ndim + 1));
    }
    let mut left: Vec<usize> = (0..ndim).collect();
    bytes.several(ndim, |bytes| left.remove(bytes.below(left.len())))
}

fn slice(layout: &Layout, bytes: &mut Bytes<'_>, numbers: Numbers) -> Option<Layout> {
    let before = Geometry::of(layout);
    let too_many = usize::from(bytes.rarely(16));
    let dim = bytes.below(layout.ndim() + too_many);
    let slice = some_slice(bytes, |bytes| match numbers {
        Numbers::Small => bytes.within(-7..=7) as isize,
        Numbers::Huge => bytes.number() as isize,
    });
    let sliced = layout.slice(dim, slice);
    if dim >= layout.ndim() || slice.step == 0 {
        let expected = if dim < layout.ndim() {
            Kind::Value
        } else {
            Kind::Index
        };
        assert_eq!(sliced.unwrap_err().kind(), expected);
        return None;
    }
    let (first, count) = picked(before.shape[dim], slice);
    let nothing = count == 0 || before.is_empty();
    if !nothing && before.slice_fails(dim, first) {
        assert_eq!(sliced.unwrap_err().kind(), Kind::NotImplemented);
        return None;
    }
    let sliced = sliced.unwrap_or_else(|error| panic!("{layout:?} {slice:?}: {error}"));
    let after = Geometry::of(&sliced);
    let mut shape = before.shape.clone();
    shape[dim] = count;
    assert_eq!(after.shape, shape, "{layout:?} {slice:?}");
    let origin = |index: &[i128]| {
        let mut origin = index.to_vec();
        origin[dim] = first + index[dim] * slice.step as i128;
        origin
    };
    some_indices(&after, bytes, |index| {
        let expected = before.address(&origin(index));
        assert_eq!(
            after.address(index),
            expected,
            "{layout:?} {slice:?} {index:?}"
        );
    });
    Some(sliced)
}

/// A slice with any of its bounds left out.
pub fn some_slice(bytes: &mut Bytes<'_>, mut number: impl FnMut(&mut Bytes<'_>) -> isize) -> Slice {
    let parts = bytes.byte();
    let mut bound = |bit: u8| (parts & bit != 0).then(|| number(bytes));
    Slice {
        start: bound(1),
        stop: bound(2),
        step: bound(4).unwrap_or(1),
    }
}

/// All indices where there are few, else corners and places between.
fn some_indices(geometry: &Geometry, bytes: &mut Bytes<'_>, mut visit: impl FnMut(&[i128])) {
    if geometry.is_few() {
        return each_index(&geometry.shape, visit);
    }
    for _ in 0..4 {
        let place = |length: &i128| match bytes.below(3) {
            0 => 0,
            1 => length - 1,
            _ => (bytes.number() as i128 & HALF) % length,
        };
        let index: Vec<i128> = geometry.shape.iter().map(place).collect();
        visit(&index);
    }
}

const HALF: i128 = isize::MAX as i128;
