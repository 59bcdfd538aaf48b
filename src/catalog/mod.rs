//! The catalog: models as data, per API dialect.
//!
//! What a model can do, its limits, its price and the form of its requests are in `models/`, a file
//! for each dialect, which are embedded in the binary; nothing about a model is decided in code. A
//! wrong file fails the tests, never a user. A user's file can add models and replace prices.

mod format;
mod terms;
mod aspect_ratio;
mod frame_size;
mod picture_fit;
mod ordered_map;
mod setting;
mod input_slot;
mod input_limits;
mod request_form;
mod price;
mod model;
mod drawn;
mod dialect_entry;
mod raw_catalog;
mod embedded;
mod user_file;

pub use aspect_ratio::AspectRatio;
pub use dialect_entry::DialectEntry;
pub use embedded::Catalog;
pub use format::{ImageFormat, VideoFormat, VoiceFormat};
pub use frame_size::FrameSize;
pub use input_limits::{
    ELEMENT_NAME_CHARS, ELEMENT_PICTURES, ELEMENT_SPAN_MILLIS, ELEMENT_VOICE_SECONDS,
    ElementLimits, PictureLimits, ReferenceLimits, VideoLimits,
};
pub use input_slot::{InputKind, InputSlot};
pub use model::{Limits, Model, SeedRange, ShotLimits, SubmitLimit, seed_of_digest};
pub use picture_fit::{Fit, PictureFit};
pub use price::{Price, PriceRow, PriceSource, PriceUnit, PricedTake};
pub use request_form::{ApiModel, FieldSource, RequestForm};
pub use setting::{Decimal, Setting, SettingRange, SettingValue};
pub use terms::{Dialect, InputRole, ModelId, Quality, Resolution, SceneType, UnknownTerm};
pub use user_file::catalog_file_schema;
