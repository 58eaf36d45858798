//! Several views as one: memory with suboffsets that is made of others' memory.

use super::View;
use crate::alloc::{Block, try_collect};
use crate::error::{Error, Kind, Result, Tuple, fail};
use crate::exporter::{Exporter, Guard, Owner, Storage};
use crate::layout::{Layout, MAX_DIMS};
use crate::request::Hold;

/// The views, and the table of pointers to their first items.
struct Rows {
    _table: Block,
    _views: Vec<View>,
}

impl View {
    /// An exporter of one dimension more, along which the views follow one another: item
    /// `(k, ...)` is item `(...)` of the `k`-th. Nothing is copied; their memory stays where it
    /// is, and a table of pointers leads there. All have the same shape, strides, format and
    /// no suboffsets. It is read-only where one of them is, and constant where all are stable.
    pub fn stack(views: &[Self]) -> Result<Exporter> {
        let Some(first) = views.first() else {
            let text = "there are no rows to stack: at least one is needed";
            return Err(Error::fixed(Kind::Value, text));
        };
        for (k, view) in views.iter().enumerate() {
            view.check_stackable(k, first)?;
        }
        let layout = first.stacked(views.len())?;
        let size = size_of::<*mut u8>() * views.len();
        let table = Block::zeroed(size)?;
        let pointers = table.as_ptr().cast::<*mut u8>();
        for (k, view) in views.iter().enumerate() {
            // SAFETY: the table has room for so many pointers, and is aligned.
            unsafe { pointers.add(k).write(view.data()) };
        }
        let rows = Rows {
            _table: table,
            _views: try_collect(views.len(), |k| Ok::<_, Error>(views[k].clone()))?,
        };
        let storage = Storage::Fixed {
            base: pointers.cast(),
            size,
            readonly: views.iter().any(Self::is_readonly),
            guard: match views.iter().all(|view| view.hold() == Hold::Stable) {
                true => Guard::Constant,
                false => Guard::None,
            },
            owner: Owner::value(rows)?.0,
        };
        let format = first.format().try_clone()?;
        Exporter::over(pointers.cast(), layout, format, storage)
    }

    fn check_stackable(&self, k: usize, first: &Self) -> Result<()> {
        if self.layout().is_indirect() {
            return fail!(
                NotImplemented,
                "row {k} has suboffsets: rows are memory without pointers"
            );
        }
        let (ours, theirs) = (self.layout(), first.layout());
        let same = ours.shape() == theirs.shape()
            && ours.strides() == theirs.strides()
            && self.format().text() == first.format().text()
            && ours.itemsize() == theirs.itemsize();
        if same {
            return Ok(());
        }
        fail!(
            Value,
            "row {k} is {}, shape {}, strides {}; row 0 is {}, shape {}, strides {}: rows must be alike",
            self.format(),
            Tuple(ours.shape()),
            Tuple(ours.strides()),
            first.format(),
            Tuple(theirs.shape()),
            Tuple(theirs.strides())
        )
    }

    /// The layout of so many rows like this view.
    fn stacked(&self, rows: usize) -> Result<Layout> {
        let row = self.layout();
        let ndim = row.ndim() + 1;
        if ndim > MAX_DIMS {
            return fail!(
                Value,
                "{ndim} dimensions: at most {MAX_DIMS} can be described"
            );
        }
        let (mut shape, mut strides) = ([0; MAX_DIMS], [0; MAX_DIMS]);
        let mut suboffsets = [-1; MAX_DIMS];
        shape[0] = rows as isize;
        strides[0] = size_of::<*mut u8>() as isize;
        suboffsets[0] = 0;
        shape[1..ndim].copy_from_slice(row.shape());
        strides[1..ndim].copy_from_slice(row.strides());
        Layout::indirect(
            row.itemsize(),
            &shape[..ndim],
            &strides[..ndim],
            Some(&suboffsets[..ndim]),
            0,
        )
    }
}
