//! A lossless WebP, read code by code without keeping its pixels: whether it is whole.
//!
//! RFC 9649, section 3. What pixels look like depends on others, but where a code ends does not, save
//! on the small picture that says which codes apply where.

use super::webp_codes::{BitReader, PrefixCode};

/// The most symbols that all codes of a picture may have: 16 MB.
const SYMBOLS_MAX: usize = 8 << 20;

/// The most bytes behind the last pixel.
const LEFT_MAX: usize = 16;

/// Symbols of a colour, of lengths, and of distances.
const COLOURS: usize = 256;
const LENGTHS: usize = 24;
const DISTANCES: usize = 40;

/// The bits of the multiplication that finds a colour's place in the cache.
const CACHE_FACTOR: u32 = 0x1e35_a7bd;

/// What is wrong.
const WRONG: &str = "its pixels cannot be decoded (the data is damaged)";

/// Reads a lossless picture (`VP8L`) if the file has one; a lossy one is not looked at.
///
/// # Errors
/// Its data ends early, or has codes that do not exist.
pub(super) fn check_lossless(bytes: &[u8]) -> Result<(), String> {
    match lossless_chunk(bytes) {
        Some(chunk) => read_picture(chunk).ok_or_else(|| WRONG.to_string()),
        None => Ok(()),
    }
}

/// The contents of the chunk of a lossless picture.
fn lossless_chunk(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 12;
    loop {
        let head = bytes.get(at..at + 8)?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let body = &bytes[at + 8..];
        if head.starts_with(b"VP8L") {
            return Some(&body[..length.min(body.len())]);
        }
        at = at.checked_add(8 + length + length % 2)?;
    }
}

fn read_picture(chunk: &[u8]) -> Option<()> {
    let mut reader = BitReader::new(chunk);
    if reader.bits(8)? != 0x2f {
        return None;
    }
    let (mut width, height) = (reader.bits(14)? as usize + 1, reader.bits(14)? as usize + 1);
    // Whether it is transparent, and the version.
    if reader.bits(4)? >> 1 != 0 {
        return None;
    }
    let mut seen = [false; 4];
    while reader.is_set()? {
        let kind = reader.bits(2)? as usize;
        if std::mem::replace(&mut seen[kind], true) {
            return None;
        }
        match kind {
            // Predictors and colours for squares of the picture.
            0 | 1 => {
                let side = reader.bits(3)? + 2;
                read_part(&mut reader, squares(width, side), squares(height, side))?;
            }
            // Green is subtracted: there is nothing to read.
            2 => {}
            _ => {
                let colours = reader.bits(8)? as usize + 1;
                read_part(&mut reader, colours, 1)?;
                let packed = match colours {
                    0..=2 => 3,
                    3..=4 => 2,
                    5..=16 => 1,
                    _ => 0,
                };
                width = squares(width, packed);
            }
        }
    }
    let cache = cache_bits(&mut reader)?;
    let mut map = CodeMap { side: 0, columns: 0, groups: Vec::new() };
    if reader.is_set()? {
        map.side = reader.bits(3)? + 2;
        map.columns = squares(width, map.side);
        map.groups = read_part(&mut reader, map.columns, squares(height, map.side))?;
        // The number of a group is in red and green.
        map.groups.iter_mut().for_each(|pixel| *pixel = *pixel >> 8 & 0xffff);
    }
    let count = map.groups.iter().max().map_or(1, |most| *most as usize + 1);
    let Some(codes) = read_codes(&mut reader, count, cache)? else { return Some(()) };
    let mut at = 0;
    while at < width * height {
        let group = map.group(at % width, at / width);
        at += read_pixels(&mut reader, codes.get(group)?, cache, (at, width, width * height))?.1;
    }
    // Zeros, as half a download may end with, are short codes: the pixels end before the data.
    (reader.left() <= LEFT_MAX).then_some(())
}

/// Which codes apply where.
struct CodeMap {
    /// Squares of so many bits.
    side: u32,
    columns: usize,
    /// The number of each square's codes; empty if there are no others.
    groups: Vec<u32>,
}

impl CodeMap {
    fn group(&self, x: usize, y: usize) -> usize {
        let place = (y >> self.side) * self.columns + (x >> self.side);
        self.groups.get(place).map_or(0, |group| *group as usize)
    }
}

/// How many squares with sides of so many bits a side has.
fn squares(side: usize, bits: u32) -> usize {
    side.div_ceil(1 << bits)
}

/// The codes for one part of the picture: green with lengths and the cache, red, blue, alpha, and
/// distances.
type Codes = [PrefixCode; 5];

/// Reads so many groups of codes; `None` within if they are too many to keep.
fn read_codes(reader: &mut BitReader<'_>, count: usize, cache: u32) -> Option<Option<Vec<Codes>>> {
    let (mut all, mut symbols) = (Vec::new(), 0);
    for _ in 0..count {
        let cached = if cache == 0 { 0 } else { 1 << cache };
        let mut read = |symbols| PrefixCode::read(reader, symbols);
        let green = read(COLOURS + LENGTHS + cached)?;
        let codes = [green, read(COLOURS)?, read(COLOURS)?, read(COLOURS)?, read(DISTANCES)?];
        symbols += codes.iter().map(PrefixCode::size).sum::<usize>() + 256;
        if symbols > SYMBOLS_MAX {
            return Some(None);
        }
        all.push(codes);
    }
    Some(Some(all))
}

/// The bits of the cache of colours; 0 if there is none.
fn cache_bits(reader: &mut BitReader<'_>) -> Option<u32> {
    match reader.is_set()? {
        true => reader.bits(4).filter(|bits| (1..=11).contains(bits)),
        false => Some(0),
    }
}

/// What comes next in a picture.
enum Pixels {
    /// A colour.
    One(u32),
    /// A colour of the cache.
    Cached(usize),
    /// A repetition of what is so far back.
    Back(usize),
}

/// Reads what comes next at a position in a picture of this width and so many pixels, and how many
/// pixels it is.
fn read_pixels(
    reader: &mut BitReader<'_>,
    codes: &Codes,
    cache: u32,
    (at, width, all): (usize, usize, usize),
) -> Option<(Pixels, usize)> {
    let [green_code, red, blue, alpha, distance] = codes;
    let green = usize::from(green_code.symbol(reader)?);
    if green < COLOURS {
        let (red, blue) = (red.symbol(reader)?, blue.symbol(reader)?);
        let alpha = alpha.symbol(reader)?;
        let [alpha, red, green, blue] = [alpha, red, green as u16, blue].map(u32::from);
        return Some((Pixels::One(alpha << 24 | red << 16 | green << 8 | blue), 1));
    }
    if green < COLOURS + LENGTHS {
        let length = extended(reader, green - COLOURS)?;
        let symbol = usize::from(distance.symbol(reader)?);
        let back = extended(reader, symbol).map(|code| distance_of(code, width))?;
        let fits = back <= at && at + length <= all;
        return fits.then_some((Pixels::Back(back), length));
    }
    let place = green - COLOURS - LENGTHS;
    (cache > 0 && place < 1 << cache).then_some((Pixels::Cached(place), 1))
}

/// A length or distance of this symbol, with the bits that follow it.
fn extended(reader: &mut BitReader<'_>, symbol: usize) -> Option<usize> {
    if symbol < 4 {
        return Some(symbol + 1);
    }
    let bits = (symbol - 2) >> 1;
    let start = (2 + (symbol & 1)) << bits;
    Some(start + reader.bits(bits as u32)? as usize + 1)
}

/// How far back a distance code goes in a picture of this width. The first 120 are places nearby: by
/// rows upwards, and columns to the left of them or to the right.
fn distance_of(code: usize, width: usize) -> usize {
    let Some(place) = NEARBY.get(code - 1).copied() else { return code - NEARBY.len() };
    let (rows, columns) = (usize::from(place >> 4), 8 - i64::from(place & 0xf));
    (rows as i64 * width as i64 + columns).max(1) as usize
}

/// Rows upwards in the high half, 8 less columns in the low half (RFC 9649, 3.6.2).
const NEARBY: [u8; 120] = [
    0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39,
    0x15, 0x1b, 0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a,
    0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d,
    0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e, 0x66, 0x6a, 0x22, 0x2e,
    0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f,
    0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e,
    0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72,
    0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70,
];

/// Reads a small picture within the picture, and returns its pixels.
fn read_part(reader: &mut BitReader<'_>, width: usize, height: usize) -> Option<Vec<u32>> {
    let cache = cache_bits(reader)?;
    let codes = read_codes(reader, 1, cache)??.pop()?;
    let mut cached = vec![0u32; if cache == 0 { 0 } else { 1 << cache }];
    let mut pixels: Vec<u32> = Vec::with_capacity(width * height);
    while pixels.len() < width * height {
        let before = pixels.len();
        let place = (before, width, width * height);
        match read_pixels(reader, &codes, cache, place)? {
            (Pixels::One(colour), _) => pixels.push(colour),
            (Pixels::Cached(place), _) => pixels.push(*cached.get(place)?),
            (Pixels::Back(back), length) => {
                (0..length).for_each(|_| pixels.push(pixels[pixels.len() - back]));
            }
        }
        for colour in pixels[before..].iter().filter(|_| cache > 0) {
            cached[(colour.wrapping_mul(CACHE_FACTOR) >> (32 - cache)) as usize] = *colour;
        }
    }
    Some(pixels)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    /// A picture made by libwebp: predictors, colours, a map of codes and a cache.
    const PLASMA: &[u8] = include_bytes!("fixtures/lossless.webp");

    fn encoded(pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = RgbaImage::from_fn(90, 70, |x, y| Rgba(pixel(x, y)));
        picture.write_to(&mut bytes, ImageFormat::WebP).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn whole_pictures_are_read_to_their_end() {
        for bytes in [
            encoded(|_, _| [9, 9, 9, 255]),
            encoded(|x, y| [(x * 3) as u8, y as u8, (x ^ y) as u8, 255]),
            encoded(|x, y| [(x * y) as u8, 0, 7, y as u8]),
            PLASMA.to_vec(),
        ] {
            assert_eq!(check_lossless(&bytes), Ok(()));
        }
        assert_eq!(check_lossless(b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0"), Ok(()), "lossy");
    }

    #[test]
    fn a_picture_that_is_cut_short_and_filled_up_is_damaged() {
        for end in (100..PLASMA.len() - 200).step_by(37) {
            let cut = [&PLASMA[..end], &vec![0; PLASMA.len() - end]].concat();
            assert!(check_lossless(&cut).is_err(), "zeros from {end} on");
            assert!(check_lossless(&PLASMA[..end]).is_err(), "nothing from {end} on");
        }
    }

    #[test]
    fn any_damage_ends_in_an_answer() {
        for at in 20..PLASMA.len().min(400) {
            for bit in 0..8 {
                let mut bytes = PLASMA.to_vec();
                bytes[at] ^= 1 << bit;
                let _ = check_lossless(&bytes);
            }
        }
    }

    #[test]
    fn the_nearest_places_come_first() {
        let back = |code| distance_of(code, 100);
        assert_eq!([back(1), back(2), back(3), back(4)], [100, 1, 101, 99]);
        assert_eq!(back(121), 1);
        assert_eq!(distance_of(4, 1), 1, "never before the picture");
    }
}
