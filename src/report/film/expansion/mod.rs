//! The resolved film with the origin of each value: as data, and as YAML that is a storyboard
//! again.

mod provenance;
mod yaml_text;
mod yaml_lines;
mod document;
mod expander;
mod yaml;

pub use document::{EXPANSION_VERSION, Expansion};
