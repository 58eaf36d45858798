//! How a text is meant that somebody else states, by its item size.
//!
//! A filled `Py_buffer` does not say who wrote its format, and not every writer says all.
//! `ctypes` leaves out the padding of structs up to Python 3.11, and writes `B` for what it
//! has no format for; NumPy leaves out the padding at the end. A reading counts only where
//! it gives items of the stated size, and where two could, what the text looks like decides:
//! a wrong offset would be worse than none.

use super::dialect::Dialect;
use super::fault::{Expected, Fault};
use super::parse::{self, Padding};
use super::platform;
use super::reading::{Meaning, Reading};
use super::sizes::align_up;
use super::tree::{Field, Fields, What};

impl Reading {
    /// The reading that gives items of this size, if there is one.
    pub(super) fn that_fits(text: &[u8], itemsize: usize) -> Result<Option<Self>, Fault> {
        let fitting = |dialect, padding| match Self::of_more(text, dialect, padding) {
            Ok(reading) if reading.size == itemsize => Ok(Some(reading)),
            Err(fault) if fault.expected == Expected::Memory => Err(fault),
            _ => Ok(None),
        };
        if let Some(ctypes) = CtypesText::of(text) {
            return match fitting(Dialect::Ctypes, Padding::Said)? {
                None if ctypes.may_hide_padding() => fitting(Dialect::Ctypes, Padding::Natural),
                found => Ok(found),
            };
        }
        let written = Self::written(text, itemsize)?;
        let strict = fitting(Dialect::Pep3118, Padding::Said)?;
        if pads_behind_structs(text) {
            // Or it is packed. What a struct is padded to is not in such a text.
            let numpy = match written {
                None => fitting(Dialect::NumPy, Padding::Written)?,
                written => written,
            };
            return Ok(match (strict, numpy) {
                (Some(strict), Some(numpy)) if numpy.lies_as(&strict) => Some(strict),
                (_, Some(numpy)) => Some(numpy),
                // What NumPy cannot read it has not written.
                (Some(strict), None) if !is_numpys(text)? => Some(strict),
                (_, None) => None,
            });
        }
        let numpy = fitting(Dialect::NumPy, Padding::Said)?;
        match (strict, numpy) {
            // Structs of several orders: only NumPy writes such.
            (Some(strict), Some(numpy)) if !numpy.lies_as(&strict) => Ok(Some(numpy)),
            (Some(found), _) | (None, Some(found)) => Ok(Some(found)),
            (None, None) if written.is_some() => Ok(written),
            // All that is left: whatever the order characters say, nothing is aligned.
            (None, None) => fitting(Dialect::Ctypes, Padding::Said),
        }
    }

    /// An aligned dtype as NumPy writes it: the padding of each struct lies behind its brace,
    /// and that of the last one nowhere. NumPy does not read such texts as it meant them.
    fn written(text: &[u8], itemsize: usize) -> Result<Option<Self>, Fault> {
        let mut parsed = match parse::tree(text, Dialect::NumPy, Padding::Written) {
            Err(fault) if fault.expected == Expected::Memory => return Err(fault),
            Err(_) => return Ok(None),
            Ok(parsed) => parsed,
        };
        let strictest = aligned_as_c(&Field::of_tree(&parsed.tree), 0);
        let padded = strictest.and_then(|alignment| align_up(parsed.size, alignment));
        if padded != Some(itemsize) {
            return Ok(None);
        }
        if parsed.size != itemsize {
            parsed.enlarge(itemsize);
        }
        Self::of_parsed(parsed).map(Some)
    }

    /// Whether all fields lie where another reading has them, and differ in what follows them
    /// at most.
    fn lies_as(&self, other: &Self) -> bool {
        let (Meaning::Tree(one, _), Meaning::Tree(two, _)) = (&self.meaning, &other.meaning) else {
            return true;
        };
        // What has a count alone is the item to one reader, and a struct of members to the other.
        members_lie_as(Field::at(one, 0), Field::at(two, 0))
    }
}

/// Whether the members of one field, if it has some, lie as those of another.
fn members_lie_as(one: Field<'_>, other: Field<'_>) -> bool {
    if one.scalar().is_some() || other.scalar().is_some() {
        return true;
    }
    let (mut ones, mut others) = (Elements::of(one), Elements::of(other));
    while let (Some(left), Some(right)) = (ones.now, others.now) {
        let run = ones.left.min(others.left);
        // Where the next element is, a single one does not tell.
        let is_even = run == 1 || left.itemsize() == right.itemsize();
        if ones.offset() != others.offset() || !is_even || !members_lie_as(left, right) {
            return false;
        }
        ones.pass(run);
        others.pass(run);
    }
    true
}

/// The members of a struct, element by element: a count is a sub-array to one reader, and
/// so many members to the other.
struct Elements<'a> {
    fields: Fields<'a>,
    now: Option<Field<'a>>,
    /// How many of its elements are still to come.
    left: usize,
    passed: usize,
}

impl<'a> Elements<'a> {
    fn of(field: Field<'a>) -> Self {
        let mut elements = Self {
            fields: field.fields(),
            now: None,
            left: 0,
            passed: 0,
        };
        elements.pass(0);
        elements
    }

    fn offset(&self) -> Option<usize> {
        let field = self.now?;
        Some(field.offset() + self.passed * field.itemsize())
    }

    fn pass(&mut self, run: usize) {
        self.left -= run;
        self.passed += run;
        // One reader drops what is there no times, and the other has a sub-array of nothing.
        while self.left == 0 {
            self.now = self.fields.next();
            let Some(field) = self.now else { break };
            self.left = field
                .shape()
                .iter()
                .fold(field.repeat(), |all, &length| all.saturating_mul(length));
            self.passed = 0;
        }
    }
}

/// What C aligns a field to that begins so many bytes behind the start of an item; `None` where
/// the field or a part of it lies at another address than C reads it from.
fn aligned_as_c(field: &Field<'_>, start: usize) -> Option<usize> {
    let at = start + field.offset();
    let alignment = match field.what() {
        What::Scalar(scalar) => {
            let alignment = platform::alignment(scalar);
            at.is_multiple_of(alignment).then_some(alignment)?
        }
        What::Struct => {
            let mut members = field.fields();
            members.try_fold(1, |strictest: usize, member| {
                Some(strictest.max(aligned_as_c(&member, at)?))
            })?
        }
    };
    let is_one = field.repeat() == 1 && field.shape().iter().all(|&length| length <= 1);
    (is_one || field.itemsize().is_multiple_of(alignment)).then_some(alignment)
}

/// Whether NumPy can read a text, whatever size it gives an item.
fn is_numpys(text: &[u8]) -> Result<bool, Fault> {
    match parse::size(text, Dialect::NumPy) {
        Err(fault) if fault.expected == Expected::Memory => Err(fault),
        sized => Ok(sized.is_ok()),
    }
}

/// Whether padding is written directly behind the brace of a struct. Who lets a struct be
/// padded to its alignment, as PEP 3118 does, has no use for that: NumPy writes so.
fn pads_behind_structs(text: &[u8]) -> bool {
    let mut rest = text;
    let mut behind_struct = false;
    while let [first, next @ ..] = rest {
        rest = match first {
            b':' => behind(next, b':').unwrap_or_default(),
            b'x' if behind_struct && next.first() != Some(&b':') => return true,
            _ => {
                behind_struct = *first == b'}' || behind_struct && first.is_ascii_digit();
                next
            }
        };
    }
    false
}

/// What shows that `ctypes` has written a text: it puts `<` or `>` before each code, whatever
/// stood before the last one, and has pointers and functions, which no other writer has.
#[derive(Debug, Clone, Copy, Default)]
struct CtypesText {
    /// An order before a code, a pointer or a function: all else others could have written.
    is_marked: bool,
    /// `B` without an order: a union, or a packed struct. Its size is not in the text.
    has_unknown: bool,
    /// Padding that is written: all of it is, then.
    has_padding: bool,
}

impl CtypesText {
    /// `None`: somebody else's.
    fn of(text: &[u8]) -> Option<Self> {
        let mut seen = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            rest = seen.after_next(rest)?;
        }
        seen.is_marked.then_some(seen)
    }

    /// The text behind its next part, which is noted.
    fn after_next<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        match text {
            [b':', rest @ ..] => behind(rest, b':'),
            [b'(', rest @ ..] => behind(rest, b')'),
            [b'T', b'{', rest @ ..] | [b'}', rest @ ..] => Some(rest),
            [b'&', b'B', rest @ ..] | [b'&', rest @ ..] | [b'X', b'{', b'}', rest @ ..] => {
                self.is_marked = true;
                Some(rest)
            }
            [b'<' | b'>', b'Z', b'f' | b'd' | b'g', rest @ ..]
            | [b'<' | b'>', b'a'..=b'z' | b'A'..=b'Z' | b'?', rest @ ..] => {
                self.is_marked = true;
                Some(rest)
            }
            [b'B', rest @ ..] => {
                self.has_unknown = true;
                Some(rest)
            }
            _ => {
                let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let rest = text[digits..].strip_prefix(b"x")?;
                self.has_padding = true;
                // Bytes with a name are NumPy's.
                (rest.first() != Some(&b':')).then_some(rest)
            }
        }
    }

    fn may_hide_padding(self) -> bool {
        !self.has_padding && !self.has_unknown
    }
}

/// The text behind the next such byte.
fn behind(text: &[u8], end: u8) -> Option<&[u8]> {
    let at = text.iter().position(|&byte| byte == end)?;
    Some(&text[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, Format, platform::size};
    use std::ffi::CStr;

    fn offsets(text: &CStr, itemsize: usize) -> Option<Vec<usize>> {
        let format = Format::stated(Some(text), itemsize).unwrap();
        let root = format.root()?;
        Some(root.fields().map(|field| field.offset()).collect())
    }

    #[test]
    fn padding_that_ctypes_does_not_write_is_found_where_nothing_else_can_be_meant() {
        assert_eq!(offsets(c"T{<b:a:<i:b:}", 8), Some(vec![0, 4]));
        // From Python 3.12 on it is written: another size is another loss.
        assert_eq!(offsets(c"T{<b:a:3x<i:b:}", 8), Some(vec![0, 4]));
        assert_eq!(offsets(c"T{<b:a:2x<i:b:}", 8), None);
        // Nobody but ctypes leaves it out between fields.
        assert_eq!(offsets(c"T{x=I:b:}", 8), None);
    }

    #[test]
    fn what_ctypes_has_no_format_for_hides_its_size() {
        assert_eq!(offsets(c"T{B:u:<H:a:6x>Q:b:}", 24), None);
        let pointer = size::POINTER;
        assert_eq!(offsets(c"T{&<i:p:B:u:<i:x:}", 2 * pointer), None);
        assert_eq!(offsets(c"T{B:u:<H:a:}", 3), Some(vec![0, 1]));
        assert_eq!(
            offsets(c"T{&B:next:<i:v:}", 2 * pointer),
            Some(vec![0, pointer])
        );
        assert_eq!(offsets(c"T{B:r:B:g:B:b:}", 3), Some(vec![0, 1, 2]));
    }

    #[test]
    fn a_text_that_could_be_somebody_elses_says_so() {
        // A struct of alignment 4, to which both readings of the text can be padded.
        for (text, itemsize) in [
            (c"T{i:z:(2)T{h:x:b:y:}:a:xxb:b:}", 16),
            (c"T{&<i:p:B:u:<i:x:}", (2 * size::POINTER).max(12)),
        ] {
            let error = Format::no_reading(text, itemsize);
            let telling = format!("where the fields of its {itemsize} bytes lie");
            assert!(error.message().contains(&telling), "{error}");
        }
    }

    #[test]
    fn a_character_of_ctypes_is_a_wchar_t_even_where_two_bytes_would_fit() {
        let (wide, pointer) = (size::WCHAR, size::POINTER);
        assert_eq!(
            offsets(c"T{&&<d:p:<u:a:<u:b:}", pointer + 2 * wide),
            Some(vec![0, pointer, pointer + wide])
        );
    }

    #[test]
    fn numpy_leaves_out_the_padding_at_the_end() {
        assert_eq!(offsets(c"T{i:a:>h:b:}", 8), Some(vec![0, 4]));
        assert_eq!(offsets(c"T{i:a:>h:b:}", 6), Some(vec![0, 4]));
        assert_eq!(offsets(c"T{<f:a:1x:b:}", 8), Some(vec![0, 4]));
        assert_eq!(offsets(c"T{i:a:>h:b:}", 12), None);
        assert_eq!(offsets(c"T{b:a:>i:b:}", 8), None);
        let array = Format::stated(Some(c"(2)T{i:a:>h:b:xx}"), 16).unwrap();
        let root = array.root().unwrap();
        assert_eq!((root.shape(), root.itemsize()), (&[2][..], 8));
        // Nested: what NumPy itself reads with an offset of 11, or not at all.
        let nested = |text, itemsize| offsets(text, itemsize).map(|offsets| offsets[1]);
        assert_eq!(nested(c"T{T{i:x:b:y:}:a:xxxb:b:}", 12), Some(8));
        assert_eq!(nested(c"T{T{i:x:b:y:}:a:xxxi:c:b:b:}", 16), Some(8));
        // Where the elements of an array end is not told.
        assert_eq!(nested(c"T{q:z:(2)T{h:x:b:y:}:a:xxb:b:}", 24), None);
        // Where a struct of PEP 3118 fits as well, it is one.
        assert_eq!(nested(c"T{T{i:x:b:y:}:a:b:b:}", 12), Some(8));
        let text = c"T{q:a:T{h:x:b:y:}:b:b:c:}";
        assert_eq!(offsets(text, 16), Some(vec![0, 8, 12]));
        let text = c"T{xxh:a:x=H:b:}";
        assert_eq!(offsets(text, 7), Some(vec![2, 5]));
    }

    #[test]
    fn padding_behind_a_brace_is_numpys_only_where_numpy_can_read_the_text() {
        let pointer = size::POINTER;
        assert_eq!(
            offsets(c"T{^X{}:f:8x^P:p:}", 2 * pointer + 8),
            Some(vec![0, pointer + 8])
        );
        assert_eq!(offsets(c"T{T{<i:t:B:v:}:a:3x<3t:b:}", 9), Some(vec![0, 8]));
        // And where both have all in the same places, it is read strictly.
        for text in [c"T{<2T{<hb}x<i}", c"T{<T{<hb}x<2i:a:3i}"] {
            let strict = Format::parse(text, Dialect::Pep3118).unwrap();
            let stated = Format::stated(Some(text), strict.itemsize()).unwrap();
            assert!(stated.is_equivalent(&strict), "{text:?}");
        }
    }

    /// Its structs are packed, and the shapes in them have spaces.
    #[test]
    fn what_pybind11_writes() {
        let text = c"^T{(3)4s:a:(2)i:b:(3)B:c:1x(4, 2)f:d:}";
        assert_eq!(offsets(text, 56), Some(vec![0, 12, 20, 24]));
        let text = c"^T{^T{?:x:3xI:y:f:z:}:a:(2, 1)^T{h:x:2xI:y:}:b:}";
        assert_eq!(offsets(text, 28), Some(vec![0, 12]));
    }

    /// A count is a sub-array to NumPy, and so many members to everybody else. Where they lie
    /// in the same places, the text is read strictly.
    #[test]
    fn a_count_alone_is_no_reason_to_take_a_text_for_one_of_numpys() {
        // The sizes below are those of machines that align 'q' to 8 bytes.
        if align_of::<i64>() < 8 {
            return;
        }
        for (text, itemsize, count) in [
            (c"2iiq", 24, 2),
            (c"b0i3xb", 8, 2),
            (c"2T{ii}q", 24, 2),
            (c"2T{iib}", 24, 1),
            (c"T{2iiq}(2)i", 32, 2),
        ] {
            let stated = Format::stated(Some(text), itemsize).unwrap();
            let strict = Format::parse(text, Dialect::Pep3118).unwrap();
            assert_eq!(stated.itemsize(), strict.itemsize());
            assert!(stated.is_equivalent(&strict), "{text:?}");
            assert_eq!(stated.root().unwrap().fields().count(), count, "{text:?}");
        }
        assert!(
            Format::parse(c"iiiq", Dialect::Pep3118)
                .unwrap()
                .accepts(Some(c"2iiq"), 24)
                .unwrap()
        );
        // Where they do not, NumPy has written it.
        assert_eq!(offsets(c"T{T{i<h}:a:@3s:b:q:c:}", 24), Some(vec![0, 6, 16]));
        assert_eq!(
            offsets(c"T{(2)T{i<h}:a:@3s:b:q:c:}", 24),
            Some(vec![0, 12, 16])
        );
    }
}
