//! The index of a movie (`moov`): its clock and its tracks, each read by itself, so that one that cannot
//! be read does not stand in the way of the others.

use std::io::{Read, Seek, SeekFrom};

use shiguredo_mp4::Decode;
use shiguredo_mp4::boxes::{MvexBox, MvhdBox, TrakBox, TrexBox};

use super::sample_description::with_plain_descriptions;
use super::top_level::{boxes, find_moov};
use crate::media::error::MediaError;

/// The most tracks with pictures or sound.
const TRACKS_MAX: usize = 1_000;

/// What an index says.
pub(super) struct MovieIndex {
    /// The length of the file in bytes.
    pub file_length: u64,
    /// Ticks per second of the movie.
    pub rate: f64,
    /// What is said about samples in fragments, if there may be such.
    pub defaults: Option<Vec<TrexBox>>,
    /// The tracks with pictures or sound, in order.
    pub tracks: Vec<IndexedTrack>,
    /// The length in ticks that the movie states.
    ticks: u64,
}

/// The index of a track.
pub(super) struct IndexedTrack {
    /// Whether it holds sound; otherwise it holds pictures.
    pub is_sound: bool,
    /// What it says, or why it cannot be read.
    pub trak: Result<TrakBox, MediaError>,
}

impl MovieIndex {
    /// Reads the index of a file.
    ///
    /// # Errors
    /// It is not an MP4, is cut short, or has no readable index.
    pub(super) fn read(file: &mut (impl Read + Seek)) -> Result<MovieIndex, MediaError> {
        let file_length = file.seek(SeekFrom::End(0))?;
        let moov = find_moov(file, file_length)?;
        let (mut head, mut extends, mut tracks) = (None, None, Vec::new());
        // A size of 1 is followed by one of 8 bytes.
        let start = if moov.get(..4) == Some(&[0, 0, 0, 1]) { 16 } else { 8 };
        let (mut at, mut rest) = (start, moov.get(start..).unwrap_or_default());
        while let Some((kind, body)) = boxes(rest).next() {
            let whole = &rest[..8 + body.len()];
            match kind {
                b"mvhd" if head.is_none() => head = Some(MvhdBox::decode(whole)?.0),
                b"mvex" if extends.is_none() => extends = Some(MvexBox::decode(whole)?.0),
                b"trak" => {
                    if let Some(is_sound) = is_sound(body).filter(|_| tracks.len() < TRACKS_MAX) {
                        let whole = with_plain_descriptions(whole.to_vec(), is_sound);
                        let trak = TrakBox::decode(&whole).map(|(trak, _)| trak);
                        tracks.push(IndexedTrack { is_sound, trak: trak.map_err(Into::into) });
                    }
                }
                _ => {}
            }
            at += whole.len();
            rest = &rest[whole.len()..];
        }
        // QuickTime ends lists of boxes with 4 zeros.
        if rest.len() >= 8 || rest.iter().any(|byte| *byte != 0) {
            let what = format!("its index (`moov`) is wrong behind its byte {at}");
            return Err(MediaError::Damaged(what));
        }
        let head = head.ok_or_else(|| MediaError::Damaged("its index has no head".into()))?;
        let rate = f64::from(head.timescale.get());
        let stated = |mvex: &MvexBox| mvex.mehd_box.as_ref().map(|mehd| mehd.fragment_duration);
        let stated = extends.as_ref().and_then(stated).filter(|ticks| *ticks > 0);
        let ticks = stated.unwrap_or(head.duration);
        let defaults = extends.map(|extends| extends.trex_boxes);
        Ok(MovieIndex { file_length, rate, defaults, tracks, ticks })
    }

    /// The length in seconds that the movie states, if samples may be in fragments.
    pub(super) fn fragments_seconds(&self) -> Option<f64> {
        self.defaults.as_ref().map(|_| self.ticks as f64 / self.rate)
    }
}

/// Whether a track holds sound or pictures, by its handler; `None` for others, such as time codes and
/// subtitles.
fn is_sound(trak: &[u8]) -> Option<bool> {
    let (_, media) = boxes(trak).find(|(kind, _)| kind == b"mdia")?;
    let (_, handler) = boxes(media).find(|(kind, _)| kind == b"hdlr")?;
    match handler.get(8..12)? {
        b"soun" => Some(true),
        b"vide" => Some(false),
        _ => None,
    }
}
