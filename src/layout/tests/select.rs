//! Selections against NumPy's rules, written out: which indices of the source are picked in each
//! of its dimensions.

use super::*;
use Select::{Ellipsis, Index, NewAxis};

/// Any bounds, and steps of both signs.
fn slices() -> impl Strategy<Value = Slice> {
    let bound = || prop::option::of(-6isize..7);
    (bound(), bound(), prop_oneof![-3isize..0, 1isize..4]).prop_map(|(start, stop, step)| Slice {
        start,
        stop,
        step,
    })
}

pub(crate) fn selects() -> impl Strategy<Value = Vec<Select>> {
    let select = prop_oneof![
        3 => (-5isize..5).prop_map(Index),
        4 => slices().prop_map(Select::Slice),
        1 => Just(NewAxis),
    ];
    let ellipsis = prop::option::of(0usize..5);
    (prop::collection::vec(select, 0..5), ellipsis).prop_map(|(mut selects, ellipsis)| {
        if let Some(at) = ellipsis {
            selects.insert(at.min(selects.len()), Ellipsis);
        }
        selects
    })
}

/// What a selection is, by the definition: its shape, and for each dimension of the source the
/// indices that are picked. `None` where it is an error.
pub(crate) fn picked(shape: &[isize], selects: &[Select]) -> Option<(Vec<isize>, Vec<Vec<isize>>)> {
    let used = selects
        .iter()
        .filter(|select| !matches!(select, Ellipsis | NewAxis))
        .count();
    let mut all = selects.to_vec();
    if !all.contains(&Ellipsis) {
        all.push(Ellipsis);
    }
    let (mut lengths, mut indices) = (Vec::new(), Vec::new());
    for select in all {
        let dim = indices.len();
        match select {
            NewAxis => lengths.push(1),
            Ellipsis => {
                for &length in &shape[dim..dim + shape.len().checked_sub(used)?] {
                    lengths.push(length);
                    indices.push((0..length).collect());
                }
            }
            Index(index) => {
                let &length = shape.get(dim)?;
                let index = if index < 0 { index + length } else { index };
                indices.push((0..length).contains(&index).then(|| vec![index])?);
            }
            Select::Slice(slice) => {
                let walked = python_slice(*shape.get(dim)?, slice);
                lengths.push(walked.len() as isize);
                indices.push(walked);
            }
        }
    }
    Some((lengths, indices))
}

/// All combinations, the last varying fastest.
pub(crate) fn combinations(indices: &[Vec<isize>]) -> Vec<Vec<isize>> {
    indices.iter().fold(vec![vec![]], |all, picked| {
        let with =
            |head: &Vec<isize>, &index: &isize| head.iter().copied().chain([index]).collect();
        all.iter()
            .flat_map(|head| picked.iter().map(move |index| with(head, index)))
            .collect()
    })
}

fn offset_of(layout: &Layout, indices: &[isize]) -> isize {
    let along = indices.iter().zip(layout.strides()).map(|(i, s)| i * s);
    layout.offset() + along.sum::<isize>()
}

proptest! {
    #[test]
    fn selections_pick_what_numpy_picks(layout in layouts(), selects in selects()) {
        let result = layout.select(&selects);
        let Some((shape, indices)) = picked(layout.shape(), &selects) else {
            prop_assert_eq!(result.unwrap_err().kind(), Kind::Index);
            return Ok(());
        };
        let selected = result.unwrap();
        prop_assert_eq!(selected.shape(), shape);
        let expected: Vec<_> = combinations(&indices)
            .iter()
            .map(|indices| offset_of(&layout, indices))
            .collect();
        prop_assert_eq!(offsets(&selected), expected);
        prop_assert_eq!(selected.itemsize(), layout.itemsize());
    }

    #[test]
    fn no_selection_panics(
        itemsize in any::<usize>(),
        dims in prop::collection::vec((any::<isize>(), any::<isize>()), 0..4),
        offset in any::<isize>(),
        pointers in prop::option::of(any::<[isize; 4]>()),
        index in any::<isize>(),
        (start, stop, step) in any::<(isize, isize, isize)>(),
    ) {
        let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
        let suboffsets = pointers.as_ref().map(|all| &all[..shape.len()]);
        if let Ok(layout) = Layout::indirect(itemsize, &shape, &strides, suboffsets, offset) {
            let slice = Slice { start: Some(start), stop: Some(stop), step };
            for selects in [
                [Index(index), NewAxis, Select::Slice(slice)],
                [Select::Slice(slice), Index(0), Select::Slice(slice)],
                [Index(0), Index(-1), Index(index)],
            ] {
                let _ = layout.select(&selects);
                let _ = layout.select_following(&selects, |_| Ok(true));
            }
        }
    }
}

#[test]
fn what_cannot_be_selected_is_said() {
    let layout = Layout::contiguous(1, &[2, 3], Order::C).unwrap();
    let says = |selects: &[Select]| layout.select(selects).unwrap_err();
    let error = says(&[Ellipsis, Index(0), Ellipsis]);
    assert_eq!(error.kind(), Kind::Index);
    assert!(error.message().contains("2 ellipses"), "{error}");
    let error = says(&[Index(0), Index(0), NewAxis, Index(0)]);
    assert!(error.message().contains("3 indices"), "{error}");
    let error = says(&[Ellipsis, Index(3)]);
    assert!(error.message().contains("dimension 1"), "{error}");
    let error = says(&[NewAxis; 127]);
    assert_eq!(error.kind(), Kind::Value);
    let step = Select::Slice(Slice {
        step: 0,
        ..Slice::ALL
    });
    assert_eq!(says(&[step]).kind(), Kind::Value);
    assert_eq!(layout.select(&[NewAxis; 126]).unwrap().ndim(), 128);
}

/// Without memory an index cannot follow a pointer, unless a dimension before can end in it.
#[test]
fn an_index_hands_its_pointer_to_the_dimension_before() {
    let layout = Layout::indirect(1, &[2, 3, 4], &[24, 8, 1], Some(&[-1, 5, -1]), 7).unwrap();
    let column = layout
        .select(&[Select::Slice(Slice::ALL), Index(1)])
        .unwrap();
    assert_eq!(column.shape(), [2, 4]);
    assert_eq!(column.suboffsets(), Some(&[5, -1][..]));
    assert_eq!(column.offset(), 7 + 8);
    let error = layout.select(&[Index(0), Index(1)]).unwrap_err();
    assert_eq!(error.kind(), Kind::NotImplemented);
    let twice = Layout::indirect(1, &[2, 3], &[8, 8], Some(&[0, 0]), 0).unwrap();
    let error = twice.select(&[Ellipsis, Index(1)]).unwrap_err();
    assert!(error.message().contains("a slice of one item"), "{error}");
}
