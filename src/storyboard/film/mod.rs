//! The film: a storyboard with every template rendered and every default applied, as plain values.

pub(in crate::storyboard) mod overridden;
pub(in crate::storyboard) mod value_origin;

pub(in crate::storyboard) mod camera_move;
mod camera_words;

pub(in crate::storyboard) mod places;
pub(in crate::storyboard) mod resolved;
