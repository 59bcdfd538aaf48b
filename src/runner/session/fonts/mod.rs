//! Fonts: what the texts of a film need besides the embedded ones.

mod installed_fonts;
mod preview_fonts;

pub(super) use preview_fonts::{GatheredFonts, InstalledFont, gather};
