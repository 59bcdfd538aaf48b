//! Guesses a file's type, for messages such as "not an MP4 video: it looks like an HTML page".

use std::io::{self, Read, Seek, SeekFrom};

/// The number of bytes that are inspected.
const LOOKED_AT: u64 = 512;

/// Describes what a file looks like.
pub(super) fn look_at(file: &mut (impl Read + Seek)) -> io::Result<String> {
    let head = head_of(file)?;
    if head.is_empty() {
        return Ok("the file is empty".to_string());
    }
    let named = kind_of(&head).or_else(|| text_of(&head).map(|name| (name, FileSort::Other)));
    Ok(match named {
        Some((name, _)) => format!("it looks like {name}"),
        None if head.iter().all(|byte| *byte == 0) => "it starts with zeros".to_string(),
        None => "its first bytes are of no known kind".to_string(),
    })
}

/// What a file is, if it is one with sound that is not a picture: `a FLAC file`.
pub(super) fn sound_in(file: &mut (impl Read + Seek)) -> io::Result<Option<&'static str>> {
    let kind = kind_of(&head_of(file)?);
    Ok(kind.filter(|(_, sort)| *sort == FileSort::Sound).map(|(name, _)| name))
}

fn head_of(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(LOOKED_AT).read_to_end(&mut head)?;
    Ok(head)
}

/// What a file can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileSort {
    /// A recording or a video.
    Sound,
    Other,
}

use FileSort::{Other, Sound};

/// Kinds by their first bytes.
const BY_START: &[(&[u8], &str, FileSort)] = &[
    (b"\xff\xd8\xff", "a JPEG image", Other),
    (b"\x89PNG", "a PNG image", Other),
    (b"GIF8", "a GIF image", Other),
    (b"II\x2a\0\x10\0\0\0CR", "a Canon raw image", Other),
    (b"IIRO", "an Olympus raw image", Other),
    (b"IIRS", "an Olympus raw image", Other),
    (b"IIU\0", "a Panasonic raw image", Other),
    (b"FUJIFILMCCD-RAW", "a Fujifilm raw image", Other),
    (b"II\x2a\0", "a TIFF or a camera's raw image", Other),
    (b"MM\0\x2a", "a TIFF or a camera's raw image", Other),
    (b"8BPS", "a Photoshop document", Other),
    (b"\xff\x0a", "a JPEG XL image", Other),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image", Other),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 image", Other),
    (b"qoif", "a QOI image", Other),
    (b"\x76\x2f\x31\x01", "an OpenEXR image", Other),
    (b"DDS ", "a DirectDraw image", Other),
    (b"gimp xcf", "a GIMP image", Other),
    (b"%PDF", "a PDF document", Other),
    (b"%!PS", "a PostScript document", Other),
    (b"PK\x03\x04", "a ZIP archive", Other),
    (b"\x1f\x8b", "a gzip archive", Other),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", Other),
    (b"Rar!", "a RAR archive", Other),
    (b"version https://git-lfs", "a pointer of Git LFS: run `git lfs pull`", Other),
    (b"ID3", "an MP3 file", Sound),
    (b"OggS", "an Ogg file", Sound),
    (b"fLaC", "a FLAC file", Sound),
    (b"#!AMR", "an AMR file", Sound),
    (b"caff", "a CAF file", Sound),
    (b".snd", "an AU file", Sound),
    (b"MAC ", "a Monkey's Audio file", Sound),
    (b"wvpk", "a WavPack file", Sound),
    (b"TTA1", "a TTA file", Sound),
    (b"ADIF", "AAC in ADIF", Sound),
    (b"DSD ", "a DSF file", Sound),
    (b"FRM8", "a DSDIFF file", Sound),
    (b"Creative Voice File", "a VOC file", Sound),
    (b"MThd", "a MIDI file", Other),
    (b"\x0b\x77", "an AC-3 file", Sound),
    (b"\x7f\xfe\x80\x01", "a DTS file", Sound),
    (b"riff\x2e\x91\xcf\x11", "a Wave64 file", Sound),
    (b"RIFX", "a big-endian WAV file", Sound),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a WMA or WMV file (ASF)", Sound),
    (b"FLV\x01", "a Flash video", Sound),
    (b".RMF", "a RealMedia file", Sound),
    (b"\0\0\x01\xba", "an MPEG program stream", Sound),
    (b"\0\0\x01\xb3", "an MPEG video", Other),
];

/// Kinds in the format of MP4, by their first brand.
const BY_BRAND: &[(&[u8], &str, FileSort)] = &[
    (b"avif", "an AVIF picture", Other),
    (b"avis", "an AVIF picture", Other),
    (b"heic", "a HEIC picture", Other),
    (b"heix", "a HEIC picture", Other),
    (b"heim", "a HEIC picture", Other),
    (b"heis", "a HEIC picture", Other),
    (b"hevc", "a HEIC picture", Other),
    (b"mif1", "a HEIF picture", Other),
    (b"msf1", "a HEIF picture", Other),
    (b"crx ", "a Canon raw image", Other),
    (b"qt  ", "a QuickTime movie", Sound),
    (b"3gp", "a 3GP file", Sound),
    (b"3g2", "a 3GP file", Sound),
    (b"aax ", "an Audible file", Other),
];

/// The name of a binary kind, with its article.
fn kind_of(head: &[u8]) -> Option<(&'static str, FileSort)> {
    let among = |kinds: &'static [(&[u8], &'static str, FileSort)], start: &[u8]| {
        let found = kinds.iter().find(|(magic, ..)| start.starts_with(magic));
        found.map(|(_, name, sort)| (*name, *sort))
    };
    if let Some(found) = among(BY_START, head) {
        return Some(found);
    }
    match (head.get(..4), head.get(4..8), head.get(8..12)) {
        (Some(b"RIFF" | b"RF64" | b"BW64"), _, Some(b"WAVE")) => Some(("a WAV file", Sound)),
        (Some(b"RIFF"), _, Some(b"WEBP")) => Some(("a WebP image", Other)),
        (Some(b"RIFF"), _, Some(b"AVI ")) => Some(("an AVI video", Sound)),
        (Some(b"RIFF"), ..) => Some(("a RIFF file", Other)),
        (Some(b"FORM"), _, Some(b"AIFF" | b"AIFC")) => Some(("an AIFF file", Sound)),
        (_, Some(b"ftyp"), _) => Some(by_brand(head)),
        (_, Some(b"moov" | b"mdat" | b"wide" | b"pnot"), _) => Some(("a QuickTime movie", Sound)),
        (Some(b"\x1a\x45\xdf\xa3"), ..) => Some(match contains(head, b"webm") {
            true => ("a WebM file", Sound),
            false => ("a Matroska file", Sound),
        }),
        // A packet of 188 bytes after another.
        (Some([0x47, ..]), ..) if head.get(188) == Some(&0x47) && head.get(376) == Some(&0x47) => {
            Some(("an MPEG transport stream", Sound))
        }
        (Some([0x56, second, ..]), ..) if second & 0xe0 == 0xe0 => Some(("AAC in LATM", Sound)),
        (Some([b'B', b'M', ..]), ..) if head.get(6..10) == Some(&[0; 4]) => {
            Some(("a BMP image", Other))
        }
        (Some([0, 0, 1, 0]), ..) => Some(("an icon", Other)),
        _ => None,
    }
}

/// A kind in the format of MP4; pictures of other programs say so in a later brand only.
fn by_brand(head: &[u8]) -> (&'static str, FileSort) {
    let size =
        head.get(..4).map_or(0, |size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]));
    let brands = head.get(8..head.len().min(size as usize)).unwrap_or_default();
    let named = |brand: &[u8]| BY_BRAND.iter().find(|(known, ..)| brand.starts_with(known));
    let picture = |brands: &[u8]| {
        let all = brands.chunks(4).filter_map(named);
        all.min_by_key(|(_, name, _)| name.contains("HEIF")).map(|(_, name, sort)| (*name, *sort))
    };
    match brands.get(..4).and_then(named) {
        Some((_, "a HEIF picture", _)) => picture(brands).unwrap_or(("a HEIF picture", Other)),
        Some((_, name, sort)) => (name, *sort),
        None => ("an MP4 file", Sound),
    }
}

fn contains(head: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(head, word).is_some()
}

/// The name of a text's kind, with its article.
fn text_of(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head);
    let start = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Some("an HTML page");
    }
    if start.starts_with('<') {
        return Some(if start.contains("<svg") { "an SVG drawing" } else { "XML" });
    }
    if start.starts_with('{') || start.starts_with('[') {
        return Some("JSON");
    }
    // The last character may be cut.
    let whole = text.strip_suffix('\u{fffd}').unwrap_or(&text);
    (!whole.is_empty() && !whole.contains('\u{fffd}') && !whole.contains('\0')).then_some("text")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn recognises_common_file_types() {
        for (head, words) in [
            (&b""[..], "the file is empty"),
            (b"<!DOCTYPE html><html>", "it looks like an HTML page"),
            (b"  {\"code\":404}", "it looks like JSON"),
            (b"RIFF\0\0\0\0WAVEfmt ", "it looks like a WAV file"),
            (b"RF64\xff\xff\xff\xffWAVEds64", "it looks like a WAV file"),
            (b"RIFF\0\0\0\0AVI LIST", "it looks like an AVI video"),
            (b"\0\0\0\x18ftypisom\0\0\0\0mp42", "it looks like an MP4 file"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "it looks like a HEIC picture"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0avif", "it looks like an AVIF picture"),
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "it looks like a HEIF picture"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "it looks like a QuickTime movie"),
            (b"BM\x36\0\0\0\0\0\0\0\x36\0", "it looks like a BMP image"),
            (b"\x49\x49\x2a\0\x08\0\0\0", "it looks like a TIFF or a camera's raw image"),
            (b"<?xml version=\"1.0\"?>\n<svg width=\"1\">", "it looks like an SVG drawing"),
            (b"<rss>", "it looks like XML"),
            (b"FORM\0\0\0\x20AIFCFVER", "it looks like an AIFF file"),
            (b"\x1a\x45\xdf\xa3\x01\0\0\x42\x82\x84webm", "it looks like a WebM file"),
            (b"hello", "it looks like text"),
            (b"\x00\x01\x02\xff\xfe", "its first bytes are of no known kind"),
            (&[0; 99], "it starts with zeros"),
        ] {
            assert_eq!(look_at(&mut Cursor::new(head)).unwrap(), words);
        }
    }

    #[test]
    fn recordings_are_told_from_pictures() {
        let sound = |head: &[u8]| sound_in(&mut Cursor::new(head)).unwrap();
        assert_eq!(sound(b"fLaC\0\0\0\x22"), Some("a FLAC file"));
        assert_eq!(sound(b"\0\0\0\x14ftypM4A \0\0\0\0"), Some("an MP4 file"));
        assert_eq!(sound(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(sound(b"hello"), None);
        assert_eq!(sound(b""), None);
    }

    #[test]
    fn any_start_has_a_name() {
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                let head = [first, second, 0, 1, b'f', b't', b'y', b'p', first, second];
                for length in 0..=head.len() {
                    assert!(!look_at(&mut Cursor::new(&head[..length])).unwrap().is_empty());
                }
            }
        }
    }
}
