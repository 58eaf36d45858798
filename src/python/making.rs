//! Objects of ours, and the types that they are of, which are made with the first of them.

use super::api::PyTypeObject;
use super::attached::Attached;
use super::exporter_type::create;
use super::instance::wrap;
use super::reference::Ref;
use super::state::State;
use super::types::Sort;
use crate::error::Result;
use crate::exporter::Exporter;

/// The type for such memory in an interpreter.
pub(super) fn type_for(attached: Attached, state: &State, sort: Sort) -> Result<*mut PyTypeObject> {
    state.complete_types(attached, create)?;
    state.exporter_type(sort)
}

/// A new object that lends `exporter`, and keeps `owner` as long.
pub(super) fn object_of(
    attached: Attached,
    state: &State,
    exporter: Exporter,
    owner: Option<Ref>,
) -> Result<Ref> {
    let kind = type_for(attached, state, Sort::of(&exporter))?;
    wrap(attached, kind, exporter, owner)
}
