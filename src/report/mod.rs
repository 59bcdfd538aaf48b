//! The report: everything that people and machines read about a plan, a build and a film.
//!
//! Values in, text out: no clock, no disk. The caller prints; only a live reporter owns the writer
//! or terminal that it was given. Text from storyboards and providers is cleaned here, just before
//! printing, and nowhere else.

mod format;
mod film;
mod plan;
mod build;
mod timeline;
mod state;
mod page;
mod schemas;
#[cfg(test)]
mod fixture;

pub use crate::base::text::count;
pub use build::balance::balance_note;
pub use build::captions::{Caption, webvtt};
pub use build::ending::failure_place;
pub use build::event::{BuildEvent, BuildOutcome, EVENTS_VERSION, Paid, TakeState};
pub use build::live_display::LiveDisplay;
pub use build::manifest::{
    MANIFEST_VERSION, Manifest, ManifestClip, ManifestCut, ManifestError, ManifestScene,
};
pub use build::reporter::{JsonReporter, LineReporter, Reporter, event_line};
pub use build::summary::{Summary, UnfinishedTake, nothing_chosen, up_to_date};
pub use build::take_event::take_event;
pub use film::catalog_differences::CatalogDifferences;
pub use film::catalog_document::{CATALOG_VERSION, CatalogDocument};
pub use film::catalog_table::catalog_table;
pub use film::check::{CHECK_VERSION, CheckDocument};
pub use film::expansion::{EXPANSION_VERSION, Expansion};
pub use film::graph::{graph_dot, graph_mermaid, graph_svg, graph_text};
pub use format::commands::settle_gone;
pub use format::diagnostics::{render, to_json};
pub use format::text::{bytes, damage_words};
pub use page::html::gallery;
pub use plan::document::{PLAN_VERSION, PlanDocument};
pub use plan::notes::{PRICE_OLD_AFTER_DAYS, old_prices, price_age_in_days};
pub use plan::requests::{PlannedRequest, RequestsDocument};
pub use plan::table::{plan_table, totals, what_a_pick_costs};
pub use schemas::{SCHEMA_NAMES, schema_of, schema_text};
pub use state::doctor::{
    DOCTOR_VERSION, DoctorDocument, Health, HealthFinding, doctor_text, is_healthy,
};
pub use state::doubt::doubts;
pub use state::salvage::{SalvageDoubt, SalvageEnd, SalvagedTask, salvage_line, salvage_summary};
pub use state::status::{STATUS_VERSION, StatusDocument, status_table};
pub use state::store::{StoredArtifact, damage_text, garbage_table, stock_table};
pub use state::takes::{
    ListedScene, TAKES_VERSION, TakePlace, TakesDocument, TakesList, stale_text,
};
pub use timeline::edl::{Edl, edl};
pub use timeline::fcpxml::fcpxml;
pub use timeline::otio::otio;
pub use timeline::shot_list::{ShotRow, shot_list};
pub use timeline::{OtherTake, Timeline};
