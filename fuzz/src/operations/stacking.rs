//! Views stacked to one exporter, with a table of pointers to them.

use std::rc::Rc;

use pybuf::error::Kind;
use pybuf::{Slice, View};

use super::super::bytes::Bytes;
use super::super::capi::{self, handle};
use super::super::geometry::Geometry;
use super::super::sharing::Guard;
use super::export::Source;
use super::faces::{Lender, Reader};
use super::shown::Shown;
use super::{Exported, Viewed, World, keep};

const WORD: usize = size_of::<*mut u8>();

pub fn stack(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(first) = world.view(bytes) else {
        return;
    };
    let count = bytes.below(4);
    let rows: Vec<Viewed> = match bytes.flag() {
        true => first.rows(bytes, count),
        false => (0..count)
            .filter_map(|_| world.view(bytes).cloned())
            .collect(),
    };
    let Some(lent) = lend(&rows) else { return };
    let expected = alike(&rows);
    assert_eq!(lent.as_ref().err(), expected.as_ref().err());
    let Ok(lender) = lent else { return };
    let memory = &rows[0].shown.memory;
    // The model knows no handle of two memories.
    if rows
        .iter()
        .any(|row| !Rc::ptr_eq(&row.shown.memory, memory))
    {
        return;
    }
    let stable = rows.iter().all(|row| row.export.is_stable());
    let guard = if stable {
        Guard::Constant
    } else {
        Guard::Plain
    };
    let kept = rows.iter().map(|row| row.export.clone()).collect();
    let shown = stacked(&rows, lender.data());
    let (table, size) = (shown.first, WORD * rows.len());
    let source = Source::keeping(guard, kept);
    let made = Exported::new(lender, shown, (table, size), source);
    keep(&mut world.exporters, Some(made));
}

impl Viewed {
    /// Slices of this view, which are alike.
    fn rows(&self, bytes: &mut Bytes<'_>, count: usize) -> Vec<Self> {
        let length = self.shown.geometry.shape.first().copied().unwrap_or(0) as usize;
        let part = bytes.below(length + 1);
        let row = |_| {
            let start = bytes.below(length - part + 1) as isize;
            let slice = Slice {
                start: Some(start),
                stop: Some(start + part as isize),
                step: 1,
            };
            self.slice(0, slice)
        };
        (0..count).filter_map(row).collect()
    }
}

/// `None` where the rows are of both sorts: then they never meet.
fn lend(rows: &[Viewed]) -> Option<Result<Lender, Kind>> {
    let c: Vec<_> = rows.iter().filter_map(|row| row.reader.as_c()).collect();
    let rust: Vec<View> = (rows.iter())
        .filter_map(|row| match &row.reader {
            Reader::Rust(view) => Some(view.clone()),
            Reader::C(_) => None,
        })
        .collect();
    match (c.len(), rust.len()) {
        (_, 0) => {
            let (rows, count) = (c.as_ptr(), c.len() as isize);
            // SAFETY: so many handles.
            Some(handle(|| unsafe { capi::pybuf_exporter_stack(rows, count) }).map(Lender::C))
        }
        (0, _) => Some(
            View::stack(&rust)
                .map(Lender::Rust)
                .map_err(|error| error.kind()),
        ),
        _ => None,
    }
}

fn alike(rows: &[Viewed]) -> Result<(), Kind> {
    let Some(first) = rows.first() else {
        return Err(Kind::Value);
    };
    for Viewed { shown: row, .. } in rows {
        if row.geometry.is_indirect() {
            return Err(Kind::NotImplemented);
        }
        let same = row.geometry.shape == first.shown.geometry.shape
            && row.geometry.strides == first.shown.geometry.strides
            && row.geometry.itemsize == first.shown.geometry.itemsize
            && row.format == first.shown.format;
        if !same {
            return Err(Kind::Value);
        }
    }
    Ok(())
}

/// What is shown of rows that are alike, with pointers to them at `table`.
fn stacked(rows: &[Viewed], table: *mut u8) -> Shown {
    let row = &rows[0].shown;
    let before = |first: i128, others: &[i128]| [&[first], others].concat();
    Shown {
        memory: row.memory.clone(),
        items: (rows.iter())
            .flat_map(|row| row.shown.items.clone())
            .collect(),
        first: table,
        geometry: Geometry {
            itemsize: row.geometry.itemsize,
            offset: 0,
            shape: before(rows.len() as i128, &row.geometry.shape),
            strides: before(WORD as i128, &row.geometry.strides),
            suboffsets: Some(before(0, &vec![-1; row.geometry.ndim()])),
        },
        format: row.format.clone(),
        readonly: rows.iter().any(|row| row.shown.readonly),
    }
}
