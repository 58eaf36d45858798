//! The parts of a text that are no elements: shapes, orders, counts, names, white space.

use super::{Parser, Result};
use crate::alloc::try_extend;
use crate::format::dialect::{Dialect, OrderMark};
use crate::format::fault::{Expected, Fault};
use crate::format::sizes::MAX_SIZE;
use crate::format::tree::{MAX_DEPTH, Range};

impl Parser<'_> {
    /// `(2,3)`.
    pub(super) fn shape(&mut self) -> Result<Range> {
        let start = self.tree.shapes.len();
        if self.peek() == Some(b'(') && self.dialect.nests() {
            self.at += 1;
            loop {
                self.skip_spaces_in_shape();
                let at = self.at;
                let Some(length) = self.count()? else {
                    return self.fail(Expected::Dimension);
                };
                if self.tree.shapes.len() - start == MAX_DEPTH {
                    return Err(Fault::at(at, Expected::FewerDimensions));
                }
                try_extend(&mut self.tree.shapes, &[length])?;
                self.skip_spaces_in_shape();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b')') => break self.at += 1,
                    _ => return self.fail(Expected::CommaOrParenthesis),
                }
            }
        }
        Ok(Range::new(start, self.tree.shapes.len()))
    }

    pub(super) fn add_dimension(&mut self, shape: Range, length: usize) -> Result<Range> {
        // The dimensions of a target may lie between.
        let start = self.tree.shapes.len();
        if shape.end - shape.start == MAX_DEPTH as u32 {
            return self.fail(Expected::FewerDimensions);
        }
        for at in shape.start as usize..shape.end as usize {
            let length = self.tree.shapes[at];
            try_extend(&mut self.tree.shapes, &[length])?;
        }
        try_extend(&mut self.tree.shapes, &[length])?;
        Ok(Range::new(start, self.tree.shapes.len()))
    }

    /// An order character, where one may stand.
    pub(super) fn takes_order(&mut self) -> bool {
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
    pub(super) fn count(&mut self) -> Result<Option<usize>> {
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

    /// `:name:`.
    pub(super) fn name(&mut self) -> Result<Option<Range>> {
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

    pub(super) fn skip_spaces(&mut self) {
        if self.dialect.has_spaces() {
            self.skip_all_spaces();
        }
    }

    fn skip_spaces_in_shape(&mut self) {
        if self.dialect.has_spaces_in_shapes() {
            self.skip_all_spaces();
        }
    }

    fn skip_all_spaces(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | 0x0B | 0x0C | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[cold]
    pub(super) fn fail<T>(&self, expected: Expected) -> Result<T> {
        Err(Fault::at(self.at, expected))
    }
}
