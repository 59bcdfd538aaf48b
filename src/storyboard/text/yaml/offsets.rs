//! Offsets: from characters, which the scanner counts, to bytes, which all other code counts.

use super::json::SHORTER_BY;

/// Byte offsets of characters.
pub(super) struct Offsets {
    /// The byte offset of every `STEP`th character; empty if all characters are single bytes.
    checkpoints: Vec<u32>,
    text_len: usize,
    /// The shortened escapes of the scanned text: the number of characters before the end of each,
    /// in order.
    shortened: Vec<usize>,
}

impl Offsets {
    const STEP: usize = 64;

    /// Computes the offsets of a text.
    pub fn of(text: &str) -> Self {
        let checkpoints = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(Self::STEP).map(|(at, _)| at as u32).collect()
        };
        Offsets { checkpoints, text_len: text.len(), shortened: Vec::new() }
    }

    /// Counts characters in a text with these escapes shortened, from now on.
    pub fn set_shortened(&mut self, ends: Vec<usize>) {
        self.shortened = ends;
    }

    /// The byte offset in the source of a scanned character; the end of the text if there are fewer
    /// characters.
    pub fn byte(&self, text: &str, chars: usize) -> usize {
        let chars = chars + SHORTER_BY * self.shortened.partition_point(|end| *end <= chars);
        if self.checkpoints.is_empty() {
            return chars.min(self.text_len);
        }
        let Some(start) = self.checkpoints.get(chars / Self::STEP) else { return self.text_len };
        let start = *start as usize;
        let after = text[start..].char_indices().nth(chars % Self::STEP);
        after.map_or(self.text_len, |(at, _)| start + at)
    }
}
