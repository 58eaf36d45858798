//! A text taken apart into a tree.
//!
//! ```text
//! members := { space | order | member }
//! member  := [ '(' number { ',' number } ')' ] [ order ] [ count ] element [ ':' name ':' ]
//! element := letter | 'Z' letter | '&' target | 'T{' members '}' | 'X{' [ members ] [ '->' target ] '}'
//! ```
//!
//! One descent, which never goes back: the time is linear in the text, the stack is bounded by
//! [`MAX_DEPTH`], and where only the size is asked nothing is allocated. What the dialects
//! disagree about is asked of [`Rules`] at the place where it matters.

use super::dialect::{Dialect, Sizes};
use super::fault::{Expected, Fault};
use super::platform;
use super::scalar::{OrderMark, Scalar, ScalarKind};
use super::tree::{MAX_DEPTH, MAX_FIELDS, Node, Range, Tree};
use crate::alloc::{NoMemory, try_extend, try_vec};

type Result<T, E = Fault> = std::result::Result<T, E>;

/// No item is larger: what `Py_ssize_t` holds.
pub(super) const MAX_SIZE: usize = isize::MAX as usize;

/// Where C would leave room and a text does not say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    /// As the dialect has it.
    Said,
    /// As C lays out every struct, whatever the order characters: `ctypes` up to Python 3.11
    /// writes texts that have to be read so.
    Natural,
    /// Nowhere: all of it is written, as NumPy does and `ctypes` from Python 3.12 on.
    Written,
}

/// A parsed text.
pub(super) struct Parsed {
    pub(super) tree: Tree,
    pub(super) size: usize,
    pub(super) alignment: usize,
}

impl Parsed {
    /// Makes the item larger: there is padding at its end that the text does not tell.
    pub(super) fn enlarge(&mut self, size: usize) {
        self.size = size;
        for node in &mut self.tree.nodes[..=self.tree.root as usize] {
            node.itemsize = size;
        }
    }
}

/// The whole text as a tree. Its root is the one member of the text, where there is nothing
/// beside it, else a struct of all members.
pub(super) fn tree(text: &[u8], dialect: Dialect, padding: Padding) -> Result<Parsed> {
    let mut parser = Parser::new(text, dialect, padding, true);
    parser.push(Node::OPEN, 0)?;
    let extent = parser.members(&Until::End)?;
    let extent = parser.pad_whole(extent)?;
    let whole = Node {
        itemsize: extent.size,
        alignment: extent.alignment,
        ..Node::OPEN
    };
    parser.put(0, whole, 0)?;
    let root = parser.lone_member(extent);
    let mut tree = parser.tree;
    tree.root = root;
    if tree.nodes.iter().any(Node::needs_text) {
        try_extend(&mut tree.text, text)?;
    }
    Ok(Parsed {
        tree,
        size: extent.size,
        alignment: extent.alignment,
    })
}

/// The size alone, as `struct.calcsize` tells it.
pub(super) fn size(text: &[u8], dialect: Dialect) -> Result<usize> {
    let mut parser = Parser::new(text, dialect, Padding::Said, false);
    let extent = parser.members(&Until::End)?;
    Ok(parser.pad_whole(extent)?.size)
}

/// How far the members of a struct reach, and what the strictest of them is aligned to.
#[derive(Debug, Clone, Copy)]
struct Extent {
    size: usize,
    alignment: usize,
}

/// What ends a list of members.
enum Until {
    End,
    /// The `}` of a struct that was opened there.
    Brace(usize),
    /// The `}` or `->` of a signature that was opened there.
    Signature(usize),
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    order: OrderMark,
    dialect: Dialect,
    padding: Padding,
    depth: usize,
    /// Otherwise only sizes are wanted, and nodes are forgotten as soon as they are placed.
    keeps: bool,
    tree: Tree,
}

impl<'a> Parser<'a> {
    fn new(text: &'a [u8], dialect: Dialect, padding: Padding, keeps: bool) -> Self {
        Self {
            text,
            at: 0,
            order: OrderMark::NONE,
            dialect,
            padding,
            depth: 0,
            keeps,
            tree: Tree::default(),
        }
    }

    fn members(&mut self, until: &Until) -> Result<Extent> {
        let mut extent = Extent {
            size: 0,
            alignment: 1,
        };
        let mut last = None;
        let first = self.tree.nodes.len();
        loop {
            self.skip_spaces();
            if self.ends(until)? {
                break;
            }
            if !self.dialect.orders_codes() && self.takes_order() {
                continue;
            }
            self.member(&mut extent, &mut last)?;
        }
        if self.keeps {
            self.refuse_duplicates(first)?;
        }
        Ok(extent)
    }

    /// Whether the list of members ends here; what ends it is passed.
    fn ends(&mut self, until: &Until) -> Result<bool> {
        let rest = &self.text[self.at..];
        match (until, rest) {
            (Until::End, []) => Ok(true),
            (Until::End, [b'}', ..]) => self.fail(Expected::NoBrace),
            (&Until::Brace(opened) | &Until::Signature(opened), []) => {
                self.fail(Expected::BraceOf(opened))
            }
            (Until::Brace(_), [b'}', ..]) => {
                self.at += 1;
                Ok(true)
            }
            // Whoever asked looks which of the two it is.
            (Until::Signature(_), [b'}', ..] | [b'-', b'>', ..]) => Ok(true),
            _ => Ok(false),
        }
    }

    fn member(&mut self, extent: &mut Extent, last: &mut Option<usize>) -> Result<()> {
        let (start, index) = (self.at, self.tree.nodes.len());
        let shapes = self.tree.shapes.len();
        let mut node = self.shaped(|dialect| dialect.counts_arrays())?;
        node.name = self.name()?;
        if node.name.is_some() && node.repeat != 1 {
            // A name is one member's.
            node.shape = self.add_dimension(node.shape, node.repeat)?;
            node.repeat = 1;
        }
        self.place(&mut node, extent, start)?;
        let is_padding = node.name.is_none() && node.is_void();
        if !self.keeps || is_padding || node.repeat == 0 || self.joins(*last, &node) {
            self.tree.nodes.truncate(index);
            self.tree.shapes.truncate(shapes);
            return Ok(());
        }
        *last = Some(index);
        self.put(index, node, start)
    }

    /// A shape, an order, a count and an element.
    fn shaped(&mut self, counts_arrays: impl Fn(Dialect) -> bool) -> Result<Node> {
        let shape = self.shape()?;
        if shape.end > shape.start || self.dialect.orders_codes() {
            self.takes_order();
        }
        let count = self.count()?;
        let mut node = self.element(count)?;
        node.shape = shape;
        if let Some(count) = count.filter(|&count| count != 1 && !node.has_length()) {
            if shape.end > shape.start || counts_arrays(self.dialect) {
                node.shape = self.add_dimension(shape, count)?;
            } else {
                node.repeat = count;
            }
        }
        Ok(node)
    }

    /// Gives a node its place behind the members before it.
    fn place(&mut self, node: &mut Node, extent: &mut Extent, start: usize) -> Result<()> {
        // NumPy looks at the order that is in force behind a struct.
        let is_aligned = self.dialect != Dialect::NumPy || self.order.aligned;
        let alignment = if is_aligned { node.alignment } else { 1 };
        let offset = align_up(extent.size, alignment);
        let end = offset.and_then(|offset| offset.checked_add(self.bytes(node)?));
        let Some((offset, end)) = offset.zip(end.filter(|&end| end <= MAX_SIZE)) else {
            return Err(Fault::at(start, Expected::SmallerSize));
        };
        (node.offset, node.alignment) = (offset, alignment);
        extent.size = end;
        extent.alignment = extent.alignment.max(alignment);
        Ok(())
    }

    /// The bytes of a member and of its repeats.
    fn bytes(&self, node: &Node) -> Option<usize> {
        product(node.shape.of(&self.tree.shapes), node.itemsize)?.checked_mul(node.repeat)
    }

    /// Whether a member only goes on with the one before it: `iii` is `3i`.
    fn joins(&mut self, last: Option<usize>, node: &Node) -> bool {
        let Some(before) = last.and_then(|last| self.tree.nodes.get_mut(last)) else {
            return false;
        };
        let follows = before.offset + before.itemsize * before.repeat == node.offset;
        let same = before.what == node.what && before.alignment == node.alignment;
        let joins = same && follows && before.is_plain() && node.is_plain();
        if joins {
            before.repeat += node.repeat;
        }
        joins
    }

    /// `(2,3)`.
    fn shape(&mut self) -> Result<Range> {
        let start = self.tree.shapes.len();
        if self.peek() == Some(b'(') && self.dialect.nests() {
            self.at += 1;
            loop {
                let at = self.at;
                let Some(length) = self.count()? else {
                    return self.fail(Expected::Dimension);
                };
                if self.tree.shapes.len() - start == MAX_DEPTH {
                    return Err(Fault::at(at, Expected::FewerDimensions));
                }
                try_extend(&mut self.tree.shapes, &[length])?;
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b')') => break self.at += 1,
                    _ => return self.fail(Expected::CommaOrParenthesis),
                }
            }
        }
        Ok(Range::new(start, self.tree.shapes.len()))
    }

    fn add_dimension(&mut self, shape: Range, length: usize) -> Result<Range> {
        // The dimensions of a target may lie between.
        let start = self.tree.shapes.len();
        for at in shape.start as usize..shape.end as usize {
            let length = self.tree.shapes[at];
            try_extend(&mut self.tree.shapes, &[length])?;
        }
        try_extend(&mut self.tree.shapes, &[length])?;
        Ok(Range::new(start, self.tree.shapes.len()))
    }

    /// An order character, where one may stand.
    fn takes_order(&mut self) -> bool {
        let may_stand = self.dialect != Dialect::Struct || self.at == 0;
        let mark = self.peek().filter(|_| may_stand);
        let Some(order) = mark.and_then(|mark| OrderMark::of(mark, self.dialect)) else {
            return false;
        };
        self.order = order;
        self.at += 1;
        true
    }

    /// A number, where one stands here.
    fn count(&mut self) -> Result<Option<usize>> {
        let start = self.at;
        let mut number = 0usize;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = match number
                .checked_mul(10)
                .and_then(|number| number.checked_add(usize::from(digit - b'0')))
                .filter(|&number| number <= MAX_SIZE)
            {
                Some(number) => number,
                None => return Err(Fault::at(start, Expected::SmallerSize)),
            };
            self.at += 1;
        }
        Ok((self.at > start).then_some(number))
    }

    /// The node of an element; what is below it is in the tree then, behind the place for it.
    /// What has a length takes the count for it.
    fn element(&mut self, count: Option<usize>) -> Result<Node> {
        let at = self.at;
        let Some(letter) = self.next() else {
            return Err(Fault::at(
                at,
                match count {
                    Some(_) => Expected::CodeAfterCount,
                    None => Expected::Code,
                },
            ));
        };
        match (letter, self.peek()) {
            (b'T', Some(b'{')) if self.dialect.nests() => self.structure(at),
            (b'X', Some(b'{')) if self.dialect.points() => self.function(at),
            (b'&', _) if self.dialect.points() => self.pointer(at),
            _ => match self.code(letter, count)? {
                Some((kind, size)) => Ok(self.leaf(kind, size)),
                None => Err(self.not_a_code(at, count)),
            },
        }
    }

    /// A code of one letter, or a `Z` and a letter.
    fn code(&mut self, letter: u8, count: Option<usize>) -> Result<Option<(ScalarKind, usize)>> {
        if letter == b'Z'
            && let Some(part) = self.peek()
            && let Some(size) = self.dialect.complex(part, self.order.sizes)
        {
            self.at += 1;
            return Ok(Some((ScalarKind::Complex, size)));
        }
        let code = self.with_length(letter, count)?;
        Ok(code.or_else(|| self.dialect.code(letter, self.order.sizes)))
    }

    /// The error of a letter that is none: it matters what stands before it.
    fn not_a_code(&self, at: usize, count: Option<usize>) -> Fault {
        let letter = self.text[at];
        let native = self.dialect.code(letter, Sizes::Native).is_some();
        let has_no_standard = native && self.order.sizes == Sizes::Standard;
        Fault::at(
            at,
            match letter {
                _ if has_no_standard => Expected::NativeOrder,
                b'(' if count.is_some() => Expected::ShapeBeforeCount,
                _ => Expected::Code,
            },
        )
    }

    /// The codes whose count is a length.
    fn with_length(&self, letter: u8, count: Option<usize>) -> Result<Option<(ScalarKind, usize)>> {
        let length = count.unwrap_or(1);
        Ok(Some(match letter {
            b'x' => (ScalarKind::Void, length),
            b's' => (ScalarKind::Bytes, length),
            b'p' if self.dialect != Dialect::NumPy => (ScalarKind::Pascal, length),
            b't' if self.dialect.points() => (ScalarKind::Bits, length.div_ceil(8)),
            b'w' if self.dialect.nests() && count.is_some() => {
                let size = length.checked_mul(4).filter(|&size| size <= MAX_SIZE);
                let too_large = Fault::at(self.at, Expected::SmallerSize);
                (ScalarKind::Text, size.ok_or(too_large)?)
            }
            _ => return Ok(None),
        }))
    }

    fn leaf(&self, kind: ScalarKind, size: usize) -> Node {
        let scalar = Scalar::ordered(kind, size, self.order.order);
        let is_aligned = match self.padding {
            Padding::Said => self.order.aligned && self.dialect != Dialect::Ctypes,
            Padding::Natural => true,
            Padding::Written => false,
        };
        let alignment = match is_aligned {
            true => platform::alignment(scalar),
            false => 1,
        };
        Node::scalar(scalar, alignment)
    }

    fn structure(&mut self, at: usize) -> Result<Node> {
        self.at += 1;
        self.enter(at)?;
        self.push(Node::OPEN, at)?;
        let mut extent = self.members(&Until::Brace(at))?;
        if self.pads_structs() {
            let padded = align_up(extent.size, extent.alignment);
            extent.size = padded.ok_or(Fault::at(at, Expected::SmallerSize))?;
        }
        self.depth -= 1;
        Ok(Node {
            itemsize: extent.size,
            alignment: extent.alignment,
            ..Node::OPEN
        })
    }

    fn pointer(&mut self, at: usize) -> Result<Node> {
        self.enter(at)?;
        let node = self.leaf(ScalarKind::Pointer, platform::size::POINTER);
        self.push(Node::OPEN, at)?;
        self.target()?;
        self.depth -= 1;
        Ok(node)
    }

    /// What a pointer points to, or a function returns: a member without a name.
    fn target(&mut self) -> Result<()> {
        let (start, index) = (self.at, self.tree.nodes.len());
        self.takes_order();
        let node = self.shaped(|_| true)?;
        match self.bytes(&node) {
            Some(_) => self.put(index, node, start),
            None => Err(Fault::at(start, Expected::SmallerSize)),
        }
    }

    /// Arguments and result are read, to know that they can be; their text is what is kept.
    fn function(&mut self, at: usize) -> Result<Node> {
        self.at += 1;
        self.enter(at)?;
        let mut node = self.leaf(ScalarKind::Function, platform::size::POINTER);
        let (start, index) = (self.at, self.tree.nodes.len());
        let shapes = self.tree.shapes.len();
        self.members(&Until::Signature(at))?;
        if self.peek() == Some(b'-') {
            self.at += 2;
            self.target()?;
            if self.peek() != Some(b'}') {
                return self.fail(Expected::BraceOf(at));
            }
        }
        node.signature = Range::new(start, self.at);
        self.at += 1;
        self.tree.nodes.truncate(index);
        self.tree.shapes.truncate(shapes);
        self.depth -= 1;
        Ok(node)
    }

    /// `:name:`.
    fn name(&mut self) -> Result<Option<Range>> {
        if self.peek() != Some(b':') || !self.dialect.nests() {
            return Ok(None);
        }
        let opened = self.at;
        let start = opened + 1;
        match self.text[start..].iter().position(|&byte| byte == b':') {
            Some(0) => Err(Fault::at(start, Expected::Name)),
            Some(length) => {
                self.at = start + length + 1;
                Ok(Some(Range::new(start, start + length)))
            }
            None => Err(Fault::at(self.text.len(), Expected::ColonOf(opened))),
        }
    }

    fn refuse_duplicates(&self, first: usize) -> Result<()> {
        let mut names = try_vec(0)?;
        let mut index = first;
        while let Some(node) = self.tree.nodes.get(index) {
            if let Some(name) = node.name {
                try_extend(&mut names, &[name])?;
            }
            index = node.end as usize;
        }
        let text = |name: &Range| &self.text[name.start as usize..name.end as usize];
        names.sort_unstable_by_key(|name| (text(name), name.start));
        match names
            .windows(2)
            .find(|pair| text(&pair[0]) == text(&pair[1]))
        {
            Some(pair) => Err(Fault::at(pair[1].start as usize, Expected::OtherName)),
            None => Ok(()),
        }
    }

    fn pads_structs(&self) -> bool {
        match self.dialect {
            _ if self.padding != Padding::Said => self.padding == Padding::Natural,
            Dialect::Pep3118 => true,
            Dialect::NumPy => self.order.aligned,
            Dialect::Struct | Dialect::Ctypes => false,
        }
    }

    /// The end of the whole text: only NumPy, and C itself, leave room there.
    fn pad_whole(&self, extent: Extent) -> Result<Extent> {
        let pads = match self.padding {
            Padding::Said => self.dialect == Dialect::NumPy && self.order.aligned,
            Padding::Natural => true,
            Padding::Written => false,
        };
        if !pads {
            return Ok(extent);
        }
        match align_up(extent.size, extent.alignment) {
            Some(size) => Ok(Extent { size, ..extent }),
            None => self.fail(Expected::SmallerSize),
        }
    }

    /// The index of the only member, where it is all of the item; else of the whole.
    fn lone_member(&self, whole: Extent) -> u32 {
        match self.tree.nodes.get(1) {
            Some(member)
                if member.end as usize == self.tree.nodes.len()
                    && member.name.is_none()
                    && member.repeat == 1
                    && product(member.shape.of(&self.tree.shapes), member.itemsize)
                        == Some(whole.size) =>
            {
                1
            }
            _ => 0,
        }
    }

    fn push(&mut self, node: Node, at: usize) -> Result<()> {
        if self.tree.nodes.len() >= MAX_FIELDS {
            return Err(Fault::at(at, Expected::FewerFields));
        }
        Ok(try_extend(&mut self.tree.nodes, &[node])?)
    }

    /// Puts a node in its place, which lies before all that is below it.
    fn put(&mut self, index: usize, mut node: Node, at: usize) -> Result<()> {
        if self.tree.nodes.len() == index {
            self.push(Node::OPEN, at)?;
        }
        node.end = self.tree.nodes.len() as u32;
        self.tree.nodes[index] = node;
        Ok(())
    }

    fn enter(&mut self, at: usize) -> Result<()> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(Fault::at(at, Expected::LessDepth)),
            false => Ok(()),
        }
    }

    fn skip_spaces(&mut self) {
        if self.dialect.has_spaces() {
            while let Some(b' ' | b'\t' | b'\n' | 0x0B | 0x0C | b'\r') = self.peek() {
                self.at += 1;
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[cold]
    fn fail<T>(&self, expected: Expected) -> Result<T> {
        Err(Fault::at(self.at, expected))
    }
}

/// The bytes of a sub-array, where there can be so many.
pub(super) fn product(shape: &[usize], itemsize: usize) -> Option<usize> {
    // A dimension of length 0 does not excuse the others.
    let count = shape
        .iter()
        .filter(|&&length| length != 0)
        .try_fold(itemsize, |product, &length| product.checked_mul(length))
        .filter(|&product| product <= MAX_SIZE)?;
    Some(if shape.contains(&0) { 0 } else { count })
}

/// The next multiple of an alignment, which is a power of two: to divide by it would take more
/// time than all the rest.
pub(super) fn align_up(offset: usize, alignment: usize) -> Option<usize> {
    let rest = alignment - 1;
    let up = offset.checked_add(rest)? & !rest;
    (up <= MAX_SIZE).then_some(up)
}

impl From<NoMemory> for Fault {
    fn from(_: NoMemory) -> Self {
        Self::at(0, Expected::Memory)
    }
}

#[cfg(test)]
mod tests;
