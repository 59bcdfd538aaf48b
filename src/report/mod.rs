//! The report: everything that people and machines read of a plan, a build and a film.
//!
//! Values in, text out: no clock, no disk. The caller prints; only a live reporter holds the
//! writer or terminal it was given. Text from storyboards and providers is cleaned here, at the
//! edge of printing, and nowhere else.

pub mod diagnostics;
mod check_document;
mod words;
mod tone;
mod table;
mod json;
mod plan_table;
mod plan_document;
mod manifest;
mod gallery;
mod graph;
mod event;
mod ending;
mod take_event;
mod reporter;
mod progress;
mod bars;
mod commands;
mod doubt;
mod expand;
mod summary;
#[cfg(test)]
mod summary_tests;
mod catalog_table;
mod catalog_document;
mod status;
mod stock;
mod salvage;
mod schemas;
#[cfg(test)]
mod fixture;

pub use bars::Bars;
pub use catalog_document::{CATALOG_VERSION, CatalogDocument};
pub use catalog_table::catalog_table;
pub use check_document::{CHECK_VERSION, CheckDocument};
pub use commands::quoted;
pub use diagnostics::{render, to_json};
pub use doubt::doubts;
pub use ending::failure_place;
pub use event::{BuildEvent, BuildOutcome, EVENTS_VERSION, Paid, TakeState};
pub use expand::{EXPANSION_VERSION, Expansion};
pub use gallery::gallery;
pub use graph::{graph_dot, graph_mermaid, graph_svg, graph_text};
pub use manifest::{MANIFEST_VERSION, Manifest, ManifestCut, ManifestError, ManifestScene};
pub use plan_document::{PLAN_VERSION, PlanDocument};
pub use plan_table::{plan_table, totals};
pub use reporter::{Json, Lines, Reporter, event_line};
pub use salvage::{SalvageDoubt, SalvageEnd, SalvagedTask, salvage_line, salvage_summary};
pub use schemas::{SCHEMA_NAMES, schema_of, schema_text};
pub use status::{STATUS_VERSION, StatusDocument, status_table};
pub use stock::{StoredArtifact, damage_text, garbage_table, stock_table};
pub use summary::{Summary, Unfinished, nothing_chosen, up_to_date};
pub use take_event::take_event;
pub use words::{bytes, count};
