//! Basic values shared by every other folder: ids, digests, credits, moments, source text and
//! diagnostics.
//!
//! Everything here is a value. Nothing reads a file, a clock or the network, and nothing depends on
//! storyboards, plans or providers.

pub mod text;

mod credits;
mod digest;
mod fault;
mod frame_rate;
mod id;
mod moment;
mod readable;
mod source;
mod tag;
mod token;
mod warning;
mod film_commands;
mod diagnostic;
mod warning_rule;

pub use credits::Credits;
pub use diagnostic::{Diagnostic, Severity};
pub use digest::{Digest, DigestWriter, Key, ParseDigestError};
pub use fault::{Fault, FaultClass};
pub use film_commands::{FilmCommands, FilmOption, quoted};
pub use frame_rate::{FrameRate, ParseFrameRateError};
pub use id::{CutId, InvalidId, ProfileId, SceneId, TaskId};
pub use moment::{LocalDates, Moment};
pub use readable::Readable;
pub use source::{Place, Source, Span};
pub use tag::{InvalidTag, Tag};
pub use token::{ParseTokenError, Token};
pub use warning::Warning;
pub use warning_rule::{WarningLevel, WarningRule, judge};
