//! Media: what is inside pictures, voices and videos, and making previews and cuts of them.
//!
//! Everything happens in this process, without outside programs. Files are hostile until proven
//! otherwise: every reader here is bounded in memory and time, and none panics.

pub mod animatic;
mod colour;
mod encode;
mod error;
mod look;
mod mp4;
pub mod probe;

pub use colour::{ColourSpace, Matrix, Yuv420};
pub use error::MediaError;
