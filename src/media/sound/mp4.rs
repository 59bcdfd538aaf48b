//! The sound of an MP4: AAC and MP3 are copied, ALAC and FLAC are decoded, and so is what an edit list
//! puts together anew.

use std::io::{Cursor, Read, Seek};
use std::num::NonZeroU32;

use shiguredo_mp4::boxes::SampleEntry;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_MP3,
};

use super::decode::{HEARD_SECONDS, MonoDecoder, MonoSound};
use super::frame_row::heard;
use super::voice_track::VoiceTrack;
use crate::media::error::MediaError;
use crate::media::mp4::{MovieSound, SoundEdit, codec_of};

/// The sound of an MP4, as its edit list plays it; `Err` within `Ok` says what it is if it cannot be
/// heard.
///
/// # Errors
/// It is damaged, or there is no sound.
pub(super) fn mp4_track(bytes: &[u8]) -> Result<Result<VoiceTrack, String>, MediaError> {
    let sound = MovieSound::read(&mut Cursor::new(bytes))?.ok_or_else(no_sound_in_it)?;
    let MovieSound { entry, timescale, edits, .. } = &sound;
    if let ("aac" | "mp3", Some((start, end))) = (codec_of(entry).1, only_part(edits)) {
        let frames = frames_between(&sound, bytes, start, end).collect();
        return Ok(Ok(VoiceTrack { entry: entry.clone(), timescale: *timescale, frames }));
    }
    let all = frames_between(&sound, bytes, 0, u64::MAX);
    let decoded = decoded_samples(entry, *timescale, all);
    let played = decoded.map(|sound| vec![edited(sound, *timescale, edits)]);
    heard(played, || kind_of(entry))
}

/// What the sound of an MP4 is, if it cannot be decoded; nothing but its index is read.
///
/// # Errors
/// It is damaged, or there is no sound.
pub(super) fn mp4_obstacle(file: &mut (impl Read + Seek)) -> Result<Option<String>, MediaError> {
    let sound = MovieSound::read(file)?.ok_or_else(no_sound_in_it)?;
    let is_copied = matches!(codec_of(&sound.entry).1, "aac" | "mp3");
    let is_heard = is_copied || codec_parameters(&sound.entry, sound.timescale).is_some();
    Ok((!is_heard).then(|| kind_of(&sound.entry)))
}

fn no_sound_in_it() -> MediaError {
    MediaError::WrongKind {
        expected: "a recording",
        found: "it is an MP4 without sound in it".into(),
    }
}

/// The one part that an edit list plays; `None` if it plays several, or silence.
fn only_part(edits: &[SoundEdit]) -> Option<(u64, u64)> {
    match edits {
        [] => Some((0, u64::MAX)),
        [SoundEdit::Part(start, end)] => Some((*start, *end)),
        _ => None,
    }
}

/// The samples that are heard between two ticks, each with its length in ticks.
fn frames_between<'a>(
    sound: &'a MovieSound,
    bytes: &'a [u8],
    start: u64,
    end: u64,
) -> impl Iterator<Item = (Box<[u8]>, u32)> + 'a {
    let mut at = 0u64;
    let placed = sound.samples.iter().map(move |sample| {
        let begins = at;
        at = at.saturating_add(sample.ticks.into());
        (begins, at, sample)
    });
    let heard = placed.filter(move |(begins, ends, sample)| {
        (*ends > start || sample.ticks == 0) && *begins < end
    });
    heard.map(|(_, _, sample)| {
        // The samples were checked against the file's length when they were read.
        let start = usize::try_from(sample.offset).unwrap_or(usize::MAX);
        let frame = bytes.get(start..start.saturating_add(sample.size as usize));
        (Box::from(frame.unwrap_or_default()), sample.ticks)
    })
}

/// What an edit list plays of a sound.
fn edited(sound: MonoSound, timescale: NonZeroU32, edits: &[SoundEdit]) -> MonoSound {
    if edits.is_empty() {
        return sound;
    }
    let most = u64::from(sound.rate) * HEARD_SECONDS;
    let samples = |ticks: u64| {
        let samples = u128::from(ticks) * u128::from(sound.rate) / u128::from(timescale.get());
        u64::try_from(samples).unwrap_or(u64::MAX)
    };
    let mut played = Vec::new();
    for edit in edits {
        let room = usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(played.len());
        match edit {
            SoundEdit::Silence(ticks) => {
                let silent = usize::try_from(samples(*ticks)).unwrap_or(usize::MAX).min(room);
                played.extend(std::iter::repeat_n(0.0, silent));
            }
            SoundEdit::Part(start, end) => {
                let place = |ticks: u64| {
                    let at = usize::try_from(samples(ticks)).unwrap_or(usize::MAX);
                    at.min(sound.samples.len())
                };
                let part = &sound.samples[place(*start)..place(*end).max(place(*start))];
                played.extend(&part[..part.len().min(room)]);
            }
        }
    }
    MonoSound { rate: sound.rate, samples: played }
}

/// Decodes the samples of a track, each with its length in ticks; `None` if its codec is not known.
pub(in crate::media) fn decoded_samples(
    entry: &SampleEntry,
    timescale: NonZeroU32,
    samples: impl Iterator<Item = (Box<[u8]>, u32)>,
) -> Option<MonoSound> {
    let mut decoder = MonoDecoder::new(&codec_parameters(entry, timescale)?)?;
    for (sample, ticks) in samples {
        if !decoder.decode(sample, ticks.into()) {
            break;
        }
    }
    Some(decoder.finish())
}

/// What the decoder of a track must know; `None` if there is none.
fn codec_parameters(entry: &SampleEntry, timescale: NonZeroU32) -> Option<AudioCodecParameters> {
    let (codec, configuration) = match (entry, codec_of(entry).1) {
        (SampleEntry::Mp4a(aac), "aac") => {
            let decoder = &aac.esds_box.es.dec_config_descr;
            (CODEC_ID_AAC, Some(decoder.dec_specific_info.as_ref()?.payload.clone()))
        }
        (_, "mp3") => (CODEC_ID_MP3, None),
        (SampleEntry::Flac(flac), _) => {
            let blocks = &flac.dfla_box.metadata_blocks;
            (CODEC_ID_FLAC, Some(blocks.first()?.block_data.clone()))
        }
        (SampleEntry::Unknown(alac), _) if alac.box_type.as_bytes() == b"alac" => {
            (CODEC_ID_ALAC, Some(alac_cookie(&alac.payload)?.to_vec()))
        }
        _ => return None,
    };
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(codec).with_sample_rate(timescale.get());
    if let Some(configuration) = configuration {
        parameters.with_extra_data(configuration.into_boxed_slice());
    }
    Some(parameters)
}

/// The decoder's configuration in a sample entry of ALAC: a box of the same name behind the fields of
/// all sound entries, with a version of 4 bytes in front of it ("Apple Lossless Format", magic
/// cookie).
fn alac_cookie(entry: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(entry, b"alac")?;
    entry.get(at + 8..at + 8 + 24)
}

/// What the sound is, in an MP4: its codec from the type of its box.
fn kind_of(entry: &SampleEntry) -> String {
    let codec = match entry {
        SampleEntry::Unknown(entry) => match entry.box_type.as_bytes() {
            b"alac" => "ALAC",
            b"ac-3" => "AC-3",
            b"ec-3" => "E-AC-3",
            b"samr" => "AMR",
            b"enca" => "protected sound",
            b"lpcm" | b"sowt" | b"twos" | b"ipcm" | b"fpcm" => "PCM",
            _ => "an unknown codec",
        },
        entry => match codec_of(entry).1 {
            "opus" => "Opus",
            "flac" => "FLAC",
            "mp3" => "MP3",
            _ => "AAC",
        },
    };
    format!("{codec} in MP4")
}
