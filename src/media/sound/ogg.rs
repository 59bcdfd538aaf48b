//! The sound of an Ogg file: Vorbis, link by link of its chain.

use std::io::{Cursor, Read, Seek};

use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::decode::{MonoDecoder, MonoSound};
use super::frame_row::heard;
use super::voice_track::VoiceTrack;
use crate::media::error::MediaError;
use crate::media::probe::ogg_links;

/// The sound of an Ogg file; `Err` within `Ok` says what it is if it cannot be heard.
///
/// # Errors
/// There is no sound.
pub(super) fn ogg_track(bytes: &[u8]) -> Result<Result<VoiceTrack, String>, MediaError> {
    let links = ogg_links(&mut Cursor::new(bytes))?;
    let starts = links.iter().map(|link| link.start as usize);
    let ends = starts.clone().skip(1).chain([bytes.len()]);
    let pieces = starts.zip(ends).zip(&links).map(|((start, end), link)| {
        let mut sound = decoded(bytes.get(start..end)?)?;
        // The last packet may hold more than is played.
        sound.samples.truncate((link.seconds() * f64::from(sound.rate)).round() as usize);
        Some(sound)
    });
    heard(pieces.collect(), || OPUS.into())
}

/// What the sound of an Ogg file is, if it cannot be decoded.
pub(super) fn ogg_obstacle(file: &mut (impl Read + Seek)) -> Result<Option<String>, MediaError> {
    file.rewind()?;
    // The first packet is alone on the first page, behind a header of 27 bytes and one length.
    let mut head = Vec::new();
    file.by_ref().take(36).read_to_end(&mut head)?;
    Ok(head.ends_with(b"OpusHead").then(|| OPUS.to_string()))
}

/// The one kind of sound in Ogg that is measured and not decoded.
const OPUS: &str = "Opus in Ogg";

fn decoded(link: &[u8]) -> Option<MonoSound> {
    let source = Box::new(Cursor::new(link.to_vec()));
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let mut hint = Hint::new();
    hint.with_extension("ogg");
    let probe = symphonia::default::get_probe();
    let mut reader =
        probe.probe(&hint, stream, FormatOptions::default(), MetadataOptions::default()).ok()?;
    let track = reader.default_track(TrackType::Audio)?;
    let (id, parameters) = (track.id, track.codec_params.as_ref()?.audio()?);
    let mut decoder = MonoDecoder::new(parameters)?;
    // A page that is cut short ends the link.
    while let Ok(Some(packet)) = reader.next_packet() {
        if packet.track_id == id && !decoder.decode_packet(&packet) {
            break;
        }
    }
    Some(decoder.finish())
}
