//! Sample descriptions as QuickTime writes them, brought into the form that MP4 knows.
//!
//! QuickTime File Format, "Sound Sample Descriptions" (versions 1 and 2, and `wave`) and "Video Sample
//! Description Extensions" (the terminator of 4 bytes). ISO/IEC 14496-12, 8.5.2, for MP4.

use super::top_level::{boxes, child, number};

/// Where the boxes of a sound's description begin, without and with the fields of its versions 1 and 2.
const SOUND_FIELDS: [usize; 3] = [36, 52, 72];

/// Where the boxes of a video's description begin.
const VIDEO_FIELDS: usize = 86;

/// Where the first description begins in its box (`stsd`).
const FIRST_ENTRY: usize = 16;

/// The index of a track (`trak`) whose descriptions are in the form of MP4. What is not known stays as
/// it is.
pub(super) fn with_plain_descriptions(mut trak: Vec<u8>, is_sound: bool) -> Vec<u8> {
    let mut around = vec![0];
    for kind in [b"mdia", b"minf", b"stbl", b"stsd"] {
        let parent = *around.last().expect("the track is the first of them");
        let Some(at) = child(&trak, parent, kind) else { return trak };
        around.push(at);
    }
    let description = *around.last().expect("five of them");
    let end = description + number(&trak, description).unwrap_or(0) as usize;
    let mut at = description + FIRST_ENTRY;
    let mut removed = 0;
    while let Some(size) = number(&trak, at).map(|size| size as usize) {
        if size < 16 || at + size > (end - removed).min(trak.len()) {
            break;
        }
        let kept = match is_sound {
            true => plain_sound(&mut trak[at..at + size]),
            false => without_terminator(&mut trak[at..at + size]),
        };
        trak.drain(at + kept..at + size);
        removed += size - kept;
        at += kept;
    }
    for at in around {
        if let Some(size) = number(&trak, at) {
            let size = size.saturating_sub(u32::try_from(removed).unwrap_or(0));
            trak[at..at + 4].copy_from_slice(&size.to_be_bytes());
        }
    }
    trak
}

/// Writes the description of MPEG-4 sound as version 0, with its configuration (`esds`) as a box of its
/// own. Returns how many bytes of it are left.
fn plain_sound(entry: &mut [u8]) -> usize {
    let size = entry.len();
    let has_configuration = |from: usize| {
        let rest = entry.get(from..).unwrap_or_default();
        boxes(rest).find(|(kind, _)| kind == b"esds").map(|(_, body)| body.to_vec())
    };
    if entry.get(4..8) != Some(b"mp4a") || has_configuration(SOUND_FIELDS[0]).is_some() {
        return size;
    }
    let version = entry.get(17).copied().unwrap_or(0);
    let Some(fields) = SOUND_FIELDS.get(usize::from(version)).copied() else { return size };
    let rest = entry.get(fields..).unwrap_or_default();
    let wave = boxes(rest).find(|(kind, _)| kind == b"wave");
    let in_wave = wave.and_then(|(_, wave)| boxes(wave).find(|(kind, _)| kind == b"esds"));
    let found = in_wave.map(|(_, body)| body.to_vec());
    let Some(configuration) = has_configuration(fields).or(found) else { return size };
    if version == 2 {
        let rate = entry[40..48].try_into().map_or(0.0, f64::from_be_bytes);
        let channels = number(entry, 48).and_then(|it| u16::try_from(it).ok()).unwrap_or(0);
        entry[24..26].copy_from_slice(&channels.to_be_bytes());
        // The field has 16 bits; decoders read higher rates from the configuration.
        let rate = if (0.0..=65_535.0).contains(&rate) { rate as u16 } else { 0 };
        entry[32..34].copy_from_slice(&rate.to_be_bytes());
        entry[34..36].fill(0);
    }
    entry[16..24].fill(0);
    entry[26..28].copy_from_slice(&16u16.to_be_bytes());
    entry[28..32].fill(0);
    let kept = SOUND_FIELDS[0] + 8 + configuration.len();
    let Some(place) = entry.get_mut(SOUND_FIELDS[0]..kept) else { return size };
    place[..4].copy_from_slice(&(configuration.len() as u32 + 8).to_be_bytes());
    place[4..8].copy_from_slice(b"esds");
    place[8..].copy_from_slice(&configuration);
    set_size(entry, kept);
    kept
}

/// Leaves out the bytes behind the last box of a video's description, which are too few for a box.
fn without_terminator(entry: &mut [u8]) -> usize {
    let Some(rest) = entry.get(VIDEO_FIELDS..) else { return entry.len() };
    let whole: usize = boxes(rest).map(|(_, body)| 8 + body.len()).sum();
    if rest.len() - whole >= 8 {
        return entry.len();
    }
    set_size(entry, VIDEO_FIELDS + whole);
    VIDEO_FIELDS + whole
}

fn set_size(entry: &mut [u8], size: usize) {
    entry[..4].copy_from_slice(&u32::try_from(size).unwrap_or(0).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use shiguredo_mp4::Decode;
    use shiguredo_mp4::boxes::{Mp4aBox, StsdBox};

    use super::*;

    fn one(kind: &[u8; 4], body: &[&[u8]]) -> Vec<u8> {
        let body = body.concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, &body].concat()
    }

    fn track(entry: &[u8]) -> Vec<u8> {
        let description = one(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1], entry]);
        let table = one(b"stbl", &[&description, &one(b"stts", &[&[0; 8]])]);
        let media = one(b"mdia", &[&one(b"hdlr", &[&[0; 24]]), &one(b"minf", &[&table])]);
        one(b"trak", &[&media, &one(b"udta", &[])])
    }

    /// The description of 44.1 kHz in mono in these versions of QuickTime, and as MP4 has it.
    fn sounds() -> (Vec<Vec<u8>>, Mp4aBox) {
        // A stream descriptor with that of its decoder, MPEG-4 sound with a configuration of 2 bytes.
        let descriptor = [
            &[0, 0, 0, 0, 3, 25, 0, 2, 0, 4, 17, 0x40, 0x15][..],
            &[0; 11],
            &[5, 2, 0x12, 0x08, 6, 1, 2],
        ];
        let esds = one(b"esds", &descriptor);
        let fields = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, 0];
        let plain = one(b"mp4a", &[&fields, &[0xac, 0x44, 0, 0], &esds]);
        let (expected, _) = Mp4aBox::decode(&plain).unwrap();
        let esds = &esds[..];
        let wave = one(b"wave", &[&one(b"frma", &[b"mp4a"]), esds, &[0, 0, 0, 8, 0, 0, 0, 0]]);
        let head = |version: u8| [&plain[8..17], &[version], &plain[18..36]].concat();
        let second = [
            &head(2)[..],
            &[0, 0, 0, 72],
            &44_100f64.to_be_bytes(),
            &[0, 0, 0, 1, 0x7f, 0, 0, 0],
            &[0; 16],
        ];
        let mut second = second.concat();
        // Fields of version 0 that have no meaning in version 2.
        second[16..28].copy_from_slice(&[0, 3, 0, 16, 0xff, 0xfe, 0, 0, 0, 1, 0, 0]);
        let entries = [
            one(b"mp4a", &[&head(0), &wave]),
            one(b"mp4a", &[&head(1), &[0; 16], &wave, &one(b"chan", &[&[0; 12]])]),
            one(b"mp4a", &[&head(1), &[0; 16], esds]),
            one(b"mp4a", &[&second, &wave]),
        ];
        (entries.to_vec(), expected)
    }

    #[test]
    fn sounds_of_every_version_become_the_same() {
        let (entries, expected) = sounds();
        for (number, entry) in entries.iter().enumerate() {
            let plain = with_plain_descriptions(track(entry), true);
            assert_eq!(number_of(&plain), plain.len(), "{number}");
            let at = memchr::memmem::find(&plain, b"stsd").unwrap() - 4;
            let (description, _) = StsdBox::decode(&plain[at..]).unwrap();
            let mp4a = shiguredo_mp4::boxes::SampleEntry::Mp4a(expected.clone());
            assert_eq!(description.entries, [mp4a], "{number}");
            assert!(memchr::memmem::find(&plain, b"udta").is_some());
        }
    }

    fn number_of(trak: &[u8]) -> usize {
        number(trak, 0).unwrap() as usize
    }

    #[test]
    fn the_terminator_of_a_video_is_left_out() {
        let with = |end: &[u8]| track(&one(b"avc1", &[&[0; 78], &one(b"avcC", &[&[1; 9]]), end]));
        assert_eq!(with_plain_descriptions(with(&[0; 4]), false), with(&[]));
        assert_eq!(with_plain_descriptions(with(&[]), false), with(&[]));
    }

    #[test]
    fn any_bytes_are_left_whole_or_become_fewer() {
        let (entries, _) = sounds();
        for entry in entries {
            let whole = track(&entry);
            for length in 0..whole.len() {
                let _ = with_plain_descriptions(whole[..length].to_vec(), true);
                let mut odd = whole.clone();
                for value in [0, 1, 0x7f, 0xff] {
                    odd[length] = value;
                    assert!(with_plain_descriptions(odd.clone(), true).len() <= whole.len());
                    let _ = with_plain_descriptions(odd.clone(), false);
                }
            }
        }
    }
}
