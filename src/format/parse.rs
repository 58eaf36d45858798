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

use super::dialect::{Dialect, OrderMark};
use super::fault::{Expected, Fault};
use super::sizes::{MAX_SIZE, align_up, product};
use super::tree::{MAX_DEPTH, MAX_FIELDS, Node, Range, Tree};
use crate::alloc::{NoMemory, try_extend, try_vec};

mod element;
mod token;

type Result<T, E = Fault> = std::result::Result<T, E>;

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
    if u32::try_from(text.len()).is_err() {
        return Err(Fault::at(0, Expected::ShorterText));
    }
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
    /// How many there are, repeats counted: of those without a byte no size says it.
    members: usize,
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
            members: 0,
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
        if !self.keeps || node.is_padding() || node.repeat == 0 || self.joins(*last, &node) {
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
        let end = offset.and_then(|offset| offset.checked_add(self.tree.bytes(node)?));
        let Some((offset, end)) = offset.zip(end.filter(|&end| end <= MAX_SIZE)) else {
            return Err(Fault::at(start, Expected::SmallerSize));
        };
        let counted = if node.is_padding() { 0 } else { node.repeat };
        let members = extent.members.checked_add(counted);
        let Some(members) = members.filter(|&members| members <= MAX_SIZE) else {
            return Err(Fault::at(start, Expected::FewerMembers));
        };
        (node.offset, node.alignment) = (offset, alignment);
        (extent.size, extent.members) = (end, members);
        extent.alignment = extent.alignment.max(alignment);
        Ok(())
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
}

impl From<NoMemory> for Fault {
    fn from(_: NoMemory) -> Self {
        Self::at(0, Expected::Memory)
    }
}

#[cfg(test)]
mod tests;
