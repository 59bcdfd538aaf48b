//! Words: spans of time, sizes and prices as people read them.

use std::time::Duration;

use crate::base::Credits;
use crate::base::text::clean;
use crate::base::text::count;
use crate::store::DamageKind;

/// A span of time to the second, as `8s`, `6m 31s` or `1h 2m`.
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A duration; short ones to a tenth of a second, as `0.7s`.
pub fn elapsed(duration: Duration) -> String {
    match duration.as_millis() {
        0..9_950 => format!("{:.1}s", duration.as_secs_f64()),
        _ => span(duration),
    }
}

/// A length in seconds without insignificant digits, as `5 s` or `9.2 s`.
pub fn seconds(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() / 10.0;
    format!("{tenths} s")
}

/// A number of bytes to three digits, as `812 kB` or `12.3 MB`.
pub fn bytes(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    let amount = bytes as f64 / unit;
    if amount < 99.95 { format!("{amount:.1} {name}") } else { format!("{amount:.0} {name}") }
}

/// Credits with their price, as `105 credits ($0.53)`.
pub fn money(credits: Credits) -> String {
    format!("{} ({})", credits.with_unit(), credits.dollars())
}

/// Credits of a rehearsal, which cost no money, as `100 simulated credits`.
pub fn simulated(credits: Credits) -> String {
    credits.with_unit().replace(" credit", " simulated credit")
}

/// What became of a damaged video of the store.
pub fn damage_words(kind: &DamageKind) -> String {
    match kind {
        DamageKind::Moved { .. } => "its stored video was damaged and is in quarantine now".into(),
        DamageKind::Stays(why) => format!("its stored video is not used: {}", clean(why)),
    }
}

/// A number of scenes, and how many more takes they have, as `4 scenes` or `1 scene, 2 more takes`.
pub fn scenes_and_takes(scenes: usize, takes: usize) -> String {
    match takes.saturating_sub(scenes) {
        0 => count(scenes, "scene"),
        more => format!("{}, {}", count(scenes, "scene"), count(more, "more take")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let spans = [0, 59, 60, 391, 3_599, 3_720].map(|s| span(Duration::from_secs(s)));
        assert_eq!(spans, ["0s", "59s", "1m 0s", "6m 31s", "59m 59s", "1h 2m"]);
        assert_eq!((seconds(5.0), seconds(9.2400)), ("5 s".into(), "9.2 s".into()));
        let sizes = [999, 1_000, 12_345_678, 99_960_000, 812_400_000].map(bytes);
        assert_eq!(sizes, ["999 B", "1.0 kB", "12.3 MB", "100 MB", "812 MB"]);
    }
}
