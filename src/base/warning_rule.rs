//! Warning rules: how to treat warnings.

use std::str::FromStr;

use super::diagnostic::{Diagnostic, Severity};
use super::warning::Warning;

/// How to treat a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningLevel {
    /// It is an error.
    Error,
    /// It is reported, and the build continues.
    Warn,
    /// It is not reported.
    Allow,
}

/// How to treat one warning, or all of them: `error`, `error=unused-variable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarningRule {
    /// The level.
    pub level: WarningLevel,
    /// The warning; all warnings if `None`.
    pub warning: Option<Warning>,
}

impl FromStr for WarningRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (level, code) = match text.split_once('=') {
            Some((level, code)) => (level, Some(code)),
            None => (text, None),
        };
        let level = match level {
            "error" => WarningLevel::Error,
            "warn" => WarningLevel::Warn,
            "allow" => WarningLevel::Allow,
            _ => return Err("write `error`, `warn` or `allow`, or `error=CODE`".to_string()),
        };
        let named = |code: &str| {
            let found = Warning::ALL.iter().find(|warning| warning.code() == code);
            found.copied().ok_or_else(|| {
                let known: Vec<&str> = Warning::ALL.iter().map(|warning| warning.code()).collect();
                format!("there is no warning `{code}`; there are {}", known.join(", "))
            })
        };
        Ok(WarningRule { level, warning: code.map(named).transpose()? })
    }
}

/// Applies rules to diagnostics; later rules override earlier ones, and errors stay errors.
pub fn judge(diagnostics: Vec<Diagnostic>, rules: &[WarningRule]) -> Vec<Diagnostic> {
    let rule_of = |code: &str| {
        let about = |rule: &&WarningRule| rule.warning.is_none_or(|named| named.code() == code);
        rules.iter().rev().find(about)
    };
    let judged = diagnostics.into_iter().filter_map(|mut diagnostic| {
        let rule = match diagnostic.severity {
            Severity::Error => None,
            Severity::Warning => rule_of(diagnostic.code),
        };
        let Some(rule) = rule else { return Some(diagnostic) };
        match rule.level {
            WarningLevel::Allow => return None,
            WarningLevel::Warn => {}
            WarningLevel::Error => {
                diagnostic.severity = Severity::Error;
                let named = rule.warning.map_or(String::new(), |code| format!("={code}"));
                diagnostic.notes.push(format!("an error because of `-W error{named}`"));
            }
        }
        Some(diagnostic)
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(rules: &[&str]) -> Vec<(&'static str, bool)> {
        let rules: Vec<WarningRule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        let all = vec![
            Diagnostic::warning(Warning::UnusedVariable, "a"),
            Diagnostic::warning(Warning::SceneInNoCut, "b"),
            Diagnostic::error("unknown-scene", "c"),
        ];
        judge(all, &rules).iter().map(|one| (one.code, one.is_error())).collect()
    }

    #[test]
    fn the_last_rule_for_a_warning_wins() {
        let (var, cut, other) = ("unused-variable", "scene-in-no-cut", ("unknown-scene", true));
        assert_eq!(judged(&[]), [(var, false), (cut, false), other]);
        assert_eq!(judged(&["error"]), [(var, true), (cut, true), other]);
        assert_eq!(judged(&["error=unused-variable"]), [(var, true), (cut, false), other]);
        assert_eq!(judged(&["error", "allow=unused-variable"]), [(cut, true), other]);
        assert_eq!(judged(&["error", "warn=scene-in-no-cut"]), [(var, true), (cut, false), other]);
        assert_eq!(judged(&["error=unused-variable", "allow"]), [other]);
    }

    #[test]
    fn meaningless_rules_are_rejected() {
        assert!("eror".parse::<WarningRule>().is_err());
        let unknown = "error=unused-vars".parse::<WarningRule>().unwrap_err();
        assert!(unknown.contains("unused-variable"), "{unknown}");
        assert!("error=".parse::<WarningRule>().is_err());
    }
}
