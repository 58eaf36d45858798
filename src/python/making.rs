//! Objects of ours, and the types that they are of, which are made with the first of them.

use super::api::PyTypeObject;
use super::attached::Attached;
use super::exporter_type;
use super::instance::wrap;
use super::reference::Ref;
use super::state::State;
use super::types::{Flavor, Sort, Type};
use super::view;
use crate::error::Result;
use crate::exporter::Exporter;

/// A type of ours in an interpreter.
pub(super) fn type_for(
    attached: Attached,
    state: &State,
    which: Type,
) -> Result<*mut PyTypeObject> {
    state.complete_types(attached, create)?;
    state.type_for(which)
}

fn create(attached: Attached, which: Type) -> Result<Ref> {
    match which {
        Type::Exporter(sort) => exporter_type::create(attached, sort),
        Type::Memoryview => view::create(attached, Flavor::Exact),
        Type::View => view::create(attached, Flavor::Extended),
        Type::Iterator => view::create_iterator(attached),
    }
}

/// A new object that lends `exporter`, and keeps `owner` as long.
pub(super) fn object_of(
    attached: Attached,
    state: &State,
    exporter: Exporter,
    owner: Option<Ref>,
) -> Result<Ref> {
    let kind = type_for(attached, state, Type::Exporter(Sort::of(&exporter)))?;
    wrap(attached, kind, exporter, owner)
}
