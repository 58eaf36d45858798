//! The functions and objects of a running Python that this library calls, each looked up
//! by its name: nothing here makes the linker ask for a Python.
//!
//! The list is the only place where a name and its signature stand. A test reads every
//! real `Python.h` of the machine and compares: a signature that is loosened or wrong is
//! found there, not at a user's.

use std::ffi::{CStr, c_char, c_int, c_long, c_longlong, c_ulong, c_ulonglong, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::careful::{Stay, with_care};
use super::lookup::Symbols;
use super::objects::{Py_complex, PyModuleDef, PyType_Spec};
use crate::abi::{Py_buffer, PyObject};
use crate::error::{Error, Kind, Result, fail, try_format};

/// Declares the table: its type, how it is looked up, and the list for the test. `careful` are
/// functions that may run Python code.
macro_rules! table {
    (
        functions { $($name:ident: $signature:ty;)* }
        careful { $($careful:ident: unsafe extern "C" fn($($type:ty),*) $(-> $result:ty)?;)* }
        optional { $($option:ident: $option_signature:ty;)* }
        objects { $($object:ident;)* }
    ) => {
        /// What is looked up, once, in a process that has a Python.
        #[allow(non_snake_case)]
        pub(super) struct Api {
            /// This Python is 3 and this.
            pub(super) minor: u32,
            $(pub(super) $name: $signature,)*
            $(pub(super) $careful: unsafe extern "C" fn($($type),*) $(-> $result)?,)*
            $(pub(super) $option: Option<$option_signature>,)*
            $(pub(super) $object: *mut PyObject,)*
        }

        impl Api {
            fn look_up(symbols: &Symbols, minor: u32) -> Result<Self> {
                // SAFETY: each name is CPython's, and each type the one that its headers
                // give it, on all versions (`tests/abi.rs`).
                unsafe {
                    Ok(Self {
                        minor,
                        $($name: std::mem::transmute::<*mut c_void, $signature>(
                            find(symbols, concat!(stringify!($name), "\0"))?,
                        ),)*
                        $($careful: {
                            let theirs = find(symbols, concat!(stringify!($careful), "\0"))?;
                            $careful::THEIRS.store(theirs, Ordering::Relaxed);
                            $careful::call
                        },)*
                        $($option: symbols.get(concat!(stringify!($option), "\0"))
                            .map(|it| std::mem::transmute::<*mut c_void, $option_signature>(it.as_ptr())),)*
                        $($object: find(symbols, concat!(stringify!($object), "\0"))?.cast(),)*
                    })
                }
            }
        }

        $(with_care! { $careful($($type),*) $(-> $result)? })*

        /// Name and signature of every function of the table, and whether it has to be
        /// there: for the test that compares them with `Python.h`.
        pub const FUNCTIONS: &[(&str, &str, bool)] = &[
            $((stringify!($name), stringify!($signature), true),)*
            $((
                stringify!($careful),
                stringify!(unsafe extern "C" fn($($type),*) $(-> $result)?),
                true,
            ),)*
            $((stringify!($option), stringify!($option_signature), false),)*
        ];
    };
}

table! {
    functions {
        Py_IsInitialized: unsafe extern "C" fn() -> c_int;
        Py_AddPendingCall: unsafe extern "C" fn(Option<unsafe extern "C" fn(*mut c_void) -> c_int>, *mut c_void) -> c_int;
        PyGILState_Check: unsafe extern "C" fn() -> c_int;
        PyGILState_GetThisThreadState: unsafe extern "C" fn() -> *mut PyThreadState;
        PyThreadState_Swap: unsafe extern "C" fn(*mut PyThreadState) -> *mut PyThreadState;
        PyThreadState_GetInterpreter: unsafe extern "C" fn(*mut PyThreadState) -> *mut PyInterpreterState;
        PyEval_SaveThread: unsafe extern "C" fn() -> *mut PyThreadState;
        PyInterpreterState_Get: unsafe extern "C" fn() -> *mut PyInterpreterState;
        PyInterpreterState_Main: unsafe extern "C" fn() -> *mut PyInterpreterState;
        PyInterpreterState_GetDict: unsafe extern "C" fn(*mut PyInterpreterState) -> *mut PyObject;

        _Py_NewReference: unsafe extern "C" fn(*mut PyObject);
        Py_IncRef: unsafe extern "C" fn(*mut PyObject);
        Py_DecRef: unsafe extern "C" fn(*mut PyObject);
        PyType_GetFlags: unsafe extern "C" fn(*mut PyTypeObject) -> c_ulong;
        PyType_IsSubtype: unsafe extern "C" fn(*mut PyTypeObject, *mut PyTypeObject) -> c_int;
        PyObject_Type: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PyObject_CheckBuffer: unsafe extern "C" fn(*mut PyObject) -> c_int;
        PySeqIter_New: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        _PyObject_GC_New: unsafe extern "C" fn(*mut PyTypeObject) -> *mut PyObject;
        PyObject_GC_Track: unsafe extern "C" fn(*mut c_void);
        PyObject_GC_UnTrack: unsafe extern "C" fn(*mut c_void);
        PyObject_GC_Del: unsafe extern "C" fn(*mut c_void);

        PyType_FromSpec: unsafe extern "C" fn(*mut PyType_Spec) -> *mut PyObject;
        PyModuleDef_Init: unsafe extern "C" fn(*mut PyModuleDef) -> *mut PyObject;
        PyModule_FromDefAndSpec2: unsafe extern "C" fn(*mut PyModuleDef, *mut PyObject, c_int) -> *mut PyObject;
        PyModule_ExecDef: unsafe extern "C" fn(*mut PyObject, *mut PyModuleDef) -> c_int;
        PySys_GetObject: unsafe extern "C" fn(*const c_char) -> *mut PyObject;
        PyImport_GetModuleDict: unsafe extern "C" fn() -> *mut PyObject;
        PyCapsule_New: unsafe extern "C" fn(*mut c_void, *const c_char, Option<unsafe extern "C" fn(*mut PyObject)>) -> *mut PyObject;
        PyCapsule_GetPointer: unsafe extern "C" fn(*mut PyObject, *const c_char) -> *mut c_void;
        PyDict_GetItemWithError: unsafe extern "C" fn(*mut PyObject, *mut PyObject) -> *mut PyObject;
        PyDict_New: unsafe extern "C" fn() -> *mut PyObject;
        PyDict_SetItem: unsafe extern "C" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> c_int;
        PyDict_Size: unsafe extern "C" fn(*mut PyObject) -> isize;
        PyDict_SetDefault: unsafe extern "C" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;

        PyErr_Occurred: unsafe extern "C" fn() -> *mut PyObject;
        PyErr_SetString: unsafe extern "C" fn(*mut PyObject, *const c_char);
        PyErr_ExceptionMatches: unsafe extern "C" fn(*mut PyObject) -> c_int;
        PyErr_Fetch: unsafe extern "C" fn(*mut *mut PyObject, *mut *mut PyObject, *mut *mut PyObject);
        PyErr_Restore: unsafe extern "C" fn(*mut PyObject, *mut PyObject, *mut PyObject);

        PyLong_AsSsize_t: unsafe extern "C" fn(*mut PyObject) -> isize;
        PyLong_AsSize_t: unsafe extern "C" fn(*mut PyObject) -> usize;
        PyLong_FromVoidPtr: unsafe extern "C" fn(*mut c_void) -> *mut PyObject;
        PyLong_FromSsize_t: unsafe extern "C" fn(isize) -> *mut PyObject;
        PyLong_FromLong: unsafe extern "C" fn(c_long) -> *mut PyObject;
        PyLong_FromLongLong: unsafe extern "C" fn(c_longlong) -> *mut PyObject;
        PyLong_FromUnsignedLongLong: unsafe extern "C" fn(c_ulonglong) -> *mut PyObject;
        PyLong_AsLongLongAndOverflow: unsafe extern "C" fn(*mut PyObject, *mut c_int) -> c_longlong;
        PyLong_AsUnsignedLongLong: unsafe extern "C" fn(*mut PyObject) -> c_ulonglong;
        PyFloat_FromDouble: unsafe extern "C" fn(f64) -> *mut PyObject;
        PyComplex_FromDoubles: unsafe extern "C" fn(f64, f64) -> *mut PyObject;
        PyBool_FromLong: unsafe extern "C" fn(c_long) -> *mut PyObject;
        PyIndex_Check: unsafe extern "C" fn(*mut PyObject) -> c_int;
        PyTuple_New: unsafe extern "C" fn(isize) -> *mut PyObject;
        PyTuple_Size: unsafe extern "C" fn(*mut PyObject) -> isize;
        PyTuple_GetItem: unsafe extern "C" fn(*mut PyObject, isize) -> *mut PyObject;
        PyTuple_SetItem: unsafe extern "C" fn(*mut PyObject, isize, *mut PyObject) -> c_int;
        PyList_New: unsafe extern "C" fn(isize) -> *mut PyObject;
        PyList_GetItem: unsafe extern "C" fn(*mut PyObject, isize) -> *mut PyObject;
        PyList_Size: unsafe extern "C" fn(*mut PyObject) -> isize;
        PyList_SetItem: unsafe extern "C" fn(*mut PyObject, isize, *mut PyObject) -> c_int;
        PyBytes_FromStringAndSize: unsafe extern "C" fn(*const c_char, isize) -> *mut PyObject;
        PyBytes_AsString: unsafe extern "C" fn(*mut PyObject) -> *mut c_char;
        PyBytes_Size: unsafe extern "C" fn(*mut PyObject) -> isize;
        PyUnicode_FromOrdinal: unsafe extern "C" fn(c_int) -> *mut PyObject;
        PyUnicode_FromKindAndData: unsafe extern "C" fn(c_int, *const c_void, isize) -> *mut PyObject;
        PyUnicode_GetLength: unsafe extern "C" fn(*mut PyObject) -> isize;
        PyUnicode_ReadChar: unsafe extern "C" fn(*mut PyObject, isize) -> u32;
        PyUnicode_FromStringAndSize: unsafe extern "C" fn(*const c_char, isize) -> *mut PyObject;
        PyUnicode_CompareWithASCIIString: unsafe extern "C" fn(*mut PyObject, *const c_char) -> c_int;
        PyUnicode_New: unsafe extern "C" fn(isize, u32) -> *mut PyObject;
        PyUnicode_AsASCIIString: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PyUnicode_AsUTF8AndSize: unsafe extern "C" fn(*mut PyObject, *mut isize) -> *const c_char;
    }
    careful {
        PyEval_RestoreThread: unsafe extern "C" fn(*mut PyThreadState);
        PyObject_GetBuffer: unsafe extern "C" fn(*mut PyObject, *mut Py_buffer, c_int) -> c_int;
        PyBuffer_Release: unsafe extern "C" fn(*mut Py_buffer);
        PyObject_GetAttrString: unsafe extern "C" fn(*mut PyObject, *const c_char) -> *mut PyObject;
        PyObject_SetAttrString: unsafe extern "C" fn(*mut PyObject, *const c_char, *mut PyObject) -> c_int;
        PyObject_Str: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PyObject_Repr: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PyObject_Hash: unsafe extern "C" fn(*mut PyObject) -> isize;
        PyObject_RichCompareBool: unsafe extern "C" fn(*mut PyObject, *mut PyObject, c_int) -> c_int;
        PyObject_GetIter: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PyIter_Next: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PyObject_Call: unsafe extern "C" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;
        PyObject_CallObject: unsafe extern "C" fn(*mut PyObject, *mut PyObject) -> *mut PyObject;
        PyObject_IsInstance: unsafe extern "C" fn(*mut PyObject, *mut PyObject) -> c_int;
        PyObject_IsTrue: unsafe extern "C" fn(*mut PyObject) -> c_int;
        PyObject_ClearWeakRefs: unsafe extern "C" fn(*mut PyObject);
        PyMemoryView_FromObject: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PyImport_ImportModule: unsafe extern "C" fn(*const c_char) -> *mut PyObject;
        PyErr_WriteUnraisable: unsafe extern "C" fn(*mut PyObject);
        PyErr_NormalizeException: unsafe extern "C" fn(*mut *mut PyObject, *mut *mut PyObject, *mut *mut PyObject);
        PyNumber_Index: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PyNumber_AsSsize_t: unsafe extern "C" fn(*mut PyObject, *mut PyObject) -> isize;
        PyFloat_AsDouble: unsafe extern "C" fn(*mut PyObject) -> f64;
        PyComplex_AsCComplex: unsafe extern "C" fn(*mut PyObject) -> Py_complex;
        PySequence_Tuple: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PySequence_List: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject;
        PySlice_Unpack: unsafe extern "C" fn(*mut PyObject, *mut isize, *mut isize, *mut isize) -> c_int;
        PySequence_GetItem: unsafe extern "C" fn(*mut PyObject, isize) -> *mut PyObject;
    }
    optional {
        // Since 3.9.
        Py_GenericAlias: unsafe extern "C" fn(*mut PyObject, *mut PyObject) -> *mut PyObject;
        // The same function before and after it became public in 3.13.
        PyThreadState_GetUnchecked: unsafe extern "C" fn() -> *mut PyThreadState;
        _PyThreadState_UncheckedGet: unsafe extern "C" fn() -> *mut PyThreadState;
        // Only builds without the GIL have it.
        PyUnstable_Module_SetGIL: unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int;
    }
    objects {
        _Py_EllipsisObject;
        _Py_NoneStruct;
        _Py_NotImplementedStruct;
        PyBaseObject_Type;
        PyByteArray_Type;
        PyBytes_Type;
        PyFloat_Type;
        PyLong_Type;
        PyMemoryView_Type;
        PySlice_Type;
        PyTuple_Type;
        PyType_Type;
        PyMethodDescr_Type;
        PyWrapperDescr_Type;
        PyList_Type;
        PyUnicode_Type;
        PyExc_AttributeError;
        PyExc_BufferError;
        PyExc_IndexError;
        PyExc_MemoryError;
        PyExc_NotImplementedError;
        PyExc_OverflowError;
        PyExc_RuntimeError;
        PyExc_SystemError;
        PyExc_TypeError;
        PyExc_ValueError;
    }
}

/// Opaque to this library.
#[repr(C)]
pub(super) struct PyInterpreterState {
    _opaque: [u8; 0],
}

/// Opaque to this library.
#[repr(C)]
pub(super) struct PyThreadState {
    _opaque: [u8; 0],
}

/// A type object is an object, and nothing else is looked at.
pub(super) type PyTypeObject = PyObject;

// SAFETY: addresses of functions and objects that are there as long as the Python is.
unsafe impl Send for Api {}
// SAFETY: as above.
unsafe impl Sync for Api {}

static TABLE: OnceLock<Api> = OnceLock::new();

/// The table, if it has been needed before and Python was there.
pub(super) fn known_table() -> Option<&'static Api> {
    TABLE.get()
}

/// The table, or the error that says why there is none. A failure is not remembered: a
/// Python may be loaded later.
pub(super) fn table() -> Result<&'static Api> {
    match TABLE.get() {
        Some(table) => Ok(table),
        None => first_table(),
    }
}

/// Whether there is no Python in this process, of whatever version.
#[cold]
pub(super) fn is_absent() -> bool {
    // Where there is no memory to look, one may be there.
    TABLE.get().is_none() && matches!(Symbols::of_python(), Ok(None))
}

#[cold]
fn first_table() -> Result<&'static Api> {
    let Some(symbols) = Symbols::of_python()? else {
        let text = "there is no Python in this process: this function needs one, of 3.9 or later";
        return Err(Error::fixed(Kind::Runtime, text));
    };
    let minor = minor_version(&symbols)?;
    let table = Api::look_up(&symbols, minor)?;
    if table.PyThreadState_GetUnchecked.is_none() {
        find(&symbols, "_PyThreadState_UncheckedGet\0")?;
    }
    Ok(TABLE.get_or_init(|| table))
}

fn find(symbols: &Symbols, name: &str) -> Result<*mut c_void> {
    match symbols.get(name) {
        Some(address) => Ok(address.as_ptr()),
        None => fail!(
            Runtime,
            "the Python in this process has no {}: it is no CPython that libpybuf knows",
            name.trim_end_matches('\0')
        ),
    }
}

/// The minor version of this Python 3; an error where it is too old. Asked for before
/// anything else is looked up: old ones lack some of it.
fn minor_version(symbols: &Symbols) -> Result<u32> {
    let get = find(symbols, "Py_GetVersion\0")?;
    // SAFETY: `const char *Py_GetVersion(void)`, which may be called at any time.
    let version = unsafe {
        let get = std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> *const c_char>(get);
        CStr::from_ptr(get())
    };
    let version = version.to_str().unwrap_or_default();
    let number = version.split(' ').next().unwrap_or_default();
    let minor = number.strip_prefix("3.").map(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit);
        digits.fold(0, |minor, digit| 10 * minor + u32::from(digit - b'0'))
    });
    match minor {
        Some(minor) if minor >= 9 => Ok(minor),
        _ => fail!(
            Runtime,
            "libpybuf needs CPython 3.9 or later; this is Python {number}"
        ),
    }
}

/// Sets ImportError in a Python of which there is no table: these two names every one has.
pub(super) fn refuse_import(error: &Error) {
    let names = ["PyErr_SetString\0", "PyExc_ImportError\0"];
    let symbols = Symbols::of_python().ok().flatten();
    let found = symbols.map(|symbols| names.map(|name| symbols.get(name)));
    let Some([Some(set), Some(class)]) = found else {
        return;
    };
    let message = try_format(format_args!("{error}\0"));
    let message = message.as_deref().unwrap_or("no memory left\0");
    // SAFETY: `void PyErr_SetString(PyObject *, const char *)` on a thread that imports, with
    // the class that the variable holds.
    unsafe {
        let set = std::mem::transmute::<
            *mut c_void,
            unsafe extern "C" fn(*mut PyObject, *const c_char),
        >(set.as_ptr());
        set(class.cast().read(), message.as_ptr().cast());
    }
}

impl Api {
    /// Whether one thread at a time runs in an interpreter.
    pub(super) fn has_lock(&self) -> bool {
        self.PyUnstable_Module_SetGIL.is_none()
    }

    /// The state of this thread, NULL where it is not attached.
    pub(super) fn thread_state(&self) -> *mut PyThreadState {
        let get = self
            .PyThreadState_GetUnchecked
            .or(self._PyThreadState_UncheckedGet);
        // SAFETY: it may be called by any thread; one of the two is there.
        get.map_or(std::ptr::null_mut(), |get| unsafe { get() })
    }

    /// One of the exception classes above, each of which is a pointer to the class.
    pub(super) fn exception(&self, name: impl Fn(&Self) -> *mut PyObject) -> *mut PyObject {
        // SAFETY: the symbol is a variable that holds the class.
        unsafe { name(self).cast::<*mut PyObject>().read() }
    }
}
