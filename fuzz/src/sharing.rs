//! Who may have memory beside whom: the table of `include/pybuf.h` (STABLE AND EXCLUSIVE), and
//! the exports that are outstanding.

use std::cell::Cell;
use std::rc::Rc;

use pybuf::error::Kind;

/// What is said about who else uses memory.
#[derive(Clone, Copy, PartialEq)]
pub enum Guard {
    Plain,
    Constant,
    /// Guarded, or growing.
    Counted,
}

/// How memory is asked for.
#[derive(Clone, Copy, PartialEq)]
pub enum Asked {
    /// By flags alone: who asks to read may write where it is answered that he may.
    ByFlags,
    /// From Rust or by `pybuf_want`: who asks to read only reads.
    Loose,
    Stable,
    Exclusive,
}

/// How an export uses memory.
#[derive(Clone, Copy, PartialEq)]
pub enum Access {
    Read,
    Write,
    Stable,
    Exclusive,
}

/// Whether the export of a line is granted while one of a column is outstanding; both in the order
/// of [`Access`].
const TOGETHER: [[bool; 4]; 4] = [
    [true, true, true, false],
    [true, true, false, false],
    [true, false, true, false],
    [false, false, false, false],
];

pub struct Sharing {
    pub guard: Guard,
    outstanding: [Cell<usize>; 4],
}

impl Sharing {
    pub fn new(guard: Guard) -> Rc<Self> {
        Rc::new(Self {
            guard,
            outstanding: Default::default(),
        })
    }

    pub fn has(&self, access: Access) -> bool {
        self.outstanding[access as usize].get() > 0
    }

    pub fn is_free(&self) -> bool {
        self.outstanding.iter().all(|count| count.get() == 0)
    }

    /// How a request will use the memory, if it may. `readonly` is what the memory is.
    pub fn grant(&self, asked: Asked, writes: bool, readonly: bool) -> Result<Access, Kind> {
        let access = match asked {
            Asked::Stable => Access::Stable,
            Asked::Exclusive => Access::Exclusive,
            Asked::ByFlags if !writes && self.has(Access::Stable) => Access::Read,
            Asked::Loose if !writes => Access::Read,
            _ if readonly => Access::Read,
            _ => Access::Write,
        };
        let allowed = match (self.guard, access) {
            (_, Access::Stable) if writes => false,
            (Guard::Plain, Access::Stable) => false,
            (Guard::Plain | Guard::Constant, access) => access != Access::Exclusive,
            (Guard::Counted, access) => (self.outstanding.iter())
                .zip(TOGETHER[access as usize])
                .all(|(count, together)| together || count.get() == 0),
        };
        if allowed {
            Ok(access)
        } else {
            Err(Kind::Buffer)
        }
    }
}

/// What is answered as `readonly`.
pub fn is_answered_readonly(asked: Asked, access: Access, writes: bool, readonly: bool) -> bool {
    let may_write = writes || (asked == Asked::ByFlags && access == Access::Write);
    readonly || !may_write
}

/// An export that is outstanding as long as this lives.
pub struct Outstanding {
    pub sharing: Rc<Sharing>,
    access: Access,
}

impl Outstanding {
    pub fn begin(sharing: &Rc<Sharing>, access: Access) -> Self {
        let count = &sharing.outstanding[access as usize];
        count.set(count.get() + 1);
        Self {
            sharing: sharing.clone(),
            access,
        }
    }
}

impl Drop for Outstanding {
    fn drop(&mut self) {
        let count = &self.sharing.outstanding[self.access as usize];
        count.set(count.get() - 1);
    }
}
