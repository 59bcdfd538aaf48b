//! The page on which to watch a film.

pub mod html;
