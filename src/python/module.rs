//! `import libpybuf`: the library's own file is the module.
//!
//! Two ways in. `PyInit_libpybuf` (PEP 489) is known to every CPython; its module
//! definition begins with an object header, whose size only the running Python knows, so
//! it is put together at run time. `PyModExport_libpybuf` (PEP 793, with the slots of
//! PEP 820) is what 3.15 asks for first: no object is in it.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use super::api::{refuse_import, table};
use super::attached::Attached;
use super::attributes::text;
use super::functions::METHODS;
use super::guard::guard;
use super::instance::header_size;
use super::making::type_for;
use super::objects::*;
use super::raise::{clear, exception};
use super::reference::Ref;
use super::state::{State, place};
use super::types::{Sort, Type};
use crate::abi::PyObject;
use crate::alloc::Block;
use crate::error::Result;

const NAME: &CStr = c"libpybuf";

const DOC: &CStr = c"The Python buffer protocol for everything that can call C.

memory(), bytes(), ndarray() and stack() lend native memory as an Exporter (with guarded=True
as a Guarded, which counts its exports), which memoryview(), numpy.asarray(), socket.send() and
the like take without a copy. array() and bytearray() make an Array, whose size changes.

memoryview(object) is a view of whatever an object lends, as the builtin is one; View(object) does
all that has a meaning: slices in every dimension, structs, fields, transposes, casts.";

/// `__all__`
const NAMES: &[&str] = &[
    "Array",
    "Exporter",
    "Guarded",
    "View",
    "array",
    "bytearray",
    "bytes",
    "memory",
    "memoryview",
    "ndarray",
    "stack",
];

const TYPES: [(&CStr, Type); 5] = [
    (c"Exporter", Type::Exporter(Sort::Fixed)),
    (c"Guarded", Type::Exporter(Sort::Guarded)),
    (c"Array", Type::Exporter(Sort::Growing)),
    (c"memoryview", Type::Memoryview),
    (c"View", Type::View),
];

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A definition of the module, on the heap for ever: modules point at it.
struct Definition(Block);

static DEFINITION: OnceLock<Definition> = OnceLock::new();

/// For 3.9 to 3.11, for 3.12, and for 3.13 and later: an older one refuses a slot it does not know.
static SLOTS: [Table<PyModuleDef_Slot, 4>; 3] = [
    slots(0, 0),
    slots(module_slot::MULTIPLE_INTERPRETERS, 0),
    slots(module_slot::MULTIPLE_INTERPRETERS, module_slot::GIL),
];

const fn slots(interpreters: c_int, gil: c_int) -> Table<PyModuleDef_Slot, 4> {
    const fn slot(slot: c_int, value: *const c_void) -> PyModuleDef_Slot {
        PyModuleDef_Slot { slot, value }
    }
    Table([
        slot(module_slot::EXEC, fill_in as *const c_void),
        slot(
            interpreters,
            ptr::without_provenance(module_slot::PER_INTERPRETER_GIL),
        ),
        slot(gil, ptr::without_provenance(module_slot::GIL_NOT_USED)),
        slot(0, ptr::null()),
    ])
}

/// The module definition for this Python; made once in a process.
fn definition(attached: Attached) -> Result<*mut PyModuleDef> {
    let minor = attached.api.minor;
    if let Some(Definition(block)) = DEFINITION.get() {
        return Ok(block.as_ptr().cast());
    }
    let header = header_size(attached)?;
    let block = Block::zeroed(header + size_of::<ModuleFields>())?;
    let known = &SLOTS[(minor.clamp(11, 13) - 11) as usize];
    let fields = ModuleFields {
        m_init: ptr::null_mut(),
        m_index: 0,
        m_copy: ptr::null_mut(),
        m_name: NAME.as_ptr(),
        m_doc: DOC.as_ptr(),
        m_size: 0,
        m_methods: METHODS.as_ptr(),
        m_slots: known.as_ptr(),
        m_traverse: ptr::null_mut(),
        m_clear: ptr::null_mut(),
        m_free: ptr::null_mut(),
    };
    // SAFETY: a fresh block with room for both parts.
    unsafe {
        block
            .as_ptr()
            .add(header)
            .cast::<ModuleFields>()
            .write(fields)
    };
    let Definition(block) = DEFINITION.get_or_init(|| Definition(block));
    Ok(block.as_ptr().cast())
}

/// The body of `PyInit_libpybuf`.
pub(crate) fn init() -> *mut PyObject {
    if let Err(error) = table() {
        refuse_import(&error);
        return ptr::null_mut();
    }
    guard(ptr::null_mut(), || {
        let attached = Attached::now()?;
        let definition = definition(attached)?;
        // SAFETY: attached; a complete definition.
        Ok(unsafe { (attached.api.PyModuleDef_Init)(definition) })
    })
}

/// The body of `PyModExport_libpybuf`.
pub(crate) fn export() -> *const PySlot {
    // What looks names up must be there before the first of our functions is called.
    if let Err(error) = table() {
        refuse_import(&error);
        return ptr::null();
    }
    EXPORT.as_ptr()
}

/// `PyABIInfo`: the stable ABI of 3.15, with or without a GIL.
#[repr(C)]
struct AbiInfo {
    major: u8,
    minor: u8,
    flags: u16,
    build: u32,
    version: u32,
}

static ABI_INFO: AbiInfo = AbiInfo {
    major: 1,
    minor: 0,
    flags: 0x0001 | 0x0002 | 0x0004,
    build: 0,
    version: 0x030f_0000,
};

static EXPORT: Table<PySlot, 8> = Table([
    PySlot::new(109, (&raw const ABI_INFO).cast()),
    PySlot::new(100, NAME.as_ptr().cast()),
    PySlot::new(101, DOC.as_ptr().cast()),
    PySlot::new(103, METHODS.as_ptr().cast()),
    PySlot::new(85, fill_in as *const c_void),
    PySlot::new(
        86,
        ptr::without_provenance(module_slot::PER_INTERPRETER_GIL),
    ),
    PySlot::new(87, ptr::without_provenance(module_slot::GIL_NOT_USED)),
    PySlot::END,
]);

/// Py_mod_exec: what is in the module beside its functions.
unsafe extern "C" fn fill_in(module: *mut PyObject) -> c_int {
    guard(-1, || {
        let attached = Attached::now()?;
        let state = State::current(&attached)?;
        let version = text(attached, VERSION)?;
        set(attached, module, c"__version__", version.as_ptr())?;
        for (name, which) in TYPES {
            set(attached, module, name, type_for(attached, state, which)?)?;
        }
        let names = names(attached, NAMES)?;
        set(attached, module, c"__all__", names.as_ptr())?;
        Ok(0)
    })
}

fn names(attached: Attached, names: &[&str]) -> Result<Ref> {
    let api = attached.api;
    // SAFETY: attached.
    let tuple = unsafe { (api.PyTuple_New)(names.len() as isize) };
    let tuple = Ref::owned(attached, tuple).ok_or_else(|| exception(attached))?;
    for (index, name) in (0..).zip(names) {
        let name = text(attached, name)?;
        // SAFETY: a fresh tuple, an index in it, and a reference that it takes over.
        unsafe { (api.PyTuple_SetItem)(tuple.as_ptr(), index, name.into_ptr()) };
    }
    Ok(tuple)
}

fn set(attached: Attached, object: *mut PyObject, name: &CStr, value: *mut PyObject) -> Result<()> {
    // SAFETY: attached; two objects and a C string.
    match unsafe { (attached.api.PyObject_SetAttrString)(object, name.as_ptr(), value) } {
        0 => Ok(()),
        _ => Err(exception(attached)),
    }
}

/// The module `libpybuf` of this interpreter, for those who have the library but did not
/// import it: the one in `sys.modules`, which is put there if need be.
pub(crate) fn module() -> Result<*mut PyObject> {
    let attached = Attached::now()?;
    let api = attached.api;
    let state = State::current(&attached)?;
    let name = text(attached, "libpybuf")?;
    // SAFETY: attached; what the dictionary lends is used at once.
    unsafe {
        let modules = (api.PyImport_GetModuleDict)();
        let imported = (api.PyDict_GetItemWithError)(modules, name.as_ptr());
        if imported.is_null() && !(api.PyErr_Occurred)().is_null() {
            return Err(exception(attached));
        }
        // To look at it may run code, which may take it out of the dictionary.
        if !imported.is_null() {
            let imported = Ref::to(attached, imported);
            if is_ours(attached, imported.as_ptr(), state)? {
                return Ok(imported.into_ptr());
            }
        }
        let module = kept(attached, &name)?;
        // Where the name is somebody else's it stays so.
        if (api.PyDict_SetDefault)(modules, name.as_ptr(), module.as_ptr()).is_null() {
            return Err(exception(attached));
        }
        Ok(module.into_ptr())
    }
}

/// The module that was not imported: made once in an interpreter, which keeps it.
fn kept(attached: Attached, name: &Ref) -> Result<Ref> {
    let api = attached.api;
    let (dict, key) = place(attached, "module")?;
    // SAFETY: attached; what the dictionary lends, it keeps as long as the interpreter runs.
    unsafe {
        let mut kept = (api.PyDict_GetItemWithError)(dict, key.as_ptr());
        if kept.is_null() && (api.PyErr_Occurred)().is_null() {
            // Another thread may be faster: then its module is the one.
            let module = create(attached, name)?;
            kept = (api.PyDict_SetDefault)(dict, key.as_ptr(), module.as_ptr());
        }
        match kept.is_null() {
            true => Err(exception(attached)),
            false => Ok(Ref::to(attached, kept)),
        }
    }
}

/// What CPython's import does with a definition.
fn create(attached: Attached, name: &Ref) -> Result<Ref> {
    let api = attached.api;
    let spec = spec(attached, name)?;
    let definition = definition(attached)?;
    // SAFETY: attached; a complete definition, which becomes an object first, and a spec.
    unsafe {
        if (api.PyModuleDef_Init)(definition).is_null() {
            return Err(exception(attached));
        }
        let module = (api.PyModule_FromDefAndSpec2)(definition, spec.as_ptr(), API_VERSION);
        let module = Ref::owned(attached, module).ok_or_else(|| exception(attached))?;
        set(attached, module.as_ptr(), c"__spec__", spec.as_ptr())?;
        match (api.PyModule_ExecDef)(module.as_ptr(), definition) {
            0 => Ok(module),
            _ => Err(exception(attached)),
        }
    }
}

/// `importlib.machinery.ModuleSpec(name, None)`
fn spec(attached: Attached, name: &Ref) -> Result<Ref> {
    let api = attached.api;
    let made = |object| Ref::owned(attached, object).ok_or_else(|| exception(attached));
    // SAFETY: attached; C strings, objects, and a tuple that takes over references to its items.
    unsafe {
        let machinery = made((api.PyImport_ImportModule)(c"importlib.machinery".as_ptr()))?;
        let class = (api.PyObject_GetAttrString)(machinery.as_ptr(), c"ModuleSpec".as_ptr());
        let class = made(class)?;
        let arguments = made((api.PyTuple_New)(2))?;
        for (index, object) in [(0, name.as_ptr()), (1, api._Py_NoneStruct)] {
            let item = Ref::to(attached, object).into_ptr();
            (api.PyTuple_SetItem)(arguments.as_ptr(), index, item);
        }
        made((api.PyObject_CallObject)(
            class.as_ptr(),
            arguments.as_ptr(),
        ))
    }
}

/// `PYTHON_API_VERSION`, the same since 2.5.
const API_VERSION: c_int = 1013;

/// Whether a module of our name is of this copy of the library. Somebody else's may have no
/// such attribute; any other exception that it raises is the caller's.
fn is_ours(attached: Attached, module: *mut PyObject, state: &State) -> Result<bool> {
    let api = attached.api;
    // SAFETY: attached; an object, a C string, and a class.
    unsafe {
        let found = (api.PyObject_GetAttrString)(module, c"Exporter".as_ptr());
        if let Some(found) = Ref::owned(attached, found) {
            let ours = type_for(attached, state, Type::Exporter(Sort::Fixed))?;
            return Ok(found.as_ptr() == ours);
        }
        let none_such = api.exception(|api| api.PyExc_AttributeError);
        if (api.PyErr_ExceptionMatches)(none_such) == 0 {
            return Err(exception(attached));
        }
    }
    clear(attached);
    Ok(false)
}
