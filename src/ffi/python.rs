//! Python: native memory as Python objects, Python objects as native memory. Python is
//! found when it is needed, in the process, and never linked.

use std::ffi::c_int;
use std::ptr;

use super::arguments::buffer_mut;
use super::handle::{exporter, give_view, pybuf_exporter, pybuf_view, take_exporter};
use super::want::{pybuf_want, wanted};
use super::{error, run};
use crate::abi::{Py_buffer, PyObject};
use crate::error::{Error, Kind, Result, fail};
use crate::python;
use crate::request::Request;

/// As [`run`], and an attached thread gets the exception too.
pub(super) fn run_and_raise<T>(failed: T, body: impl FnOnce() -> Result<T>) -> T {
    let mut succeeded = false;
    let value = run(failed, || {
        let value = body().map_err(python::explained)?;
        succeeded = true;
        Ok(value)
    });
    if !succeeded {
        raise_last();
    }
    value
}

/// The Python object that lends an exporter's memory to whatever takes a buffer:
/// memoryview(), numpy.asarray(), socket.send(). Returns a new reference; NULL with the
/// exception set.
///
/// The reference on the exporter is consumed in every case: it belongs to the object, and
/// is given up on failure. exporter NULL raises the thread's last error, so that calls
/// nest: pybuf_python_object(pybuf_exporter_new(&memory)); where there is none, TypeError.
///
/// Errors: PYBUF_ERR_RUNTIME where there is no Python in the process, or the thread is not
/// attached to it (no exception is set then); PYBUF_ERR_TYPE, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_object(exporter: *mut pybuf_exporter) -> *mut PyObject {
    run_and_raise(ptr::null_mut(), || {
        if exporter.is_null() {
            return Err(error::last_error().unwrap_or(Error::fixed(
                Kind::Type,
                "a pybuf_exporter is needed here, not NULL",
            )));
        }
        // SAFETY: a handle, whose reference the caller gives up.
        python::object(unsafe { take_exporter(exporter) }?)
    })
}

/// A view of the memory of any Python object with the buffer protocol, as wanted; want NULL:
/// anything, to be read. Returns a view with one reference; NULL with the exception set.
///
/// The view keeps the object, and may be used and dropped on any thread: where that one is
/// not attached to the object's interpreter, it is released at the next pybuf_python_* call
/// on an attached thread of that interpreter, for the main interpreter also soon by its main
/// thread; after Py_Finalize never.
///
/// Errors: PYBUF_ERR_PYTHON where the object raised an exception, a TypeError for one
/// without the protocol; PYBUF_ERR_BUFFER where it has other memory than is wanted (the
/// message says what was asked, what is there, what would do) or answers unsoundly;
/// PYBUF_ERR_VALUE for a want that makes no sense; PYBUF_ERR_RUNTIME as for
/// pybuf_python_object; PYBUF_ERR_TYPE for object NULL; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_view(
    object: *mut PyObject,
    want: *const pybuf_want,
) -> *mut pybuf_view {
    run_and_raise(ptr::null_mut(), || {
        // SAFETY: NULL or valid.
        let want = unsafe { wanted(want) }?;
        // SAFETY: NULL or an object.
        unsafe { python::acquired(object, &want) }.map(give_view)
    })
}

/// For the bf_getbuffer slot of a type of your own: fills view as flags ask, by the rules of
/// pybuf_getbuffer, with a new reference to owner as its obj. The exporter is kept by owner:
/// the export has no reference of its own on it. Returns 0, or -1 with the
/// exception set and view's obj NULL.
///
/// Errors: those of pybuf_getbuffer; PYBUF_ERR_TYPE for owner NULL; PYBUF_ERR_RUNTIME as for
/// pybuf_python_object.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `owner` must be a Python object that keeps `exporter` alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_fill(
    owner: *mut PyObject,
    exporter: *mut pybuf_exporter,
    view: *mut Py_buffer,
    flags: c_int,
) -> c_int {
    run_and_raise(-1, || {
        // SAFETY: NULL or valid.
        let view = unsafe { buffer_mut(view) }?;
        view.obj = ptr::null_mut();
        view.internal = ptr::null_mut();
        if owner.is_null() {
            return fail!(Type, "a Python object is needed as the owner, not NULL");
        }
        // SAFETY: NULL or a handle, which the owner keeps; an object.
        unsafe {
            let exporter = self::exporter(exporter)?;
            python::fill(owner, &exporter, view, Request::from_flags(flags))?;
        }
        Ok(0)
    })
}

/// For the bf_releasebuffer slot of a type of your own. It leaves obj alone: PyBuffer_Release
/// drops it afterwards. It ends the export where the memory counts them (guarded, or
/// growing), and does nothing elsewhere; call it in every case, so that your type is right for
/// any memory.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `view` must have been filled by pybuf_python_fill with this owner and this exporter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_releasebuffer(
    owner: *mut PyObject,
    exporter: *mut pybuf_exporter,
    view: *mut Py_buffer,
) {
    let _ = owner;
    run((), || {
        // SAFETY: NULL or valid; NULL or a handle, which the owner keeps.
        let (view, exporter) = unsafe { (buffer_mut(view)?, self::exporter(exporter)?) };
        exporter.release_for(view);
        Ok(())
    });
}

/// Sets the thread's last error as the Python exception: BufferError for PYBUF_ERR_BUFFER, and
/// so on. With PYBUF_ERR_PYTHON the exception that is set stays. Returns NULL always, so
/// that an extension's function can return it. On a thread that is not attached it does
/// nothing; where no call has failed it raises SystemError.
#[unsafe(no_mangle)]
pub extern "C" fn pybuf_python_raise() -> *mut PyObject {
    raise_last();
    ptr::null_mut()
}

/// Our own functions never call exported ones: those may be another copy's.
fn raise_last() {
    run((), || {
        let error = error::last_error().unwrap_or(Error::fixed(
            Kind::System,
            "pybuf_python_raise was called, but no call of libpybuf has failed on this thread",
        ));
        python::raise_if_attached(&error);
        Ok(())
    });
}

/// The module libpybuf, for those who have the library loaded but cannot import it by a path:
/// the one in sys.modules, which is put there if it is not. Returns a new reference; NULL
/// with the exception set.
///
/// Errors: PYBUF_ERR_RUNTIME as for pybuf_python_object; PYBUF_ERR_PYTHON, PYBUF_ERR_MEMORY.
#[unsafe(no_mangle)]
pub extern "C" fn pybuf_python_module() -> *mut PyObject {
    run_and_raise(ptr::null_mut(), python::module)
}

/// cbindgen:ignore
/// What `import libpybuf` calls. Not in the header: only CPython's import looks for it.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit_libpybuf() -> *mut PyObject {
    python::init()
}

/// cbindgen:ignore
/// What `import libpybuf` calls from CPython 3.15 on (PEP 793). Not in the header either.
#[unsafe(no_mangle)]
pub extern "C" fn PyModExport_libpybuf() -> *const python::PySlot {
    python::export()
}
