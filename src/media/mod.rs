//! Media: what is inside pictures, voices and videos, and making previews and cuts of them.
//!
//! Everything happens in this process, without outside programs. Files are hostile until proven
//! otherwise: every reader here is bounded in memory and time, and none panics.

mod aac;
pub mod animatic;
mod colour;
mod decode;
mod encode;
mod error;
pub mod frame;
pub mod join;
mod look;
mod mp4;
pub mod poster;
pub mod probe;
mod sps;
pub mod still;

pub use colour::{ColourSpace, Matrix, Yuv420};
pub use error::MediaError;
pub use poster::poster_jpeg;
pub use probe::{ImageFacts, VideoFacts, VoiceFacts, probe_image, probe_video, probe_voice};
pub use still::{decode_still, to_png};
