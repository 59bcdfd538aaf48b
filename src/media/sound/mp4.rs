//! The sound of an MP4: AAC and MP3 are copied, ALAC and FLAC are decoded.

use std::io::Cursor;
use std::num::NonZeroU32;

use shiguredo_mp4::boxes::SampleEntry;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_MP3,
};

use super::decode::{MonoDecoder, MonoSound};
use super::frame_row::heard;
use super::voice_track::VoiceTrack;
use crate::media::error::MediaError;
use crate::media::mp4::{Movie, SampleFacts, Track, codec_of};

/// The sound of an MP4, without the part that its edit list skips at the start; `Err` within `Ok`
/// says what it is if it cannot be heard.
///
/// # Errors
/// It is damaged, or there is no sound.
pub(super) fn mp4_track(bytes: &[u8]) -> Result<Result<VoiceTrack, String>, MediaError> {
    let movie = Movie::read(&mut Cursor::new(bytes))?;
    if movie.fragments_seconds().is_some() {
        return Ok(Err("a fragmented MP4".into()));
    }
    let Some(track) = movie.audio else {
        return Err(MediaError::WrongKind {
            expected: "a recording",
            found: "it is an MP4 without sound in it".into(),
        });
    };
    let (entry, timescale) = (track.entry()?.clone(), track.timescale);
    let samples = samples_of(&track, bytes);
    match codec_of(&entry).1 {
        "aac" | "mp3" => Ok(Ok(VoiceTrack { entry, timescale, frames: samples.collect() })),
        "opus" => Ok(Err("Opus in MP4".into())),
        _ => {
            let sound = decoded_samples(&entry, timescale, samples).map(|sound| vec![sound]);
            heard(sound, || format!("{} in MP4", codec_name(&entry)))
        }
    }
}

/// The samples that are heard, each with its length in ticks.
fn samples_of<'a>(
    track: &'a Track,
    bytes: &'a [u8],
) -> impl Iterator<Item = (Box<[u8]>, u32)> + 'a {
    let heard = |sample: &SampleFacts| {
        let end = sample.decoded_at.saturating_add(u64::from(sample.duration));
        sample.entry == 0 && (end > track.starts_at || sample.duration == 0)
    };
    track.samples().filter(heard).map(|sample| {
        // The index was checked against the file's length when it was read.
        let start = usize::try_from(sample.offset).unwrap_or(usize::MAX);
        let frame = bytes.get(start..start.saturating_add(sample.size as usize));
        (Box::from(frame.unwrap_or_default()), sample.duration)
    })
}

/// Decodes the samples of a track, each with its length in ticks; `None` if its codec is not known.
pub(in crate::media) fn decoded_samples(
    entry: &SampleEntry,
    timescale: NonZeroU32,
    samples: impl Iterator<Item = (Box<[u8]>, u32)>,
) -> Option<MonoSound> {
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
    let mut decoder = MonoDecoder::new(&parameters)?;
    for (sample, ticks) in samples {
        if !decoder.decode(sample, ticks.into()) {
            break;
        }
    }
    Some(decoder.finish())
}

/// The decoder's configuration in a sample entry of ALAC: a box of the same name behind the fields of
/// all sound entries, with a version of 4 bytes in front of it ("Apple Lossless Format", magic
/// cookie).
fn alac_cookie(entry: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(entry, b"alac")?;
    entry.get(at + 8..at + 8 + 24)
}

/// The name of a codec, from the type of its box.
fn codec_name(entry: &SampleEntry) -> &'static str {
    let SampleEntry::Unknown(entry) = entry else { return "FLAC" };
    match entry.box_type.as_bytes() {
        b"alac" => "ALAC",
        b"ac-3" => "AC-3",
        b"ec-3" => "E-AC-3",
        b"samr" => "AMR",
        b"enca" => "protected sound",
        b"lpcm" | b"sowt" | b"twos" | b"ipcm" | b"fpcm" => "PCM",
        _ => "an unknown codec",
    }
}
