//! The structs by which a C extension describes its types and modules to CPython. Their
//! layout has not changed since 3.5 (the limited API freezes it); only the header of an
//! object has, and that one is not in here.

#![allow(non_camel_case_types)]

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulong, c_void};
use std::ptr;

use crate::abi::PyObject;

/// One entry of a table of methods. `flags` says how `meth` is called.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct PyMethodDef {
    pub(super) name: *const c_char,
    pub(super) meth: *const c_void,
    pub(super) flags: c_int,
    pub(super) doc: *const c_char,
}

/// A function that takes its arguments as they are: the object it is a method of, where it
/// is one, the arguments, how many are given by position, and the names of the others.
pub(super) type FastFunction = unsafe extern "C" fn(
    *mut PyObject,
    *const *mut PyObject,
    isize,
    *mut PyObject,
) -> *mut PyObject;

impl PyMethodDef {
    /// What ends a table.
    pub(super) const END: Self = Self {
        name: ptr::null(),
        meth: ptr::null(),
        flags: 0,
        doc: ptr::null(),
    };

    pub(super) const fn new(
        name: &'static CStr,
        function: FastFunction,
        doc: &'static CStr,
    ) -> Self {
        Self {
            name: name.as_ptr(),
            meth: function as *const c_void,
            flags: METH_FASTCALL | METH_KEYWORDS,
            doc: doc.as_ptr(),
        }
    }
}

pub(super) const METH_KEYWORDS: c_int = 2;
pub(super) const METH_NOARGS: c_int = 4;
pub(super) const METH_O: c_int = 8;
pub(super) const METH_CLASS: c_int = 16;
/// In the limited API from 3.10 on; 3.9 has it all the same.
pub(super) const METH_FASTCALL: c_int = 128;

/// One entry of a table of members.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct PyMemberDef {
    pub(super) name: *const c_char,
    pub(super) kind: c_int,
    pub(super) offset: isize,
    pub(super) flags: c_int,
    pub(super) doc: *const c_char,
}

pub(super) const T_PYSSIZET: c_int = 19;
pub(super) const READONLY: c_int = 1;

pub(super) type Getter = unsafe extern "C" fn(*mut PyObject, *mut c_void) -> *mut PyObject;

/// What the collector hands to `tp_traverse`.
pub(super) type Visit = unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int;

/// One entry of a table of attributes.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct PyGetSetDef {
    pub(super) name: *const c_char,
    pub(super) get: Option<Getter>,
    pub(super) set: *const c_void,
    pub(super) doc: *const c_char,
    pub(super) closure: *mut c_void,
}

impl PyGetSetDef {
    /// What ends a table.
    pub(super) const END: Self = Self {
        name: ptr::null(),
        get: None,
        set: ptr::null(),
        doc: ptr::null(),
        closure: ptr::null_mut(),
    };
}

/// The value of a complex number.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Py_complex {
    pub(super) real: f64,
    pub(super) imag: f64,
}

/// `==`, `!=`: of the operations of a rich comparison, those that are ours.
pub(super) const PY_EQ: c_int = 2;
pub(super) const PY_NE: c_int = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct PyType_Slot {
    pub(super) slot: c_int,
    pub(super) pfunc: *mut c_void,
}

/// Numbers of type slots; 3.15 has new ones beside them, and goes on to take these.
pub(super) mod slot {
    use std::ffi::c_int;

    pub(in super::super) const BF_GETBUFFER: c_int = 1;
    pub(in super::super) const BF_RELEASEBUFFER: c_int = 2;
    pub(in super::super) const MP_ASS_SUBSCRIPT: c_int = 3;
    pub(in super::super) const MP_LENGTH: c_int = 4;
    pub(in super::super) const MP_SUBSCRIPT: c_int = 5;
    pub(in super::super) const SQ_CONTAINS: c_int = 41;
    pub(in super::super) const SQ_INPLACE_CONCAT: c_int = 42;
    pub(in super::super) const SQ_ITEM: c_int = 44;
    pub(in super::super) const SQ_LENGTH: c_int = 45;
    pub(in super::super) const TP_CLEAR: c_int = 51;
    pub(in super::super) const TP_DEALLOC: c_int = 52;
    pub(in super::super) const TP_DOC: c_int = 56;
    pub(in super::super) const TP_HASH: c_int = 59;
    pub(in super::super) const TP_ITER: c_int = 62;
    pub(in super::super) const TP_ITERNEXT: c_int = 63;
    pub(in super::super) const TP_METHODS: c_int = 64;
    pub(in super::super) const TP_NEW: c_int = 65;
    pub(in super::super) const TP_REPR: c_int = 66;
    pub(in super::super) const TP_RICHCOMPARE: c_int = 67;
    pub(in super::super) const TP_TRAVERSE: c_int = 71;
    pub(in super::super) const TP_MEMBERS: c_int = 72;
    pub(in super::super) const TP_GETSET: c_int = 73;
    pub(in super::super) const TP_FINALIZE: c_int = 80;
}

#[repr(C)]
pub(super) struct PyType_Spec {
    pub(super) name: *const c_char,
    pub(super) basicsize: c_int,
    pub(super) itemsize: c_int,
    pub(super) flags: c_uint,
    pub(super) slots: *mut PyType_Slot,
}

/// `match` takes instances for sequences; from 3.10 on.
pub(super) const TPFLAGS_SEQUENCE: c_uint = 1 << 5;
pub(super) const TPFLAGS_DISALLOW_INSTANTIATION: c_uint = 1 << 7;
pub(super) const TPFLAGS_HEAPTYPE: c_ulong = 1 << 9;
pub(super) const TPFLAGS_IMMUTABLETYPE: c_uint = 1 << 8;
pub(super) const TPFLAGS_HAVE_GC: c_uint = 1 << 14;
/// `Py_TPFLAGS_DEFAULT`: attributes may be cached (3.9 asks for it, later ones do it anyway).
pub(super) const TPFLAGS_DEFAULT: c_uint = 1 << 18;

/// What a module definition has behind its object header: `m_init`, `m_index` and `m_copy`
/// of its base, which CPython fills in, and then what describes the module.
#[repr(C)]
pub(super) struct ModuleFields {
    pub(super) m_init: *mut c_void,
    pub(super) m_index: isize,
    pub(super) m_copy: *mut PyObject,
    pub(super) m_name: *const c_char,
    pub(super) m_doc: *const c_char,
    pub(super) m_size: isize,
    pub(super) m_methods: *const PyMethodDef,
    pub(super) m_slots: *const PyModuleDef_Slot,
    pub(super) m_traverse: *mut c_void,
    pub(super) m_clear: *mut c_void,
    pub(super) m_free: *mut c_void,
}

/// A module definition: an object, whose header differs between builds.
pub(super) type PyModuleDef = c_void;

#[repr(C)]
pub(super) struct PyModuleDef_Slot {
    pub(super) slot: c_int,
    pub(super) value: *const c_void,
}

/// Numbers of module slots, in a module definition and in the slots of 3.15.
pub(super) mod module_slot {
    use std::ffi::c_int;

    pub(in super::super) const EXEC: c_int = 2;
    pub(in super::super) const MULTIPLE_INTERPRETERS: c_int = 3;
    pub(in super::super) const GIL: c_int = 4;
    /// Of the value of the slot above it: each interpreter may have a GIL of its own.
    pub(in super::super) const PER_INTERPRETER_GIL: usize = 2;
    /// Of the value of the slot above it: no GIL is needed.
    pub(in super::super) const GIL_NOT_USED: usize = 1;
}

/// A slot of PEP 820, as 3.15's module export functions give them.
#[repr(C)]
pub struct PySlot {
    pub(super) id: u16,
    pub(super) flags: u16,
    pub(super) reserved: u32,
    pub(super) value: SlotValue,
}

/// The value of a slot: eight bytes on every platform.
#[repr(C)]
pub(super) union SlotValue {
    pub(super) pointer: *const c_void,
    pub(super) bits: u64,
}

impl PySlot {
    pub(super) const END: Self = Self::new(0, ptr::null());

    pub(super) const fn new(id: u16, pointer: *const c_void) -> Self {
        Self {
            id,
            // PySlot_STATIC | PySlot_INTPTR: what is pointed at lives for ever, and the value is
            // in `pointer` whatever its sort.
            flags: if id == 0 { 0 } else { 0x0002 | 0x0004 },
            reserved: 0,
            value: SlotValue { pointer },
        }
    }
}

/// A table that CPython keeps a pointer to and nobody changes.
#[repr(transparent)]
pub(super) struct Table<T, const N: usize>(pub(super) [T; N]);

// SAFETY: constants and addresses of statics; CPython only reads them.
unsafe impl<T, const N: usize> Sync for Table<T, N> {}

impl<T: Copy, const N: usize> Table<T, N> {
    /// Two tables as one, and what ends it.
    pub(super) const fn joined(one: &[T], other: &[T], end: T) -> Self {
        assert!(one.len() + other.len() + 1 == N);
        let mut all = [end; N];
        let mut k = 0;
        while k < N - 1 {
            all[k] = match k < one.len() {
                true => one[k],
                false => other[k - one.len()],
            };
            k += 1;
        }
        Self(all)
    }
}

impl<T, const N: usize> Table<T, N> {
    pub(super) const fn as_ptr(&self) -> *const T {
        self.0.as_ptr()
    }
}
