//! Layouts explained to people: what belongs where, in words and drawn as text.
//!
//! ```c
//! char text[PYBUF_EXPLAIN_SIZE];
//! if (pybuf_view_explain(view, text, sizeof text) > 0)
//!     fputs(text, stderr);
//! ```

use std::ffi::c_char;

use super::handle::{self, pybuf_view};
use super::room::Room;
use super::run;
use crate::view::explain::LONGEST;

/// Room for any text of pybuf_view_explain or pybuf_copy_plan_explain, with its NUL.
pub const PYBUF_EXPLAIN_SIZE: i32 = 4096;

const _: () = assert!(LONGEST < PYBUF_EXPLAIN_SIZE as usize);

/// Says the layout of a view in words, and draws it: which byte belongs to which item, in which
/// order items are read, what is shared, what is skipped; lines of UTF-8 text, each with its
/// newline. Of large memory the beginning and the end are drawn. The wording may change with
/// versions: it is for people, not for programs.
///
/// Returns the length of the text without its NUL; as with snprintf as much of it as has room is
/// written to text, which is size bytes large (0: nothing, and text may be NULL). No item is
/// looked at, only pointers on the way to items (suboffsets). -1 on failure: PYBUF_ERR_TYPE where
/// view is none, PYBUF_ERR_VALUE for a size below 0, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_explain(
    view: *mut pybuf_view,
    text: *mut c_char,
    size: isize,
) -> isize {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; room as said.
        let (view, mut room) = unsafe { (handle::view(view)?, Room::of(text, size)?) };
        Ok(room.tell(&view.explanation()?))
    })
}
