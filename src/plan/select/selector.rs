//! A selector: one command-line argument, and the scenes that it matches.
//!
//! `dawn`, `shot-*`, `tag:act1`; `x+` adds all scenes that depend on x, `+x` all that x depends on.
//! A name also matches its rows and variants at any depth: `host` matches `host.en.16x9`.

use std::collections::BTreeSet;

use crate::base::{Diagnostic, Tag};
use crate::plan::graph::Graph;
use crate::storyboard::{Film, Scene, closest};

/// The prefix of a tag selector.
const TAG: &str = "tag:";
/// How many names a message lists.
const LISTED_MAX: usize = 12;

/// One selector of the command line.
pub(super) struct Selector<'s> {
    text: &'s str,
    /// Whether the scenes that the named ones depend on are included.
    feeds: bool,
    /// Whether the scenes that depend on the named ones are included.
    follows: bool,
    /// The text between the `+` signs.
    name: &'s str,
    /// The glob after `tag:`, if there is one.
    tag: Option<&'s str>,
}

impl<'s> Selector<'s> {
    /// Parses a selector; every text is one, though it may match nothing.
    pub fn read(text: &'s str) -> Selector<'s> {
        let without = text.strip_prefix('+').unwrap_or(text);
        let name = without.strip_suffix('+').unwrap_or(without);
        Selector {
            text,
            feeds: without.len() < text.len(),
            follows: name.len() < without.len(),
            name,
            tag: name.strip_prefix(TAG),
        }
    }

    /// Whether a scene's name matches, with its rows and variants.
    pub fn names_scene(&self, name: &str) -> bool {
        self.tag.is_none()
            && (matches(self.name, name) || matches(&format!("{}.*", self.name), name))
    }

    /// Adds the positions of the matching scenes.
    ///
    /// # Errors
    /// It matches no scene; the message suggests what was probably meant.
    #[expect(clippy::result_large_err, reason = "called a few times a run, and the error is final")]
    pub fn choose(
        &self,
        film: &Film,
        graph: &Graph,
        chosen: &mut BTreeSet<usize>,
    ) -> Result<(), Diagnostic> {
        let names = self.names();
        let named: Vec<usize> =
            (0..film.scenes.len()).filter(|at| names(&film.scenes[*at])).collect();
        if named.is_empty() {
            return Err(self.unknown(film));
        }
        if self.follows {
            chosen.extend(graph.with_followers(&named));
        }
        if self.feeds {
            chosen.extend(graph.with_sources(&named, |_| true));
        }
        chosen.extend(named);
        Ok(())
    }

    /// Whether a scene itself matches, regardless of `+`.
    fn names(&self) -> impl Fn(&Scene) -> bool {
        let (name, parts, tag) = (self.name, format!("{}.*", self.name), self.tag);
        move |scene: &Scene| match tag {
            Some(tag) => scene.tags.iter().any(|own| matches(tag, own.as_str())),
            None => matches(name, scene.id.as_str()) || matches(&parts, scene.id.as_str()),
        }
    }

    fn unknown(&self, film: &Film) -> Diagnostic {
        match self.tag {
            Some(tag) => self.unknown_tag(film, tag),
            None => self.unknown_scene(film),
        }
    }

    fn unknown_tag(&self, film: &Film, tag: &str) -> Diagnostic {
        let mistake = Diagnostic::error("unknown-tag", format!("no scene has the tag `{tag}`"));
        let tags = tags(film);
        if tags.is_empty() {
            let example = if tag.parse::<Tag>().is_ok() { tag } else { "act1" };
            return mistake.fix(format!("no scene has tags; write `tags: [{example}]` in a scene"));
        }
        match closest(tag, tags.iter().map(|tag| tag.as_str())) {
            Some(meant) => mistake.fix(format!("did you mean `{}`?", self.instead(TAG, meant))),
            None if film.scenes.iter().any(Selector::read(tag).names()) => {
                mistake.fix(format!("did you mean `{}`?", self.instead("", tag)))
            }
            None => mistake.fix(format!("the tags are: {}", listed(tags.into_iter()))),
        }
    }

    fn unknown_scene(&self, film: &Film) -> Diagnostic {
        let name = self.name;
        let mistake =
            Diagnostic::error("unknown-scene", format!("no scene matches `{}`", self.text));
        let is_file = [".yaml", ".yml"].iter().any(|end| name.ends_with(end));
        if is_file || name.contains(['/', '\\']) {
            return mistake.fix("one run is about one storyboard: `kling-build FILE [SCENES]…`");
        }
        if let Some(other) = name.strip_prefix('!') {
            return mistake.fix(format!("to leave scenes out, write `--exclude {other}`"));
        }
        if name.contains(',') {
            let apart: Vec<&str> = name.split(',').map(str::trim).collect();
            return mistake.fix(format!("write scenes with spaces between: `{}`", apart.join(" ")));
        }
        if tags(film).iter().any(|tag| tag.as_str() == name) {
            return mistake.fix(format!("did you mean `{}`?", self.instead(TAG, name)));
        }
        let names = film
            .scenes
            .iter()
            .flat_map(|scene| [scene.id.as_str(), scene.base.as_str(), written_name(scene)]);
        match closest(name, names) {
            Some(meant) => mistake.fix(format!("did you mean `{}`?", self.instead("", meant))),
            None => {
                let mut written: Vec<&str> = film.scenes.iter().map(written_name).collect();
                // The rows and variants of a scene are adjacent.
                written.dedup();
                mistake.fix(format!("the scenes are: {}", listed(written.into_iter())))
            }
        }
    }

    /// The same selector with another name.
    fn instead(&self, kind: &str, name: &str) -> String {
        let (before, after) =
            (["", "+"][usize::from(self.feeds)], ["", "+"][usize::from(self.follows)]);
        format!("{before}{kind}{name}{after}")
    }
}

/// A scene's name without row and variant.
fn written_name(scene: &Scene) -> &str {
    let id = scene.id.as_str();
    id.split_once('.').map_or(id, |parts| parts.0)
}

/// Every tag of a film.
fn tags(film: &Film) -> BTreeSet<&Tag> {
    film.scenes.iter().flat_map(|scene| &scene.tags).collect()
}

/// The first few names, separated by commas.
fn listed<T: std::fmt::Display>(names: impl ExactSizeIterator<Item = T>) -> String {
    let more = if names.len() > LISTED_MAX { ", …" } else { "" };
    let shown: Vec<String> = names.take(LISTED_MAX).map(|name| name.to_string()).collect();
    shown.join(", ") + more
}

/// Whether a glob of `*` and `?` matches the whole text, in time linear in the product of their
/// lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut pattern_at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(pattern_at) {
            Some(b'*') => {
                star = Some((pattern_at, at));
                pattern_at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[at] => {
                pattern_at += 1;
                at += 1;
            }
            _ => match star {
                Some((star_at, matched)) => {
                    star = Some((star_at, matched + 1));
                    pattern_at = star_at + 1;
                    at = matched + 1;
                }
                None => return false,
            },
        }
    }
    pattern[pattern_at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "anything", true),
            ("act1-*", "act1-dawn", true),
            ("*-dawn", "act1-dawn", true),
            ("a?t*d*n", "act1-dawn", true),
            ("a*b", "acd", false),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
