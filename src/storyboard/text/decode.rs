//! Decoding: from the bytes of a file to text.

use super::diagnostics::Diagnostics;
use crate::base::{Diagnostic, Place, Source, Span};
use crate::storyboard::limits::INPUT_MAX_BYTES;

/// The bytes as text, without a byte order mark; reports invalid UTF-8.
pub(in crate::storyboard) fn decode(
    name: &str,
    bytes: &[u8],
    findings: &mut Diagnostics,
) -> (Source, bool) {
    if bytes.len() as u64 > INPUT_MAX_BYTES {
        let message = format!(
            "the file is {} MiB, over the limit of {} MiB",
            bytes.len() >> 20,
            INPUT_MAX_BYTES >> 20
        );
        findings.add(Diagnostic::error("too-large", message).fix("split it into several films"));
        return (Source::new(name, ""), false);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => (Source::new(name, text), true),
        Err(error) => {
            let start = error.valid_up_to();
            let source = Source::new(name, String::from_utf8_lossy(bytes));
            let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
            let label = match is_utf16 {
                true => "this is UTF-16; save the file as UTF-8".to_string(),
                false => {
                    format!("byte 0x{:02x} is not UTF-8; save the file as UTF-8", bytes[start])
                }
            };
            // The replacement character is at the position of the invalid bytes.
            let place = Place::new(&source, Span::new(start, start + '\u{fffd}'.len_utf8()));
            let message = "the file is not UTF-8 text";
            findings.add(Diagnostic::error("not-utf8", message).at(place).label(label));
            (source, false)
        }
    }
}
