//! How many steps a comparison takes, of texts that are made to need as many as there can be.

use std::ffi::CString;

use proptest::prelude::*;

use super::*;
use crate::format::Dialect;

fn parsed(text: String) -> Format {
    Format::parse(&CString::new(text).unwrap(), Dialect::Pep3118).unwrap()
}

/// Structs in structs, so many at each level. Where `groups` says so they are one member that
/// repeats, else each is written by itself, with a name that no other has.
fn nested(levels: &[(usize, bool)], name: &mut usize) -> String {
    let Some((&(count, groups), below)) = levels.split_first() else {
        return "T{h}".to_owned();
    };
    if groups {
        return format!("T{{{count}{}}}", nested(below, name));
    }
    let member = |_| {
        *name += 1;
        let own = *name;
        format!("{}:{own:x}:", nested(below, name))
    };
    format!("T{{{}}}", (0..count).map(member).collect::<String>())
}

/// Two texts that mean the same: where one groups the other does not, by the bits of a number.
fn crosswise(levels: usize, count: usize, bits: usize) -> [Format; 2] {
    let groups = |level: usize| bits >> level & 1 == 1;
    [false, true].map(|turned| {
        let levels: Vec<_> = (0..levels)
            .map(|level| (count, groups(level) != turned))
            .collect();
        parsed(nested(&levels, &mut 0))
    })
}

fn fields(format: &Format) -> usize {
    let root = format.root().unwrap();
    (root.node.end - root.index) as usize
}

/// The steps that are taken, of so many.
fn taken([one, other]: &[Format; 2], mut steps: Steps) -> (usize, Option<Case>) {
    let before = steps.left;
    let found = steps.find(&one.root().unwrap(), &other.root().unwrap());
    (before - steps.left, found.map(|(_, _, case)| case))
}

/// Otherwise what is tested below would be nothing.
#[test]
fn without_a_bound_the_steps_are_as_many_as_one_has_fields_times_the_other() {
    let steps = |count| {
        let formats = crosswise(2, count, 0b10);
        let (taken, found) = taken(&formats, Steps { left: usize::MAX });
        assert_eq!(found, None);
        (taken, fields(&formats[0]) * fields(&formats[1]))
    };
    for count in [10, 50, 250] {
        let (taken, product) = steps(count);
        assert!(taken >= count * count && taken > product / 10, "{taken}");
    }
}

#[test]
fn the_steps_are_bounded_by_the_fields() {
    let longest = if cfg!(pybuf_units) { 50_000 } else { 1_000_000 };
    let mut ended = 0;
    for levels in 1..5 {
        for bits in 0..1 << levels {
            // One of all has the longest texts.
            let is_longest = levels == 2 && bits == 0b10;
            let most = if is_longest { longest } else { 10_000 };
            let mut count = 2;
            let mut formats = crosswise(levels, count, bits);
            while count < 20_000 && formats.iter().all(|it| it.text().count_bytes() < most) {
                count *= 2;
                formats = crosswise(levels, count, bits);
            }
            let fields = fields(&formats[0]) + fields(&formats[1]);
            let steps = Steps::of(&formats[0].root().unwrap(), &formats[1].root().unwrap());
            let (taken, found) = taken(&formats, steps);
            assert!(
                taken <= Steps::AT_LEAST + Steps::EACH * fields,
                "{levels} levels, {bits:b}: {taken} steps for {fields} fields"
            );
            assert!(matches!(found, None | Some(Case::Entangled)), "{found:?}");
            ended += usize::from(found.is_some());
            let [one, other] = formats;
            if is_longest {
                continue;
            }
            assert_eq!(one.is_equivalent(&other), found.is_none());
            let told = one.difference(&other).map(|it| it.to_string());
            let telling = "too many fields repeat here in other groups than there";
            assert!(told.is_none_or(|told| told.contains(telling)));
        }
    }
    assert!(ended > 0);
}

/// What a pointer points to is met as often as the pointer is.
#[test]
fn targets_are_counted_too() {
    let pointers = |text: &str| format!("T{{{text}}}").replace("T{h}", "&T{h}");
    let (mut one, mut other) = (nested(&[(400, true), (400, false)], &mut 0), String::new());
    other += &nested(&[(400, false), (400, true)], &mut 0);
    let formats = [parsed(pointers(&one)), parsed(pointers(&other))];
    let (steps, found) = taken(&formats, Steps { left: usize::MAX });
    assert!(found.is_none() && steps > 2 * 400 * 400, "{steps}");
    assert!(!formats[0].is_equivalent(&formats[1]));
    // The same text needs no more steps than it has fields, whatever is in it.
    (one, other) = (pointers(&one), pointers(&other));
    for text in [one, other] {
        let formats = [parsed(text.clone()), parsed(text)];
        let (steps, found) = taken(&formats, Steps { left: usize::MAX });
        assert!(found.is_none() && steps <= fields(&formats[0]), "{steps}");
    }
}

/// A struct without repeats, as its members one by one.
#[derive(Debug, Clone, PartialEq)]
enum Plain {
    Code(char),
    Struct(Vec<Plain>),
}

fn plain() -> impl Strategy<Value = Plain> {
    let code = prop::sample::select(vec!['h', 'i', 'd']).prop_map(Plain::Code);
    code.prop_recursive(3, 40, 6, |inner| {
        prop::collection::vec((inner, 1usize..4), 1..4).prop_map(|members| {
            let repeated = |(member, count): (Plain, usize)| std::iter::repeat_n(member, count);
            Plain::Struct(members.into_iter().flat_map(repeated).collect())
        })
    })
}

/// A text of it; equal members beside each other are grouped, where the bits say so.
fn text_of(plain: &Plain, bits: &mut u64) -> String {
    let members = match plain {
        Plain::Code(code) => return code.to_string(),
        Plain::Struct(members) => members,
    };
    let mut text = "T{".to_owned();
    let mut rest = members.as_slice();
    while let [first, ..] = rest {
        let same = rest.iter().take_while(|member| *member == first).count();
        let count = match *bits & 3 {
            0 => same,
            1 => same.min(2),
            _ => 1,
        };
        *bits = bits.rotate_right(2);
        text += &match count {
            1 => String::new(),
            _ => count.to_string(),
        };
        text += &text_of(first, bits);
        rest = &rest[count..];
    }
    text + "}"
}

/// All its codes become one code, in turn.
fn with_one_code_changed(plain: &mut Plain, index: &mut usize) {
    match plain {
        Plain::Code(code) if *index == 0 => {
            *code = if *code == 'i' { 'f' } else { 'i' };
            *index = usize::MAX;
        }
        Plain::Code(_) => *index = index.wrapping_sub(1),
        Plain::Struct(members) => members
            .iter_mut()
            .for_each(|member| with_one_code_changed(member, index)),
    }
}

const CASES: u32 = if cfg!(pybuf_units) { 200 } else { 2_000 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    /// Groups are no difference, and do not hide one.
    #[test]
    fn groups_say_nothing(plain in plain(), bits: [u64; 2], mut index in 0usize..8) {
        let [mut one, mut other] = bits;
        let formats = [parsed(text_of(&plain, &mut one)), parsed(text_of(&plain, &mut other))];
        prop_assert!(formats[0].is_equivalent(&formats[1]), "{} {}", formats[0], formats[1]);
        let mut changed = plain.clone();
        with_one_code_changed(&mut changed, &mut index);
        let other = parsed(text_of(&changed, &mut other));
        prop_assert_eq!(formats[0].is_equivalent(&other), plain == changed, "{}", other);
    }
}
