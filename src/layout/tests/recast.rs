//! Casts, shapes, broadcasts and strides against the list of the items' bytes.

use super::*;

/// With the dimensions in reverse: what is walked in F order is then walked in C order.
fn reversed(layout: &Layout) -> Layout {
    let axes: Vec<_> = (0..layout.ndim()).rev().collect();
    layout.transpose(&axes).unwrap()
}

fn in_order(layout: &Layout, order: Order) -> Layout {
    match order {
        Order::C => layout.try_clone().unwrap(),
        Order::F => reversed(layout),
    }
}

fn orders() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::C), Just(Order::F)]
}

/// Layouts in which neighbours often follow one another: contiguous ones, sliced, transposed
/// and reversed.
fn neighbourly() -> impl Strategy<Value = Layout> {
    let lengths = prop::collection::vec(prop_oneof![1 => Just(0isize), 9 => 1isize..5], 0..4);
    let slices = prop::collection::vec(
        (
            0usize..4,
            0isize..2,
            prop_oneof![Just(1isize), Just(-1), Just(2)],
        ),
        0..3,
    );
    (lengths, 1usize..9, orders(), slices, any::<bool>()).prop_map(
        |(shape, itemsize, order, slices, reverse)| {
            let mut layout = Layout::contiguous(itemsize, &shape, order).unwrap();
            for (dim, start, step) in slices.into_iter().filter(|slice| slice.0 < shape.len()) {
                let start = (step > 0).then_some(start);
                let slice = Slice {
                    start,
                    stop: None,
                    step,
                };
                layout = layout.slice(dim, slice).unwrap();
            }
            if reverse { reversed(&layout) } else { layout }
        },
    )
}

/// Every shape of so many items in up to four dimensions.
fn shapes_of(count: isize) -> Vec<Vec<isize>> {
    let mut all = vec![vec![]];
    for _ in 0..4 {
        let longer: Vec<_> = all
            .iter()
            .flat_map(|shape: &Vec<isize>| {
                (1..=count.min(12)).map(|length| shape.iter().copied().chain([length]).collect())
            })
            .filter(|shape: &Vec<isize>| count % shape.iter().product::<isize>() == 0)
            .collect();
        all.extend(longer);
        all.sort();
        all.dedup();
    }
    all.retain(|shape| shape.iter().product::<isize>() == count);
    all
}

/// Whether any strides give these offsets in this shape, in C order: the strides can only be
/// the distances of neighbours.
fn strides_can_say(all: &[isize], shape: &[isize]) -> bool {
    let mut step = 1;
    let mut strides = vec![0; shape.len()];
    for dim in (0..shape.len()).rev() {
        if shape[dim] > 1 {
            strides[dim] = all[step] - all[0];
        }
        step *= shape[dim] as usize;
    }
    offsets(&Layout::strided(1, shape, &strides, all[0]).unwrap()) == all
}

proptest! {
    #[test]
    fn shapes_keep_the_items_and_are_refused_only_where_a_copy_is_needed(
        layout in prop_oneof![neighbourly(), layouts()],
        order in orders(),
        pick in any::<prop::sample::Index>(),
        open in any::<prop::sample::Index>(),
    ) {
        prop_assume!(!layout.is_empty());
        let walked = offsets(&in_order(&layout, order));
        let shapes = shapes_of(layout.len() as isize);
        let shape = &shapes[pick.index(shapes.len())];
        let mut asked = shape.clone();
        if !asked.is_empty() {
            let open = open.index(asked.len());
            asked[open] = -1;
        }
        let in_c: Vec<_> = match order {
            Order::C => shape.clone(),
            Order::F => shape.iter().rev().copied().collect(),
        };
        match layout.reshape(&asked, order) {
            Ok(reshaped) => {
                prop_assert_eq!(reshaped.shape(), shape);
                prop_assert_eq!(offsets(&in_order(&reshaped, order)), walked);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), Kind::Buffer);
                prop_assert!(!strides_can_say(&walked, &in_c), "{}", error);
            }
        }
    }

    #[test]
    fn casts_keep_the_bytes(
        layout in prop_oneof![neighbourly(), layouts()],
        itemsize in 1usize..9,
        order in orders(),
        pick in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let source = in_order(&layout, order);
        let before = bytes(&source);
        let contiguous = before.is_empty() || source.is_contiguous(Contiguity::In(Order::C));
        let count = (before.len() / itemsize) as isize;
        let shapes = shapes_of(count);
        let shape = pick.filter(|_| !shapes.is_empty()).map(|pick| &shapes[pick.index(shapes.len())]);
        match layout.cast(itemsize, shape.map(|shape| &shape[..]), order) {
            Ok(cast) => {
                prop_assert_eq!(cast.itemsize(), itemsize);
                prop_assert_eq!(bytes(&in_order(&cast, order)), before);
                match shape {
                    Some(shape) => prop_assert_eq!(cast.shape(), shape),
                    None => prop_assert_eq!(cast.ndim(), if contiguous { 1 } else { layout.ndim() }),
                }
            }
            Err(error) if contiguous => {
                prop_assert_eq!(error.kind(), Kind::Type);
                prop_assert!(!before.len().is_multiple_of(itemsize), "{}", error);
            }
            Err(_) => {
                // Along the fastest dimension the bytes are not one run, or do not come out even.
                let run = source.shape()[source.ndim() - 1] * source.itemsize() as isize;
                let follows = before[..run as usize].windows(2).all(|pair| pair[1] == pair[0] + 1);
                let even = run % itemsize as isize == 0;
                prop_assert!(itemsize != source.itemsize() || shape.is_some());
                prop_assert!(!follows || !even || shape.is_some());
            }
        }
    }

    #[test]
    fn broadcasts_repeat(layout in layouts(), new in prop::collection::vec(0isize..4, 0..3), repeat in 0isize..4) {
        let wide = |length: isize| if length == 1 { repeat } else { length };
        let shape: Vec<_> = new.iter().copied().chain(layout.shape().iter().map(|&n| wide(n))).collect();
        let broadcast = layout.broadcast(&shape).unwrap();
        prop_assert_eq!(broadcast.shape(), &shape[..]);
        let indices: Vec<Vec<isize>> = shape.iter().map(|&length| (0..length).collect()).collect();
        let expected: Vec<_> = select::combinations(&indices)
            .iter()
            .map(|indices| {
                let own = indices[new.len()..].iter().zip(layout.shape()).zip(layout.strides());
                layout.offset() + own.map(|((i, n), s)| i.min(&(n - 1)) * s).sum::<isize>()
            })
            .collect();
        prop_assert_eq!(offsets(&broadcast), expected);
        for (dim, &length) in layout.shape().iter().enumerate() {
            let mut other = shape.clone();
            other[new.len() + dim] = length + 5;
            prop_assert_eq!(layout.broadcast(&other).is_ok(), length == 1);
        }
        if layout.ndim() > 0 {
            prop_assert!(layout.broadcast(&layout.shape()[1..]).is_err());
        }
    }

    #[test]
    fn strides_stay_inside(
        layout in layouts(),
        dims in prop::collection::vec((0isize..4, -20isize..20), 0..3),
        itemsize in 0usize..5,
        offset in -60isize..60,
    ) {
        let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
        let free = Layout::strided(itemsize, &shape, &strides, layout.offset() + offset).unwrap();
        let shown = layout.extent();
        let inside = |at: isize| shown.low <= at && at + itemsize as isize <= shown.high;
        let expected = match offsets(&free) {
            all if all.is_empty() => shown.low <= free.offset() && free.offset() <= shown.high,
            all => all.into_iter().all(inside),
        };
        match layout.as_strided(itemsize, &shape, &strides, offset) {
            Ok(given) => {
                prop_assert!(expected);
                prop_assert_eq!(offsets(&given), offsets(&free));
                prop_assert_eq!(given.shape(), &shape[..]);
            }
            Err(error) => {
                prop_assert!(!expected);
                prop_assert_eq!(error.kind(), Kind::Value);
            }
        }
    }

    #[test]
    fn no_other_numbers_panic(
        dims in prop::collection::vec((any::<isize>(), any::<isize>()), 0..4),
        small in prop::collection::vec(-2isize..5, 0..4),
        any_shape in prop::collection::vec(any::<isize>(), 0..4),
        itemsize in any::<usize>(),
        (offset, other) in any::<(isize, isize)>(),
        order in orders(),
    ) {
        let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
        let same = &strides[..small.len().min(strides.len())];
        let layouts = [
            Layout::strided(itemsize, &shape, &strides, offset),
            Layout::strided(itemsize % 9, &small[..same.len()], same, offset),
        ];
        for layout in layouts.into_iter().flatten() {
            for shape in [&small, &any_shape] {
                let _ = layout.reshape(shape, order);
                let _ = layout.broadcast(shape);
                let _ = layout.cast(itemsize, Some(shape), order);
                let _ = layout.cast(1, Some(shape), order);
                let _ = layout.as_strided(itemsize, shape, &strides, other);
            }
            let _ = layout.cast(itemsize, None, order);
        }
    }
}

#[test]
fn impossible_shapes_and_casts_are_explained() {
    let layout = Layout::contiguous(4, &[2, 3], Order::C).unwrap();
    let reshape = |shape: &[isize]| layout.reshape(shape, Order::C).unwrap_err();
    assert!(
        reshape(&[5]).message().contains("6 items"),
        "{}",
        reshape(&[5])
    );
    for shape in [&[-1, -1][..], &[4, -1], &[0, -1], &[-2, 3]] {
        assert_eq!(reshape(shape).kind(), Kind::Value);
    }
    let turned = layout.transpose(&[1, 0]).unwrap();
    let error = turned.reshape(&[6], Order::C).unwrap_err();
    assert!(error.message().contains("without a copy"), "{error}");
    assert!(turned.reshape(&[6], Order::F).is_ok());
    let error = turned.cast(2, None, Order::C).unwrap_err();
    assert!(
        error.message().contains("do not follow one another"),
        "{error}"
    );
    assert!(layout.cast(0, None, Order::C).is_err());
    let error = layout.cast(5, None, Order::C).unwrap_err();
    assert!(error.message().contains("24 bytes"), "{error}");
    let empty = Layout::contiguous(4, &[0, 3], Order::C).unwrap();
    assert_eq!(empty.reshape(&[7, 0], Order::C).unwrap().shape(), [7, 0]);
    assert_eq!(empty.cast(5, None, Order::C).unwrap().shape(), [0]);
}

/// Pointers stay where they are; dimensions before and behind may change.
#[test]
fn shapes_leave_pointers_alone() {
    let rows = Layout::indirect(1, &[6, 1, 4], &[8, 99, 1], Some(&[3, -1, -1]), 0).unwrap();
    let cube = rows.reshape(&[2, 3, 2, -1], Order::C).unwrap();
    assert_eq!(cube.shape(), [2, 3, 2, 2]);
    assert_eq!(cube.strides(), [24, 8, 2, 1]);
    assert_eq!(cube.suboffsets(), Some(&[-1, 3, -1, -1][..]));
    let back = cube.reshape(&[6, 4], Order::C).unwrap();
    assert_eq!(back.suboffsets(), Some(&[3, -1][..]));
    for shape in [&[24][..], &[3, 8], &[12, 2]] {
        let error = rows.reshape(shape, Order::C).unwrap_err();
        assert!(error.message().contains("pointer"), "{error}");
    }
    let one = Layout::indirect(1, &[4, 1], &[1, 8], Some(&[-1, 0]), 0).unwrap();
    assert!(one.reshape(&[4], Order::C).is_err());
    assert!(one.reshape(&[2, 2, 1], Order::C).is_ok());
    assert!(rows.as_strided(1, &[1], &[1], 0).is_err());
    let halves = rows.cast(2, None, Order::C).unwrap();
    assert_eq!(
        (halves.shape(), halves.suboffsets()),
        (&[6, 1, 2][..], rows.suboffsets())
    );
    assert!(rows.cast(2, None, Order::F).is_err());
    let wide = rows.broadcast(&[5, 6, 7, 4]).unwrap();
    assert_eq!(wide.suboffsets(), Some(&[-1, 3, -1, -1][..]));
}
