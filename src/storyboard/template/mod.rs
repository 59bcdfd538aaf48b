//! Templates: handlebars in strict mode, with mistakes found before anything is rendered.

mod anatomy;
mod compiled;
mod engine;
mod given;
mod helpers;
mod locate;
mod mistake;
mod names;
mod partials;
mod sizes;
mod survey;
mod tags;
mod trouble;
mod verbatim;

pub(super) use compiled::{Compiled, is_template};
pub(super) use engine::Engine;
pub(super) use given::Given;
pub(super) use helpers::HELPERS;
pub(super) use locate::within;
pub(super) use mistake::{Mistake, UsedPartial};
pub(super) use names::{SceneNames, Stage};
pub(super) use trouble::Trouble;
pub use verbatim::verbatim;
