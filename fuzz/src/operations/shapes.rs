//! Operations that make other views of the same memory. The model foretells their shape and
//! their items; by which strides and pointers they lead there is theirs to say, and checked item
//! by item.

use pybuf::error::Kind;
use pybuf::{Order, Select};

use super::super::bytes::Bytes;
use super::super::geometry::{Geometry, each_index, picked};
use super::super::layouts::some_slice;
use super::faces::Reader;
use super::shown::Shown;
use super::viewing::viewed;
use super::{Viewed, World, keep};

pub fn select(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(before) = world.view(bytes) else {
        return;
    };
    let count = bytes.below(before.shown.geometry.ndim() + 2);
    let selects = bytes.several(count, |bytes| match bytes.below(8) {
        0..3 => Select::Index(bytes.within(-3..=3) as isize),
        // C says by a step of 0 that it is left out.
        3..6 => Select::Slice(some_slice(bytes, |bytes| {
            bytes.pick(&[-6, -3, -1, 1, 2, 5])
        })),
        6 => Select::Ellipsis,
        _ => Select::NewAxis,
    });
    let made = before.remade(
        before.reader.select(&selects),
        before.shown.selected(&selects),
    );
    keep(&mut world.views, made);
}

pub fn reshape(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(before) = world.view(bytes) else {
        return;
    };
    let ndim = bytes.below(4);
    let shape = bytes.several(ndim, |bytes| bytes.within(0..=6) as isize);
    let same = shape.iter().product::<isize>() == before.shown.items.len() as isize;
    let model = match same {
        true => Ok((shape.clone(), before.shown.items.clone())),
        false => Err(Kind::Value),
    };
    let made = before.remade(before.reader.reshape(&shape), model);
    keep(&mut world.views, made);
}

pub fn broadcast(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(before) = world.view(bytes) else {
        return;
    };
    let own = &before.shown.geometry.shape;
    let new = bytes.below(3);
    let mut shape = bytes.several(new, |bytes| bytes.below(3) as isize);
    shape.extend(own.iter().map(|&length| match length {
        1 => bytes.below(4) as isize,
        length => length as isize + isize::from(bytes.rarely(32)),
    }));
    let made = before.remade(
        before.reader.broadcast(&shape),
        before.shown.repeated(&shape),
    );
    let made = made.map(|made| Viewed {
        shown: made.shown.readonly(true),
        ..made
    });
    keep(&mut world.views, made);
}

/// Shape and items, in C order.
type Model = Result<(Vec<isize>, Vec<usize>), Kind>;

impl Viewed {
    /// A view of the same export with the items that were foretold, by its own numbers. What
    /// strides or suboffsets cannot say is refused.
    fn remade(&self, made: Result<Reader, Kind>, model: Model) -> Option<Self> {
        let indirect = self.shown.geometry.is_indirect();
        match (&made, &model) {
            (Err(Kind::NotImplemented), Ok(_)) if indirect => return None,
            (Err(Kind::Buffer), Ok(_)) if indirect || !self.shown.is_contiguous(Order::C) => {
                return None;
            }
            _ => {}
        }
        let expected = model.map(|(shape, items)| {
            let mut shown = self.shown.clone();
            if let Ok(made) = &made {
                let stated = made.stated();
                (shown.first, shown.geometry) = (stated.first, stated.geometry);
                shown.readonly = stated.readonly;
            }
            shown.geometry.shape = shape.iter().map(|&length| length as i128).collect();
            shown.items = items;
            (shown, self.export.clone())
        });
        viewed(made, expected)
    }
}

impl Shown {
    /// By the definition: the indices that are picked in each dimension, and all their
    /// combinations.
    fn selected(&self, selects: &[Select]) -> Model {
        let own = &self.geometry.shape;
        let uses = |select: &&Select| matches!(select, Select::Index(_) | Select::Slice(_));
        let is_ellipsis = |select: &&Select| matches!(select, Select::Ellipsis);
        let ellipses = selects.iter().filter(is_ellipsis).count();
        let rest = own.len().checked_sub(selects.iter().filter(uses).count());
        let Some(rest) = rest.filter(|_| ellipses < 2) else {
            return Err(Kind::Index);
        };
        let (mut shape, mut indices) = (Vec::new(), Vec::<Vec<i128>>::new());
        let end = (ellipses == 0).then_some(&Select::Ellipsis);
        for select in selects.iter().chain(end) {
            let length = own.get(indices.len()).copied();
            match (*select, length) {
                (Select::NewAxis, _) => shape.push(1),
                (Select::Ellipsis, _) => {
                    for _ in 0..rest {
                        let length = own[indices.len()];
                        shape.push(length as isize);
                        indices.push((0..length).collect());
                    }
                }
                (Select::Index(index), Some(length)) => {
                    let index = index as i128;
                    let index = if index < 0 { index + length } else { index };
                    if !(0..length).contains(&index) {
                        return Err(Kind::Index);
                    }
                    indices.push(vec![index]);
                }
                (Select::Slice(slice), Some(length)) => {
                    let (start, count) = picked(length, slice);
                    shape.push(count as isize);
                    indices.push((0..count).map(|k| start + k * slice.step as i128).collect());
                }
                _ => unreachable!("as many as there are dimensions"),
            }
        }
        if shape.len() > 64 {
            return Err(Kind::Value);
        }
        let counts: Vec<i128> = indices.iter().map(|picked| picked.len() as i128).collect();
        let items = self.items_at(&counts, |dim, k| indices[dim][k as usize]);
        Ok((shape, items))
    }

    fn repeated(&self, shape: &[isize]) -> Model {
        let own = &self.geometry.shape;
        let new = shape.len() - own.len();
        let fits = |(&from, &to): (&i128, &isize)| from == to as i128 || from == 1;
        if !own.iter().zip(&shape[new..]).all(fits) || shape.len() > 64 {
            return Err(Kind::Value);
        }
        let counts: Vec<i128> = shape[new..].iter().map(|&length| length as i128).collect();
        let once = self.items_at(&counts, |dim, k| if own[dim] == 1 { 0 } else { k });
        let times = shape[..new].iter().product::<isize>() as usize;
        Ok((shape.to_vec(), once.repeat(times)))
    }

    /// The items at so many indices in each dimension.
    fn items_at(&self, counts: &[i128], index: impl Fn(usize, i128) -> i128) -> Vec<usize> {
        let steps = Geometry::contiguous(1, &self.geometry.shape, Order::C).strides;
        let mut items = Vec::new();
        each_index(counts, |at| {
            let place: i128 = (0..at.len())
                .map(|dim| steps[dim] * index(dim, at[dim]))
                .sum();
            items.push(self.items[place as usize]);
        });
        items
    }
}
