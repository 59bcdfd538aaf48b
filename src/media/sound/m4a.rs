//! AAC in MP4: samples as they lie there, with the file's own sample entry.

use std::io::Cursor;

use super::voice_track::VoiceTrack;
use crate::media::error::MediaError;
use crate::media::mp4::{Movie, SampleFacts, codec_of};

/// Takes an MP4's sound out of it, without the encoder's run-up.
pub(super) fn recording(bytes: Vec<u8>) -> Result<VoiceTrack, MediaError> {
    let Some(track) = Movie::read(&mut Cursor::new(&bytes))?.audio else {
        return Err(MediaError::WrongKind {
            expected: "a recording",
            found: "it is an MP4 without sound in it".into(),
        });
    };
    let entry = track.entry()?.clone();
    let codec = codec_of(&entry).1;
    if !["aac", "mp3"].contains(&codec) {
        return Err(MediaError::Unsupported(format!("a voice in {codec} within an MP4")));
    }
    let heard = |sample: &SampleFacts| {
        let end = sample.decoded_at.saturating_add(u64::from(sample.duration));
        sample.entry == 0 && (end > track.starts_at || sample.duration == 0)
    };
    let frames = track.samples().filter(heard).map(|sample| {
        // The index was checked against the file's length when it was read.
        let start = usize::try_from(sample.offset).unwrap_or(usize::MAX);
        (start..start.saturating_add(sample.size as usize), sample.duration)
    });
    let frames = frames.collect();
    Ok(VoiceTrack { entry, timescale: track.timescale, frames, bytes })
}
