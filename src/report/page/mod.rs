//! The page to watch a film.

pub mod html;
