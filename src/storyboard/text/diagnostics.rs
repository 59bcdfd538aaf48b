//! Findings: the diagnostics collected while a storyboard is read.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::base::{Diagnostic, Place};

/// The beginning of the note that lists the fields that a map can have.
pub(in crate::storyboard) const KNOWN_FIELDS: &str = "its fields are";
/// The most diagnostics kept; a text with more is useless as a whole.
const FINDINGS_MAX: usize = 10_000;

/// The diagnostics so far. An error in a default is found once for each scene that uses it, but
/// kept only once.
#[derive(Debug, Default)]
pub(in crate::storyboard) struct Diagnostics {
    list: Vec<Diagnostic>,
    seen: HashSet<DiagnosticKey>,
    /// Values about which nothing more is said: file and start, and the end.
    left_alone: BTreeMap<(String, usize), usize>,
}

/// The identity of a diagnostic: code, file and span, message.
type DiagnosticKey = (&'static str, Option<SpanKey>, String);

/// File and span.
type SpanKey = (String, usize, usize);

/// Code, file and span.
type SiteKey = (&'static str, Option<SpanKey>);

/// Diagnostics at one place in some variants and rows of a scene.
struct Alike {
    /// The first one.
    diagnostic: Diagnostic,
    /// The scene names it was found in, without duplicates.
    names: Vec<String>,
    /// Whether all have the same message.
    is_same: bool,
}

impl Alike {
    /// Whether another diagnostic belongs to it: one scene may have two at the same place.
    fn includes(&self, other: &Diagnostic, name: &str) -> bool {
        self.diagnostic.message == other.message || self.names[0] != name
    }

    fn add(&mut self, other: &Diagnostic, name: &str) {
        self.is_same &= self.diagnostic.message == other.message;
        if self.names.last().is_none_or(|last| last != name) {
            self.names.push(name.to_string());
        }
    }

    /// The diagnostic, with a note of the names it applies to unless it applies to all.
    fn into_diagnostic(self, all: usize) -> Diagnostic {
        let Alike { diagnostic, names, is_same } = self;
        // A value missing from a row is reported at the row itself.
        if is_same && (names.len() == all || diagnostic.code == "missing-value") {
            return diagnostic;
        }
        let [first, rest @ ..] = names.as_slice() else { return diagnostic };
        let mut notes = Vec::new();
        if !diagnostic.message.contains(&format!("`{first}`")) {
            notes.push(format!("in `{first}`"));
        }
        if let Some((second, more)) = rest.split_first() {
            let more = match more.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            notes.push(format!("also in `{second}`{more}"));
        }
        match notes.is_empty() {
            true => diagnostic,
            false => diagnostic.note(notes.join(", ")),
        }
    }
}

fn site(diagnostic: &Diagnostic) -> Option<SpanKey> {
    let place = diagnostic.place.as_ref()?;
    Some((place.source.name().to_string(), place.span.start, place.span.end))
}

impl Diagnostics {
    /// Keeps a diagnostic, unless an equal one was already found at the same place.
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

    /// Says nothing about these values, whatever is found: their field is only guessed.
    pub fn leave_alone(&mut self, values: Vec<Place>) {
        let span =
            |place: Place| ((place.source.name().to_string(), place.span.start), place.span.end);
        self.left_alone.extend(values.into_iter().map(span));
    }

    /// Adds related places to those that have none, by their own place.
    pub fn relate(&mut self, mut related: impl FnMut(&Place) -> Vec<(Place, String)>) {
        for diagnostic in &mut self.list {
            if let Some(place) = diagnostic.place.as_ref().filter(|_| diagnostic.related.is_empty())
            {
                diagnostic.related = related(place);
            }
        }
    }

    /// Keeps the diagnostics collected elsewhere.
    pub fn absorb(&mut self, other: Diagnostics) {
        self.left_alone.extend(other.left_alone);
        self.extend(other.list);
    }

    /// Keeps the diagnostics of the variants and rows of one scene, each with its name: the same
    /// error at the same place is kept once, with a note that lists the names unless all are
    /// affected.
    pub fn absorb_alike(&mut self, found: Vec<(String, Diagnostics)>) {
        let all = found.len();
        let mut kept: Vec<Alike> = Vec::new();
        let mut positions: HashMap<SiteKey, usize> = HashMap::new();
        for (name, findings) in found {
            self.left_alone.extend(findings.left_alone);
            for diagnostic in findings.list {
                let site = (diagnostic.code, site(&diagnostic));
                let known = positions.get(&site).map(|at| &mut kept[*at]);
                match known.filter(|alike| alike.includes(&diagnostic, &name)) {
                    Some(alike) => alike.add(&diagnostic, &name),
                    None => {
                        positions.entry(site).or_insert(kept.len());
                        kept.push(Alike { diagnostic, names: vec![name.clone()], is_same: true });
                    }
                }
            }
        }
        self.extend(kept.into_iter().map(|alike| alike.into_diagnostic(all)));
    }

    /// How many there are with these codes.
    pub fn count(&self, codes: &[&str]) -> usize {
        self.list.iter().filter(|one| codes.contains(&one.code)).count()
    }

    /// Drops all but those with this code.
    pub fn keep_only(&mut self, code: &str) {
        self.list.retain(|one| one.code == code);
    }

    /// Whether there are errors, not only warnings.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(Diagnostic::is_error)
    }

    /// All diagnostics: first those without a place, then those in the storyboard, then those in
    /// variables files, each by place. The known fields are listed only with the first unknown one.
    pub fn into_sorted(self, storyboard: &str) -> Vec<Diagnostic> {
        let mut list = self.list;
        let is_left_alone = |one: &Diagnostic| {
            site(one).is_some_and(|(file, start, end)| {
                let before = self.left_alone.range(..=(file.clone(), start)).next_back();
                before.is_some_and(|((other, _), until)| *other == file && end <= *until)
            })
        };
        list.retain(|one| !is_left_alone(one));
        list.sort_by_cached_key(|diagnostic| {
            diagnostic.place.as_ref().map(|place| {
                let name = place.source.name();
                (name != storyboard, name.to_string(), place.span.start, place.span.end)
            })
        });
        let mut listed: HashSet<String> = HashSet::new();
        for diagnostic in &mut list {
            diagnostic
                .notes
                .retain(|note| !note.starts_with(KNOWN_FIELDS) || listed.insert(note.clone()));
        }
        list
    }
}
