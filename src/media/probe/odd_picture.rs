//! Kinds of JPEG and PNG that decoders refuse in words of their own, recognised by their headers.

use std::io::{self, Read, Seek};

use super::window::ByteWindow;
use crate::media::picture_converter::PictureConverter;

/// The most segments of a JPEG that are looked at before the one that says how it is encoded.
const SEGMENTS_MAX: usize = 10_000;

/// What a JPEG or PNG is, with its article, if it is of a kind that neither browsers nor this program
/// show, and what converts it.
pub(super) fn odd_picture(
    file: &mut (impl Read + Seek),
) -> io::Result<Option<(&'static str, PictureConverter)>> {
    let mut window = ByteWindow::new(file)?;
    let head = window.at(0, 16)?;
    if head.starts_with(b"\x89PNG") && head.get(12..16) == Some(b"CgBI") {
        return Ok(Some(("a PNG in Apple's own form (CgBI)", PictureConverter::Sips)));
    }
    match head.starts_with(b"\xff\xd8") {
        true => odd_jpeg(&mut window),
        false => Ok(None),
    }
}

/// Goes to the start of the frame, whose marker says how the picture is encoded (ITU-T T.81, table
/// B.1), and how many bits a sample has (B.2.2).
fn odd_jpeg(
    window: &mut ByteWindow<impl Read + Seek>,
) -> io::Result<Option<(&'static str, PictureConverter)>> {
    let mut at = 2;
    for _ in 0..SEGMENTS_MAX {
        let &[first, marker, high, low, bits] = window.at(at, 5)? else { break };
        if first != 0xff || matches!(marker, 0x00 | 0xff) {
            // Bytes between segments, as some programs leave them.
            let rest = window.rest(at + 1, 1)?;
            let skipped = memchr::memchr(0xff, rest).unwrap_or(rest.len());
            at += 1 + skipped as u64;
            continue;
        }
        match marker {
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return Ok(kind_of(marker, bits));
            }
            0xf7 => return Ok(Some(("a JPEG-LS picture", PictureConverter::Ffmpeg))),
            // The start of a scan, or the end.
            0xd9 | 0xda => break,
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => at += 2 + u64::from(u16::from_be_bytes([high, low]).max(2)),
        }
    }
    Ok(None)
}

/// What a frame with this marker and so many bits is, if it is odd.
const fn kind_of(marker: u8, bits: u8) -> Option<(&'static str, PictureConverter)> {
    match marker {
        0xc3 => Some(("a lossless JPEG", PictureConverter::Ffmpeg)),
        0xc5..=0xc7 | 0xcd..=0xcf => Some(("a hierarchical JPEG", PictureConverter::Magick)),
        0xc9..=0xcb => Some(("an arithmetic-coded JPEG", PictureConverter::Jpegtran)),
        _ if bits == 12 => Some(("a JPEG of 12 bits per colour", PictureConverter::Djpeg)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn kind(bytes: &[u8]) -> Option<&'static str> {
        odd_picture(&mut Cursor::new(bytes)).unwrap().map(|(kind, _)| kind)
    }

    #[test]
    fn the_frame_says_how_a_jpeg_is_encoded() {
        let jpeg = |marker: u8, bits: u8| {
            let start = b"\xff\xd8\xff\xe0\0\x04\xff\xc9\0\x01\xff";
            [&start[..], &[0xff, marker, 0, 11, bits, 0, 16, 0, 16, 1, 1, 0x11, 0]].concat()
        };
        for (marker, bits, expected) in [
            (0xc0, 8, None),
            (0xc1, 8, None),
            (0xc2, 8, None),
            (0xc1, 12, Some("a JPEG of 12 bits per colour")),
            (0xc3, 8, Some("a lossless JPEG")),
            (0xc6, 8, Some("a hierarchical JPEG")),
            (0xc9, 8, Some("an arithmetic-coded JPEG")),
            (0xca, 8, Some("an arithmetic-coded JPEG")),
            (0xf7, 8, Some("a JPEG-LS picture")),
            (0xda, 8, None),
        ] {
            let bytes = jpeg(marker, bits);
            assert_eq!(kind(&bytes), expected, "{marker:02x}");
            for length in 0..bytes.len() {
                let _ = kind(&bytes[..length]);
            }
        }
        assert_eq!(
            kind(b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI"),
            Some("a PNG in Apple's own form (CgBI)")
        );
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), None);
    }
}
