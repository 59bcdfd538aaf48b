//! Captions: what is narrated in a cut, as WebVTT.
//!
//! The form is that of the W3C's WebVTT: `&`, `<` and `>` are escaped, because a player reads the
//! latter as tags, and an empty line would end a cue.

use std::fmt::Write as _;

use crate::base::text::clean_lines;

/// A text and when it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// When it appears, in milliseconds from the start of the cut.
    pub from: u64,
    /// When it disappears.
    pub to: u64,
    /// What it says.
    pub text: String,
}

/// The captions of a cut as the text of a file; `None` if there are none.
pub fn webvtt(captions: &[Caption]) -> Option<String> {
    if captions.is_empty() {
        return None;
    }
    let mut text = "WEBVTT\n".to_string();
    for Caption { from, to, text: said } in captions {
        let _ = write!(text, "\n{} --> {}\n", time(*from), time(*to));
        for line in clean_lines(said).lines().filter(|line| !line.trim().is_empty()) {
            text.push_str(&escaped(line.trim()));
            text.push('\n');
        }
    }
    Some(text)
}

fn escaped(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A time as `00:01:02.345`.
fn time(millis: u64) -> String {
    let (seconds, millis) = (millis / 1_000, millis % 1_000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{:02}:{:02}:{seconds:02}.{millis:03}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_escaped_and_empty_lines_end_no_cue() {
        let caption = |from, to, text: &str| Caption { from, to, text: text.into() };
        assert_eq!(webvtt(&[]), None);
        let text = webvtt(&[
            caption(0, 2_500, "a < b & c --> d\n\n\n  <quietly> {name}"),
            caption(3_725_042, 3_730_000, "Ende"),
        ]);
        let wanted = "WEBVTT\n\n00:00:00.000 --> 00:00:02.500\na &lt; b &amp; c --&gt; d\n\
                      &lt;quietly&gt; {name}\n\n01:02:05.042 --> 01:02:10.000\nEnde\n";
        assert_eq!(text.as_deref(), Some(wanted));
    }
}
