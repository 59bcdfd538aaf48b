//! Guesses a file's type, for messages such as "not an MP4 video: it looks like an HTML page".

use std::io::{self, Read, Seek, SeekFrom};

/// The number of bytes that are inspected.
const LOOKED_AT: u64 = 64;

/// Describes what a file looks like.
pub(super) fn look_at(file: &mut (impl Read + Seek)) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(LOOKED_AT).read_to_end(&mut head)?;
    Ok(words_for(&head))
}

fn words_for(head: &[u8]) -> String {
    let known: &[(&[u8], &str)] = &[
        (b"\xff\xd8\xff", "it looks like a JPEG image"),
        (b"\x89PNG", "it looks like a PNG image"),
        (b"GIF8", "it looks like a GIF image"),
        (b"%PDF", "it looks like a PDF document"),
        (b"PK\x03\x04", "it looks like a ZIP archive"),
        (b"\x1f\x8b", "it looks like a gzip archive"),
        (b"\x1a\x45\xdf\xa3", "it looks like a Matroska or WebM file"),
        (b"ID3", "it looks like an MP3 file"),
        (b"OggS", "it looks like an Ogg file"),
        (b"fLaC", "it looks like a FLAC file"),
    ];
    if head.is_empty() {
        return "the file is empty".to_string();
    }
    if let Some((_, words)) = known.iter().find(|(magic, _)| head.starts_with(magic)) {
        return (*words).to_string();
    }
    if head.starts_with(b"RIFF") && head.len() >= 12 {
        return match &head[8..12] {
            b"WAVE" => "it looks like a WAV file",
            b"WEBP" => "it looks like a WebP image",
            _ => "it looks like a RIFF file",
        }
        .to_string();
    }
    if head.get(4..8) == Some(b"ftyp") {
        return "it looks like an MP4 file".to_string();
    }
    let text = String::from_utf8_lossy(head);
    let start = text.trim_start().to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return "it looks like an HTML page".to_string();
    }
    if start.starts_with('<') {
        return "it looks like XML".to_string();
    }
    if start.starts_with('{') || start.starts_with('[') {
        return "it looks like JSON".to_string();
    }
    if !text.contains('\u{fffd}') && !text.contains('\0') {
        return "it looks like text".to_string();
    }
    "its first bytes are of no known kind".to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_common_file_types() {
        for (head, words) in [
            (&b""[..], "the file is empty"),
            (b"<!DOCTYPE html><html>", "it looks like an HTML page"),
            (b"  {\"code\":404}", "it looks like JSON"),
            (b"RIFF\0\0\0\0WAVEfmt ", "it looks like a WAV file"),
            (b"\0\0\0\x18ftypisom", "it looks like an MP4 file"),
            (b"hello", "it looks like text"),
            (b"\x00\x01\x02\xff\xfe", "its first bytes are of no known kind"),
        ] {
            assert_eq!(look_at(&mut std::io::Cursor::new(head)).unwrap(), words);
        }
    }
}
