//! Pictures: still images, and the frames of H.264 videos, decoded and encoded.

pub(super) mod colour;
mod sps;
mod cmyk;
pub(super) mod still;
pub(super) mod fit;
pub(super) mod copy;
mod turned;
mod decode;
pub(super) mod encode;
pub mod frame;
mod jpeg_segments;
mod jpeg_codes;
mod jpeg_scans;
mod webp_codes;
mod webp_lossless;
pub(super) mod verify;
pub(super) mod poster;
