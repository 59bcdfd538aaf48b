//! Frame rates: pictures per second as an exact fraction, and the frames of a time.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Pictures per second: `24`, or `30000/1001` for what is called 29.97.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameRate {
    frames: NonZeroU32,
    seconds: NonZeroU32,
}

/// The text is not a frame rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a frame rate such as `24` or `30000/1001`")]
pub struct ParseFrameRateError(String);

impl FrameRate {
    /// 24 pictures per second, the rate of cinema and of previews.
    pub const CINEMA: FrameRate = FrameRate::whole(24);

    /// The rates that editing programs have a time code for, whole ones first.
    pub const STANDARD: [FrameRate; 8] = [
        FrameRate::CINEMA,
        FrameRate::whole(25),
        FrameRate::whole(30),
        FrameRate::whole(50),
        FrameRate::whole(60),
        FrameRate::ntsc(24_000),
        FrameRate::ntsc(30_000),
        FrameRate::ntsc(60_000),
    ];

    const fn whole(frames: u32) -> FrameRate {
        FrameRate { frames: NonZeroU32::new(frames).expect("not zero"), seconds: NonZeroU32::MIN }
    }

    const fn ntsc(frames: u32) -> FrameRate {
        let seconds = NonZeroU32::new(1_001).expect("not zero");
        FrameRate { frames: NonZeroU32::new(frames).expect("not zero"), seconds }
    }

    /// So many frames in so many seconds, in lowest terms; `None` if either is zero.
    pub fn new(frames: u32, seconds: u32) -> Option<FrameRate> {
        let divisor = gcd(frames, seconds).max(1);
        let frames = NonZeroU32::new(frames / divisor)?;
        let seconds = NonZeroU32::new(seconds / divisor)?;
        Some(FrameRate { frames, seconds })
    }

    /// Frames in [`FrameRate::seconds`].
    pub fn frames(self) -> u32 {
        self.frames.get()
    }

    /// The seconds in which it has [`FrameRate::frames`].
    pub fn seconds(self) -> u32 {
        self.seconds.get()
    }

    /// Frames per second.
    pub fn per_second(self) -> f64 {
        f64::from(self.frames()) / f64::from(self.seconds())
    }

    /// The frames that a second of its time code counts: 30 for 29.97.
    pub fn time_code_base(self) -> u64 {
        u64::from(self.frames().div_ceil(self.seconds()))
    }

    /// The frames in so many ticks of a clock, to the nearest one.
    pub fn frames_in(self, ticks: u64, ticks_per_second: NonZeroU32) -> u64 {
        let parts = u128::from(self.seconds()) * u128::from(ticks_per_second.get());
        let frames = (u128::from(ticks) * u128::from(self.frames()) + parts / 2) / parts;
        u64::try_from(frames).unwrap_or(u64::MAX)
    }

    /// Whether a frame of this rate lasts a whole number of frames of another.
    pub fn divides(self, other: FrameRate) -> bool {
        let own = u64::from(self.frames()) * u64::from(other.seconds());
        (u64::from(other.frames()) * u64::from(self.seconds())).is_multiple_of(own)
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds() {
            1 => write!(f, "{}", self.frames),
            seconds => write!(f, "{}/{seconds}", self.frames),
        }
    }
}

impl FromStr for FrameRate {
    type Err = ParseFrameRateError;

    fn from_str(text: &str) -> Result<FrameRate, ParseFrameRateError> {
        let (frames, seconds) = text.split_once('/').unwrap_or((text, "1"));
        let rate = frames.parse().ok().zip(seconds.parse().ok());
        rate.and_then(|(frames, seconds)| FrameRate::new(frames, seconds))
            .ok_or_else(|| ParseFrameRateError(super::text::excerpt(text)))
    }
}

impl Serialize for FrameRate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FrameRate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for FrameRate {
    fn schema_name() -> Cow<'static, str> {
        "FrameRate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^[1-9][0-9]*(/[1-9][0-9]*)?$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact() {
        let ntsc: FrameRate = "30000/1001".parse().unwrap();
        assert_eq!(FrameRate::new(90_000, 3_003), Some(ntsc));
        assert_eq!(FrameRate::new(12_288, 512), Some(FrameRate::CINEMA));
        assert_eq!(
            (ntsc.to_string(), FrameRate::CINEMA.to_string()),
            ("30000/1001".into(), "24".into())
        );
        assert_eq!((ntsc.time_code_base(), ntsc.per_second()), (30, 30_000.0 / 1_001.0));
        for text in ["", "0", "24/0", "-24", "24/", "24 ", "x"] {
            assert!(text.parse::<FrameRate>().is_err(), "{text}");
        }
    }

    #[test]
    fn frames_are_rounded_once() {
        let clock = |ticks| NonZeroU32::new(ticks).unwrap();
        let ntsc = FrameRate::ntsc(30_000);
        assert_eq!(ntsc.frames_in(3_003 * 150, clock(90_000)), 150);
        assert_eq!(FrameRate::CINEMA.frames_in(3_420, clock(1_000)), 82);
        assert_eq!(FrameRate::CINEMA.frames_in(u64::MAX, clock(1)), u64::MAX);
    }

    #[test]
    fn rates_with_whole_frames_divide() {
        let rate = |frames| FrameRate::new(frames, 1).unwrap();
        assert!(rate(8).divides(rate(24)) && rate(24).divides(rate(24)));
        assert!(!rate(24).divides(rate(30)) && !rate(24).divides(FrameRate::ntsc(24_000)));
    }
}
