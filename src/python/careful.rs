//! Functions of CPython that may run Python code, called so that a thread may end inside them.
//!
//! Once the interpreter ends, a thread that wants to be attached again (a daemon's, in some
//! `__index__` that slept, say) hangs from 3.14 on; older versions end it by `pthread_exit`, which
//! unwinds its stack by force where that is how the system does it. But a frame of Rust that is
//! unwound drops what it holds, references to objects among it, and one that CPython called must
//! not be left so at all: the process would be aborted. So the thread hangs there, too, before
//! the first of our frames is left, and ends with the process.
//!
//! In the table of functions stands for each of these one of ours, which calls it so.

use std::thread;
use std::time::Duration;

/// Dropped by who unwinds the thread to end it.
pub(super) struct Stay;

impl Drop for Stay {
    #[cold]
    fn drop(&mut self) {
        loop {
            thread::sleep(Duration::from_secs(3600));
        }
    }
}

/// Declares a module with a function of the same signature, and where it finds CPython's.
macro_rules! with_care {
    ($name:ident($a:ty) $(-> $result:ty)?) => {
        with_care! { @ $name(a: $a) $(-> $result)? }
    };
    ($name:ident($a:ty, $b:ty) $(-> $result:ty)?) => {
        with_care! { @ $name(a: $a, b: $b) $(-> $result)? }
    };
    ($name:ident($a:ty, $b:ty, $c:ty) $(-> $result:ty)?) => {
        with_care! { @ $name(a: $a, b: $b, c: $c) $(-> $result)? }
    };
    ($name:ident($a:ty, $b:ty, $c:ty, $d:ty) $(-> $result:ty)?) => {
        with_care! { @ $name(a: $a, b: $b, c: $c, d: $d) $(-> $result)? }
    };
    (@ $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?) => {
        #[allow(non_snake_case)]
        mod $name {
            use super::*;

            pub(super) static THEIRS: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

            pub(super) unsafe extern "C" fn call($($argument: $type),*) $(-> $result)? {
                type Theirs = unsafe extern "C-unwind" fn($($type),*) $(-> $result)?;
                // SAFETY: CPython's function of this name, which was found before anybody could
                // call this; as the caller promises.
                unsafe {
                    let theirs = THEIRS.load(Ordering::Relaxed);
                    let theirs = std::mem::transmute::<*mut c_void, Theirs>(theirs);
                    let stay = Stay;
                    let result = theirs($($argument),*);
                    std::mem::forget(stay);
                    result
                }
            }
        }
    };
}
pub(super) use with_care;
