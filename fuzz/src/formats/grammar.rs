//! Texts made by the grammar, and what is in them.

use pybuf::format::Dialect;

use super::super::bytes::Bytes;
use super::codes::{CODES, Code, Mark};

/// A member as it is written: `mark (shape) count element :name:`, with space before it.
#[derive(Debug, Default)]
pub struct Member {
    pub space: bool,
    pub mark: Option<u8>,
    /// The mark stands behind the shape.
    pub mark_is_behind: bool,
    pub shape: Vec<u64>,
    pub count: Option<u64>,
    pub element: Element,
    pub name: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
pub enum Element {
    /// Bytes that mean nothing, `x`; a count is a length.
    #[default]
    Padding,
    /// `s` and `p`; a count is a length.
    Bytes(u8),
    Code(&'static Code),
    Struct(Vec<Member>),
    /// `&`, and what it points to.
    Pointer(&'static str),
    /// `X{}`, with a signature.
    Function(&'static str),
}

const TARGETS: &[&str] = &["i", "<d", "(2,3)h", "T{i:a:b:b:}", "&&B", "X{}", "3w"];
const SIGNATURES: &[&str] = &["", "i", "->d", "ii->(2)d", "T{i:a:}->&c"];
const NAMES: &[&str] = &[
    "a", "b", "c", "field", "x y", "\u{e9}", "T{", "0", "->", "+",
];
/// Where arithmetic goes wrong, if it does.
const EDGES: &[u64] = &[
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

/// What a text is made with.
pub struct Maker<'a, 'b> {
    pub bytes: &'a mut Bytes<'b>,
    pub dialect: Dialect,
    /// The order that is in force.
    pub mark: Mark,
    /// Members that may still be made.
    pub left: usize,
    /// Numbers too large for anything are among the counts.
    pub huge: bool,
}

impl Maker<'_, '_> {
    fn nests(&self) -> bool {
        self.dialect != Dialect::Struct
    }

    fn has_spaces(&self) -> bool {
        matches!(self.dialect, Dialect::Struct | Dialect::Pep3118)
    }

    fn points(&self) -> bool {
        matches!(self.dialect, Dialect::Pep3118 | Dialect::Ctypes)
    }

    pub fn members(&mut self, depth: usize) -> Vec<Member> {
        let count = self.bytes.below(6);
        let mut made: Vec<Member> = Vec::new();
        for index in 0..count {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            let mut member = self.member(depth, index == 0);
            // A second one of a name would be refused.
            if made.iter().any(|other| other.name == member.name) {
                member.name = None;
            }
            made.push(member);
        }
        made
    }

    fn member(&mut self, depth: usize, is_first: bool) -> Member {
        let may_mark = self.nests() || is_first && depth == 0;
        let mark = (may_mark && self.bytes.flag()).then(|| self.bytes.pick(marks(self.dialect)));
        if let Some(mark) = mark {
            self.mark = Mark::of(mark);
        }
        let shape = match self.nests() && self.bytes.rarely(4) {
            true => {
                let ndim = 1 + self.bytes.below(3);
                (0..ndim).map(|_| self.number()).collect()
            }
            false => Vec::new(),
        };
        let count = self.bytes.rarely(4).then(|| self.number());
        let space = self.has_spaces() && mark.is_none_or(|_| self.nests()) && self.bytes.rarely(4);
        Member {
            space,
            mark,
            // NumPy has it nowhere else.
            mark_is_behind: !shape.is_empty()
                && (self.dialect == Dialect::NumPy || self.bytes.flag()),
            shape,
            count,
            element: self.element(depth),
            name: (self.nests() && self.bytes.flag())
                .then(|| self.bytes.pick(NAMES).as_bytes().to_vec()),
        }
    }

    fn number(&mut self) -> u64 {
        match self.huge && self.bytes.rarely(4) {
            true => self.bytes.pick(EDGES),
            false => self.bytes.below(5) as u64,
        }
    }

    fn element(&mut self, depth: usize) -> Element {
        match self.bytes.below(16) {
            0 => Element::Padding,
            1 => Element::Bytes(b's'),
            2 if self.dialect != Dialect::NumPy => Element::Bytes(b'p'),
            3..=5 if self.nests() && depth < 4 => Element::Struct(self.members(depth + 1)),
            6 if self.points() => Element::Pointer(self.text_below(TARGETS)),
            7 if self.points() => Element::Function(self.text_below(SIGNATURES)),
            _ => Element::Code(self.code()),
        }
    }

    fn text_below(&mut self, texts: &[&'static str]) -> &'static str {
        let text = self.bytes.pick(texts);
        self.mark = self.mark.behind(text);
        text
    }

    fn code(&mut self) -> &'static Code {
        let code = &CODES[self.bytes.below(CODES.len())];
        match code.is_read(self.dialect, self.mark) {
            true => code,
            false => &CODES[self.bytes.below(8)],
        }
    }
}

fn marks(dialect: Dialect) -> &'static [u8] {
    match dialect {
        Dialect::Struct => b"<>=@!",
        _ => b"<>=@^!",
    }
}

/// The text of some members.
pub fn write(members: &[Member], text: &mut Vec<u8>) {
    for member in members {
        if member.space {
            text.push(b' ');
        }
        if !member.mark_is_behind {
            text.extend(member.mark);
        }
        if !member.shape.is_empty() {
            let lengths: Vec<String> = member.shape.iter().map(u64::to_string).collect();
            text.extend(format!("({})", lengths.join(",")).bytes());
        }
        if member.mark_is_behind {
            text.extend(member.mark);
        }
        text.extend(
            member
                .count
                .iter()
                .flat_map(|count| count.to_string().into_bytes()),
        );
        match &member.element {
            Element::Padding => text.push(b'x'),
            Element::Bytes(letter) => text.push(*letter),
            Element::Code(code) => text.extend(code.text.bytes()),
            Element::Pointer(target) => text.extend(format!("&{target}").bytes()),
            Element::Function(signature) => text.extend(format!("X{{{signature}}}").bytes()),
            Element::Struct(below) => {
                text.extend(b"T{");
                write(below, text);
                text.push(b'}');
            }
        }
        if let Some(name) = &member.name {
            text.push(b':');
            text.extend(name);
            text.push(b':');
        }
    }
}
