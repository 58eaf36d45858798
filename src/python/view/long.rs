//! What takes long is done while other threads run.
//!
//! A view that is read so counts one buffer more, as if somebody had one of it: who wants to
//! release it meanwhile is refused, as with every other call that lets go of the interpreter (a
//! `socket.send(m)`, say). To wait instead could be for ever: after a `fork`, or when the
//! interpreter ends, the thread that reads may be no more.
//!
//! Others may write the memory meanwhile, as they always could without a GIL: which of the bytes
//! a copy has from before and which from after is open, and so is what a comparison says. But what
//! leads through pointers is done attached: others might write those between the look where they
//! lead and the copy.

use super::super::detached::LONG;
use super::instance::This;
use crate::error::Result;

/// Runs `body`, which touches nothing of Python, but moves or compares so many bytes of these
/// views. All of them are pinned, or nobody else's.
#[inline(always)]
pub(super) fn perhaps_long<T>(
    one: &This<'_>,
    other: Option<This<'_>>,
    nbytes: usize,
    body: impl FnOnce() -> Result<T>,
) -> Result<T> {
    match nbytes < LONG {
        true => body(),
        false => long(one, other, body),
    }
}

#[cold]
#[inline(never)]
fn long<T>(one: &This<'_>, other: Option<This<'_>>, body: impl FnOnce() -> Result<T>) -> Result<T> {
    let leads = |view: &This<'_>| view.fields.lent.layout().is_indirect();
    if leads(one) || other.as_ref().is_some_and(leads) {
        return body();
    }
    let _one = one.hold()?;
    let _other = other.as_ref().map(This::hold).transpose()?;
    one.attached.detached(body)
}
