//! The waveform: how loud a voice is over time.

use super::decode::MonoSound;
use super::mp4::decoded_samples;
use super::voice_track::VoiceTrack;

impl VoiceTrack {
    /// How loud each of so many equal parts of the first `millis` is, from 0 to 1 for the loudest;
    /// `None` if the voice cannot be decoded.
    pub(in crate::media) fn waveform(&self, millis: u64, parts: usize) -> Option<Vec<f32>> {
        let end = u128::from(millis) * u128::from(self.timescale.get()) / 1_000;
        let mut at = 0u128;
        let heard = self.frames.iter().take_while(|(_, ticks)| {
            let starts = at;
            at += u128::from(*ticks);
            starts < end
        });
        let sound = decoded_samples(&self.entry, self.timescale, heard.cloned())?;
        Some(loudness(&sound, millis, parts))
    }
}

fn loudness(sound: &MonoSound, millis: u64, parts: usize) -> Vec<f32> {
    let all = u128::from(millis) * u128::from(sound.rate) / 1_000;
    let bound = |part: usize| {
        let sample = all * part as u128 / parts.max(1) as u128;
        usize::try_from(sample).unwrap_or(usize::MAX).min(sound.samples.len())
    };
    let power = |part: usize| {
        let samples = &sound.samples[bound(part)..bound(part + 1)];
        let sum: f64 = samples.iter().map(|sample| f64::from(*sample) * f64::from(*sample)).sum();
        sum / samples.len().max(1) as f64
    };
    let powers: Vec<f64> = (0..parts).map(power).collect();
    let loudest = powers.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    // The fourth root of the power lets quiet syllables be seen beside loud ones.
    powers.into_iter().map(|power| (power / loudest).sqrt().sqrt() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_as_loud_as_it_sounds() {
        // Half a second of a loud tone, half a second of silence, at 16 kHz.
        let tone = (0..8_000u32).map(|at| if at / 20 % 2 == 0 { 9_000i16 } else { -9_000 });
        let samples: Vec<i16> = tone.chain(std::iter::repeat_n(0, 8_000)).collect();
        let bytes = u32::try_from(samples.len() * 2).unwrap();
        let mut wav = b"RIFF".to_vec();
        wav.extend((36 + bytes).to_le_bytes());
        wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data");
        wav.extend(bytes.to_le_bytes());
        wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        let track = VoiceTrack::read(&wav).unwrap().unwrap();
        assert!((990..=1_090).contains(&track.millis()), "{}", track.millis());
        let bars = track.waveform(2_000, 8).unwrap();
        assert!(bars[0] > 0.9 && bars[1] > 0.9, "{bars:?}");
        assert!(bars[3..].iter().all(|bar| *bar < 0.3), "{bars:?}");
    }

    #[test]
    fn loud_and_quiet_parts_are_told_apart() {
        let loud = std::iter::repeat_n(0.5, 1_000);
        let quiet = std::iter::repeat_n(0.125, 1_000);
        let samples = loud.chain(quiet).chain(std::iter::repeat_n(0.0, 1_000)).collect();
        let sound = MonoSound { rate: 1_000, samples };
        assert_eq!(loudness(&sound, 4_000, 4), [1.0, 0.5, 0.0, 0.0]);
        assert_eq!(loudness(&MonoSound::default(), 4_000, 2), [0.0, 0.0]);
        assert!(loudness(&sound, 4_000, 0).is_empty());
    }
}
