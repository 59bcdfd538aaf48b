//! Guesses a file's type, for messages such as "not an MP4 video: it looks like an HTML page".

use std::io::{self, Read, Seek, SeekFrom};

use super::picture_converter::PictureConverter;
use PictureConverter::{Darktable, Ffmpeg, Magick, MagickTurning, Pdftoppm, RsvgConvert};

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
    Ok(kind.filter(|(_, sort)| matches!(sort, Sound | Video)).map(|(name, _)| name))
}

/// What a file is, if it is a picture of a kind that no model accepts, or a video: `a HEIC picture`,
/// and what makes a picture of it.
pub(super) fn picture_in(
    file: &mut (impl Read + Seek),
) -> io::Result<Option<(&'static str, PictureConverter)>> {
    let head = head_of(file)?;
    let kind = kind_of(&head).or_else(|| text_of(&head).map(|name| (name, FileSort::Other)));
    Ok(match kind {
        Some(("an SVG drawing", _)) => Some(("an SVG drawing", RsvgConvert)),
        Some((name, Picture(converter))) => Some((name, converter)),
        Some((name, Video)) => Some((name, Ffmpeg)),
        _ => None,
    })
}

/// What a file is, if it is a video or an animation that ffmpeg makes an MP4 of: `a WebM file`.
pub(super) fn moving_picture_in(file: &mut (impl Read + Seek)) -> io::Result<Option<&'static str>> {
    let kind = kind_of(&head_of(file)?);
    Ok(kind.and_then(|(name, sort)| match sort {
        Video => Some(name),
        _ if MOVING.contains(&name) => Some(name),
        _ => None,
    }))
}

/// Kinds that have pictures of which a video can be made, though they are used as something else too.
const MOVING: [&str; 4] =
    ["a GIF image", "an MPEG video", "an MNG animation", "a WMA or WMV file (ASF)"];

fn head_of(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(LOOKED_AT).read_to_end(&mut head)?;
    Ok(head)
}

/// What a file can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileSort {
    /// A recording.
    Sound,
    /// A video, whose sound and whose first frame can be used.
    Video,
    /// A picture that has to be converted, or a video that has no sound.
    Picture(PictureConverter),
    Other,
}

use FileSort::{Other, Picture, Sound, Video};

/// Kinds by their first bytes.
const BY_START: &[(&[u8], &str, FileSort)] = &[
    (b"\xff\xd8\xff", "a JPEG image", Other),
    (b"\x89PNG", "a PNG image", Other),
    (b"GIF8", "a GIF image", Picture(Ffmpeg)),
    (b"II\x2a\0\x10\0\0\0CR", "a Canon raw image", Picture(Darktable)),
    (b"IIRO", "an Olympus raw image", Picture(Darktable)),
    (b"IIRS", "an Olympus raw image", Picture(Darktable)),
    (b"IIU\0", "a Panasonic raw image", Picture(Darktable)),
    (b"FUJIFILMCCD-RAW", "a Fujifilm raw image", Picture(Darktable)),
    (b"8BPS", "a Photoshop document", Picture(Magick)),
    (b"\xff\x0a", "a JPEG XL image", Picture(Ffmpeg)),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image", Picture(Ffmpeg)),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 image", Picture(Ffmpeg)),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image", Picture(Ffmpeg)),
    (b"\x8aMNG", "an MNG animation", Picture(Magick)),
    (b"\x8bJNG", "a JNG image", Picture(Magick)),
    (b"#?RADIANCE", "a Radiance image", Picture(Magick)),
    (b"AT&TFORM", "a DjVu document", Picture(Magick)),
    (b"\x0a\x05\x01", "a PCX image", Picture(Ffmpeg)),
    (b"\x01\xda\x00", "an SGI image", Picture(Ffmpeg)),
    (b"\x01\xda\x01", "an SGI image", Picture(Ffmpeg)),
    (b"qoif", "a QOI image", Picture(Ffmpeg)),
    (b"\x76\x2f\x31\x01", "an OpenEXR image", Picture(Ffmpeg)),
    (b"DDS ", "a DirectDraw image", Picture(Ffmpeg)),
    (b"gimp xcf", "a GIMP image", Picture(Magick)),
    (b"%PDF", "a PDF document", Picture(Pdftoppm)),
    (b"%!PS", "a PostScript document", Picture(Magick)),
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
    (b"FLV\x01", "a Flash video", Video),
    (b".RMF", "a RealMedia file", Video),
    (b"\0\0\x01\xba", "an MPEG program stream", Video),
    (b"\0\0\x01\xb3", "an MPEG video", Picture(Ffmpeg)),
];

/// Kinds in the format of MP4, by their first brand.
const BY_BRAND: &[(&[u8], &str, FileSort)] = &[
    (b"avif", "an AVIF picture", Picture(Magick)),
    (b"avis", "an AVIF picture", Picture(Magick)),
    (b"heic", "a HEIC picture", Picture(Magick)),
    (b"heix", "a HEIC picture", Picture(Magick)),
    (b"heim", "a HEIC picture", Picture(Magick)),
    (b"heis", "a HEIC picture", Picture(Magick)),
    (b"hevc", "a HEIC picture", Picture(Magick)),
    (b"mif1", "a HEIF picture", Picture(Magick)),
    (b"msf1", "a HEIF picture", Picture(Magick)),
    (b"crx ", "a Canon raw image", Picture(Darktable)),
    (b"M4A ", "an MP4 file", Sound),
    (b"M4B ", "an MP4 file", Sound),
    (b"qt  ", "a QuickTime movie", Video),
    (b"3gp", "a 3GP file", Video),
    (b"3g2", "a 3GP file", Video),
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
        (Some(b"RIFF"), _, Some(b"AVI ")) => Some(("an AVI video", Video)),
        (Some(b"RIFF"), ..) => Some(("a RIFF file", Other)),
        (Some(b"FORM"), _, Some(b"AIFF" | b"AIFC")) => Some(("an AIFF file", Sound)),
        (_, Some(b"ftyp"), _) => Some(by_brand(head)),
        (_, Some(b"moov" | b"mdat" | b"wide" | b"pnot"), _) => Some(("a QuickTime movie", Video)),
        (Some(b"\x1a\x45\xdf\xa3"), ..) => Some(match contains(head, b"webm") {
            true => ("a WebM file", Video),
            false => ("a Matroska file", Video),
        }),
        // A packet of 188 bytes after another.
        (Some([0x47, ..]), ..) if head.get(188) == Some(&0x47) && head.get(376) == Some(&0x47) => {
            Some(("an MPEG transport stream", Video))
        }
        (Some([0x56, second, ..]), ..) if second & 0xe0 == 0xe0 => Some(("AAC in LATM", Sound)),
        (Some([b'B', b'M', ..]), ..) if head.get(6..10) == Some(&[0; 4]) => {
            Some(("a BMP image", Picture(Ffmpeg)))
        }
        // How many pictures are in it follows; in a Targa image these two bytes are zero.
        (Some([0, 0, 1 | 2, 0]), Some(next), _) if next[..2] != [0, 0] => {
            Some(("an icon", Picture(Ffmpeg)))
        }
        _ if is_targa(head) => Some(("a Targa image", Picture(Ffmpeg))),
        (Some(b"II\x2a\0" | b"MM\0\x2a"), ..) => Some(tiff_of(head)),
        (Some([b'P', b'1'..=b'7', b'\n' | b'\r' | b' ' | b'\t', _]), ..) => {
            Some(("a Netpbm image", Picture(Ffmpeg)))
        }
        _ => None,
    }
}

/// Whether a file begins as a Targa image, which has no signature: every field of its header of 18
/// bytes has to be one that the format allows (Truevision TGA File Format Specification 2.0).
fn is_targa(head: &[u8]) -> bool {
    let Some(header) = head.first_chunk::<18>() else { return false };
    let has_known_depth = match (header[1], header[2]) {
        (0, 2 | 10) => matches!(header[16], 15 | 16 | 24 | 32) && header[3..8] == [0; 5],
        (0, 3 | 11) => matches!(header[16], 8 | 16) && header[3..8] == [0; 5],
        (1, 1 | 9) => matches!(header[16], 8 | 16) && matches!(header[7], 15 | 16 | 24 | 32),
        _ => false,
    };
    let has_size = header[12..14] != [0, 0] && header[14..16] != [0, 0];
    has_known_depth && has_size && header[17] & 0xc0 == 0
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
        Some((_, "a HEIF picture", _)) => {
            picture(brands).unwrap_or(("a HEIF picture", Picture(Magick)))
        }
        Some((_, name, sort)) => (name, *sort),
        None => ("an MP4 file", Video),
    }
}

/// Tags of TIFF that raw images of cameras have: the version of DNG, and further pictures.
const DNG_VERSION: u16 = 0xc612;
const SUB_PICTURES: u16 = 0x014a;

/// Cameras by the maker's name near the start of their raw images.
const RAW_BY_MAKER: [(&[u8], &str); 5] = [
    (b"NIKON", "a Nikon raw image"),
    (b"SONY", "a Sony raw image"),
    (b"PENTAX", "a Pentax raw image"),
    (b"SAMSUNG", "a Samsung raw image"),
    (b"Hasselblad", "a Hasselblad raw image"),
];

/// A TIFF, or a raw image of a camera in its format (TIFF 6.0, section 2).
fn tiff_of(head: &[u8]) -> (&'static str, FileSort) {
    let is_little = head.starts_with(b"II");
    let short = |at: usize| {
        let bytes = head.get(at..at + 2).map_or([0, 0], |bytes| [bytes[0], bytes[1]]);
        if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    };
    // Cameras write the first list of tags behind the header of 8 bytes.
    let tags: Vec<u16> =
        (0..usize::from(short(8)).min(40)).map(|tag| short(10 + 12 * tag)).collect();
    let raw = Picture(Darktable);
    if tags.contains(&DNG_VERSION) {
        return ("a DNG raw image", raw);
    }
    let maker = RAW_BY_MAKER.iter().find(|(maker, _)| contains(head, maker));
    match maker.filter(|_| tags.contains(&SUB_PICTURES)) {
        Some((_, name)) => (name, raw),
        None => ("a TIFF image", Picture(MagickTurning)),
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
            (b"\x49\x49\x2a\0\x08\0\0\0", "it looks like a TIFF image"),
            (b"II\x2a\0\x08\0\0\0\x01\0\x12\xc6", "it looks like a DNG raw image"),
            (b"MM\0\x2a\0\0\0\x08\0\x01\x01\x4a\0\x04NIKON", "it looks like a Nikon raw image"),
            (b"P6\n20 20\n255\n", "it looks like a Netpbm image"),
            (b"\0\0\x01\0\x01\0\x10\x10\0\0", "it looks like an icon"),
            // Three headers as ImageMagick 6.9.11 writes them: true colour, run-length encoded, with a palette.
            (b"\0\0\x02\0\0\0\0\0\0\0\0\0\x80\x02\x68\x01\x18\0", "it looks like a Targa image"),
            (b"\0\0\x0a\0\0\0\0\0\0\0\0\0\x80\x02\x68\x01\x18\0", "it looks like a Targa image"),
            (
                b"\0\x01\x01\0\0\x08\0\x18\0\0\0\0\x80\x02\x68\x01\x08\0",
                "it looks like a Targa image",
            ),
            (b"\xff\x4f\xff\x51\0\x2f", "it looks like a JPEG 2000 image"),
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
    fn pictures_of_other_kinds_are_told_from_other_files() {
        let picture = |head: &[u8]| picture_in(&mut Cursor::new(head)).unwrap();
        assert_eq!(picture(b"GIF89a"), Some(("a GIF image", Ffmpeg)));
        assert_eq!(picture(b"<svg/>"), Some(("an SVG drawing", RsvgConvert)));
        let heic = picture(b"\0\0\0\x18ftypmif1\0\0\0\0heic");
        assert_eq!(heic, Some(("a HEIC picture", Magick)));
        let video = picture(b"\0\0\0\x18ftypisom\0\0\0\0mp42");
        assert_eq!(video, Some(("an MP4 file", Ffmpeg)));
        let mpeg = picture(b"\0\0\x01\xb3\x28\x01\x68");
        assert_eq!(mpeg, Some(("an MPEG video", Ffmpeg)));
        let recording = b"\0\0\0\x14ftypM4A \0\0\0\0";
        for other in [&b"fLaC"[..], recording, b"<html>", b"PK\x03\x04", b"\x89PNG", b""] {
            assert_eq!(picture(other), None);
        }
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
