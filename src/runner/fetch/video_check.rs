//! The video check: whether a download is the video that was ordered.

use std::io::{Read, Seek};

use crate::base::{Fault, FaultClass};
use crate::catalog::FrameSize;
use crate::media::probe_video;

/// How much a length may differ, as a share of the ordered one: models add or drop some frames.
const LENGTH_TOLERANCE: f64 = 0.2;
/// How much a length may differ in any case, in milliseconds.
const LENGTH_SLACK_MS: f64 = 500.0;
/// How much a frame's shape and area may differ, as a share of the ordered ones: models round to
/// sides that suit them.
const SHAPE_TOLERANCE: f64 = 0.1;
const AREA_TOLERANCE: f64 = 0.5;

/// The expected properties of a take's video.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedVideo {
    /// Length in seconds.
    pub seconds: Option<f64>,
    /// Picture size, if it is known beforehand.
    pub size: Option<FrameSize>,
}

/// Checks that a file is a complete MP4 and describes how it differs from the order, if it does
/// beyond the tolerance: it was paid for all the same.
///
/// # Errors
/// A fault of class `Broken` if it is not a complete video; the caller may download it again.
pub fn check(
    file: &mut (impl Read + Seek),
    expected: ExpectedVideo,
) -> Result<Option<String>, Fault> {
    let facts = probe_video(file).map_err(|error| {
        let what = format!("the download is not a playable video: {error}");
        Fault::new(FaultClass::Broken, what)
    })?;
    if let Some(seconds) = expected.seconds {
        let (asked, got) = (seconds * 1_000.0, facts.millis as f64);
        if (asked - got).abs() > (asked * LENGTH_TOLERANCE).max(LENGTH_SLACK_MS) {
            let got = got / 1_000.0;
            return Ok(Some(format!("the video is {got:.2} s long, {seconds} s were requested")));
        }
    }
    if let Some(size) = expected.size {
        let shape = |size: FrameSize| f64::from(size.width) / f64::from(size.height.max(1));
        let area = |size: FrameSize| f64::from(size.width) * f64::from(size.height);
        let off = |got: f64, asked: f64, tolerance: f64| (got / asked - 1.0).abs() > tolerance;
        if off(shape(facts.size), shape(size), SHAPE_TOLERANCE)
            || off(area(facts.size), area(size), AREA_TOLERANCE)
        {
            return Ok(Some(format!("the video is {}, {size} was requested", facts.size)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::catalog::SceneType;
    use crate::media::animatic::{AnimaticImage, AnimaticScene, AnimaticVoice, Fonts, render};

    const SIZE: FrameSize = FrameSize { width: 128, height: 72 };

    fn video() -> Vec<u8> {
        let scene = AnimaticScene {
            id: "dawn".into(),
            title: None,
            scene_type: SceneType::T2v,
            model: "kling-2-1".into(),
            prompt: None,
            seed: None,
            size: SIZE,
            millis: 2_000,
            image: AnimaticImage::None,
            voice: AnimaticVoice::None,
        };
        render(&scene, &Fonts::builtin()).unwrap()
    }

    fn checked(seconds: f64, size: FrameSize) -> Option<String> {
        let expected = ExpectedVideo { seconds: Some(seconds), size: Some(size) };
        check(&mut Cursor::new(video()), expected).unwrap()
    }

    #[test]
    fn difference_from_the_order_is_reported() {
        assert_eq!(checked(2.0, SIZE), None);
        assert_eq!(checked(2.3, FrameSize { width: 130, height: 74 }), None);
        let short = "the video is 2.00 s long, 5 s were requested";
        assert_eq!(checked(5.0, SIZE).as_deref(), Some(short));
        let tall = FrameSize { width: 72, height: 128 };
        assert_eq!(
            checked(2.0, tall).as_deref(),
            Some("the video is 128x72, 72x128 was requested")
        );
    }

    #[test]
    fn half_a_video_is_broken() {
        let mut half = video();
        half.truncate(half.len() / 2);
        let expected = ExpectedVideo { seconds: None, size: None };
        let fault = check(&mut Cursor::new(half), expected).unwrap_err();
        assert_eq!(fault.class, FaultClass::Broken);
    }
}
