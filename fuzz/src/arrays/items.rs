//! Operations on the items of an array, some of them with items that lie in it.

use std::ptr;

use pybuf::Slice;
use pybuf::error::Kind;

use super::super::bytes::Bytes;
use super::super::layouts::some_slice;
use super::calls::{InC, InRust, Passed};
use super::code::Code;
use super::model::{Model, Touch};
use super::{Array, Handle, World, typed};

/// Mostly near an item.
pub fn some_number(bytes: &mut Bytes<'_>) -> isize {
    match bytes.rarely(8) {
        true => bytes.number() as isize,
        false => bytes.within(-10..=10) as isize,
    }
}

/// Items for C, and what they are.
struct Given {
    passed: Passed,
    /// The error that they make, where they are none.
    items: Result<Vec<Vec<u8>>, Kind>,
    /// What `passed` points at, unless that is in the array.
    _room: Vec<u8>,
}

impl Array {
    fn some_items(&self, bytes: &mut Bytes<'_>) -> Given {
        let code = self.model.code;
        let choice = bytes.below(16);
        let count = bytes.below(9);
        match choice {
            0..8 => Given::fresh(code, bytes.byte(), count),
            8..14 => self.aliased(bytes, count),
            14 => Given {
                passed: Passed {
                    items: ptr::null(),
                    count: count as isize - 4,
                },
                items: match count {
                    4 => Ok(Vec::new()),
                    _ => Err(Kind::Value),
                },
                _room: Vec::new(),
            },
            // Refused for its number only where no export is the reason.
            _ => match code.too_many().filter(|_| self.model.sharing.is_free()) {
                Some(count) => Given {
                    passed: Passed {
                        items: ptr::dangling(),
                        count: count as isize,
                    },
                    items: Err(Kind::Overflow),
                    _room: Vec::new(),
                },
                None => Given::fresh(code, bytes.byte(), count),
            },
        }
    }

    /// Any bytes of the array itself.
    fn aliased(&self, bytes: &mut Bytes<'_>, count: usize) -> Given {
        let all = self.model.bytes();
        let size = self.model.code.size;
        let count = count.min(all.len() / size);
        let begin = match bytes.rarely(4) {
            true => bytes.below((all.len() - count * size + 1).min(256)),
            false => bytes.below((all.len() / size - count + 1).min(256)) * size,
        };
        let items = all[begin..begin + count * size].chunks(size);
        Given {
            passed: Passed {
                items: self.handle.data().wrapping_add(begin),
                count: count as isize,
            },
            items: Ok(items.map(<[u8]>::to_vec).collect()),
            _room: Vec::new(),
        }
    }
}

impl Given {
    fn fresh(code: Code, first: u8, count: usize) -> Self {
        let items = code.items(first, count);
        let room = items.concat();
        Self {
            passed: Passed {
                items: room.as_ptr(),
                count: count as isize,
            },
            items: Ok(items),
            _room: room,
        }
    }
}

/// By its bytes, or by its type; rarely with another size.
pub fn get(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Array { handle, model }) = world.array(bytes) else {
        return;
    };
    let (index, by_type) = (some_number(bytes), bytes.flag());
    let expected = || {
        model.may(Touch::Read)?;
        let position = model.position(index)?;
        Ok(model.items.borrow()[position].clone())
    };
    if let Some(array) = handle.typed(model.code).filter(|_| by_type) {
        assert_eq!(array.get(index), expected());
        return;
    }
    let wrong = usize::from(bytes.rarely(16));
    let got = handle.get(index, model.code.size + wrong);
    let expected = if wrong > 0 {
        Err(Kind::Value)
    } else {
        expected()
    };
    assert_eq!(got, expected);
}

pub fn pop(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Array { handle, model }) = world.array(bytes) else {
        return;
    };
    let (index, by_type) = (some_number(bytes), bytes.flag());
    let expected = || {
        model.may(Touch::Alone)?;
        let position = model.position(index)?;
        Ok(model.items.borrow_mut().remove(position))
    };
    if let Some(array) = handle.typed(model.code).filter(|_| by_type) {
        assert_eq!(array.pop(index), expected());
        return;
    }
    let wrong = usize::from(bytes.rarely(16));
    let popped = handle.pop(index, model.code.size + wrong);
    let expected = if wrong > 0 {
        Err(Kind::Value)
    } else {
        expected()
    };
    assert_eq!(popped, expected);
}

pub fn set(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(array) = world.array(bytes) else {
        return;
    };
    let model = &array.model;
    let index = some_number(bytes);
    let expected = |touch, item: Vec<u8>| {
        model.may(touch)?;
        let position = model.position(index)?;
        model.items.borrow_mut()[position] = item;
        Ok(())
    };
    match &array.handle {
        Handle::C(handle) => {
            let given = match bytes.flag() {
                true => array.aliased(bytes, 1),
                false => Given::fresh(model.code, bytes.byte(), 1),
            };
            let item = given.items.ok().and_then(|mut items| items.pop());
            let Some(item) = item else { return };
            let wrong = isize::from(bytes.rarely(16));
            let size = model.code.size as isize - wrong;
            // SAFETY: at least so many bytes.
            let set = unsafe { InC(handle).set(index, given.passed.items, size) };
            let expected = match wrong {
                0 => expected(Touch::Write, item),
                _ => Err(Kind::Value),
            };
            assert_eq!(set, expected);
        }
        Handle::Rust(_) => {
            let Some(typed) = array.handle.typed(model.code) else {
                return;
            };
            let item = model.code.items(bytes.byte(), 1).concat();
            assert_eq!(typed.set(index, &item), expected(Touch::Alone, item));
        }
    }
}

pub fn append(world: &mut World, bytes: &mut Bytes<'_>) {
    let end = Slice {
        start: Some(isize::MAX),
        stop: Some(isize::MAX),
        step: 1,
    };
    put(
        world,
        bytes,
        |_| end,
        |array, _, passed| {
            // SAFETY: items of the caller's, or of the array.
            unsafe { array.append(passed) }
        },
        |array, _, items| array.append(items),
    );
}

pub fn insert(world: &mut World, bytes: &mut Bytes<'_>) {
    let before = |bytes: &mut Bytes<'_>| {
        let index = Some(some_number(bytes));
        Slice {
            start: index,
            stop: index,
            step: 1,
        }
    };
    let index = |slice: Slice| slice.start.expect("an index");
    put(
        world,
        bytes,
        before,
        |array, slice, passed| {
            // SAFETY: as above.
            unsafe { array.insert(index(slice), passed) }
        },
        |array, slice, items| array.insert(index(slice), items),
    );
}

pub fn replace(world: &mut World, bytes: &mut Bytes<'_>) {
    put(
        world,
        bytes,
        |bytes| some_slice(bytes, some_number),
        |array, slice, passed| {
            // SAFETY: as above.
            unsafe { array.replace(slice, passed) }
        },
        |array, slice, items| array.replace(slice, items),
    );
}

/// Items in place of those of a slice, from either face.
fn put(
    world: &mut World,
    bytes: &mut Bytes<'_>,
    some_place: impl FnOnce(&mut Bytes<'_>) -> Slice,
    in_c: impl FnOnce(InC<'_>, Slice, Passed) -> Result<(), Kind>,
    in_rust: impl FnOnce(InRust<'_>, Slice, &[Vec<u8>]) -> Result<(), Kind>,
) {
    let Some(array) = world.array(bytes) else {
        return;
    };
    let slice = some_place(bytes);
    let model = &array.model;
    match &array.handle {
        Handle::C(handle) => {
            let given = array.some_items(bytes);
            let done = in_c(InC(handle), slice, given.passed);
            assert_eq!(done, model.put(slice, given.items));
        }
        Handle::Rust(_) => {
            let count = bytes.below(9);
            let items = model.code.items(bytes.byte(), count);
            let Some(typed) = array.handle.typed(model.code) else {
                return;
            };
            let expected = |items| {
                model.may(Touch::Alone)?;
                model.replace(slice, items)
            };
            assert_eq!(in_rust(typed, slice, &items), expected(items));
        }
    }
}

impl Model {
    /// As C does it: what keeps the number of items is less than what changes it.
    fn put(&self, slice: Slice, items: Result<Vec<Vec<u8>>, Kind>) -> Result<(), Kind> {
        let items = match items {
            Ok(items) => items,
            // A slice with a step takes no other number of items, however large it is.
            Err(Kind::Overflow) if slice.step != 1 => return Err(Kind::Value),
            Err(kind) => return Err(kind),
        };
        self.may(Touch::Write)?;
        let (_, positions) = self.positions(slice)?;
        let mismatch = slice.step != 1 && !items.is_empty();
        if items.len() != positions.len() && !mismatch {
            self.may(Touch::Alone)?;
        }
        self.replace(slice, items)
    }
}

pub fn delete(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Array { handle, model }) = world.array(bytes) else {
        return;
    };
    let slice = some_slice(bytes, some_number);
    let expected = || {
        model.may(Touch::Alone)?;
        model.delete(slice)
    };
    assert_eq!(handle.delete(slice), expected());
}

pub fn resize(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Array { handle, model }) = world.array(bytes) else {
        return;
    };
    let wild = bytes.rarely(8);
    let in_c = matches!(handle, Handle::C(_));
    let (count, refusal) = match (wild, model.code.too_many()) {
        (true, _) if in_c && bytes.flag() => (usize::MAX, Some(Kind::Value)),
        (true, Some(count)) => (count, Some(Kind::Overflow)),
        (true, None) if !in_c => (usize::MAX, Some(Kind::Overflow)),
        _ => (bytes.below(40), None),
    };
    let expected = || {
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        model.resized(count)
    };
    assert_eq!(handle.resize(count), expected());
}

pub fn clear(world: &mut World, bytes: &mut Bytes<'_>) {
    if let Some(Array { handle, model }) = world.array(bytes) {
        assert_eq!(handle.clear(), model.resized(0));
    }
}

impl Model {
    fn resized(&self, count: usize) -> Result<(), Kind> {
        if self.len() != count {
            self.may(Touch::Alone)?;
            self.resize(count);
        }
        Ok(())
    }
}

pub fn reverse(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Array { handle, model }) = world.array(bytes) else {
        return;
    };
    let Some(reversed) = handle.reverse() else {
        return;
    };
    assert_eq!(reversed, model.may(Touch::Write));
    if reversed.is_ok() {
        model.items.borrow_mut().reverse();
    }
}

/// Items of another type than the array has.
pub fn mistake(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(array) = world.array(bytes) else {
        return;
    };
    if array.model.code.format == c"f" {
        return;
    }
    if let Handle::Rust(array) = &array.handle {
        let index = some_number(bytes);
        assert_eq!(typed::get::<f32>(array, index), Err(Kind::Type));
        assert_eq!(typed::pop::<f32>(array, index), Err(Kind::Type));
        assert_eq!(typed::set(array, index, 1f32), Err(Kind::Type));
        assert_eq!(typed::append(array, &[1f32]), Err(Kind::Type));
    }
}

impl Handle {
    fn typed(&self, code: Code) -> Option<InRust<'_>> {
        match self {
            Self::Rust(array) if code.is_typed() => Some(InRust(array, code)),
            _ => None,
        }
    }
}
