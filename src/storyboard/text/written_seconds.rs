//! Written seconds: the lengths that shot lists write in other ways than as a number of seconds, and
//! how many seconds each of them is.

use crate::base::text::count;

/// The frames of a second of film; what every model makes and this program draws.
const FRAMES_PER_SECOND: f64 = 24.0;

/// The words for seconds, the longest first.
pub(in crate::storyboard) const SECONDS: [&str; 5] = ["seconds", "second", "secs", "sec", "s"];

/// The units of lengths, the longest word first, each in seconds.
const UNITS: [(&str, f64); 30] = [
    ("milliseconds", 0.001),
    ("millisecond", 0.001),
    ("seconds", 1.0),
    ("minutes", 60.0),
    ("minute", 60.0),
    ("second", 1.0),
    ("frames", 1.0 / FRAMES_PER_SECOND),
    ("frame", 1.0 / FRAMES_PER_SECOND),
    ("hours", 3_600.0),
    ("msecs", 0.001),
    ("hour", 3_600.0),
    ("mins", 60.0),
    ("msec", 0.001),
    ("secs", 1.0),
    ("frms", 1.0 / FRAMES_PER_SECOND),
    ("hrs", 3_600.0),
    ("min", 60.0),
    ("sec", 1.0),
    ("frm", 1.0 / FRAMES_PER_SECOND),
    ("ms", 0.001),
    ("fr", 1.0 / FRAMES_PER_SECOND),
    ("hr", 3_600.0),
    ("f", 1.0 / FRAMES_PER_SECOND),
    ("h", 3_600.0),
    ("m", 60.0),
    ("s", 1.0),
    ("\"", 1.0),
    ("″", 1.0),
    ("'", 60.0),
    ("′", 60.0),
];

/// Words that only say that a number is not exact.
const ROUGHLY: [&str; 10] =
    ["approximately", "approx.", "approx", "about", "around", "circa", "ca.", "c.", "~", "≈"];

/// What to write for a length that is not a number of seconds.
pub(in crate::storyboard) fn advice(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = ROUGHLY.iter().find_map(|word| text.strip_prefix(word)).unwrap_or(&text).trim();
    if let Some((least, most)) = range(text) {
        return format!("write one length, such as `{}` or `{}`", shown(least), shown(most));
    }
    let of_frames = |frames: f64| {
        let all = count(frames as usize, "frame");
        format!("{all} at {FRAMES_PER_SECOND} per second")
    };
    if let Some((seconds, frames)) = time_code(text).or_else(|| sum_of_units(text)) {
        return match frames {
            Some(frames) => format!("write `{}`: {}", shown(seconds), of_frames(frames)),
            None => format!("write `{}`", shown(seconds)),
        };
    }
    "write a number of seconds, such as `5`".to_string()
}

/// A decimal number, with a point or a comma. A comma before three digits may also mean thousands.
pub(in crate::storyboard) fn decimal(text: &str) -> Option<f64> {
    let is_plain = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && text.starts_with(|c: char| c.is_ascii_digit())
    };
    let text = match text.split_once(',') {
        Some((whole, part)) if matches!(part.len(), 1 | 2) && !whole.contains('.') => {
            format!("{whole}.{part}")
        }
        Some(_) => return None,
        None => text.to_string(),
    };
    is_plain(&text).then(|| text.parse().ok())?
}

/// Seconds without more digits than a millisecond needs.
fn shown(seconds: f64) -> String {
    ((seconds * 1_000.0).round() / 1_000.0).to_string()
}

/// Two lengths with a word or a dash between them, in seconds: `4-6 sec`.
fn range(text: &str) -> Option<(f64, f64)> {
    let parts = ["-", "–", "—", "..", " to ", " or "];
    let (least, most) = parts.iter().find_map(|part| text.split_once(part))?;
    // The unit is written once, behind the second number.
    let unit = most.trim_start_matches(|c: char| !c.is_alphabetic());
    let (most, _) = sum_of_units(most.trim())?;
    let least = least.trim();
    let (least, _) = match decimal(least) {
        Some(_) => sum_of_units(&format!("{least}{unit}"))?,
        None => sum_of_units(least)?,
    };
    Some((least, most))
}

/// `0:02`, `00:00:02` and `00:00:03:12`, whose last part is frames, in seconds; and the frames.
fn time_code(text: &str) -> Option<(f64, Option<f64>)> {
    let parts: Option<Vec<f64>> = text.split([':', ';']).map(decimal).collect();
    let seconds =
        |hours: f64, minutes: f64, seconds: f64| hours * 3_600.0 + minutes * 60.0 + seconds;
    match parts?.as_slice() {
        [minutes, secs] => Some((seconds(0.0, *minutes, *secs), None)),
        [hours, minutes, secs] => Some((seconds(*hours, *minutes, *secs), None)),
        [hours, minutes, secs, frames] => {
            let frames = Some(*frames).filter(|frames| *frames > 0.0);
            let part = frames.unwrap_or_default() / FRAMES_PER_SECOND;
            Some((seconds(*hours, *minutes, *secs) + part, frames))
        }
        _ => None,
    }
}

/// Numbers with their units, added up: `1 min 30 s`; and the frames among them.
fn sum_of_units(text: &str) -> Option<(f64, Option<f64>)> {
    let mut rest = text.trim().trim_end_matches(['.', '+']);
    let (mut seconds, mut frames, mut parts) = (0.0, None, 0);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')));
        let end = end.unwrap_or(rest.len());
        let number = decimal(rest[..end].trim_end_matches(['.', ',']))?;
        rest = rest[end..].trim_start_matches([' ', '-', '\u{a0}']);
        let unit = UNITS.iter().find_map(|(word, each)| {
            let behind = rest.strip_prefix(word)?;
            (!behind.starts_with(char::is_alphabetic)).then_some((*each, behind))
        });
        parts += 1;
        match unit {
            Some((each, behind)) => {
                seconds += number * each;
                if each == 1.0 / FRAMES_PER_SECOND {
                    frames = Some(number);
                }
                rest = behind.trim_start_matches(['.', ',', ' ', '+', '\u{a0}']);
            }
            // Without a unit it is seconds, alone or behind minutes.
            None if rest.is_empty() => seconds += number,
            None => return None,
        }
    }
    (parts > 0 && seconds.is_finite()).then_some((seconds, frames))
}

/// A number without its unit.
pub(in crate::storyboard) fn without_unit<'t>(text: &'t str, units: &[&str]) -> &'t str {
    let text = text.trim();
    let without = units.iter().find_map(|unit| text.strip_suffix(unit));
    without.map_or(text, str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn every_way_of_writing_a_length_is_told_in_seconds() {
        for (written, advised) in [
            ("90 frames", "write `3.75`: 90 frames at 24 per second"),
            ("1 frame", "write `0.042`: 1 frame at 24 per second"),
            ("72f", "write `3`: 72 frames at 24 per second"),
            ("2500ms", "write `2.5`"),
            ("2500 milliseconds", "write `2.5`"),
            ("0:02", "write `2`"),
            ("1:05", "write `65`"),
            ("0:02.5", "write `2.5`"),
            ("00:00:02", "write `2`"),
            ("01:00:00", "write `3600`"),
            ("00:00:03:12", "write `3.5`: 12 frames at 24 per second"),
            ("00:00:03:00", "write `3`"),
            ("00:00:03.500", "write `3.5`"),
            ("4-6 sec", "write one length, such as `4` or `6`"),
            ("4–6", "write one length, such as `4` or `6`"),
            ("1 to 2 minutes", "write one length, such as `60` or `120`"),
            ("5s or 10s", "write one length, such as `5` or `10`"),
            ("4,5", "write `4.5`"),
            ("4,5 s", "write `4.5`"),
            ("6 minutes", "write `360`"),
            ("1 min 30", "write `90`"),
            ("1m30s", "write `90`"),
            ("1.5 min", "write `90`"),
            ("1'30\"", "write `90`"),
            ("5\"", "write `5`"),
            ("5s 12f", "write `5.5`: 12 frames at 24 per second"),
            ("~5s", "write `5`"),
            ("approx. 5 seconds", "write `5`"),
            ("5 Sec.", "write `5`"),
            ("5-second", "write `5`"),
            ("10+", "write `10`"),
            ("auto", "write a number of seconds, such as `5`"),
            ("4,500", "write a number of seconds, such as `5`"),
            ("3 beats", "write a number of seconds, such as `5`"),
            ("s", "write a number of seconds, such as `5`"),
            ("", "write a number of seconds, such as `5`"),
            ("-5", "write a number of seconds, such as `5`"),
            ("1:2:3:4:5", "write a number of seconds, such as `5`"),
        ] {
            assert_eq!(advice(written), advised, "{written}");
        }
    }
}
