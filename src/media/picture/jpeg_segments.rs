//! JPEG segments: the structure of a JPEG file, followed to its end without decoding a pixel.
//!
//! The markers are those of ITU-T T.81, table B.1.

use crate::media::error::CUT_SHORT;

/// What the structure of a JPEG file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct JpegSegments {
    /// Whether it is refined in several scans, for which all coefficients are kept.
    pub is_progressive: bool,
    /// Whether it has components that are no luma and chroma, so that luma alone cannot be decoded.
    pub keeps_colours: bool,
    /// Whether there are bytes between its segments that belong to none.
    pub has_stray_bytes: bool,
    /// Whether it is of the kind that cameras write: sequential, of 8 bits, in one scan, grey or with
    /// chroma that is as large as luma or half of it. Once all its codes are read, there is nothing
    /// left in it that decoding might stumble over.
    pub is_plain: bool,
}

const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const RESTART_INTERVAL: u8 = 0xdd;

/// What is wrong with a picture that browsers show, and that this program cannot.
const SCAN_PER_COLOUR: &str =
    "it is a JPEG with a scan for each colour, which is not read right here";
const ADOBE: u8 = 0xee;

impl JpegSegments {
    /// Follows the segments from the first to the end of the image; what comes after that is not
    /// looked at.
    ///
    /// # Errors
    /// The file ends earlier, or it is of a kind that is not decoded right here.
    pub(super) fn of(bytes: &[u8]) -> Result<JpegSegments, &'static str> {
        let mut found = JpegSegments::default();
        let (mut components, mut is_subsampled, mut restarts) = (0, false, false);
        let (mut frames, mut scans, mut is_usual) = (0, 0, false);
        let mut rest = bytes.get(2..).ok_or(CUT_SHORT)?;
        loop {
            let at = next_marker(rest).ok_or(CUT_SHORT)?;
            found.has_stray_bytes |= rest[..at - 2].iter().any(|byte| *byte != 0xff);
            let marker = rest[at - 1];
            rest = &rest[at..];
            if marker == END_OF_IMAGE {
                let is_single = (frames, scans) == (1, 1);
                found.is_plain =
                    is_usual && is_single && !found.keeps_colours && !found.has_stray_bytes;
                return Ok(found);
            }
            if is_alone(marker) {
                continue;
            }
            let length = rest.get(..2).ok_or(CUT_SHORT)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            let (segment, behind) = rest.split_at_checked(length.max(2)).ok_or(CUT_SHORT)?;
            rest = behind;
            match marker {
                START_OF_SCAN => {
                    scans += 1;
                    // zune-jpeg 0.5.15 decodes these into stripes, without an error.
                    let is_part = segment.get(2).is_some_and(|count| *count < components);
                    if is_part && !found.is_progressive && (is_subsampled || restarts) {
                        return Err(SCAN_PER_COLOUR);
                    }
                    rest = &rest[scan_length(rest)..];
                }
                RESTART_INTERVAL => restarts = segment.get(2..4) != Some(&[0, 0]),
                ADOBE if segment.get(2..7) == Some(b"Adobe") => {
                    // Its last byte says how the colours are encoded: 1 is luma and chroma.
                    found.keeps_colours |= segment.get(13) != Some(&1);
                }
                0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                    found.is_progressive |= matches!(marker & 3, 2);
                    components = segment.get(7).copied().unwrap_or_default();
                    found.keeps_colours |= !matches!(components, 1 | 3);
                    // Components that are named R, G and B are these, whatever is not said.
                    let of_component = segment.get(8..).unwrap_or_default().chunks_exact(3);
                    found.keeps_colours |= of_component.clone().map(|it| it[0]).eq(*b"RGB");
                    is_subsampled = of_component.clone().any(|it| it[1] != 0x11);
                    frames += 1;
                    let has_bytes = segment.get(2) == Some(&8);
                    is_usual = matches!(marker, 0xc0 | 0xc1)
                        && has_bytes
                        && is_usual_sampling(of_component);
                }
                _ => {}
            }
        }
    }
}

/// Whether chroma is as large as luma or half of it, in either direction.
fn is_usual_sampling(mut of_component: std::slice::ChunksExact<'_, u8>) -> bool {
    let samplings = [(); 3].map(|()| of_component.next().map(|it| it[1]));
    matches!(
        (samplings, of_component.next()),
        ([Some(0x11), None, None], None)
            | ([Some(0x11 | 0x12 | 0x21 | 0x22), Some(0x11), Some(0x11)], None)
    )
}

/// Where the segment of the next marker begins, behind the marker.
fn next_marker(bytes: &[u8]) -> Option<usize> {
    let is_marker = |at: &usize| !matches!(bytes.get(at + 1), None | Some(0x00 | 0xff));
    memchr::memchr_iter(0xff, bytes).find(is_marker).map(|at| at + 2)
}

/// Whether a marker has no segment: restarts, the start of an image, and a reserved one.
fn is_alone(marker: u8) -> bool {
    matches!(marker, 0x01 | 0xd0..=0xd8)
}

/// The length of the data of a scan, which ends at the first marker that is no restart.
fn scan_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(next_marker) {
        at += next;
        if !matches!(bytes[at - 1], 0xd0..=0xd7) {
            return at - 2;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of the start of an image, these segments, and its end.
    fn jpeg(segments: &[&[u8]]) -> Vec<u8> {
        [b"\xff\xd8".to_vec(), segments.concat(), b"\xff\xd9".to_vec()].concat()
    }

    const FRAME: &[u8] = b"\xff\xc0\0\x0b\x08\0\x10\0\x10\x01\x01\x11\0";
    const SCAN: &[u8] = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\x12\xff\0\x34\xff\xd0\x56";

    #[test]
    fn segments_lead_to_the_end() {
        let odd = JpegSegments::default();
        let plain = JpegSegments { is_plain: true, ..odd };
        assert_eq!(JpegSegments::of(&jpeg(&[FRAME, SCAN])), Ok(plain));
        let padded = jpeg(&[b"\xff\xff", FRAME, b"\xff", SCAN, SCAN]);
        assert_eq!(JpegSegments::of(&padded), Ok(odd), "two scans");
        let progressive = [b"\xff\xc2", &FRAME[2..]].concat();
        let found = JpegSegments::of(&jpeg(&[&progressive, SCAN])).unwrap();
        assert_eq!(found, JpegSegments { is_progressive: true, ..odd });
        let stray = JpegSegments::of(&jpeg(&[b"\0\x01\x02", FRAME, SCAN])).unwrap();
        assert_eq!(stray, JpegSegments { has_stray_bytes: true, ..odd });
        let adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x02";
        let found = JpegSegments::of(&jpeg(&[adobe, FRAME, SCAN])).unwrap();
        assert_eq!(found, JpegSegments { keeps_colours: true, ..odd });
    }

    #[test]
    fn plain_pictures_have_usual_proportions() {
        let is_plain = |kind: u8, bits: u8, samplings: &[u8]| {
            let length = 8 + 3 * samplings.len() as u8;
            let mut frame = vec![0xff, kind, 0, length, bits, 0, 16, 0, 16, samplings.len() as u8];
            for (id, sampling) in (1..).zip(samplings) {
                frame.extend([id, *sampling, 0]);
            }
            let mut scan = SCAN.to_vec();
            scan[4] = samplings.len() as u8;
            JpegSegments::of(&jpeg(&[&frame, &scan])).unwrap().is_plain
        };
        for usual in [&[0x11][..], &[0x11, 0x11, 0x11], &[0x22, 0x11, 0x11], &[0x21, 0x11, 0x11]] {
            assert!(is_plain(0xc0, 8, usual) && is_plain(0xc1, 8, usual), "{usual:x?}");
            assert!(!is_plain(0xc0, 12, usual) && !is_plain(0xc2, 8, usual), "{usual:x?}");
        }
        let unusual =
            [&[0x22][..], &[0x41, 0x11, 0x11], &[0x11, 0x22, 0x11], &[0x11, 0x11], &[0x11; 4]];
        assert!(!unusual.iter().any(|unusual| is_plain(0xc0, 8, unusual)));
    }

    #[test]
    fn scans_of_single_colours_are_told() {
        let frame = |sampling: u8| {
            let mut frame =
                b"\xff\xc0\0\x11\x08\0\x10\0\x10\x03\x01\x11\0\x02\x11\x01\x03\x11\x01".to_vec();
            frame[11] = sampling;
            frame
        };
        let restart = b"\xff\xdd\0\x04\0\x07";
        let (whole, halved) = (frame(0x11), frame(0x22));
        assert!(JpegSegments::of(&jpeg(&[&whole, SCAN, SCAN, SCAN])).is_ok());
        for told in [jpeg(&[&halved, SCAN]), jpeg(&[&whole, restart, SCAN])] {
            assert_eq!(JpegSegments::of(&told), Err(SCAN_PER_COLOUR));
        }
        let mut named = whole.clone();
        (named[10], named[13], named[16]) = (b'R', b'G', b'B');
        assert!(JpegSegments::of(&jpeg(&[&named, SCAN])).unwrap().keeps_colours);
    }

    #[test]
    fn every_shorter_file_is_cut_short() {
        let whole = jpeg(&[FRAME, SCAN, SCAN]);
        for end in 0..whole.len() {
            assert_eq!(JpegSegments::of(&whole[..end]), Err(CUT_SHORT), "to {end}");
        }
    }
}
