//! Memory that grows, against a plain vector.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::layout::Slice;
use crate::view::View;

/// Items to be put in: new ones, or a range of those that are there.
#[derive(Debug, Clone)]
enum Source {
    New(Vec<u16>),
    Own(usize, usize),
}

#[derive(Debug, Clone)]
enum Step {
    Replace(Slice, Source),
    Delete(Slice),
    Copy(Slice),
    Get(isize),
    Set(isize, u16),
    Pop(isize),
    Resize(usize),
    Reverse,
    Export(Access),
    Release,
}

fn index() -> impl Strategy<Value = isize> {
    prop_oneof![-12..12isize, select(vec![isize::MIN, isize::MAX])]
}

fn slice() -> impl Strategy<Value = Slice> {
    let bound = || prop_oneof![Just(None), index().prop_map(Some)];
    let step = prop_oneof![
        3 => Just(1isize),
        3 => -4..5isize,
        1 => select(vec![isize::MIN, isize::MAX]),
    ];
    (bound(), bound(), step).prop_map(|(start, stop, step)| Slice { start, stop, step })
}

fn step() -> impl Strategy<Value = Step> {
    let source = prop_oneof![
        vec(any::<u16>(), 0..6).prop_map(Source::New),
        (0..8usize, 0..8usize).prop_map(|(from, count)| Source::Own(from, count)),
    ];
    prop_oneof![
        4 => (slice(), source).prop_map(|(slice, source)| Step::Replace(slice, source)),
        2 => slice().prop_map(Step::Delete),
        1 => slice().prop_map(Step::Copy),
        1 => index().prop_map(Step::Get),
        1 => (index(), any::<u16>()).prop_map(|(index, item)| Step::Set(index, item)),
        1 => index().prop_map(Step::Pop),
        1 => (0..20usize).prop_map(Step::Resize),
        1 => Just(Step::Reverse),
        1 => select(Access::ALL.to_vec()).prop_map(Step::Export),
        3 => Just(Step::Release),
    ]
}

/// What Python's rules say a slice of so many items is, walked item by item.
fn positions(slice: Slice, length: usize) -> Vec<usize> {
    let (length, step) = (length as i128, slice.step as i128);
    let place = |bound: Option<isize>, open: i128| match bound.map(|bound| bound as i128) {
        None => open,
        Some(bound) if bound < 0 => (bound + length).max(if step < 0 { -1 } else { 0 }),
        Some(bound) => bound.min(if step < 0 { length - 1 } else { length }),
    };
    let (mut at, stop) = match step < 0 {
        true => (place(slice.start, length - 1), place(slice.stop, -1)),
        false => (place(slice.start, 0), place(slice.stop, length)),
    };
    let mut positions = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        positions.push(at as usize);
        at += step;
    }
    positions
}

/// Where a slice without items and with step 1 begins.
fn start(slice: Slice, length: usize) -> usize {
    let length = length as i128;
    match slice.start.unwrap_or(0) as i128 {
        bound if bound < 0 => (bound + length).max(0) as usize,
        bound => bound.min(length) as usize,
    }
}

fn position(index: isize, length: usize) -> Option<usize> {
    let position = if index < 0 {
        index as i128 + length as i128
    } else {
        index as i128
    };
    (0..length as i128)
        .contains(&position)
        .then_some(position as usize)
}

/// The memory, what should be in it, and who has an export.
struct Pair {
    memory: Exporter,
    model: Vec<u16>,
    held: Vec<(Access, View)>,
}

impl Pair {
    fn new(items: &[u16]) -> Self {
        Self {
            memory: Exporter::growing_of(items).unwrap(),
            model: items.to_vec(),
            held: Vec::new(),
        }
    }

    fn has(&self, access: Access) -> bool {
        self.held.iter().any(|(held, _)| *held == access)
    }

    fn hinders(&self, touch: Touch) -> bool {
        let exclusive = self.has(Access::Exclusive);
        match touch {
            Touch::Look => false,
            Touch::Read => exclusive,
            Touch::Write => exclusive || self.has(Access::Stable),
        }
    }

    /// A result is an error exactly where something hinders or is wrong, and of that kind.
    fn judge<T: std::fmt::Debug>(
        &self,
        result: &Result<T>,
        hindered: bool,
        wrong: Option<Kind>,
    ) -> bool {
        match result {
            Ok(_) => assert!(!hindered && wrong.is_none(), "{wrong:?}"),
            Err(error) => {
                let kind = error.kind();
                assert!(
                    (hindered && kind == Kind::Buffer) || wrong == Some(kind),
                    "{error}"
                );
            }
        }
        result.is_ok()
    }

    fn go(&mut self, step: Step) {
        let length = self.model.len();
        let exported = !self.held.is_empty();
        let no_step = |slice: Slice| (slice.step == 0).then_some(Kind::Value);
        let outside = |index| match position(index, length) {
            None => Some(Kind::Index),
            Some(_) => None,
        };
        match step {
            Step::Replace(slice, source) => self.replace(slice, source),
            Step::Delete(slice) => {
                let result = self.memory.delete(slice);
                if self.judge(&result, exported, no_step(slice)) {
                    let gone = positions(slice, length);
                    let mut position = 0..;
                    self.model
                        .retain(|_| !gone.contains(&position.next().unwrap()));
                }
            }
            Step::Copy(slice) => {
                let result = self.memory.copy_slice(slice);
                if self.judge(&result, self.hinders(Touch::Read), no_step(slice)) {
                    let wanted: Vec<u16> = positions(slice, length)
                        .into_iter()
                        .map(|k| self.model[k])
                        .collect();
                    assert_eq!(items_of(&result.unwrap()), wanted);
                }
            }
            Step::Get(index) => {
                let result = self.memory.item::<u16>(index);
                if self.judge(&result, self.hinders(Touch::Read), outside(index)) {
                    assert_eq!(
                        result.unwrap(),
                        self.model[position(index, length).unwrap()]
                    );
                }
            }
            Step::Set(index, item) => {
                let bytes = (&raw const item).cast();
                // SAFETY: an item's bytes, and one thread.
                let result = unsafe { self.memory.set(index, bytes) };
                if self.judge(&result, self.hinders(Touch::Write), outside(index)) {
                    self.model[position(index, length).unwrap()] = item;
                }
            }
            Step::Pop(index) => {
                let result = self.memory.pop_item::<u16>(index);
                if self.judge(&result, exported, outside(index)) {
                    let item = self.model.remove(position(index, length).unwrap());
                    assert_eq!(result.unwrap(), item);
                }
            }
            Step::Resize(count) => {
                let result = self.memory.resize(count);
                if self.judge(&result, exported && count != length, None) {
                    self.model.resize(count, 0);
                }
            }
            Step::Reverse => {
                // SAFETY: one thread.
                let result = unsafe { self.memory.reverse() };
                if self.judge(&result, self.hinders(Touch::Write), None) {
                    self.model.reverse();
                }
            }
            Step::Export(access) => {
                let request = match access {
                    Access::Read => Request::read(),
                    Access::Write => Request::write(),
                    Access::Stable => Request::read().stable(),
                    Access::Exclusive => Request::write().exclusive(),
                };
                if let Ok(view) = self.memory.view(request) {
                    self.held.push((access, view));
                }
            }
            Step::Release => drop(self.held.pop()),
        }
    }

    fn replace(&mut self, slice: Slice, source: Source) {
        let length = self.model.len();
        let (new, bytes) = match source {
            Source::New(items) => (items, None),
            Source::Own(from, count) => {
                let from = from.min(length);
                let own = self.model[from..length.min(from + count)].to_vec();
                (own, Some(self.memory.data().wrapping_add(2 * from)))
            }
        };
        let bytes = bytes.map_or(new.as_ptr().cast(), |own| own.cast_const());
        let items = Items {
            bytes,
            count: new.len(),
        };
        // SAFETY: so many items, and one thread.
        let result = unsafe { self.memory.replace(slice, items) };
        if slice.step == 0 {
            let hindered = self.hinders(Touch::Write);
            self.judge(&result, hindered, Some(Kind::Value));
            return;
        }
        let places = positions(slice, length);
        let equal = places.len() == new.len();
        let extended = slice.step != 1 && !new.is_empty() && !equal;
        let hindered = match equal {
            true => self.hinders(Touch::Write),
            false => !self.held.is_empty(),
        };
        if !self.judge(&result, hindered, extended.then_some(Kind::Value)) {
            return;
        }
        match (equal, slice.step) {
            (true, _) => places
                .iter()
                .zip(&new)
                .for_each(|(&k, &item)| self.model[k] = item),
            (false, 1) => {
                let start = start(slice, length);
                self.model.splice(start..start + places.len(), new);
            }
            (false, _) => {
                let mut position = 0..;
                self.model
                    .retain(|_| !places.contains(&position.next().unwrap()));
            }
        }
    }
}

/// All items, read where they lie.
fn items_of(memory: &Exporter) -> Vec<u16> {
    // SAFETY: so many items lie there, and there is one thread.
    unsafe { std::slice::from_raw_parts(memory.data().cast::<u16>(), memory.count()) }.to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(pybuf_units) { 60 } else { 600 }))]

    #[test]
    fn it_does_what_a_vector_does(
        items in vec(any::<u16>(), 0..10),
        steps in vec(step(), 1..40),
    ) {
        let mut pair = Pair::new(&items);
        for step in steps {
            pair.go(step);
            prop_assert_eq!(items_of(&pair.memory), &pair.model[..]);
            prop_assert_eq!(pair.memory.count(), pair.model.len());
        }
    }

    /// Alone, with the types of Rust.
    #[test]
    fn splices_are_those_of_slices(
        items in vec(any::<u16>(), 0..10),
        slice in slice(),
        new in vec(any::<u16>(), 0..6),
    ) {
        let mut pair = Pair::new(&items);
        pair.replace(slice, Source::New(new.clone()));
        let memory = Exporter::growing_of(&items).unwrap();
        let _ = memory.splice(slice, &new);
        prop_assert_eq!(items_of(&memory), pair.model);
    }
}

#[test]
fn a_vector_of_one_type() {
    let memory = Exporter::growing_of(&[1.5f32, 2.5]).unwrap();
    memory.push(3.5f32).unwrap();
    memory.insert_from_slice(0, &[0.5f32]).unwrap();
    memory.set_item(-1, 9.0f32).unwrap();
    assert_eq!(memory.item::<f32>(3).unwrap(), 9.0);
    assert_eq!(memory.pop_item::<f32>(0).unwrap(), 0.5);
    assert_eq!(memory.count(), 3);
    assert!(memory.grows());

    let wrong = memory.push(1i32).unwrap_err();
    assert_eq!(wrong.kind(), Kind::Type);
    assert!(wrong.message().contains("int32"), "{wrong}");
    assert!(memory.item::<u32>(0).is_err() && memory.pop_item::<u32>(0).is_err());
    let view = memory.view(Request::read()).unwrap();
    for refused in [
        memory.push(1.0f32),
        memory.set_item(0, 1.0f32),
        memory.splice(Slice::ALL, &[1.0f32; 3]),
    ] {
        let error = refused.unwrap_err();
        assert!(
            error.message().contains("1 export is outstanding"),
            "{error}"
        );
    }
    assert_eq!(view.items::<f32, 1>().unwrap().get([0]), Some(1.5));
    drop(view);
    let fixed = Exporter::copy_of(b"fixed").unwrap();
    assert!(!fixed.grows());
    assert_eq!(fixed.push(1u8).unwrap_err().kind(), Kind::Type);
}

#[test]
fn a_thousand_additions_move_it_a_few_times() {
    let memory = Exporter::growing(c"B", 0).unwrap();
    let mut moves = 0;
    let mut last = memory.data();
    for k in 0..10_000 {
        memory.push(k as u8).unwrap();
        moves += usize::from(memory.data() != last);
        last = memory.data();
    }
    // The allocator may also enlarge it in place.
    assert!(moves < 100, "{moves}");
}

/// Where no item size can be said, none is asked for.
#[test]
fn formats_that_are_no_single_native_code() {
    for format in [c"dd", c"", c"s", c"O", c"xd"] {
        let error = Exporter::growing(format, 0).unwrap_err();
        assert_eq!(error.kind(), Kind::Value);
        assert!(
            error.message().contains("is not a single native code"),
            "{error}"
        );
    }
}

#[test]
fn bytes_are_whole_items() {
    let error = Exporter::growing_from(c"h", b"odd").unwrap_err();
    assert!(
        error.message().contains("3 bytes are not a whole number"),
        "{error}"
    );
    let memory = Exporter::growing_from(c"h", &[1, 0, 2, 0]).unwrap();
    assert_eq!(memory.count(), 2);
    assert_eq!(memory.size(), 4);
    for format in [c"T{i:a:}", c"4s", c"ii", c""] {
        let error = Exporter::growing(format, 1).unwrap_err();
        assert_eq!(error.kind(), Kind::Value, "{error}");
    }
}
