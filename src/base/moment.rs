//! Moments: points in time as values. Nothing here reads a clock.

use std::collections::HashMap;
use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch; printed and stored as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// A number of milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Moment(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The time since `earlier`; zero if `earlier` is later, as after a clock was set back.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The time of day in the machine's time zone, as `14:02:10`.
    pub fn local_time(self) -> String {
        let zoned = self.timestamp().to_zoned(jiff::tz::TimeZone::system());
        zoned.strftime("%H:%M:%S").to_string()
    }

    /// The date and time of day in the machine's time zone, as `2026-03-01 14:02:10`.
    pub fn local_date_time(self) -> String {
        let zoned = self.timestamp().to_zoned(jiff::tz::TimeZone::system());
        zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

/// Dates in the machine's time zone, for many moments.
#[derive(Debug, Default)]
pub struct LocalDates(HashMap<i64, String>);

/// Within so many milliseconds of UTC a date does not change: the offsets of time zones are multiples
/// of a quarter of an hour, and so are the moments at which they change.
const QUARTER_MS: i64 = 15 * 60 * 1_000;

impl LocalDates {
    /// The date of a moment, as `2026-03-01`.
    pub fn of(&mut self, moment: Moment) -> &str {
        self.0.entry(moment.0.div_euclid(QUARTER_MS)).or_insert_with(|| {
            let zoned = moment.timestamp().to_zoned(jiff::tz::TimeZone::system());
            zoned.strftime("%Y-%m-%d").to_string()
        })
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;
    fn add(self, duration: Duration) -> Moment {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Moment(self.0.saturating_add(millis))
    }
}

impl Sub<Duration> for Moment {
    type Output = Moment;
    fn sub(self, duration: Duration) -> Moment {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Moment(self.0.saturating_sub(millis))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl FromStr for Moment {
    type Err = jiff::Error;

    /// Parses an RFC 3339 time with its offset, such as `2026-03-01T14:02:10Z`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|timestamp: jiff::Timestamp| Moment(timestamp.as_millisecond()))
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "A moment in UTC, RFC 3339, to the millisecond."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_rfc_3339_and_reads_back() {
        let moment = Moment::from_millis(1_759_147_200_123);
        assert_eq!(moment.to_string(), "2025-09-29T12:00:00.123Z");
        let json = serde_json::to_string(&moment).unwrap();
        assert_eq!(serde_json::from_str::<Moment>(&json).unwrap(), moment);
    }

    #[test]
    fn dates_are_those_of_the_times() {
        let mut dates = LocalDates::default();
        for hour in 0..100 {
            let moment = Moment::from_millis(1_759_147_200_123 + hour * 3_600_000);
            assert!(moment.local_date_time().starts_with(dates.of(moment)));
        }
    }

    #[test]
    fn a_clock_set_back_gives_zero() {
        let now = Moment::from_millis(1_000);
        assert_eq!(now.since(now + Duration::from_secs(5)), Duration::ZERO);
    }
}
