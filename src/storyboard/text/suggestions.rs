//! Suggestions: the known word that is closest to an unknown one.

/// The candidate that is close enough to `found` to be suggested.
pub(crate) fn closest<'a>(
    found: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Two of five letters may differ: `dwan` is `dawn`, `duraton` is `duration`.
    closest_above(0.6, found, candidates)
}

/// The candidate that is closest to `found`, if at least so much of it is the same, from 0 to 1.
pub(in crate::storyboard) fn closest_above<'a>(
    likeness_min: f64,
    found: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Longer texts are not typing errors, and comparing them takes time.
    const COMPARED_MAX_BYTES: usize = 100;
    if found.len() > COMPARED_MAX_BYTES {
        return None;
    }
    let plain = normal(found);
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let (short, long) = (candidate.len().min(found.len()), candidate.len().max(found.len()));
        // Words of very different length cannot be similar enough, so they are not compared.
        if long > COMPARED_MAX_BYTES || short * 2 < long {
            continue;
        }
        let likeness = if normal(candidate) == plain {
            1.0
        } else {
            strsim::normalized_damerau_levenshtein(found, candidate)
        };
        if best.is_none_or(|(score, _)| likeness > score) {
            best = Some((likeness, candidate));
        }
    }
    best.filter(|(score, _)| *score >= likeness_min).map(|(_, candidate)| candidate)
}

/// A word without case, `_` and `-`, so that `aspectRatio` matches `aspect_ratio`.
fn normal(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// `did you mean `dawn`?`, or another text if nothing is close.
pub(in crate::storyboard) fn did_you_mean<'a>(
    found: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    match closest(found, candidates) {
        Some(word) => format!("did you mean `{word}`?"),
        None => otherwise(),
    }
}

/// `a, b and c`, each in backticks.
pub(in crate::storyboard) fn list<T: std::fmt::Display>(
    words: impl IntoIterator<Item = T>,
) -> String {
    join(words, "and")
}

/// `a, b or c`, each in backticks.
pub(in crate::storyboard) fn choice<T: std::fmt::Display>(
    words: impl IntoIterator<Item = T>,
) -> String {
    join(words, "or")
}

fn join<T: std::fmt::Display>(words: impl IntoIterator<Item = T>, last_word: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => "nothing".to_string(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} {last_word} {last}", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_close_matches() {
        let fields = ["prompt", "duration", "aspect_ratio", "dawn"];
        for (found, meant) in [
            ("promt", Some("prompt")),
            ("aspectRatio", Some("aspect_ratio")),
            ("dwan", Some("dawn")),
            ("length", None),
            ("", None),
        ] {
            assert_eq!(closest(found, fields), meant, "{found}");
        }
    }

    #[test]
    fn lists_join_with_and_or_or() {
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(choice(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
