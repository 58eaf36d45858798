//! Selections in PIL-style memory, with real tables of pointers: each selected item is where the
//! walk through the source leads.

use super::*;
use crate::layout::Select;
use crate::layout::tests::select::{combinations, picked, selects};

/// Memory behind pointers, which nothing moves.
#[derive(Debug, Default)]
struct Memory {
    blocks: Vec<Vec<u8>>,
}

/// Length, gap, whether it is walked down, and what is added behind the pointer it ends in.
type Dim = (isize, isize, bool, Option<isize>);

impl Memory {
    /// Tables for some dimensions, and the address that leads there: where their first item
    /// lies `before` bytes behind.
    fn build(&mut self, dims: &[Dim], strides: &[isize], before: isize) -> *mut u8 {
        let run = dims.iter().position(|dim| dim.3.is_some());
        let count = run.map_or(dims.len(), |last| last + 1);
        let shape: Vec<_> = dims[..count].iter().map(|dim| dim.0).collect();
        let layout = Layout::strided(ITEM, &shape, &strides[..count], before).unwrap();
        let extent = layout.extent();
        assert!(extent.low >= 0, "walking down begins far enough inside");
        self.blocks.push(vec![0; extent.high as usize + 8]);
        let base = self.blocks.last_mut().unwrap().as_mut_ptr();
        let Some(last) = run else {
            return base;
        };
        let suboffset = dims[last].3.unwrap();
        for indices in all_indices(&shape) {
            let inner = self.build(&dims[count..], &strides[count..], suboffset);
            let at = base.wrapping_add(offset_of(&layout, &indices));
            // SAFETY: inside the block; nothing says it is aligned.
            unsafe { at.cast::<*mut u8>().write_unaligned(inner) };
        }
        base
    }
}

/// Items and pointers have the same room, so that strides are simple.
const ITEM: usize = size_of::<*mut u8>();

/// Dimensions some of which end in pointers. What is added behind these leaves room to walk down.
fn dims() -> impl Strategy<Value = Vec<Dim>> {
    let dim = (
        1isize..4,
        0isize..3,
        any::<bool>(),
        prop::option::of(0isize..4),
    );
    prop::collection::vec(dim, 1..5).prop_map(|mut dims| {
        for k in 0..dims.len() {
            let (_, strides) = strides_of(&dims);
            let end = (k + 1..dims.len())
                .find(|&inner| dims[inner].3.is_some())
                .map_or(dims.len(), |inner| inner + 1);
            let down: isize = (k + 1..end)
                .map(|inner| (strides[inner] * (dims[inner].0 - 1)).min(0))
                .sum();
            dims[k].3 = dims[k].3.map(|more| more - down);
        }
        dims
    })
}

/// Strides in which the items of a run do not meet, and the bytes that it walks down at first.
fn strides_of(dims: &[Dim]) -> (isize, Vec<isize>) {
    let mut strides = vec![0; dims.len()];
    let mut stride = ITEM as isize;
    for (k, &(length, gap, down, pointer)) in dims.iter().enumerate().rev() {
        if pointer.is_some() {
            stride = ITEM as isize;
        }
        stride += gap;
        strides[k] = if down { -stride } else { stride };
        stride *= length;
    }
    let run = dims.iter().position(|dim| dim.3.is_some());
    let first = &dims[..run.map_or(dims.len(), |last| last + 1)];
    let down = first
        .iter()
        .zip(&strides)
        .map(|(dim, stride)| (stride * (dim.0 - 1)).min(0));
    (-down.sum::<isize>(), strides)
}

/// Memory with such dimensions, its base and its layout.
fn built(dims: &[Dim]) -> (Memory, *mut u8, Layout) {
    let (before, strides) = strides_of(dims);
    let mut memory = Memory::default();
    let base = memory.build(dims, &strides, before);
    let shape: Vec<_> = dims.iter().map(|dim| dim.0).collect();
    let suboffsets: Vec<_> = dims.iter().map(|dim| dim.3.unwrap_or(-1)).collect();
    let layout = Layout::indirect(ITEM, &shape, &strides, Some(&suboffsets), before).unwrap();
    (memory, base, layout)
}

/// The address of an item, by the definition in PEP 3118.
fn address(base: *mut u8, layout: &Layout, indices: &[isize]) -> *mut u8 {
    let mut pointer = base.wrapping_offset(layout.offset());
    for (dim, index) in indices.iter().enumerate() {
        pointer = pointer.wrapping_offset(layout.strides()[dim] * index);
        if let Some(suboffset) = layout.suboffsets().map(|all| all[dim])
            && suboffset >= 0
        {
            // SAFETY: the index is in range, so a pointer lies here.
            let inner = unsafe { pointer.cast::<*mut u8>().read_unaligned() };
            pointer = inner.wrapping_offset(suboffset);
        }
    }
    pointer
}

fn full(shape: &[isize]) -> Vec<Vec<isize>> {
    shape.iter().map(|&length| (0..length).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(256)))]

    #[test]
    fn pointers_are_followed_as_the_source_has_them(dims in dims(), selects in selects()) {
        let (_memory, base, layout) = built(&dims);
        let place = Place { base, layout: &layout };
        // SAFETY: all of it was built above.
        let result = unsafe { place.select(&selects) };
        let Some((shape, indices)) = picked(layout.shape(), &selects) else {
            prop_assert_eq!(result.unwrap_err().kind(), Kind::Index);
            return Ok(());
        };
        let (base, selected) = match result {
            Ok(selected) => selected,
            Err(error) => {
                prop_assert_eq!(error.kind(), Kind::NotImplemented);
                prop_assert!(cannot_be_said(&dims, &selects), "{}", error);
                return Ok(());
            }
        };
        prop_assert_eq!(selected.shape(), shape);
        let expected: Vec<_> = combinations(&indices)
            .iter()
            .map(|indices| address(place.base, &layout, indices))
            .collect();
        let got: Vec<_> = combinations(&full(selected.shape()))
            .iter()
            .map(|indices| address(base, &selected, indices))
            .collect();
        prop_assert_eq!(got, expected);
        // Where no item is left, no pointer is followed, and its offset may stay.
        if !selected.is_empty() {
            let are_stated = selected.is_indirect() || !layout.is_indirect() && selected.ndim() > 0;
            prop_assert_eq!(selected.suboffsets().is_some(), are_stated);
        }
    }
}

/// The addresses of all items, by their indices.
fn addresses(base: *mut u8, layout: &Layout) -> Vec<(Vec<isize>, *mut u8)> {
    combinations(&full(layout.shape()))
        .into_iter()
        .map(|indices| (indices.clone(), address(base, layout, &indices)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(256)))]

    /// Dimensions change places where no pointer is between them, and only there.
    #[test]
    fn dimensions_change_places_between_pointers(
        (dims, axes) in dims().prop_flat_map(|dims| {
            let axes: Vec<_> = (0..dims.len()).collect();
            (Just(dims), Just(axes).prop_shuffle())
        }),
    ) {
        let (_memory, base, layout) = built(&dims);
        let pointers_before = |dim: usize| dims[..dim].iter().filter(|dim| dim.3.is_some()).count();
        let crosses = axes.iter().enumerate().any(|(to, &from)| pointers_before(to) != pointers_before(from));
        let turned = match layout.transpose(&axes) {
            Ok(turned) => turned,
            Err(error) => {
                prop_assert_eq!(error.kind(), Kind::NotImplemented);
                prop_assert!(crosses);
                return Ok(());
            }
        };
        prop_assert!(!crosses);
        let mut expected: Vec<_> = addresses(base, &layout)
            .into_iter()
            .map(|(indices, address)| (axes.iter().map(|&axis| indices[axis]).collect(), address))
            .collect();
        expected.sort();
        prop_assert_eq!(addresses(base, &turned), expected);
    }

    /// Shapes keep the order of the items, whatever pointers are on the way.
    #[test]
    fn shapes_keep_the_order_behind_pointers(dims in dims(), cut in 0usize..4, order in any::<bool>()) {
        let (_memory, base, layout) = built(&dims);
        let mut shape = layout.shape().to_vec();
        let length = shape[cut % dims.len()];
        shape.splice(cut % dims.len()..=cut % dims.len(), [length, 1]);
        let order = if order { Order::C } else { Order::F };
        let reshaped = layout.reshape(&shape, order).unwrap();
        prop_assert_eq!(reshaped.shape(), &shape[..]);
        let items = |layout: &Layout| addresses(base, layout).into_iter().map(|(_, address)| address).collect::<Vec<_>>();
        prop_assert_eq!(items(&reshaped), items(&layout));
    }
}

/// Whether an index takes a dimension away that ends in a pointer, behind another one.
fn cannot_be_said(dims: &[Dim], selects: &[Select]) -> bool {
    let pointers = dims.iter().filter(|dim| dim.3.is_some()).count();
    pointers > 1
        && selects
            .iter()
            .any(|select| matches!(select, Select::Index(_)))
}

#[test]
fn a_pointer_to_nothing_is_an_error() {
    let table: [*mut u8; 2] = [std::ptr::null_mut(); 2];
    let layout = Layout::indirect(1, &[2, 3], &[ITEM as isize, 1], Some(&[0, -1]), 0).unwrap();
    let place = Place {
        base: table.as_ptr().cast_mut().cast(),
        layout: &layout,
    };
    // SAFETY: a table of two pointers.
    let error = unsafe { place.select(&[Select::Index(1)]) }.unwrap_err();
    assert_eq!(error.kind(), Kind::Buffer);
}
