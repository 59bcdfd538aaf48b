//! The doctor's report: what works, what does not, and what to do about it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::text::{clean, count, wrap};
use crate::report::format::style::TermStyle;

/// The version of the document that this program writes.
pub const DOCTOR_VERSION: u32 = 1;

/// How wide a line is at most, in columns of a terminal.
const COLUMNS: usize = 80;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Health")]
pub enum Health {
    /// It works.
    Ok,
    /// It works, but something about it is worth knowing.
    Note,
    /// It does not work.
    Fail,
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct HealthFinding {
    /// What was looked at, such as `balance`.
    pub about: &'static str,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub text: String,
    /// What to do, if something should be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl HealthFinding {
    /// It works.
    pub fn ok(about: &'static str, text: impl Into<String>) -> HealthFinding {
        HealthFinding { about, health: Health::Ok, text: text.into(), advice: None }
    }

    /// Something is worth knowing.
    pub fn note(about: &'static str, text: impl Into<String>, advice: &str) -> HealthFinding {
        let advice = Some(advice.to_string()).filter(|advice| !advice.is_empty());
        HealthFinding { about, health: Health::Note, text: text.into(), advice }
    }

    /// It does not work.
    pub fn fail(about: &'static str, text: impl Into<String>, advice: &str) -> HealthFinding {
        HealthFinding { health: Health::Fail, ..HealthFinding::note(about, text, advice) }
    }
}

/// Whether nothing fails.
pub fn is_healthy(findings: &[HealthFinding]) -> bool {
    findings.iter().all(|finding| finding.health != Health::Fail)
}

/// The findings for people: a line for each, and its advice below it.
pub fn doctor_text(findings: &[HealthFinding], color: bool) -> String {
    let widest = findings.iter().map(|finding| finding.about.len()).max().unwrap_or(0);
    let mut text = String::new();
    for HealthFinding { about, health, text: found, advice } in findings {
        let (word, style) = match health {
            Health::Ok => ("ok", TermStyle::Green),
            Health::Note => ("note", TermStyle::Yellow),
            Health::Fail => ("fail", TermStyle::Red),
        };
        let word = style.paint(&format!("{word:<4}"), color);
        let room = COLUMNS - widest - 8;
        let lines = wrap(&clean(found), room);
        let advice = advice.iter().flat_map(|advice| wrap(&format!("→ {}", clean(advice)), room));
        for (at, line) in lines.into_iter().chain(advice).enumerate() {
            match at {
                0 => text.push_str(&format!("{word}  {about:<widest$}  {line}\n")),
                _ => text.push_str(&format!("{:6}{:widest$}  {line}\n", "", "")),
            }
        }
    }
    let failed = findings.iter().filter(|finding| finding.health == Health::Fail).count();
    text.push_str(&match failed {
        0 => "nothing stands in the way of a build\n".to_string(),
        _ => format!("{} in the way of a build\n", count(failed, "thing")),
    });
    text
}

/// The findings as data: what `doctor --json` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DoctorDocument {
    /// The version of this document's form.
    version: u32,
    /// Whether nothing fails.
    healthy: bool,
    /// One entry for each thing that was looked at.
    findings: Vec<HealthFinding>,
}

impl DoctorDocument {
    /// The document of these findings.
    pub fn of(findings: Vec<HealthFinding>) -> DoctorDocument {
        DoctorDocument { version: DOCTOR_VERSION, healthy: is_healthy(&findings), findings }
    }

    /// The document as JSON text, with a newline at the end.
    pub fn print(&self) -> String {
        crate::report::format::json::pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_lines_with_advice_below() {
        let findings = [
            HealthFinding::ok("key", "`KIE_API_KEY` is set"),
            HealthFinding::note("balance", "the balance is 3 credits", "top up before a build"),
            HealthFinding::fail("api", "HTTP 404\u{1b}[31m", "try `--api jobs`"),
        ];
        insta::assert_snapshot!(doctor_text(&findings, false), @r"
        ok    key      `KIE_API_KEY` is set
        note  balance  the balance is 3 credits
                       → top up before a build
        fail  api      HTTP 404
                       → try `--api jobs`
        1 thing in the way of a build
        ");
        assert!(!is_healthy(&findings) && is_healthy(&findings[..2]));
    }
}
