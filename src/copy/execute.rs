//! A plan, carried out.

use super::kernel::{Axis, Level, channels, line, plain, run, swap, transpose};
use super::loops::{Loop, Loops};
use super::plan::{Kernel, Plan};
use crate::layout::MAX_DIMS;

impl Plan {
    /// Copies, where the first items of the two layouts lie there.
    ///
    /// # Safety
    /// All items of the plan's layouts lie in live memory, those of the
    /// destination writable; the two do not overlap. The processor has the level.
    pub(super) unsafe fn execute(&self, level: Level, to: *mut u8, from: *const u8) {
        let (rows, line, size) = (self.rows, self.line, self.outer.size);
        let row_axis = |stride| Axis {
            length: rows.length,
            stride,
        };
        let line_axis = |stride| Axis {
            length: line.length,
            stride,
        };
        let move_all = |to: *mut u8, from: *const u8| {
            // SAFETY: as the caller promises; where a plan has such a kernel, that side of it
            // lies as the kernel wants.
            unsafe {
                match self.kernel {
                    Kernel::Run => {
                        run::runs(level, to, from, rows, line, size, self.streams);
                    }
                    Kernel::Line => {
                        line::lines(level, to, from, rows, line, size, self.streams);
                    }
                    Kernel::Swap => {
                        // Each item is read from its last byte on.
                        let from = from.wrapping_sub(line.length - 1);
                        swap::items(level, to, from, rows, line.length, self.streams);
                    }
                    Kernel::Tiles => line::tiles(to, from, rows, line, size),
                    Kernel::Transpose => {
                        let (rows, columns) = (row_axis(rows.to), line_axis(line.from));
                        transpose::transpose(level, to, from, rows, columns, size);
                    }
                    Kernel::Split => {
                        let planes = row_axis(rows.to);
                        let pixels = (line.length, line.from.unsigned_abs() / size);
                        channels::split(level, to, from, planes, pixels, size, self.streams);
                    }
                    Kernel::Join => {
                        let planes = line_axis(line.from);
                        channels::join(level, to, from, planes, rows.length, size, self.streams);
                    }
                }
            }
        };
        let to = to.wrapping_offset(self.outer.to);
        let from = from.wrapping_offset(self.outer.from);
        let outer = self.outer.as_slice();
        if self.kernel == Kernel::Transpose && transpose::is_worth_merging(outer, rows, line) {
            // SAFETY: as the caller promises.
            unsafe { transpose::transpose_nested(level, to, from, outer, rows, line, size) };
            return;
        }
        each(outer, to, from, move_all);
        if self.kernel == Kernel::Run && self.streams {
            run::end();
        }
    }
}

impl Loops {
    /// Moves one item after another in the order of the loops, each as if through a stage.
    ///
    /// # Safety
    /// As for [`Plan::execute`], save that the two may overlap.
    pub(super) unsafe fn execute_in_order(&self, to: *mut u8, from: *const u8) {
        let (outer, line) = match self.as_slice() {
            [] => (&[][..], Loop::ONCE),
            [outer @ .., line] => (outer, *line),
        };
        let to = to.wrapping_offset(self.to);
        let from = from.wrapping_offset(self.from);
        each(outer, to, from, |to, from| {
            // SAFETY: as the caller promises.
            unsafe { plain::in_order(to, from, line, self.size) };
        });
    }
}

/// Calls with the addresses of all steps of some loops.
fn each(loops: &[Loop], to: *mut u8, from: *const u8, mut visit: impl FnMut(*mut u8, *const u8)) {
    match *loops {
        [] => visit(to, from),
        [only] => each_step(only, to, from, visit),
        [outer, inner] => each_step(outer, to, from, |to, from| {
            each_step(inner, to, from, &mut visit);
        }),
        _ => turn_over(loops, to, from, visit),
    }
}

fn each_step(
    one: Loop,
    mut to: *mut u8,
    mut from: *const u8,
    mut visit: impl FnMut(*mut u8, *const u8),
) {
    for _ in 0..one.length {
        visit(to, from);
        to = to.wrapping_offset(one.to);
        from = from.wrapping_offset(one.from);
    }
}

/// As [`each`], for any number of loops: an odometer that knows where it is on both sides.
fn turn_over(
    loops: &[Loop],
    mut to: *mut u8,
    mut from: *const u8,
    mut visit: impl FnMut(*mut u8, *const u8),
) {
    let mut steps = [0; MAX_DIMS];
    let steps = &mut steps[..loops.len()];
    loop {
        visit(to, from);
        let mut turning = loops.iter().zip(&mut *steps).rev();
        loop {
            let Some((one, step)) = turning.next() else {
                return;
            };
            if *step + 1 < one.length {
                *step += 1;
                to = to.wrapping_offset(one.to);
                from = from.wrapping_offset(one.from);
                break;
            }
            *step = 0;
            to = to.wrapping_offset(one.last_to().wrapping_neg());
            from = from.wrapping_offset(one.last_from().wrapping_neg());
        }
    }
}
