//! Media: reading pictures, voices and videos, and producing previews and cuts.
//!
//! Everything runs in this process, without external programs. Files are treated as hostile: every
//! reader here is bounded in memory and time, and none panics.

mod picture_converter;
mod error;
mod sniff;
mod mp4;
mod probe;
mod picture;
mod sound;
pub mod animatic;
pub mod join;

pub use error::MediaError;
pub use picture::colour::{ColourMatrix, ColourSpace, Yuv420};
pub use picture::copy::{fitted_copy, upright_copy};
pub use picture::fit::fitted;
pub use picture::frame;
pub use picture::poster::{POSTER_VERSION, poster_jpeg};
pub use picture::still::{PIXELS_MAX, decode_still, to_png};
pub use picture::verify::{PictureVerification, VERIFICATION_MEMORY_MAX};
pub use picture_converter::PictureConverter;
pub use probe::{
    ImageFacts, VideoFacts, VoiceFacts, container_of, probe_image, probe_video, probe_voice,
};
pub use sound::unheard_in_previews;
