//! A recorded voice as an MP4 stores it: frames, and the decoder configuration.

use std::num::NonZeroU32;

use shiguredo_mp4::boxes::SampleEntry;

/// A recorded voice in MP3 or AAC, ready to be written into an MP4.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceTrack {
    /// The decoder configuration.
    pub(super) entry: SampleEntry,
    /// Ticks per second.
    pub(super) timescale: NonZeroU32,
    /// The frames in order, each with its length in ticks.
    pub(super) frames: Vec<(Box<[u8]>, u32)>,
}

impl VoiceTrack {
    /// The decoder configuration.
    pub(in crate::media) fn entry(&self) -> &SampleEntry {
        &self.entry
    }

    /// Ticks per second.
    pub(in crate::media) fn timescale(&self) -> NonZeroU32 {
        self.timescale
    }

    /// How long it is, in milliseconds.
    pub fn millis(&self) -> u64 {
        let ticks: u128 = self.frames.iter().map(|(_, ticks)| u128::from(*ticks)).sum();
        (ticks * 1_000 / u128::from(self.timescale.get())) as u64
    }

    /// All frames.
    pub(in crate::media) fn into_frames(self) -> Vec<(Box<[u8]>, u32)> {
        self.frames
    }

    /// The frames that end within the first `millis`: a clip's sound is never longer than its
    /// picture.
    pub(in crate::media) fn frames_within(
        &self,
        millis: u64,
    ) -> impl Iterator<Item = VoiceFrame<'_>> {
        let end = u128::from(millis) * u128::from(self.timescale.get());
        let mut at = 0u64;
        let placed = self.frames.iter().map(move |(bytes, ticks)| {
            let frame = VoiceFrame { at, ticks: *ticks, bytes };
            at = at.saturating_add(u64::from(*ticks));
            frame
        });
        placed.take_while(move |frame| {
            (u128::from(frame.at) + u128::from(frame.ticks)) * 1_000 <= end
        })
    }
}

/// One frame of a recording.
pub(in crate::media) struct VoiceFrame<'a> {
    /// The tick at which it starts.
    pub at: u64,
    /// Its length in ticks.
    pub ticks: u32,
    /// The bytes for the decoder.
    pub bytes: &'a [u8],
}
