//! Frames with headers of their own: MPEG audio and ADTS.
//!
//! MP3 and AAC of one shape are copied, unless an MP3 says how much of it is padding: an MP4 could only
//! play that too. Layers I and II, which browsers do not play in an MP4, and
//! recordings of several shapes written one behind the other are decoded.

use std::io::Cursor;
use std::num::NonZeroU32;

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3,
};

use super::decode::{HEARD_SECONDS, MonoDecoder, MonoSound};
use super::encode::VoiceEncoder;
use super::sample_entry::{MPEG_1_AUDIO, MPEG_2_AUDIO, MPEG4_AUDIO, MpegStream};
use super::voice_track::VoiceTrack;
use crate::media::error::MediaError;
use crate::media::probe::{
    FrameHeader, FrameWalk, adts_header, encoder_note, layer_of, mpeg_header, no_sound,
};

/// The lowest sample rate of MPEG-1; MPEG-2 and MPEG-2.5 are below it (ISO/IEC 13818-3, 2.4.2.3).
const MPEG_1_RATE_MIN: u32 = 32_000;

/// Bytes of an ADTS header, without and with a checksum (ISO/IEC 13818-7, 6.2).
const ADTS_HEADER: usize = 7;
const ADTS_HEADER_CHECKED: usize = 9;

/// A frame in memory.
struct Frame<'a> {
    header: FrameHeader,
    bytes: &'a [u8],
}

/// The MPEG audio in a part of a file; `Err` within `Ok` says what it is if it cannot be heard.
///
/// # Errors
/// There is no whole frame.
pub(super) fn mpeg_track(
    bytes: &[u8],
    part: (u64, u64),
) -> Result<Result<VoiceTrack, String>, MediaError> {
    let mut frames = frames_of(bytes, part, mpeg_header)?;
    let note = frames.first().and_then(|first| encoder_note(first.bytes));
    if note.is_some() {
        frames.remove(0);
    }
    let first = frames.first().ok_or_else(no_sound)?;
    let is_alike = |frame: &Frame<'_>| same_sound(first.bytes, frame.bytes);
    let mut heard_of_it = None;
    if layer_of(first.bytes) == 3 && frames.iter().all(is_alike) {
        let FrameHeader { rate, samples, .. } = first.header;
        let all = frames.len() as u64 * u64::from(samples);
        let count = u32::try_from(frames.len()).unwrap_or(u32::MAX);
        heard_of_it = note.and_then(|note| note.heard(count, all));
        heard_of_it = heard_of_it.filter(|_| all <= u64::from(rate) * HEARD_SECONDS);
    }
    if layer_of(first.bytes) == 3 && heard_of_it.is_none() && frames.iter().all(is_alike) {
        let FrameHeader { rate, samples, .. } = first.header;
        let object_type = if rate >= MPEG_1_RATE_MIN { MPEG_1_AUDIO } else { MPEG_2_AUDIO };
        let channels = if is_mono(first.bytes) { 1 } else { 2 };
        let entry = MpegStream { object_type, rate, channels, config: None }.entry();
        let frames = frames.iter().map(|frame| (Box::from(frame.bytes), samples)).collect();
        return track(entry, rate, frames).map(Ok);
    }
    let decoded = decoded(&frames, same_sound, |first| {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(match layer_of(first.bytes) {
            1 => CODEC_ID_MP1,
            2 => CODEC_ID_MP2,
            _ => CODEC_ID_MP3,
        });
        parameters
    });
    let played = decoded.map(|mut pieces| {
        if let (Some((skipped, heard)), [piece]) = (heard_of_it, &mut pieces[..]) {
            let skipped = (skipped as usize).min(piece.samples.len());
            piece.samples.drain(..skipped);
            // The decoder has the last of it only where there was padding enough.
            piece.samples.resize(heard as usize, 0.0);
        }
        pieces
    });
    heard(played, || format!("MPEG audio layer {}", layer_of(first.bytes)))
}

/// The AAC in a part of an ADTS file; `Err` within `Ok` says what it is if it cannot be heard.
///
/// # Errors
/// There is no whole frame.
pub(super) fn adts_track(
    bytes: &[u8],
    part: (u64, u64),
) -> Result<Result<VoiceTrack, String>, MediaError> {
    let frames = frames_of(bytes, part, adts_header)?;
    let first = frames.first().ok_or_else(no_sound)?;
    let config = adts_config(first.bytes);
    if frames.iter().all(|frame| adts_config(frame.bytes) == config) {
        let FrameHeader { rate, .. } = first.header;
        let channels = u16::from(config[1] >> 3 & 0xf);
        let (object_type, config) = (MPEG4_AUDIO, Some(config.to_vec()));
        let entry = MpegStream { object_type, rate, channels, config }.entry();
        let frames = frames.iter().map(|frame| (raw_block(frame), frame.header.samples)).collect();
        return track(entry, rate, frames).map(Ok);
    }
    let decoded = decoded(
        &frames,
        |a, b| adts_config(a) == adts_config(b),
        |first| {
            let mut parameters = AudioCodecParameters::new();
            parameters.for_codec(CODEC_ID_AAC);
            parameters.with_extra_data(Box::from(adts_config(first.bytes)));
            parameters
        },
    );
    heard(decoded, || "AAC of several kinds".into())
}

fn frames_of(
    bytes: &[u8],
    (start, end): (u64, u64),
    parse: fn(&[u8]) -> Option<FrameHeader>,
) -> Result<Vec<Frame<'_>>, MediaError> {
    let mut walk = FrameWalk::new(Cursor::new(bytes), parse)?.between(start, end);
    let mut frames = Vec::new();
    while let Some(frame) = walk.next()? {
        let at = frame.at as usize;
        let bytes = &bytes[at..at + frame.header.length as usize];
        frames.push(Frame { header: frame.header, bytes });
    }
    Ok(frames)
}

fn track(
    entry: shiguredo_mp4::boxes::SampleEntry,
    rate: u32,
    frames: Vec<(Box<[u8]>, u32)>,
) -> Result<VoiceTrack, MediaError> {
    let timescale = NonZeroU32::new(rate).ok_or_else(no_sound)?;
    Ok(VoiceTrack { entry, timescale, frames })
}

/// Decodes each run of frames of one shape; `None` if one of them cannot be decoded.
fn decoded(
    frames: &[Frame<'_>],
    is_alike: impl Fn(&[u8], &[u8]) -> bool,
    parameters: impl Fn(&Frame<'_>) -> AudioCodecParameters,
) -> Option<Vec<MonoSound>> {
    let runs = frames.chunk_by(|a, b| is_alike(a.bytes, b.bytes));
    let decoded = runs.map(|run| {
        let FrameHeader { rate, .. } = run[0].header;
        let mut parameters = parameters(&run[0]);
        parameters.with_sample_rate(rate);
        let mut decoder = MonoDecoder::new(&parameters)?;
        for frame in run {
            let bytes = match parameters.codec {
                CODEC_ID_AAC => raw_block(frame),
                _ => Box::from(frame.bytes),
            };
            if !decoder.decode(bytes, frame.header.samples.into()) {
                break;
            }
        }
        Some(decoder.finish())
    });
    decoded.collect()
}

/// Encodes what was decoded; `Err` is what it is.
pub(super) fn heard(
    decoded: Option<Vec<MonoSound>>,
    kind: impl Fn() -> String,
) -> Result<Result<VoiceTrack, String>, MediaError> {
    let is_heard = |pieces: &Vec<MonoSound>| pieces.iter().any(|it| !it.samples.is_empty());
    let Some(pieces) = decoded.filter(is_heard) else { return Ok(Err(kind())) };
    let mut encoder = VoiceEncoder::new();
    for piece in &pieces {
        encoder.push(piece)?;
    }
    Ok(Ok(encoder.finish()))
}

/// The configuration (AudioSpecificConfig), which an MP4 contains once and ADTS in the header of
/// every frame: 5 bits type, 4 bits rate, 4 bits channels (ISO/IEC 13818-7, 6.2; 14496-3, 1.6.2.1).
fn adts_config(frame: &[u8]) -> [u8; 2] {
    let (third, fourth) = (frame.get(2).copied(), frame.get(3).copied());
    let (third, fourth) = (third.unwrap_or(0), fourth.unwrap_or(0));
    let (profile, rate) = (third >> 6, third >> 2 & 0b1111);
    let channels = (third & 1) << 2 | fourth >> 6;
    let bits = (u16::from(profile) + 1) << 11 | u16::from(rate) << 7 | u16::from(channels) << 3;
    bits.to_be_bytes()
}

/// A frame of ADTS without its header.
fn raw_block(frame: &Frame<'_>) -> Box<[u8]> {
    let is_checked = frame.bytes.get(1).is_some_and(|byte| byte & 1 == 0);
    let header = if is_checked { ADTS_HEADER_CHECKED } else { ADTS_HEADER };
    Box::from(frame.bytes.get(header..).unwrap_or_default())
}

fn is_mono(frame: &[u8]) -> bool {
    frame.get(3).is_some_and(|byte| byte >> 6 == 0b11)
}

/// Whether two frames of MPEG audio have the same version, layer and sample rate, and are both mono
/// or both not: only then do they fit one sample entry (ISO/IEC 11172-3, 2.4.1.3).
fn same_sound(one: &[u8], other: &[u8]) -> bool {
    let of = |frame: &[u8]| {
        frame.get(..4).map(|head| (head[1] & 0b1_1110, head[2] & 0b1100, is_mono(head)))
    };
    of(one) == of(other)
}
