//! Why a copy is needed, against the definition of contiguous memory; and the copies.

use super::*;
use proptest::prelude::*;

/// Items of 4 bytes at any distances, somewhere in a memory that holds them.
fn view_of(shape: &[isize], strides: &[isize]) -> View {
    let layout = Layout::strided(4, shape, strides, 0).unwrap();
    let extent = layout.extent();
    let size = extent.high.abs_diff(extent.low).max(4);
    let memory = Exporter::zeroed(c"B", None, &[size as isize]).unwrap();
    let all = memory.view(Request::write()).unwrap();
    let bytes: Vec<u8> = (0..size).map(|k| (k * 7 + k / 251) as u8).collect();
    for (k, &byte) in bytes.iter().enumerate() {
        // SAFETY: nobody else has the memory.
        unsafe { all.write_item(&[k as isize], &[byte]) }.unwrap();
    }
    let exporter = memory
        .part(&crate::exporter::Description {
            format: Some(c"i"),
            shape: Some(shape),
            strides: Some(strides),
            offset: -extent.low,
            ..Default::default()
        })
        .unwrap();
    exporter.view(Request::write()).unwrap()
}

/// The strides that contiguous items have.
fn strides_of(shape: &[isize], order: Order) -> Vec<isize> {
    (0..shape.len())
        .map(|dim| {
            let inner = match order {
                Order::C => &shape[dim + 1..],
                Order::F => &shape[..dim],
            };
            4 * inner.iter().product::<isize>()
        })
        .collect()
}

/// Dimensions that do not lie as they do in an order.
fn astray(shape: &[isize], strides: &[isize], order: Order) -> Vec<String> {
    let needed = strides_of(shape, order);
    let name = ["C order", "Fortran order"][usize::from(order == Order::F)];
    (0..shape.len())
        .filter(|&dim| shape[dim] > 1 && strides[dim] != needed[dim])
        .map(|dim| {
            let (stride, needed) = (strides[dim], needed[dim]);
            format!("dimension {dim} has a stride of {stride} where {name} needs {needed}")
        })
        .collect()
}

prop_compose! {
    /// Contiguous in some order of the dimensions, mostly, with gaps or backwards now and then.
    fn layouts()(
        shape in prop::collection::vec(prop_oneof![4 => 1..4isize, 1 => Just(0isize)], 0..4),
        order in Just(vec![0usize, 1, 2]).prop_shuffle(),
        straight in any::<bool>(),
        turned in prop::array::uniform3((prop::bool::weighted(0.1), prop::bool::weighted(0.1))),
    ) -> (Vec<isize>, Vec<isize>) {
        let mut strides = vec![0; shape.len()];
        let mut stride = 4;
        let straight = [2, 1, 0].into_iter().filter(|_| straight);
        let order: Vec<_> = straight.chain(order).filter(|&dim| dim < shape.len()).collect();
        for dim in order {
            if strides[dim] != 0 {
                continue;
            }
            let (gap, down) = turned[dim];
            stride += if gap { 4 } else { 0 };
            strides[dim] = if down { -stride } else { stride };
            stride *= shape[dim].max(1);
        }
        (shape, strides)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_copy_is_needed_where_a_dimension_is_astray((shape, strides) in layouts()) {
        let view = view_of(&shape, &strides);
        let is_empty = shape.contains(&0);
        for wanted in [Contiguity::In(Order::C), Contiguity::In(Order::F), Contiguity::Any] {
            let want = Want { order: Some(wanted), ..Want::default() };
            let orders = match wanted {
                Contiguity::In(order) => vec![order],
                Contiguity::Any => vec![Order::C, Order::F],
            };
            let each = orders.iter().map(|&order| astray(&shape, &strides, order));
            let each: Vec<_> = each.collect();
            let is_so = is_empty || each.iter().any(Vec::is_empty);
            let reason = view.why_copy(&want).unwrap();
            prop_assert_eq!(reason.is_none(), is_so, "{:?}", reason);
            prop_assert_eq!(want.check(&view).is_ok(), is_so);
            if let Some(reason) = reason {
                let told = reason.split_once(", because ").unwrap().1;
                let told: Vec<_> = told.split(", and ").collect();
                prop_assert_eq!(told.len(), each.len());
                for (told, astray) in told.iter().zip(&each) {
                    prop_assert!(astray.iter().any(|one| one == told), "{} of {:?}", told, astray);
                }
            }
        }
    }

    #[test]
    fn copies_have_the_same_items_one_after_another((shape, strides) in layouts(), fortran in any::<bool>()) {
        let view = view_of(&shape, &strides);
        let order = if fortran { Order::F } else { Order::C };
        let copy = view.to_contiguous(order).unwrap().view(Request::write()).unwrap();
        prop_assert_eq!(copy.layout().shape(), &shape[..]);
        prop_assert_eq!(astray(&shape, copy.layout().strides(), order), Vec::<String>::new());
        let items = |view: &View| {
            let mut bytes = vec![0; view.layout().nbytes()];
            view.copy_bytes_to(&mut bytes, Order::C).unwrap();
            bytes
        };
        prop_assert_eq!(items(&copy), items(&view));
        prop_assert_eq!(view.overlap(&copy), crate::layout::Overlap::No);
        prop_assert_eq!(copy.format().text(), c"i");
    }
}

#[test]
fn references_to_objects_are_not_copied() {
    let size = size_of::<usize>();
    for (format, itemsize) in [
        (c"O", size),
        (c"T{O:a:i:b:}", size + 4),
        (c"T{T{(2)O:a:}:b:}", 2 * size),
    ] {
        let exporter = Exporter::zeroed(format, Some(itemsize), &[2]).unwrap();
        let view = exporter.view(Request::read()).unwrap();
        let error = view.to_contiguous(Order::C).unwrap_err();
        assert_eq!(error.kind(), Kind::NotImplemented, "{format:?}");
    }
    let exporter = Exporter::zeroed(c"T{&O:a:}", None, &[2]).unwrap();
    let view = exporter.view(Request::read()).unwrap();
    assert!(
        view.to_contiguous(Order::C).is_ok(),
        "an address is no reference"
    );
}
