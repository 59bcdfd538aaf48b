//! The video check: whether a file is a whole video, and the one that was ordered.

use std::io::{Read, Seek};

use crate::catalog::FrameSize;
use crate::media::{MediaError, probe_video};
use crate::plan::Project;

/// How much a length may differ, as a share of the ordered one: models add or drop some frames.
const LENGTH_TOLERANCE: f64 = 0.2;
/// How much a length may differ in any case, in milliseconds.
const LENGTH_SLACK_MS: f64 = 500.0;
/// How much a frame's shape and area may differ, as a share of the ordered ones: models round to
/// sides that suit them.
const SHAPE_TOLERANCE: f64 = 0.1;
const AREA_TOLERANCE: f64 = 0.5;

/// The expected properties of a take's video.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExpectedVideo {
    /// Length in seconds.
    pub seconds: Option<f64>,
    /// Picture size, if it is known beforehand.
    pub size: Option<FrameSize>,
}

impl ExpectedVideo {
    /// What was requested for the scene at a position. The length of an avatar whose voice is only
    /// assumed to be that long is not known, nor that of a clip that follows another take; an
    /// avatar's size follows its portrait, and such a clip's follows its picture or its video.
    pub fn of_scene(project: &Project, at: usize) -> ExpectedVideo {
        ExpectedVideo {
            seconds: project.requested_seconds(at),
            size: project.scene(at).clip().and_then(|clip| clip.aspect_ratio).and(project.size(at)),
        }
    }

    /// How a video of this size and length differs from the request, if it does by more than models
    /// usually do. It was paid for all the same, so it is the take.
    pub fn difference(self, size: FrameSize, millis: u64) -> Option<String> {
        if let Some(seconds) = self.seconds.filter(|_| millis > 0) {
            let (asked, got) = (seconds * 1_000.0, millis as f64);
            if (asked - got).abs() > (asked * LENGTH_TOLERANCE).max(LENGTH_SLACK_MS) {
                let got = got / 1_000.0;
                return Some(format!("the video is {got:.2} s long, {seconds} s were requested"));
            }
        }
        let asked = self.size.filter(|_| size.width > 0)?;
        let shape = |size: FrameSize| f64::from(size.width) / f64::from(size.height.max(1));
        let area = |size: FrameSize| f64::from(size.width) * f64::from(size.height);
        let off = |got: f64, asked: f64, tolerance: f64| (got / asked - 1.0).abs() > tolerance;
        let is_off = off(shape(size), shape(asked), SHAPE_TOLERANCE)
            || off(area(size), area(asked), AREA_TOLERANCE);
        is_off.then(|| format!("the video is {size}, {asked} was requested"))
    }
}

/// Checks that a file is a whole MP4, whatever is in it.
///
/// # Errors
/// Why it is not a whole video.
pub fn check(file: &mut (impl Read + Seek)) -> Result<(), MediaError> {
    match probe_video(file) {
        // All of its bytes are there; players may know what this program does not.
        Ok(_) | Err(MediaError::Unsupported(_) | MediaError::TooLarge { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::catalog::SceneType;
    use crate::media::animatic::{
        AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
    };

    const SIZE: FrameSize = FrameSize { width: 128, height: 72 };

    fn video() -> Vec<u8> {
        let scene = AnimaticScene {
            id: "dawn".into(),
            title: None,
            place: AnimaticPlace::default(),
            scene_type: SceneType::T2v,
            model: "kling-2-1".into(),
            prompt: None,
            narration: None,
            seed: None,
            size: SIZE,
            millis: 2_000,
            image: AnimaticImage::None,
            used_millis: None,
            end_image: AnimaticImage::None,
            shots: Vec::new(),
            voice: AnimaticVoice::None,
            camera: None,
        };
        render(&scene, &Fonts::builtin()).unwrap()
    }

    fn difference(seconds: f64, size: FrameSize) -> Option<String> {
        let facts = probe_video(&mut Cursor::new(video())).unwrap();
        let expected = ExpectedVideo { seconds: Some(seconds), size: Some(size) };
        expected.difference(facts.size, facts.millis)
    }

    #[test]
    fn differences_beyond_what_models_do_are_described() {
        assert_eq!(difference(2.0, SIZE), None);
        assert_eq!(difference(2.3, FrameSize { width: 130, height: 74 }), None);
        let short = "the video is 2.00 s long, 5 s were requested";
        assert_eq!(difference(5.0, SIZE).as_deref(), Some(short));
        let tall = FrameSize { width: 72, height: 128 };
        assert_eq!(
            difference(2.0, tall).as_deref(),
            Some("the video is 128x72, 72x128 was requested")
        );
    }

    #[test]
    fn half_a_video_is_none() {
        let mut half = video();
        half.truncate(half.len() / 2);
        assert!(check(&mut Cursor::new(half)).is_err());
    }
}
