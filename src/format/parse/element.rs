//! One element: a code, a pointer, a function or a struct.

use super::{Padding, Parser, Result, Until};
use crate::format::dialect::{Dialect, Sizes};
use crate::format::fault::{Expected, Fault};
use crate::format::platform;
use crate::format::scalar::{Scalar, ScalarKind};
use crate::format::sizes::{MAX_SIZE, align_up};
use crate::format::tree::{Node, Range};

impl Parser<'_> {
    /// The node of an element; what is below it is in the tree then, behind the place for it.
    /// What has a length takes the count for it.
    pub(super) fn element(&mut self, count: Option<usize>) -> Result<Node> {
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
        let native = match self.peek().filter(|_| letter == b'Z') {
            Some(part) => self.dialect.complex(part, Sizes::Native).is_some(),
            None => self.dialect.code(letter, Sizes::Native).is_some(),
        };
        let has_no_standard = native && self.order.sizes == Sizes::Standard;
        let expected = match letter {
            _ if has_no_standard => Expected::NativeOrder,
            b'(' if count.is_some() && self.dialect.nests() => Expected::ShapeBeforeCount,
            _ => Expected::Code,
        };
        Fault::at(at, expected)
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
        match self.tree.bytes(&node) {
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
}
