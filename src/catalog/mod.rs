//! The catalog: models as data, per API dialect.
//!
//! What a model can do, its limits and its price are in `models.yaml`, which is embedded in the
//! binary; nothing about a model is decided in code. A wrong file fails the tests, never a user.

mod format;
mod terms;
mod model;
mod raw_catalog;
mod embedded;

pub use embedded::Catalog;
pub use format::{ImageFormat, VoiceFormat};
pub use model::{DialectEntry, Limits, Model, Price, SeedRange, SubmitLimit, seed_of_digest};
pub use terms::{
    AspectRatio, Dialect, FrameSize, ModelId, Quality, Resolution, SceneType, UnknownTerm,
};
