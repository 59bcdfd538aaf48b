//! Credits: the provider's currency, exact to a thousandth.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of provider credits, stored as whole thousandths so that sums are exact.
///
/// One credit is US$0.005 (`kling-api.md`: 50 credits for 5 s at $0.05/s; `kie-jobs-api.md` 1.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(i64);

/// Millionths of a US dollar in a thousandth of a credit.
const MICRODOLLARS_PER_MILLICREDIT: i64 = 5;

impl Credits {
    /// Zero credits.
    pub const ZERO: Credits = Credits(0);

    /// A whole number of credits.
    pub const fn whole(credits: i64) -> Self {
        Credits(credits * 1_000)
    }

    /// An amount in thousandths of a credit.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Credits(thousandths)
    }

    /// The amount in thousandths of a credit.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// Converts a decimal number of credits; `None` if it is negative, not finite or absurdly
    /// large.
    pub fn from_f64(credits: f64) -> Option<Self> {
        let thousandths = (credits * 1_000.0).round();
        (credits.is_finite() && (0.0..=1e15).contains(&thousandths))
            .then_some(Credits(thousandths as i64))
    }

    /// Converts US dollars, rounded to a thousandth of a credit; `None` as in [`Self::from_f64`].
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        Self::from_f64(dollars * 1_000.0 / MICRODOLLARS_PER_MILLICREDIT as f64)
    }

    /// The amount as a decimal number of credits, for JSON.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// The amount in US dollars, exact, for JSON.
    pub fn as_dollars(self) -> f64 {
        (self.0 * MICRODOLLARS_PER_MILLICREDIT) as f64 / 1_000_000.0
    }

    /// The amount in US dollars, rounded up to the cent, as `$0.53`.
    pub fn dollars(self) -> String {
        let microdollars = self.0 * MICRODOLLARS_PER_MILLICREDIT;
        let cents = (microdollars + 9_999).div_euclid(10_000);
        format!("${}.{:02}", cents / 100, cents % 100)
    }

    /// The amount with its unit, as `1 credit` or `105 credits`.
    pub fn with_unit(self) -> String {
        let unit = if self == Credits::whole(1) { "credit" } else { "credits" };
        format!("{self} {unit}")
    }

    /// The difference, or zero if `other` is larger.
    pub fn saturating_sub(self, other: Credits) -> Credits {
        Credits((self.0 - other.0).max(0))
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.0 % 1_000 == 0 {
            (self.0 / 1_000).to_string()
        } else {
            format!("{}.{:03}", self.0 / 1_000, self.0 % 1_000).trim_end_matches('0').to_string()
        };
        f.pad(&text)
    }
}

impl Add for Credits {
    type Output = Credits;
    fn add(self, other: Credits) -> Credits {
        Credits(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Credits {
    fn add_assign(&mut self, other: Credits) {
        *self = *self + other;
    }
}

impl Sub for Credits {
    type Output = Credits;
    fn sub(self, other: Credits) -> Credits {
        Credits(self.0 - other.0)
    }
}

impl Mul<u32> for Credits {
    type Output = Credits;
    fn mul(self, times: u32) -> Credits {
        Credits(self.0.saturating_mul(i64::from(times)))
    }
}

impl Sum for Credits {
    fn sum<I: Iterator<Item = Credits>>(amounts: I) -> Credits {
        amounts.fold(Credits::ZERO, Add::add)
    }
}

impl Serialize for Credits {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1_000 == 0 {
            serializer.serialize_i64(self.0 / 1_000)
        } else {
            serializer.serialize_f64(self.as_f64())
        }
    }
}

impl<'de> Deserialize<'de> for Credits {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let credits = f64::deserialize(deserializer)?;
        Credits::from_f64(credits).ok_or_else(|| {
            serde::de::Error::custom(format!("`{credits}` is not an amount of credits"))
        })
    }
}

impl JsonSchema for Credits {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Credits".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "number",
            "minimum": 0,
            "description": "An amount of provider credits; one credit is US$0.005."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_only_the_digits_needed() {
        assert_eq!(Credits::whole(105).to_string(), "105");
        assert_eq!(Credits::from_thousandths(22_500).to_string(), "22.5");
        assert_eq!(Credits::whole(1).with_unit(), "1 credit");
    }

    #[test]
    fn dollars_round_half_up() {
        assert_eq!(Credits::whole(105).dollars(), "$0.53");
        assert_eq!(Credits::whole(100).dollars(), "$0.50");
        assert_eq!(Credits::whole(2_400).dollars(), "$12.00");
    }

    #[test]
    fn rejects_invalid_amounts() {
        assert_eq!(Credits::from_f64(-1.0), None);
        assert_eq!(Credits::from_f64(f64::NAN), None);
        assert_eq!(Credits::from_f64(5916.25), Some(Credits::from_thousandths(5_916_250)));
    }
}
