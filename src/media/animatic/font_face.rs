//! Font faces: what the faces of a font file are like, and which characters they have.
//!
//! Only a font's tables of characters and names are read, never its outlines, so that hundreds of
//! installed fonts can be looked through. Like all files, fonts are treated as hostile: everything
//! read here is bounded.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

use skrifa::attribute::{Stretch, Style, Weight};
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};

/// The most faces of a collection, and the most tables of a face, that are read.
const FACES_MAX: u32 = 64;
const TABLES_MAX: usize = 256;

/// The longest table that is read, in bytes. The characters of the largest fonts take 600 kB.
const TABLE_MAX: u32 = 4 << 20;

/// The tables that are read.
const READ: [&[u8; 4]; 4] = [b"OS/2", b"cmap", b"head", b"name"];

/// The tables with outlines; a font of bitmaps alone has none of them.
const OUTLINES: [&[u8; 4]; 3] = [b"glyf", b"CFF ", b"CFF2"];

/// One face of a font file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FontFace {
    /// Its number in the file, from 0; above that only in collections.
    pub index: u32,
    /// Which of the wanted characters it has.
    pub covered: BTreeSet<char>,
    /// How well it suits a slate.
    pub fitness: FaceFitness,
}

/// How well a face suits a slate; less is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaceFitness {
    is_unusual: bool,
    kind: FaceKind,
    is_foreign: bool,
    /// Special versions of a family have longer names.
    name_length: usize,
    name: String,
}

/// What the name of a family says about its letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FaceKind {
    Sans,
    Unknown,
    Serif,
    Mono,
}

impl FontFace {
    /// The faces of a font file that have any of these characters; none if it is not a TrueType or
    /// OpenType font, or one without outlines.
    ///
    /// # Errors
    /// The file cannot be read, or is cut short.
    pub fn read_all(
        file: &mut (impl Read + Seek),
        wanted: &BTreeSet<char>,
    ) -> io::Result<Vec<FontFace>> {
        let mut faces = Vec::new();
        for (index, start) in (0..).zip(face_starts(file)?) {
            let Some(font) = tables_of(file, start)? else { continue };
            let Ok(font) = FontRef::new(&font) else { continue };
            let charmap = font.charmap();
            let has = |c: &char| charmap.map(*c).is_some_and(|glyph| glyph.to_u32() != 0);
            let covered: BTreeSet<char> = wanted.iter().copied().filter(has).collect();
            if !covered.is_empty() {
                faces.push(FontFace { index, covered, fitness: FaceFitness::of(&font) });
            }
        }
        Ok(faces)
    }
}

impl FaceFitness {
    fn of(font: &FontRef<'_>) -> FaceFitness {
        let names = font.localized_strings(StringId::FAMILY_NAME);
        let name = names.english_or_first().map(|name| name.to_string()).unwrap_or_default();
        let attributes = font.attributes();
        let usual = (attributes.weight, attributes.style, attributes.stretch)
            == (Weight::NORMAL, Style::Normal, Stretch::NORMAL);
        let kind = if name.contains("Mono") {
            FaceKind::Mono
        } else if name.contains("Serif") {
            FaceKind::Serif
        } else if name.contains("Sans") {
            FaceKind::Sans
        } else {
            FaceKind::Unknown
        };
        FaceFitness {
            is_unusual: !usual,
            kind,
            is_foreign: !name.starts_with("Noto"),
            name_length: name.chars().count(),
            name,
        }
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| four.iter().fold(0, |sum, b| sum << 8 | u32::from(*b)))
}

/// Where the faces of a file begin (OpenType 1.9, "Font collections").
fn face_starts(file: &mut (impl Read + Seek)) -> io::Result<Vec<u32>> {
    let head = bytes_at(file, 0, 12)?;
    match head.get(..4) {
        Some(b"\0\x01\0\0" | b"OTTO" | b"true") => Ok(vec![0]),
        Some(b"ttcf") => {
            let count = number(&head, 8).min(FACES_MAX);
            let starts = bytes_at(file, 12, 4 * count)?;
            Ok(starts.chunks_exact(4).map(|start| number(start, 0)).collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// A font of the tables that are read, for a face at an offset of a file; `None` if it has no
/// outlines.
fn tables_of(file: &mut (impl Read + Seek), start: u32) -> io::Result<Option<Vec<u8>>> {
    let head = bytes_at(file, start, 12)?;
    let count = (number(&head, 2) & 0xffff) as usize;
    let records = bytes_at(file, start.saturating_add(12), 16 * count.min(TABLES_MAX) as u32)?;
    let is = |record: &[u8], tags: &[&[u8; 4]]| tags.iter().any(|tag| record.starts_with(*tag));
    if !records.chunks_exact(16).any(|record| is(record, &OUTLINES)) {
        return Ok(None);
    }
    let mut tables = Vec::new();
    for record in records.chunks_exact(16).filter(|record| is(record, &READ)) {
        let (offset, length) = (number(record, 8), number(record, 12));
        if length <= TABLE_MAX {
            tables.push((&record[..8], bytes_at(file, offset, length)?));
        }
    }
    let mut font = head.get(..4).unwrap_or_default().to_vec();
    font.extend((tables.len() as u16).to_be_bytes());
    font.extend([0; 6]);
    let mut at = (12 + 16 * tables.len()) as u32;
    for (tag, table) in &tables {
        font.extend_from_slice(tag);
        font.extend(at.to_be_bytes());
        font.extend((table.len() as u32).to_be_bytes());
        at += table.len() as u32;
    }
    font.extend(tables.into_iter().flat_map(|(_, table)| table));
    Ok(Some(font))
}

/// Bytes of a file; fewer if it ends before.
fn bytes_at(file: &mut (impl Read + Seek), offset: u32, length: u32) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset.into()))?;
    let mut bytes = Vec::new();
    file.by_ref().take(length.into()).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn faces(bytes: &[u8], wanted: &str) -> Vec<FontFace> {
        FontFace::read_all(&mut Cursor::new(bytes), &wanted.chars().collect()).unwrap()
    }

    #[test]
    fn a_face_has_the_characters_of_its_table() {
        let [face] = &faces(dejavu::sans::regular(), "aЖहe")[..] else { panic!("one face") };
        assert_eq!((face.index, &face.covered), (0, &"aЖe".chars().collect()));
        assert_eq!(faces(dejavu::sans::regular(), "ह日"), []);
        assert_eq!(faces(b"no font", "a"), []);
        assert_eq!(faces(b"", "a"), []);
    }

    #[test]
    fn a_collection_has_several_faces() {
        // A collection of two faces that are one font.
        let font = dejavu::sans::regular();
        let mut collection = b"ttcf\0\x02\0\0\0\0\0\x02".to_vec();
        let start = 20u32;
        collection.extend([start.to_be_bytes(), start.to_be_bytes()].concat());
        collection.extend_from_slice(&font[..12]);
        let tables = usize::from(u16::from_be_bytes([font[4], font[5]]));
        for record in font[12..12 + 16 * tables].chunks_exact(16) {
            collection.extend_from_slice(&record[..8]);
            collection.extend((number(record, 8) + start).to_be_bytes());
            collection.extend_from_slice(&record[12..]);
        }
        collection.extend_from_slice(&font[12 + 16 * tables..]);
        let found = faces(&collection, "a");
        assert_eq!(found.iter().map(|face| face.index).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_regular_sans_suits_best() {
        let fitness = |bytes| faces(bytes, "a")[0].fitness.clone();
        let sans = fitness(dejavu::sans::regular());
        assert!(sans < fitness(dejavu::sans::bold()));
        assert!(sans < fitness(dejavu::serif::regular()));
        assert!(fitness(dejavu::serif::regular()) < fitness(dejavu::sans_mono::regular()));
    }

    #[test]
    fn damaged_fonts_are_survived() {
        let font = dejavu::sans::regular();
        let mut chance = fastrand::Rng::with_seed(11);
        for _ in 0..300 {
            let mut bytes = font[..chance.usize(12..font.len())].to_vec();
            for _ in 0..8 {
                let at = chance.usize(..bytes.len().min(400));
                bytes[at] = chance.u8(..);
            }
            let _ = FontFace::read_all(&mut Cursor::new(bytes), &"aЖह".chars().collect());
        }
    }
}
