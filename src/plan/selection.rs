//! The selection: which scenes a command is about.
//!
//! A selector is an id or a glob (`*` and `?`) and chooses the rows and variants of what it names
//! as well; `x+` adds all that follows from x, `+x` all that feeds it.

use std::collections::BTreeSet;

use super::graph::{Graph, Link};
use crate::base::Diagnostic;
use crate::storyboard::Film;

/// The positions of the chosen scenes, in film order, and of those they need bytes from.
///
/// No selector means every scene. A scene whose frame a chosen one takes is chosen with it.
///
/// # Errors
/// One diagnostic for each selector that names no scene.
pub fn select(
    film: &Film,
    graph: &Graph,
    selectors: &[String],
) -> Result<Vec<usize>, Vec<Diagnostic>> {
    if selectors.is_empty() {
        return Ok((0..film.scenes.len()).collect());
    }
    let chosen = named(film, graph, selectors)?;
    let needed: BTreeSet<usize> = chosen
        .iter()
        .flat_map(|scene| graph.with_sources(*scene, |link| link == Link::Frame))
        .collect();
    Ok(chosen.union(&needed).copied().collect())
}

/// The positions of the scenes that selectors name, and of no others: whoever has one made again
/// does not want to pay for those that feed it.
///
/// # Errors
/// One diagnostic for each selector that names no scene.
pub fn named(
    film: &Film,
    graph: &Graph,
    selectors: &[String],
) -> Result<BTreeSet<usize>, Vec<Diagnostic>> {
    let mut chosen = BTreeSet::new();
    let mut mistakes = Vec::new();
    for selector in selectors {
        let (feeds, rest) = match selector.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, selector.as_str()),
        };
        let (follows, pattern) = match rest.strip_suffix('+') {
            Some(pattern) => (true, pattern),
            None => (false, rest),
        };
        let before = chosen.len();
        let parts = format!("{pattern}.*");
        let matching = (0..film.scenes.len()).filter(|at| {
            let id = film.scenes[*at].id.as_str().as_bytes();
            matches(pattern.as_bytes(), id) || matches(parts.as_bytes(), id)
        });
        let mut found = false;
        for scene in matching {
            found = true;
            chosen.insert(scene);
            if follows {
                chosen.extend(graph.with_followers(scene));
            }
            if feeds {
                chosen.extend(graph.with_sources(scene, |_| true));
            }
        }
        if !found {
            debug_assert_eq!(before, chosen.len());
            mistakes.push(no_such_scene(film, selector, pattern));
        }
    }
    if mistakes.is_empty() { Ok(chosen) } else { Err(mistakes) }
}

fn no_such_scene(film: &Film, selector: &str, pattern: &str) -> Diagnostic {
    let mistake = Diagnostic::error("unknown-scene", format!("no scene matches `{selector}`"));
    let nearest = film
        .scenes
        .iter()
        .map(|scene| (strsim::damerau_levenshtein(pattern, scene.id.as_str()), scene))
        .filter(|(distance, _)| *distance <= 1 + pattern.len() / 4)
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((_, scene)) => mistake.fix(format!("did you mean `{}`?", scene.id)),
        None => {
            let ids: Vec<&str> = film.scenes.iter().take(12).map(|s| s.id.as_str()).collect();
            let more = if film.scenes.len() > ids.len() { ", …" } else { "" };
            mistake.fix(format!("the scenes are: {}{more}", ids.join(", ")))
        }
    }
}

/// Whether a glob of `*` and `?` matches the whole text, in time linear in their product.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
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
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
