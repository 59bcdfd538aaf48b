//! Reports: what people and machines get to see.

pub mod diagnostics;
mod manifest;

pub use manifest::{MANIFEST_VERSION, Manifest, ManifestCut, ManifestScene};
