//! Text: from the bytes of a file to a tree of values with their places, and its errors.

pub(in crate::storyboard) mod diagnostics;
pub(crate) mod suggestions;

pub(in crate::storyboard) mod decode;
pub(in crate::storyboard) mod files;
pub(in crate::storyboard) mod name_part;
pub(in crate::storyboard) mod paths;
pub(in crate::storyboard) mod written_seconds;

pub(in crate::storyboard) mod yaml;

pub(in crate::storyboard) mod secrets;
