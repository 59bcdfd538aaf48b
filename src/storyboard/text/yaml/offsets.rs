//! Offsets: from characters, which the scanner counts, to bytes, which everything else counts.

use super::json::SHORTER_BY;

/// Byte offsets of characters.
pub(super) struct Offsets {
    /// The byte offset of every `STEP`th character; empty where all characters are single bytes.
    checkpoints: Vec<u32>,
    text_len: usize,
    /// Where the scanned text has escapes that are shorter than in the source: the characters
    /// before the end of each, in order.
    shortened: Vec<usize>,
}

impl Offsets {
    const STEP: usize = 64;

    /// Prepares for a text.
    pub fn of(text: &str) -> Self {
        let checkpoints = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(Self::STEP).map(|(at, _)| at as u32).collect()
        };
        Offsets { checkpoints, text_len: text.len(), shortened: Vec::new() }
    }

    /// From now on characters are counted in a text with these escapes made shorter.
    pub fn set_shortened(&mut self, ends: Vec<usize>) {
        self.shortened = ends;
    }

    /// The byte offset in the source's text of a character that was scanned; the text's end where
    /// it has fewer.
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
