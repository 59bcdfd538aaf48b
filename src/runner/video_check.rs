//! The video check: is a download the video that was asked for?

use std::io::{Read, Seek};

use crate::catalog::FrameSize;
use crate::engine::{Fault, FaultClass};
use crate::media::probe;

/// How far a length may be off, as a share of what was asked: models add or drop some frames.
const LENGTH_TOLERANCE: f64 = 0.2;
/// How far a length may be off in any case, in milliseconds.
const LENGTH_SLACK_MS: f64 = 500.0;
/// How far a frame's shape and its area may be off, as a share of what was asked: models round to
/// sides that suit them.
const SHAPE_TOLERANCE: f64 = 0.1;
const AREA_TOLERANCE: f64 = 0.5;

/// What a take's video should be like.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// Length in seconds.
    pub seconds: Option<f64>,
    /// Picture size, where it is known beforehand.
    pub size: Option<FrameSize>,
}

/// Checks that a file is a whole MP4 of about the expected length and size.
///
/// # Errors
/// A fault of class `Broken` that says what is off; the caller may download it again.
pub fn check(file: &mut (impl Read + Seek), expected: Expected) -> Result<(), Fault> {
    let broken = |what: String| Fault::new(FaultClass::Broken, what);
    let facts = probe::probe_video(file)
        .map_err(|error| broken(format!("the download is not a playable video: {error}")))?;
    if let Some(seconds) = expected.seconds {
        let (asked, got) = (seconds * 1_000.0, facts.millis as f64);
        if (asked - got).abs() > (asked * LENGTH_TOLERANCE).max(LENGTH_SLACK_MS) {
            let got = got / 1_000.0;
            return Err(broken(format!("the video is {got:.2} s long, {seconds} s were asked")));
        }
    }
    if let Some(size) = expected.size {
        let shape = |size: FrameSize| f64::from(size.width) / f64::from(size.height.max(1));
        let area = |size: FrameSize| f64::from(size.width) * f64::from(size.height);
        let off = |got: f64, asked: f64, tolerance: f64| (got / asked - 1.0).abs() > tolerance;
        if off(shape(facts.size), shape(size), SHAPE_TOLERANCE)
            || off(area(facts.size), area(size), AREA_TOLERANCE)
        {
            return Err(broken(format!("the video is {}, {size} was asked", facts.size)));
        }
    }
    Ok(())
}
