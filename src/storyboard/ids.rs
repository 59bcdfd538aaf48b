//! Ids: names of scenes and cuts that are file names everywhere.

use std::str::FromStr;

use super::desk::{Desk, shorten};
use super::yaml::NodeId;

/// Names that Windows keeps for devices.
const WINDOWS_RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// A key as an id; `None` when it cannot be one, which has been reported.
pub(super) fn checked_id<I: FromStr>(desk: &mut Desk, key: NodeId, noun: &str) -> Option<I> {
    let text = desk.tree.scalar(key)?.text.to_string();
    if WINDOWS_RESERVED.contains(&text.as_str()) {
        let message = format!("a {noun} cannot be called `{text}`: no file on Windows can");
        desk.error("bad-name", message, key, format!("call it `{noun}_{text}`, for instance"));
        return None;
    }
    // A dot stands before the row and the variant, which are not written here.
    match text.parse().ok().filter(|_| !text.contains('.')) {
        Some(id) => Some(id),
        None => {
            let message = format!("`{}` cannot be the name of a {noun}", shorten(&text));
            let label = match proposal(&text).filter(|proposal| proposal.parse::<I>().is_ok()) {
                Some(proposal) => format!("call it `{proposal}`"),
                None => "names start with a-z and go on with a-z, 0-9, `_` or `-`".to_string(),
            };
            desk.error("bad-name", message, key, label);
            None
        }
    }
}

/// A name close to a text that is none; letters that ids do not have are not guessed at.
fn proposal(text: &str) -> Option<String> {
    if text.chars().any(|c| c.is_alphanumeric() && !c.is_ascii()) {
        return None;
    }
    let lower = text.trim().to_lowercase();
    let mut id = String::new();
    for c in lower.chars().take(100) {
        match c {
            'a'..='z' | '0'..='9' | '_' | '-' => id.push(c),
            _ if id.ends_with('-') || id.is_empty() => {}
            _ => id.push('-'),
        }
    }
    let id = id.trim_end_matches('-');
    let starts_well = id.starts_with(|c: char| c.is_ascii_lowercase());
    match (starts_well, id.is_empty()) {
        (true, _) => Some(id.to_string()),
        (false, true) => None,
        (false, false) => Some(format!("scene-{}", id.trim_start_matches(['-', '_']))),
    }
}
