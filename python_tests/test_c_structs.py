"""The structs of the header, spelled out for ctypes: the compiler has the last word."""

import ctypes

import capi

STRUCTS = {
    "pybuf_memory": capi.Memory,
    "pybuf_want": capi.Want,
    "pybuf_field": capi.Field,
    "pybuf_member": capi.Member,
    "pybuf_index": capi.Index,
    "pybuf_value": capi.Value,
}


def told_by_ctypes(struct):
    yield "", 0, ctypes.sizeof(struct)
    for name, *_ in struct._fields_:
        field = getattr(struct, name)
        # `as` is a word of Python.
        yield name.rstrip("_"), field.offset, field.size


def test_ctypes_and_the_compiler_agree(struct_layouts):
    compiled = struct_layouts.layouts()
    assert {struct for struct, *_ in compiled} == set(STRUCTS)
    for name, struct in STRUCTS.items():
        assert [tuple(row) for of, *row in compiled if of == name] == list(told_by_ctypes(struct)), name
