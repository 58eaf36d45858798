//! An array as a vector of items, each a few bytes, and the operations as the language
//! reference of Python describes them.

use std::cell::RefCell;
use std::rc::Rc;

use pybuf::Slice;
use pybuf::error::Kind;

use super::super::geometry::picked;
use super::super::sharing::{Access, Guard, Sharing};
use super::code::Code;

pub struct Model {
    pub code: Code,
    pub items: RefCell<Vec<Vec<u8>>>,
    pub sharing: Rc<Sharing>,
}

/// What an operation does to an array, without an export of it.
#[derive(Clone, Copy)]
pub enum Touch {
    Read,
    /// The number of items stays.
    Write,
    /// It changes; or, in Rust, anything is written.
    Alone,
}

impl Model {
    pub fn new(code: Code, items: Vec<Vec<u8>>) -> Rc<Self> {
        Rc::new(Self {
            code,
            items: RefCell::new(items),
            sharing: Sharing::new(Guard::Counted),
        })
    }

    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.items.borrow().concat()
    }

    /// Whether the exports that are outstanding let it happen.
    pub fn may(&self, touch: Touch) -> Result<(), Kind> {
        let has = |access| self.sharing.has(access);
        let allowed = match touch {
            Touch::Read => !has(Access::Exclusive),
            Touch::Write => !has(Access::Exclusive) && !has(Access::Stable),
            Touch::Alone => self.sharing.is_free(),
        };
        if allowed { Ok(()) } else { Err(Kind::Buffer) }
    }

    pub fn position(&self, index: isize) -> Result<usize, Kind> {
        let length = self.len() as i128;
        let index = index as i128;
        let position = if index < 0 { index + length } else { index };
        match (0..length).contains(&position) {
            true => Ok(position as usize),
            false => Err(Kind::Index),
        }
    }

    /// The positions of a slice in its order, and where it begins.
    pub fn positions(&self, slice: Slice) -> Result<(usize, Vec<usize>), Kind> {
        if slice.step == 0 {
            return Err(Kind::Value);
        }
        let (start, count) = picked(self.len() as i128, slice);
        let at = |k: i128| (start + k * slice.step as i128) as usize;
        Ok((start.max(0) as usize, (0..count).map(at).collect()))
    }

    /// `a[slice]`
    pub fn picked(&self, slice: Slice) -> Result<Vec<Vec<u8>>, Kind> {
        let (_, positions) = self.positions(slice)?;
        let items = self.items.borrow();
        Ok(positions.iter().map(|&at| items[at].clone()).collect())
    }

    /// `a[slice] = items`
    pub fn replace(&self, slice: Slice, new: Vec<Vec<u8>>) -> Result<(), Kind> {
        let (start, positions) = self.positions(slice)?;
        if slice.step != 1 && new.len() != positions.len() {
            return match new.is_empty() {
                true => self.delete(slice),
                false => Err(Kind::Value),
            };
        }
        let mut items = self.items.borrow_mut();
        if slice.step == 1 {
            items.splice(start..start + positions.len(), new);
            return Ok(());
        }
        for (at, item) in positions.into_iter().zip(new) {
            items[at] = item;
        }
        Ok(())
    }

    /// `del a[slice]`
    pub fn delete(&self, slice: Slice) -> Result<(), Kind> {
        let (_, positions) = self.positions(slice)?;
        let mut position = 0..;
        self.items.borrow_mut().retain(|_| {
            let at = position.next();
            at.is_none_or(|at| !positions.contains(&at))
        });
        Ok(())
    }

    pub fn resize(&self, count: usize) {
        let zero = vec![0; self.code.size];
        self.items.borrow_mut().resize(count, zero);
    }
}
