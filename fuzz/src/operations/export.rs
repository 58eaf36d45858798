//! What keeps what, and who shares it: the exports that views and filled buffers hold, and
//! what an exporter holds of those it was made from.

use std::ffi::c_int;
use std::rc::Rc;

use pybuf::abi::PyBUF_WRITABLE;
use pybuf::error::Kind;
use pybuf::request::Answer;

use super::super::sharing::{Access, Asked, Guard, Outstanding, Sharing, is_answered_readonly};
use super::shown::Shown;

/// Behind an exporter: with whom its exports are counted, and what it keeps beside its memory.
#[derive(Clone)]
pub struct Source {
    sharing: Rc<Sharing>,
    kept: Vec<Rc<Export>>,
}

/// Held by a view and all that is made of it, or by a filled buffer.
pub struct Export {
    outstanding: Outstanding,
    pub asked: Asked,
    /// The buffer leads back to the exporter that filled it, and nothing else is to be called
    /// at its end: who lends it on keeps that exporter.
    direct: bool,
    /// What the exporter keeps; the export keeps the exporter.
    kept: Vec<Rc<Export>>,
}

/// What a consumer sees who was granted a request, what was filled in, and the export.
pub type Granted = (Shown, Answer, Rc<Export>);

impl Source {
    pub fn new(guard: Guard) -> Self {
        Self::keeping(guard, Vec::new())
    }

    pub fn keeping(guard: Guard, kept: Vec<Rc<Export>>) -> Self {
        Self {
            sharing: Sharing::new(guard),
            kept,
        }
    }

    /// What a request for what this exporter shows comes to.
    pub fn ask(
        &self,
        shown: &Shown,
        asked: Asked,
        flags: c_int,
        direct: bool,
    ) -> Result<Granted, Kind> {
        let writes = flags & PyBUF_WRITABLE != 0;
        let access = self.sharing.grant(asked, writes, shown.readonly)?;
        let (seen, answer) = shown.answered(flags)?;
        let readonly = is_answered_readonly(asked, access, writes, shown.readonly);
        let export = Export {
            outstanding: Outstanding::begin(&self.sharing, access),
            // Constant memory needs no promise.
            asked: match (self.sharing.guard, asked) {
                (Guard::Constant, Asked::Loose) => Asked::Stable,
                _ => asked,
            },
            direct,
            kept: self.kept.clone(),
        };
        Ok((seen.readonly(readonly), answer, Rc::new(export)))
    }
}

impl Export {
    /// Taken from an exporter that promises nothing, and that nobody of ours finds again.
    pub fn foreign() -> Rc<Self> {
        let sharing = Sharing::new(Guard::Plain);
        Rc::new(Self {
            outstanding: Outstanding::begin(&sharing, Access::Write),
            asked: Asked::ByFlags,
            direct: false,
            kept: Vec::new(),
        })
    }

    /// Nobody writes as long as there is this export.
    pub fn is_stable(&self) -> bool {
        self.asked == Asked::Stable
    }

    /// Behind an exporter of what a view of this export shows.
    pub fn lent_on(self: &Rc<Self>) -> Source {
        let sharing = &self.outstanding.sharing;
        let promised = matches!(self.asked, Asked::Stable | Asked::Exclusive);
        if self.direct && (sharing.guard == Guard::Constant || !promised) {
            return Source {
                sharing: sharing.clone(),
                kept: self.kept.clone(),
            };
        }
        let guard = if self.is_stable() {
            Guard::Constant
        } else {
            Guard::Plain
        };
        Source::keeping(guard, vec![self.clone()])
    }

    /// Behind the buffers that a view of this export fills.
    pub fn filled_on(self: &Rc<Self>) -> Source {
        Source::keeping(Guard::Plain, vec![self.clone()])
    }
}
