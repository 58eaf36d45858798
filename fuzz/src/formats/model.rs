//! Where everything lies in an item, by the rules of each dialect and without haste.
//!
//! A member is put where its alignment allows: C's behind `@`, any address elsewhere; a struct
//! has that of its strictest member. PEP 3118 fills a `T{}` up to its alignment, NumPy where
//! the order at its end is `@`, and there the whole item as well; struct and ctypes never.

use pybuf::format::{ByteOrder, Dialect, ScalarKind};

use super::codes::Mark;
use super::grammar::{Element, Member};

/// One element at the end of all paths, and where it lies in the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    pub offset: usize,
    pub kind: ScalarKind,
    pub size: usize,
    pub order: Option<ByteOrder>,
}

/// An item, or a part of one, has no place in memory.
#[derive(Debug)]
pub struct TooLarge;

/// What the members of a struct come to.
#[derive(Debug)]
pub struct Extent {
    pub size: u128,
    pub alignment: u128,
    pub members: Vec<Placed>,
}

/// A member in its place: `lengths` elements, of which each has so many bytes.
#[derive(Debug)]
pub struct Placed {
    offset: u128,
    lengths: Vec<u64>,
    size: u128,
    below: Below,
}

#[derive(Debug)]
enum Below {
    Leaf(ScalarKind, Option<ByteOrder>),
    Struct(Vec<Placed>),
}

pub fn whole(members: &[Member], dialect: Dialect) -> Result<Extent, TooLarge> {
    let mut mark = Mark::NONE;
    let mut extent = placed(members, dialect, &mut mark)?;
    if dialect == Dialect::NumPy && mark.aligned {
        extent.size = up(extent.size, extent.alignment)?;
    }
    Ok(extent)
}

fn placed(members: &[Member], dialect: Dialect, mark: &mut Mark) -> Result<Extent, TooLarge> {
    let mut extent = Extent {
        size: 0,
        alignment: 1,
        members: Vec::new(),
    };
    let mut count = 0;
    for member in members {
        if let Some(character) = member.mark {
            *mark = Mark::of(character);
        }
        // What the text says is looked at, whether it comes to anything or not.
        let numbers = member.shape.iter().chain(&member.count);
        if numbers.clone().any(|&number| number > LARGEST as u64) {
            return Err(TooLarge);
        }
        let element = element(member, dialect, mark)?;
        let mut lengths = member.shape.clone();
        let takes_count = matches!(member.element, Element::Padding | Element::Bytes(_))
            || is_text(member, dialect);
        lengths.extend(member.count.filter(|_| !takes_count));
        count = fits(count + repeats(member, dialect, takes_count))?;
        // NumPy looks at the order behind the member.
        let alignment = match dialect == Dialect::NumPy && !mark.aligned {
            true => 1,
            false => element.alignment,
        };
        let offset = up(extent.size, alignment)?;
        let bytes = bytes(&lengths, element.size)?;
        extent.size = fits(offset + bytes)?;
        extent.alignment = extent.alignment.max(alignment);
        extent.members.push(Placed {
            offset,
            lengths,
            size: element.size,
            below: element.below,
        });
    }
    Ok(extent)
}

/// How many members it stands for: padding is none, and a count is as many where it is neither a
/// length nor a dimension.
fn repeats(member: &Member, dialect: Dialect, takes_count: bool) -> u128 {
    let is_array = !member.shape.is_empty() || member.name.is_some() || dialect == Dialect::NumPy;
    match (&member.element, member.count) {
        (Element::Padding, _) if member.name.is_none() => 0,
        (_, Some(count)) if !takes_count && !is_array => count.into(),
        _ => 1,
    }
}

struct OneElement {
    size: u128,
    alignment: u128,
    below: Below,
}

fn element(member: &Member, dialect: Dialect, mark: &mut Mark) -> Result<OneElement, TooLarge> {
    let length = u128::from(member.count.unwrap_or(1));
    // ctypes says all padding.
    let aligned = mark.aligned && dialect != Dialect::Ctypes;
    let order = mark.order;
    let leaf = |kind, size: u128, alignment: usize| OneElement {
        size,
        alignment: if aligned { alignment as u128 } else { 1 },
        below: Below::Leaf(kind, order_of(kind, size, order)),
    };
    let pointer = size_of::<usize>();
    Ok(match &member.element {
        Element::Padding => leaf(ScalarKind::Void, length, 1),
        Element::Bytes(b'p') => leaf(ScalarKind::Pascal, length, 1),
        Element::Bytes(_) => leaf(ScalarKind::Bytes, length, 1),
        Element::Code(code) if is_text(member, dialect) => {
            leaf(ScalarKind::Text, fits(4 * length)?, code.native.1)
        }
        Element::Code(code) => leaf(code.kind, code.size(*mark) as u128, code.native.1),
        Element::Pointer(target) => {
            let leaf = leaf(ScalarKind::Pointer, pointer as u128, pointer);
            *mark = mark.behind(target);
            leaf
        }
        Element::Function(signature) => {
            let leaf = leaf(ScalarKind::Function, pointer as u128, pointer);
            *mark = mark.behind(signature);
            leaf
        }
        Element::Struct(members) => {
            let mut extent = placed(members, dialect, mark)?;
            let pads = dialect == Dialect::Pep3118 || dialect == Dialect::NumPy && mark.aligned;
            if pads {
                extent.size = up(extent.size, extent.alignment)?;
            }
            OneElement {
                size: extent.size,
                alignment: extent.alignment,
                below: Below::Struct(extent.members),
            }
        }
    })
}

/// The order of a scalar's bytes: single ones have none, nor have runs of them, and an address
/// is one of this process.
fn order_of(kind: ScalarKind, size: u128, order: ByteOrder) -> Option<ByteOrder> {
    use ScalarKind::*;
    match kind {
        Bool | Char | Bytes | Pascal | Void | Bits => None,
        _ if size <= 1 => None,
        Pointer | Function | Object => Some(ByteOrder::NATIVE),
        _ => Some(order),
    }
}

/// `3w` is one text; for NumPy `w` is as well.
fn is_text(member: &Member, dialect: Dialect) -> bool {
    let is_w = matches!(&member.element, Element::Code(code) if code.text == "w");
    is_w && (member.count.is_some() || dialect == Dialect::NumPy)
}

const LARGEST: u128 = isize::MAX as u128;

fn fits(size: u128) -> Result<u128, TooLarge> {
    match size <= LARGEST {
        true => Ok(size),
        false => Err(TooLarge),
    }
}

fn up(offset: u128, alignment: u128) -> Result<u128, TooLarge> {
    fits(offset.next_multiple_of(alignment))
}

/// A dimension without elements does not excuse the others.
fn bytes(lengths: &[u64], size: u128) -> Result<u128, TooLarge> {
    let mut all = size;
    for &length in lengths.iter().filter(|&&length| length != 0) {
        all = fits(all * u128::from(length))?;
    }
    Ok(if lengths.contains(&0) { 0 } else { all })
}

impl Extent {
    /// The first leaves of the item, `limit` at most; what means nothing and has no name is
    /// none.
    pub fn leaves(&self, members: &[Member], limit: usize) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        collect(&self.members, members, 0, limit, &mut leaves);
        leaves
    }
}

fn collect(
    placed: &[Placed],
    members: &[Member],
    base: u128,
    limit: usize,
    leaves: &mut Vec<Leaf>,
) {
    for (place, member) in placed.iter().zip(members) {
        // There may be any number of elements with nothing in them.
        if place.is_empty(member) {
            continue;
        }
        for index in 0..place.elements() {
            if leaves.len() >= limit {
                return;
            }
            let offset = base + place.offset + index * place.size;
            match (&place.below, &member.element) {
                (Below::Struct(placed), Element::Struct(members)) => {
                    collect(placed, members, offset, limit, leaves);
                }
                (Below::Leaf(kind, order), _) => leaves.push(Leaf {
                    offset: offset as usize,
                    kind: *kind,
                    size: place.size as usize,
                    order: *order,
                }),
                _ => unreachable!("a struct has members"),
            }
        }
    }
}

impl Placed {
    fn elements(&self) -> u128 {
        let lengths = self.lengths.iter().map(|&length| u128::from(length));
        match self.lengths.contains(&0) {
            true => 0,
            false => lengths.fold(1, u128::saturating_mul),
        }
    }

    fn is_empty(&self, member: &Member) -> bool {
        let has_nothing = match (&self.below, &member.element) {
            (Below::Struct(placed), Element::Struct(members)) => placed
                .iter()
                .zip(members)
                .all(|(place, member)| place.is_empty(member)),
            _ => matches!(member.element, Element::Padding) && member.name.is_none(),
        };
        has_nothing || self.elements() == 0
    }
}
