//! Ids: names of scenes and cuts that are valid file names on every system.

use std::str::FromStr;

use crate::base::text::excerpt;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::text::yaml::tree::NodeId;

/// Names that Windows reserves for devices.
const WINDOWS_RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// A key as an id; `None` after reporting that it is not one.
pub(in crate::storyboard) fn checked_id<I: FromStr>(
    scope: &Scope,
    findings: &mut Findings,
    key: NodeId,
    noun: &str,
) -> Option<I> {
    let text = scope.tree.scalar(key)?.text.to_string();
    // Windows checks the part before the first dot.
    let stem = text.split('.').next().unwrap_or_default();
    if WINDOWS_RESERVED.contains(&stem) {
        let message = format!("a {noun} cannot be named `{text}`: Windows reserves that file name");
        findings.error("bad-name", message, key, format!("for example, name it `{noun}_{text}`"));
        return None;
    }
    match text.parse() {
        Ok(id) => Some(id),
        Err(_) => {
            let message = format!("`{}` is not a valid {noun} name", excerpt(&text));
            let has_parts = "a.b".parse::<I>().is_ok();
            let dotless = |name: String| if has_parts { name } else { name.replace('.', "-") };
            let proposal = proposal(&text).map(dotless);
            let label = match proposal.filter(|proposal| proposal.parse::<I>().is_ok()) {
                Some(proposal) => format!("name it `{proposal}`"),
                None if has_parts => "use a-z, 0-9, `_` and `-`, and start with a letter or a digit; a dot separates parts, as in `host.en`"
                    .to_string(),
                None => "use a-z, 0-9, `_` and `-`, and start with a letter or a digit".to_string(),
            };
            findings.error("bad-name", message, key, label);
            None
        }
    }
}

/// A valid name close to an invalid one; there is none for letters that ids cannot have.
fn proposal(text: &str) -> Option<String> {
    if text.chars().any(|c| c.is_alphanumeric() && !c.is_ascii()) {
        return None;
    }
    let lower: String = text.trim().to_lowercase().chars().take(100).collect();
    let parts: Vec<String> = lower.split('.').map(part).filter(|part| !part.is_empty()).collect();
    let id = parts.join(".");
    (!id.is_empty()).then_some(id)
}

/// A valid name part close to an invalid one; empty if nothing remains.
fn part(text: &str) -> String {
    let mut made = String::new();
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' | '-' => made.push(c),
            _ if made.ends_with('-') => {}
            _ => made.push('-'),
        }
    }
    made.trim_start_matches(['-', '_']).trim_end_matches('-').to_string()
}
