//! Sound in frames, one behind the other, each with a header of its own: MPEG audio and ADTS.
//!
//! Every frame is found and counted, whatever the headers in front of all of them say. Files that
//! were written one behind the other are read to their end, also where the sample rate changes.

use std::io::{self, Read, Seek};

use memchr::memchr3;

use super::window::ByteWindow;
use crate::media::error::MediaError;

/// What the header of a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct FrameHeader {
    /// The length of the frame in bytes, with its header; never 0.
    pub length: u32,
    /// Samples that it plays.
    pub samples: u32,
    /// Samples per second; never 0.
    pub rate: u32,
    /// What does not change within one recording: version, layer and rate.
    pub kind: u16,
}

/// A frame in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct SoundFrame {
    /// Its position in the file.
    pub at: u64,
    /// What its header says.
    pub header: FrameHeader,
}

/// The bytes that are needed to read the header of a frame or of a tag.
const HEADER: usize = 32;

/// So many bytes of a last frame, there or missing, say nothing.
const FEW_BYTES: u64 = 8;

/// Reads a header at the start of these bytes, if there is one.
type ParseHeader = fn(&[u8]) -> Option<FrameHeader>;

/// Goes from frame to frame, and over everything that is none: tags, zeros, damage.
pub(in crate::media) struct FrameWalk<F> {
    window: ByteWindow<F>,
    parse: ParseHeader,
    at: u64,
    end: u64,
    /// The kind of the frame that ends at `at`.
    last: Option<u16>,
    /// The frame that the file breaks off in.
    cut: Option<SoundFrame>,
}

impl<F: Read + Seek> FrameWalk<F> {
    /// The frames in the whole file.
    pub(in crate::media) fn new(file: F, parse: ParseHeader) -> io::Result<Self> {
        let window = ByteWindow::new(file)?;
        let end = window.length();
        Ok(FrameWalk { window, parse, at: 0, end, last: None, cut: None })
    }

    /// The frames in a part of the file.
    pub(in crate::media) fn between(mut self, start: u64, end: u64) -> Self {
        (self.at, self.end) = (start, end.min(self.end));
        self
    }

    /// Up to so many bytes at a position.
    pub(in crate::media) fn bytes(&mut self, at: u64, length: usize) -> io::Result<&[u8]> {
        self.window.at(at, length)
    }

    /// Where the ID3 tags at the start end: that is where players look for a note of the encoder.
    pub(in crate::media) fn behind_id3(&mut self) -> io::Result<u64> {
        let mut at = 0u64;
        loop {
            let head = self.window.at(at, HEADER)?;
            match tag_length(head).filter(|_| head.starts_with(b"ID3")) {
                Some(length) => at = at.saturating_add(length),
                None => return Ok(at),
            }
        }
    }

    /// The frame that the file breaks off in, once all others were read. Some decoders play it.
    pub(in crate::media) fn cut_frame(&self) -> Option<SoundFrame> {
        self.cut
    }

    /// The error for a file that breaks off in a frame, once all frames were read. Encoders write
    /// whole frames, so half of one is half a download; a few bytes more or less are common.
    ///
    /// # Errors
    /// `Incomplete`
    pub(in crate::media) fn check_end(&self) -> Result<(), MediaError> {
        let Some(cut) = self.cut else { return Ok(()) };
        let end = cut.at + u64::from(cut.header.length);
        let is_harmless = self.end - cut.at <= FEW_BYTES || end - self.end <= FEW_BYTES;
        match is_harmless {
            true => Ok(()),
            false => Err(MediaError::incomplete_at_least(self.end, end)),
        }
    }

    /// Where the sound ends at the latest.
    pub(in crate::media) fn end(&self) -> u64 {
        self.end
    }

    /// Whether nothing but zeros is between these positions, of which at most 64 KiB are looked at.
    pub(in crate::media) fn is_empty(&mut self, from: u64, to: u64) -> io::Result<bool> {
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX).min(64 << 10);
        Ok(self.window.at(from, length)?.iter().all(|byte| *byte == 0))
    }

    /// The next frame that is there whole; `None` at the end.
    pub(in crate::media) fn next(&mut self) -> io::Result<Option<SoundFrame>> {
        while self.at < self.end {
            let head = self.window.at(self.at, HEADER)?;
            if let Some(length) = tag_length(head) {
                self.at = self.at.saturating_add(length);
                self.last = None;
                continue;
            }
            if let Some(header) = (self.parse)(head)
                && self.is_frame(header)?
            {
                let frame = SoundFrame { at: self.at, header };
                self.at += u64::from(header.length);
                self.last = Some(header.kind);
                self.cut = None;
                return Ok(Some(frame));
            }
            self.last = None;
            // A frame, an ID3 tag or an APE tag can start at the next of these bytes only.
            let rest = self.window.rest(self.at, HEADER)?;
            let skipped = memchr3(0xff, b'I', b'A', &rest[1..]);
            self.at += skipped.map_or(rest.len(), |found| found + 1) as u64;
        }
        Ok(None)
    }

    /// Whether what looks like a header at this position is one: it goes on as before, or what
    /// follows on it is another such header, a tag, or the end.
    fn is_frame(&mut self, header: FrameHeader) -> io::Result<bool> {
        let next = self.at + u64::from(header.length);
        if next > self.end && self.last == Some(header.kind) {
            self.cut = Some(SoundFrame { at: self.at, header });
        }
        if next >= self.end {
            return Ok(next == self.end);
        }
        if self.last == Some(header.kind) {
            return Ok(true);
        }
        let head = self.window.at(next, HEADER)?;
        let goes_on = (self.parse)(head).is_some_and(|next| next.kind == header.kind);
        // A few bytes at the end are no reason to doubt.
        Ok(goes_on || tag_length(head).is_some() || head.len() < 4)
    }
}

/// The length of the tag that starts here: ID3v2 (ID3v2.4, 3.1), or APE (APEv2, "APE Tags Header").
pub(in crate::media) fn tag_length(head: &[u8]) -> Option<u64> {
    if head.starts_with(b"ID3") && head.len() >= 10 {
        // The size is stored as 7 bits in each of 4 bytes; a footer repeats the header.
        let (flags, size) = (head[5], &head[6..10]);
        let body = size.iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        return size.iter().all(|byte| *byte < 0x80).then_some(10 + body + footer);
    }
    let ape = head.get(..24).filter(|head| head.starts_with(b"APETAGEX"))?;
    let number = |at: usize| u32::from_le_bytes([ape[at], ape[at + 1], ape[at + 2], ape[at + 3]]);
    // The size leaves out the header; a footer alone stands behind its items.
    let is_header = number(20) & 1 << 29 != 0;
    Some(if is_header { 32 + u64::from(number(12)) } else { 32 })
}

/// Adds up samples of any rates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::media) struct SampleCount(Vec<(u32, u64)>);

impl SampleCount {
    /// Adds samples of this rate.
    pub(in crate::media) fn add(&mut self, rate: u32, samples: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == rate) {
            Some((_, count)) => *count = count.saturating_add(samples),
            None => self.0.push((rate, samples)),
        }
    }

    /// How long they play, in seconds.
    pub(in crate::media) fn seconds(&self) -> f64 {
        self.0.iter().map(|(rate, samples)| *samples as f64 / f64::from(*rate)).sum()
    }
}
