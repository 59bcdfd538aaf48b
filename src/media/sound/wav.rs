//! The sound of a WAV file.

use std::io::{Read, Seek};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_WAV, CODEC_ID_ADPCM_MS, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32LE,
    CODEC_ID_PCM_F64LE, CODEC_ID_PCM_MULAW, CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24LE,
    CODEC_ID_PCM_S32LE, CODEC_ID_PCM_U8,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};

use super::decode::{MonoDecoder, MonoSound};
use super::frame_row::{adts_track, heard, mpeg_track};
use super::voice_track::VoiceTrack;
use crate::media::error::MediaError;
use crate::media::probe::{WavSound, codec};

/// Samples that are decoded at once, if they are stored one by one.
const PACKET: u64 = 4_096;

/// The sound of a WAV file; `Err` within `Ok` says what it is if it cannot be heard.
///
/// # Errors
/// There is no sound.
pub(super) fn wav_track(bytes: &[u8]) -> Result<Result<VoiceTrack, String>, MediaError> {
    let sound = WavSound::read(&mut std::io::Cursor::new(bytes))?;
    let whole = sound.data.first().copied().zip(sound.data.last().copied());
    let whole = whole.map_or((0, 0), |((start, _), (_, end))| (start, end));
    match sound.codec {
        codec::MPEG | codec::MP3 => mpeg_track(bytes, whole),
        codec::ADTS => adts_track(bytes, whole),
        _ => heard(decoded(bytes, &sound).map(|sound| vec![sound]), || sound.kind()),
    }
}

/// What the sound of a WAV file is, if it cannot be decoded.
pub(super) fn wav_obstacle(file: &mut (impl Read + Seek)) -> Result<Option<String>, MediaError> {
    let sound = WavSound::read(file)?;
    let is_heard = match sound.codec {
        codec::MPEG | codec::MP3 | codec::ADTS => true,
        _ => sound.block().is_some() && codec_id(&sound).is_some(),
    };
    Ok((!is_heard).then(|| sound.kind()))
}

fn decoded(bytes: &[u8], sound: &WavSound) -> Option<MonoSound> {
    let (block_bytes, block_samples) = sound.block()?;
    let blocks = if block_samples == 1 { PACKET } else { 1 };
    let samples = blocks * block_samples;
    let mut parameters = AudioCodecParameters::new();
    parameters
        .for_codec(codec_id(sound)?)
        .with_sample_rate(sound.rate)
        .with_channels(Channels::Discrete(sound.channels))
        .with_max_frames_per_packet(samples)
        .with_frames_per_block(block_samples);
    let mut decoder = MonoDecoder::new(&parameters)?;
    let packet = usize::try_from(blocks * block_bytes).ok()?;
    for (start, end) in &sound.data {
        let data = bytes.get(*start as usize..*end as usize)?;
        for bytes in data.chunks(packet) {
            let samples = bytes.len() as u64 / block_bytes * block_samples;
            if !decoder.decode(bytes, samples) {
                return Some(decoder.finish());
            }
        }
    }
    Some(decoder.finish())
}

fn codec_id(sound: &WavSound) -> Option<AudioCodecId> {
    Some(match (sound.codec, sound.bits.div_ceil(8)) {
        (codec::PCM, 1) => CODEC_ID_PCM_U8,
        (codec::PCM, 2) => CODEC_ID_PCM_S16LE,
        (codec::PCM, 3) => CODEC_ID_PCM_S24LE,
        (codec::PCM, 4) => CODEC_ID_PCM_S32LE,
        (codec::FLOAT, 4) => CODEC_ID_PCM_F32LE,
        (codec::FLOAT, 8) => CODEC_ID_PCM_F64LE,
        (codec::A_LAW, _) => CODEC_ID_PCM_ALAW,
        (codec::MU_LAW, _) => CODEC_ID_PCM_MULAW,
        (codec::MS_ADPCM, _) => CODEC_ID_ADPCM_MS,
        (codec::IMA_ADPCM, _) => CODEC_ID_ADPCM_IMA_WAV,
        _ => return None,
    })
}
