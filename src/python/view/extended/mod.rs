//! What `View` has beyond `memoryview`: it refuses nothing that has a meaning.
//!
//! | file | what it is |
//! |---|---|
//! | `values`, `given` | items as Python objects; objects as the bytes of items |
//! | `subscript`, `assign` | `v[...]`, `v[...] = x` |
//! | `shapes`, `parts`, `contiguous`, `methods` | its methods |
//! | `attributes`, `fields` | what it tells beside |

mod assign;
mod attributes;
mod contiguous;
mod fields;
mod given;
mod methods;
mod parts;
mod shapes;
mod subscript;
mod values;

pub(super) use attributes::ATTRIBUTES;
pub(super) use methods::METHODS;
