//! WAV: the chunks of a RIFF, RF64 or BW64 file (EBU Tech 3306, ITU-R BS.2088).
//!
//! Recorders that were stopped, or that wrote to a pipe, leave sizes behind that no recording has: 0,
//! 0xFFFFFFFF, or the most that fits into 31 bits. The sound then goes to the end of the file; what is
//! said elsewhere about its length is not read. Any other size is that of the sound.

use std::io::{Read, Seek, SeekFrom};

use super::adts::{adts_header, adts_seconds};
use super::frames::FrameWalk;
use super::mpeg::{FramesIn, mpeg_header, mpeg_seconds};
use super::window::ByteWindow;
use crate::media::error::MediaError;

/// The most chunks that are looked at.
const CHUNKS_MAX: usize = 10_000;

/// Bytes of a `fmt ` chunk that are read: those of the extensible format.
const FORMAT_BYTES: usize = 40;

/// From here on, a size stands for "not known yet": sox, espeak and arecord write sizes of just below
/// 2 GiB into pipes.
const UNKNOWN_FROM: u64 = 0x7fff_0000;

/// So many bytes that are missing say nothing: some writers count their header as sound.
const MISSING_MAX: u64 = 64;

/// The sound in a WAV file, found by its chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::media) struct WavSound {
    /// How it is encoded (RFC 2361, appendix A).
    pub codec: u16,
    /// The number of channels; never 0.
    pub channels: u16,
    /// Samples per second; never 0.
    pub rate: u32,
    /// Bits of a sample.
    pub bits: u16,
    /// Bytes of a block: what the file says.
    pub block: u16,
    /// Where the sound starts and ends, chunk by chunk.
    pub data: Vec<(u64, u64)>,
    /// Where the file should end, if it ends within the sound.
    torn: Option<u64>,
}

/// Codecs by their number in a `fmt ` chunk (RFC 2361, appendix A).
pub(in crate::media) mod codec {
    pub const PCM: u16 = 0x0001;
    pub const MS_ADPCM: u16 = 0x0002;
    pub const FLOAT: u16 = 0x0003;
    pub const A_LAW: u16 = 0x0006;
    pub const MU_LAW: u16 = 0x0007;
    pub const IMA_ADPCM: u16 = 0x0011;
    pub const GSM: u16 = 0x0031;
    pub const MPEG: u16 = 0x0050;
    pub const MP3: u16 = 0x0055;
    pub const ADTS: u16 = 0x1600;
    pub const AAC: u16 = 0x00ff;
    pub const AAC_MS: u16 = 0x1601;
    pub const AAC_LOAS: u16 = 0x1602;
    /// As ffmpeg writes it; not registered.
    pub const VORBIS: u16 = 0x566f;
    pub const EXTENSIBLE: u16 = 0xfffe;
}

/// Whether a file starts as a WAV file.
pub(in crate::media) fn is_wav(head: &[u8]) -> bool {
    let kinds: [&[u8]; 3] = [b"RIFF", b"RF64", b"BW64"];
    kinds.iter().any(|kind| head.starts_with(kind)) && head.get(8..12) == Some(b"WAVE")
}

impl WavSound {
    /// Finds the sound in a file that [`is_wav`].
    ///
    /// # Errors
    /// It has no format or no sound.
    pub(in crate::media) fn read(file: &mut (impl Read + Seek)) -> Result<WavSound, MediaError> {
        let mut window = ByteWindow::new(file)?;
        let length = window.length();
        let (mut format, mut data, mut large, mut torn) = (None, Vec::new(), 0, None);
        let mut at = 12;
        for _ in 0..CHUNKS_MAX {
            let &[a, b, c, d, s0, s1, s2, s3] = window.at(at, 8)? else { break };
            let (size, start) = (u32::from_le_bytes([s0, s1, s2, s3]), at + 8);
            let mut end = start + u64::from(size);
            match &[a, b, c, d] {
                b"fmt " => {
                    format = Some(window.at(start, FORMAT_BYTES.min(size as usize))?.to_vec())
                }
                // The size of everything, then that of the sound.
                b"ds64" => large = number(window.at(start, 16)?, 8),
                b"data" => {
                    let stated = if size == u32::MAX { large } else { size.into() };
                    end = match stated {
                        0 | UNKNOWN_FROM.. => length,
                        _ => start + stated,
                    };
                    if end > length {
                        torn = Some(end).filter(|end| end - length > MISSING_MAX);
                        end = length;
                    }
                    data.push((start, end));
                }
                _ => {}
            }
            at = end.saturating_add(u64::from(size & 1));
        }
        let missing = |what: &str| MediaError::Damaged(format!("no chunk says {what}"));
        let format = format.ok_or_else(|| missing("how its sound is stored (`fmt `)"))?;
        if data.is_empty() {
            return Err(missing("where its sound is (`data`)"));
        }
        WavSound::of(&format, data, torn)
    }

    fn of(format: &[u8], data: Vec<(u64, u64)>, torn: Option<u64>) -> Result<WavSound, MediaError> {
        let short = |at: usize| number(format.get(at..at + 2).unwrap_or_default(), 0) as u16;
        let codec = match short(0) {
            // The codec is the beginning of a longer name then.
            codec::EXTENSIBLE => short(24),
            codec => codec,
        };
        let rate = number(format.get(4..8).unwrap_or_default(), 0) as u32;
        let (channels, block, bits) = (short(2), short(12), short(14));
        if channels == 0 || rate == 0 {
            return Err(MediaError::Damaged("its sound has no channel or no sample rate".into()));
        }
        Ok(WavSound { codec, channels, rate, bits, block, data, torn })
    }

    /// The number of bytes of the sound.
    fn bytes(&self) -> u64 {
        self.data.iter().map(|(start, end)| end.saturating_sub(*start)).sum()
    }

    /// Bytes that belong together, and how many samples of each channel they are. `None` if another
    /// format says that.
    pub(in crate::media) fn block(&self) -> Option<(u64, u64)> {
        let (channels, block) = (u64::from(self.channels), u64::from(self.block));
        let packed = |header: u64, within: u64| {
            let nibbles = block.saturating_sub(header * channels) * 2 / channels;
            (block.max(1), nibbles + within)
        };
        Some(match self.codec {
            codec::PCM | codec::FLOAT if self.bits > 0 => {
                let stored = channels * u64::from(self.bits.div_ceil(8));
                (if block > 0 { block.min(stored) } else { stored }, 1)
            }
            codec::A_LAW | codec::MU_LAW => (channels, 1),
            codec::MS_ADPCM => packed(7, 2),
            codec::IMA_ADPCM => packed(4, 1),
            codec::GSM => (65, 320),
            _ => return None,
        })
    }

    /// The length in seconds.
    ///
    /// # Errors
    /// It is a codec of which the length cannot be told, or the file ends within its sound.
    pub(in crate::media) fn seconds(
        &self,
        file: &mut (impl Read + Seek),
    ) -> Result<f64, MediaError> {
        if let Some(promised) = self.torn {
            return Err(MediaError::Truncated { promised, present: file.seek(SeekFrom::End(0))? });
        }
        if let Some((bytes, samples)) = self.block() {
            let samples = self.bytes().div_ceil(bytes).saturating_mul(samples);
            return Ok(samples as f64 / f64::from(self.rate));
        }
        let mut seconds = 0.0;
        for (start, end) in &self.data {
            seconds += match self.codec {
                codec::MPEG | codec::MP3 => {
                    let walk = FrameWalk::new(&mut *file, mpeg_header)?;
                    mpeg_seconds(&mut walk.between(*start, *end), FramesIn::Container)?
                }
                codec::ADTS => {
                    let walk = FrameWalk::new(&mut *file, adts_header)?;
                    adts_seconds(&mut walk.between(*start, *end))?
                }
                // ffmpeg 5.1 and 7.0 write these, and read back a fraction of a second without an
                // error (`findings/ffmpeg-aac-in-wav.sh`).
                codec::AAC | codec::AAC_MS | codec::AAC_LOAS => return Err(self.unconvertible()),
                codec::VORBIS | 0x674f..=0x6751 | 0x676f..=0x6771 => {
                    return Err(self.unconvertible());
                }
                _ => return Err(MediaError::OtherRecording(self.kind())),
            };
        }
        Ok(seconds)
    }

    fn unconvertible(&self) -> MediaError {
        MediaError::UnconvertibleRecording(self.kind())
    }

    /// What it is, in words.
    pub(in crate::media) fn kind(&self) -> String {
        let name = match self.codec {
            codec::PCM | codec::FLOAT => "PCM without a sample size",
            codec::MS_ADPCM | codec::IMA_ADPCM => "ADPCM",
            codec::A_LAW | codec::MU_LAW => "G.711",
            codec::GSM => "GSM 6.10",
            codec::MPEG => "MPEG audio layer II",
            codec::MP3 => "MP3",
            codec::ADTS | codec::AAC | codec::AAC_MS | codec::AAC_LOAS => "AAC",
            0x0040 | 0x0045 | 0x0064 | 0x0140 => "G.726",
            0x0042 => "G.723.1",
            0x0022 => "TrueSpeech",
            0x0160..=0x0163 => "WMA",
            0x2000 => "AC-3",
            0x2001 => "DTS",
            codec::VORBIS | 0x674f..=0x6751 | 0x676f..=0x6771 => "Vorbis",
            0x704f => "Opus",
            0xf1ac => "FLAC",
            other => return format!("a WAV file with sound of an unknown kind (0x{other:04x})"),
        };
        format!("{name} inside a WAV file")
    }
}

/// The number in little-endian order from an offset on; missing bytes are 0.
fn number(bytes: &[u8], from: usize) -> u64 {
    let bytes = bytes.get(from..).unwrap_or_default();
    bytes.iter().take(8).rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len() % 2];
        [kind, &(body.len() as u32).to_le_bytes()[..], body, &padding].concat()
    }

    /// A `fmt ` chunk: 16,000 samples a second.
    fn format(codec: u16, channels: u16, bits: u16, block: u16, extension: &[u8]) -> Vec<u8> {
        let mut body = [codec, channels].map(u16::to_le_bytes).concat();
        body.extend(16_000u32.to_le_bytes());
        // What it says about bytes per second is not believed.
        body.extend(u32::MAX.to_le_bytes());
        body.extend([block, bits].map(u16::to_le_bytes).concat());
        body.extend(extension);
        chunk(b"fmt ", &body)
    }

    fn file(kind: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
        let body = chunks.concat();
        [kind, &(4 + body.len() as u32).to_le_bytes()[..], b"WAVE", &body].concat()
    }

    fn seconds(bytes: &[u8]) -> Result<f64, MediaError> {
        assert!(is_wav(bytes));
        let sound = WavSound::read(&mut Cursor::new(bytes))?;
        sound.seconds(&mut Cursor::new(bytes))
    }

    #[test]
    fn every_sample_size_and_number_of_channels_is_measured_by_its_bytes() {
        for bits in [8, 12, 16, 20, 24, 32, 64] {
            for channels in 1..=8 {
                let stored = channels * u16::div_ceil(bits, 8);
                let data = chunk(b"data", &vec![0; 16_000 * usize::from(stored) / 4]);
                let odd = chunk(b"LIST", &[7; 27]);
                for block in [stored, stored + 8, 0] {
                    let format = format(1, channels, bits, block, &[]);
                    let bytes = file(b"RIFF", &[odd.clone(), format, odd.clone(), data.clone()]);
                    assert_eq!(seconds(&bytes).unwrap(), 0.25, "{bits} bits, {channels} channels");
                }
            }
        }
    }

    #[test]
    fn sizes_that_are_wrong_are_not_believed() {
        let format = format(1, 1, 16, 2, &[]);
        let sound = vec![1; 32_000];
        let lengths = |kind: &[u8; 4], large: Option<u64>, size: u32| {
            let mut data = chunk(b"data", &sound);
            data[4..8].copy_from_slice(&size.to_le_bytes());
            let numbers = |large: u64| [0, large, 0].map(u64::to_le_bytes).concat();
            let ds64 = large.map(|large| chunk(b"ds64", &numbers(large))).unwrap_or_default();
            seconds(&file(kind, &[ds64, format.clone(), data])).unwrap()
        };
        for size in [0, u32::MAX, 32_036, 0x7fff_f000, 1 << 31, 32_000] {
            assert_eq!(lengths(b"RIFF", None, size), 1.0, "{size}");
            assert_eq!(lengths(b"RF64", Some(0), size), 1.0, "{size}");
            assert_eq!(lengths(b"BW64", Some(u64::MAX), size), 1.0, "{size}");
        }
        assert_eq!(lengths(b"RF64", Some(16_000), u32::MAX), 0.5);
        // A size that is smaller than the file is where players stop.
        assert_eq!(lengths(b"RIFF", None, 8_000), 0.25);
    }

    #[test]
    fn half_a_file_says_how_much_of_it_is_there() {
        let whole = file(b"RIFF", &[format(3, 2, 32, 8, &[]), chunk(b"data", &[0; 800])]);
        for length in 12..=whole.len() {
            let data = length.saturating_sub(whole.len() - 800);
            match seconds(&whole[..length]) {
                Ok(seconds) => {
                    assert!(length + 64 >= whole.len(), "{length} bytes");
                    assert_eq!(seconds, data.div_ceil(8) as f64 / 16_000.0);
                }
                Err(MediaError::Truncated { promised, present }) => {
                    assert!(data + 64 < 800, "{length} bytes");
                    assert_eq!((promised, present), (whole.len() as u64, length as u64));
                }
                Err(error) => {
                    assert!(length < whole.len() - 800, "{length} bytes: {error}");
                    assert!(error.to_string().starts_with("damaged: no chunk says"), "{error}");
                }
            }
        }
    }

    #[test]
    fn compressed_sound_is_measured_by_its_blocks_or_named() {
        let one = |codec, bits, block, bytes: usize| {
            seconds(&file(
                b"RIFF",
                &[format(codec, 1, bits, block, &[]), chunk(b"data", &vec![0; bytes])],
            ))
        };
        assert_eq!(one(7, 8, 1, 16_000).unwrap(), 1.0);
        assert_eq!(one(0x11, 4, 1_024, 10 * 1_024).unwrap(), 20_410.0 / 16_000.0);
        assert_eq!(one(2, 4, 1_024, 10 * 1_024).unwrap(), 20_360.0 / 16_000.0);
        assert_eq!(one(0x31, 0, 65, 650).unwrap(), 3_200.0 / 16_000.0);
        let frame = [&[0xff, 0xfb, 0x50, 0xc0][..], &[0; 204]].concat();
        let mp3 = [format(0x55, 1, 0, 1, &[]), chunk(b"data", &frame.repeat(9))];
        assert_eq!(seconds(&file(b"RIFF", &mp3)).unwrap(), 9.0 * 1_152.0 / 44_100.0);
        for (codec, words) in [
            (0x2000, "it is AC-3 inside a WAV file"),
            (0x9999, "it is a WAV file with sound of an unknown kind (0x9999)"),
            (1, "it is PCM without a sample size inside a WAV file"),
        ] {
            let error = one(codec, 0, 1, 99).unwrap_err().to_string();
            assert!(error.starts_with(words), "{error}");
        }
        // The extensible format names PCM by a longer name.
        let mut extension = vec![22, 0, 16, 0, 3, 0, 0, 0, 1, 0];
        extension.extend(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
        let long = [format(0xfffe, 2, 16, 4, &extension), chunk(b"data", &[0; 64_000])];
        assert_eq!(seconds(&file(b"RIFF", &long)).unwrap(), 1.0);
    }
}
