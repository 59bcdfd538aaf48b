//! Findings: the diagnostics gathered while a storyboard is read.

use std::collections::{HashMap, HashSet};

use crate::base::Diagnostic;

/// The most findings kept; a text that has more is broken as a whole.
const FINDINGS_MAX: usize = 10_000;

/// Diagnostics in the making. What is wrong with a default is found once per scene that uses it
/// and kept once.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
    seen: HashSet<Identity>,
}

/// What makes two findings the same: code, file and span, message.
type Identity = (&'static str, Option<Spot>, String);

/// File and span.
type Spot = (String, usize, usize);

/// Code, file and span.
type Site = (&'static str, Option<Spot>);

fn site(diagnostic: &Diagnostic) -> Option<Spot> {
    let place = diagnostic.place.as_ref()?;
    Some((place.source.name().to_string(), place.span.start, place.span.end))
}

impl Findings {
    /// Keeps a diagnostic, unless the same was found at the same place.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        let site = site(&diagnostic);
        let is_new = self.seen.insert((diagnostic.code, site, diagnostic.message.clone()));
        if is_new && self.list.len() < FINDINGS_MAX {
            self.list.push(diagnostic);
        }
    }

    /// Keeps each of them.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.add(diagnostic);
        }
    }

    /// Keeps what was found elsewhere.
    pub fn absorb(&mut self, other: Findings) {
        self.extend(other.list);
    }

    /// Keeps what was found in several variants or rows of one scene, each with its name: what is
    /// wrong at one place for one reason is kept once, with a note that says where else it is so.
    pub fn absorb_alike(&mut self, found: Vec<(String, Findings)>) {
        let mut kept: Vec<(Diagnostic, String, Vec<String>)> = Vec::new();
        let mut positions: HashMap<Site, usize> = HashMap::new();
        for (name, findings) in found {
            for diagnostic in findings.list {
                let site = (diagnostic.code, site(&diagnostic));
                match positions.get(&site).map(|at| &mut kept[*at]) {
                    // What speaks of no variant is the same in all of them.
                    Some((first, ..)) if first.message == diagnostic.message => {}
                    Some((_, first, others)) if *first != name => {
                        if others.last() != Some(&name) {
                            others.push(name.clone());
                        }
                    }
                    _ => {
                        positions.entry(site).or_insert(kept.len());
                        kept.push((diagnostic, name.clone(), Vec::new()));
                    }
                }
            }
        }
        for (mut diagnostic, _, others) in kept {
            if let Some((first, rest)) = others.split_first() {
                let more = match rest.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                diagnostic = diagnostic.note(format!("likewise in `{first}`{more}"));
            }
            self.add(diagnostic);
        }
    }

    /// Whether anything is wrong, and not only doubtful.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(Diagnostic::is_error)
    }

    /// All of them: those without a place first, then those of the storyboard, then those of files
    /// of variables, each by place.
    pub fn into_sorted(self, storyboard: &str) -> Vec<Diagnostic> {
        let mut list = self.list;
        list.sort_by_cached_key(|diagnostic| {
            diagnostic.place.as_ref().map(|place| {
                let name = place.source.name();
                (name != storyboard, name.to_string(), place.span.start, place.span.end)
            })
        });
        list
    }
}
