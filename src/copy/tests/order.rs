//! Copies within one memory, which walk where that is enough.

use super::*;
use crate::layout::Slice;

/// Steps and lengths of dimensions, from the innermost out, that are nested.
fn nested() -> impl Strategy<Value = Vec<(isize, isize)>> {
    prop::collection::vec((1..7isize, 0..9isize), 0..4)
}

fn layout(itemsize: usize, dims: &[(isize, isize)], shift: isize) -> Layout {
    let mut reach = itemsize as isize;
    let mut all = Vec::new();
    for &(length, gap) in dims {
        let stride = reach + gap;
        all.push((length, stride));
        reach = stride * length;
    }
    all.reverse();
    let order: Vec<_> = (0..all.len()).collect();
    layout_of(itemsize, &all, &order).at(shift).unwrap()
}

/// The course that is taken, after it has been seen that it leads to where it should.
fn course_of(to: &Layout, from: &Layout) -> Result<Course, TestCaseError> {
    let size = to.extent().high.max(from.extent().high).unsigned_abs();
    let mut memory: Vec<_> = (0..size).map(|k| (k * 7 + k / 256) as u8).collect();
    let mut expected = memory.clone();
    oracle(&mut expected, (to, 0), (from, 0));
    let base = memory.as_mut_ptr();
    let place = |layout| Place { base, layout };
    let (to, from) = (place(to), place(from));
    let mut plan = Plan::blank();
    plan.outer.read(to.layout, from.layout, 0);
    let course = Course::of(&plan.outer, &to, &from);
    // SAFETY: both lie in the memory.
    unsafe { copy(to, from) }.unwrap();
    prop_assert!(memory == expected, "{:?}", course);
    Ok(course)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(3000)))]

    #[test]
    fn a_shift_needs_no_stage(
        itemsize in 1..20usize,
        dims in nested(),
        shifts in (0..200isize, 0..200isize),
    ) {
        let to = layout(itemsize, &dims, shifts.0);
        let from = layout(itemsize, &dims, shifts.1);
        prop_assert_ne!(course_of(&to, &from)?, Course::None);
    }

    /// A row that is spread, or moved together; and that may pass itself on the way.
    #[test]
    fn rows_that_pass_each_other_are_right(
        itemsize in 1..20usize,
        length in 1..40isize,
        gaps in (0..30isize, 0..30isize),
        shifts in (0..200isize, 0..200isize),
    ) {
        let to = layout(itemsize, &[(length, gaps.0)], shifts.0);
        let from = layout(itemsize, &[(length, gaps.1)], shifts.1);
        let course = course_of(&to, &from)?;
        if shifts.0 <= shifts.1 && gaps.0 <= gaps.1 || shifts.0 >= shifts.1 && gaps.0 >= gaps.1 {
            prop_assert_ne!(course, Course::None);
        }
    }

    /// The same memory, otherwise looked at.
    #[test]
    fn what_changes_places_in_itself_is_right(
        itemsize in 1..20usize,
        (length, gap) in (1..7isize, 0..9isize),
        down in prop::collection::vec(any::<bool>(), 3),
        order in Just(vec![0, 1, 2]).prop_shuffle(),
    ) {
        let cube = layout(itemsize, &[(length, gap); 3], 0);
        let mut turned = cube.transpose(&order).unwrap();
        for dim in (0..3).filter(|&dim| down[dim]) {
            let back = Slice { start: None, stop: None, step: -1 };
            turned = turned.slice(dim, back).unwrap();
        }
        course_of(&cube, &turned)?;
    }
}
