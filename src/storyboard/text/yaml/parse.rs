//! Parsing: one bounded pass over the YAML events, from bytes to a [`Tree`].
//!
//! For any bytes, it ends soon and takes memory in proportion to the text: depth, nodes and the
//! expansion of aliases are limited, and the scanner is iterative. An error confined to one line is
//! reported, its value is blanked out, and the text is scanned again, so that one missing quote
//! does not hide all other errors.

use std::borrow::Cow;

use super::builder::{ParseStop, TreeBuilder};
use super::offsets::Offsets;
use super::tree::Tree;
use super::{json, messages, syntax};
use crate::base::{Diagnostic, Place, Source, Span};
use crate::storyboard::text::diagnostics::Diagnostics;

/// How often a text is scanned again after a value was blanked out.
const RETRIES_MAX: usize = 50;
/// The most forbidden control characters in a file that is still treated as text.
const CONTROLS_MAX: usize = 20;
/// The most bytes that those repeated scans may read in total.
const RETRIES_MAX_BYTES: usize = 32 << 20;

/// Reads YAML into a tree; errors go to the findings. `None` if the text as a whole is not YAML.
pub(in crate::storyboard) fn scan(source: &Source, findings: &mut Diagnostics) -> Option<Tree> {
    read(source, findings, |text| (text, Vec::new()))
}

/// Reads JSON like [`scan`] reads YAML. All places are those in the JSON.
pub(in crate::storyboard) fn scan_json(
    source: &Source,
    findings: &mut Diagnostics,
) -> Option<Tree> {
    read(source, findings, |text| {
        let (text, shortened) = json::as_yaml(&text);
        (text.into(), shortened)
    })
}

/// Reads the text that `rewrite` returns for the source, with the ends of what it shortened.
fn read(
    source: &Source,
    findings: &mut Diagnostics,
    rewrite: impl Fn(Cow<'_, str>) -> (Cow<'_, str>, Vec<usize>),
) -> Option<Tree> {
    if let Some(marker) = conflict_marker(source) {
        findings.add(marker);
        return None;
    }
    let mut offsets = Offsets::of(source.text());
    let mut masks = control_characters(source, findings)?;
    let retries = RETRIES_MAX.min(RETRIES_MAX_BYTES / source.text().len().max(1));
    for passes in 0.. {
        let (text, shortened) = rewrite(masked(source.text(), &masks));
        offsets.set_shortened(shortened);
        let mut builder = TreeBuilder::new(source, &offsets, &masks);
        match builder.run(&text) {
            Ok(root) => return Some(builder.finish(root, findings)),
            Err(ParseStop::Syntax { info, at, context }) => {
                let mistake = syntax::explain(source, &info, at, context);
                findings.add(mistake.diagnostic);
                match mistake.mask {
                    Some(mask) if passes < retries && !masks.contains(&mask) => {
                        masks.push(mask);
                    }
                    _ => {
                        builder.give_up(findings);
                        return None;
                    }
                }
            }
            Err(ParseStop::Limit(diagnostic)) => {
                findings.add(*diagnostic);
                return None;
            }
        }
    }
    None
}

/// The error for a text in which git left both sides of a merge.
fn conflict_marker(source: &Source) -> Option<Diagnostic> {
    let text = source.text();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let rest = &text[at + line.len()..];
        if line.starts_with("<<<<<<< ") && rest.contains("\n>>>>>>> ") {
            let place = Place::new(source, Span::new(at, at + line.trim_end().len()));
            let (number, _) = source.line_column(at);
            return Some(messages::conflict_marker(place, number));
        }
        at += line.len();
    }
    None
}

/// Reports the control characters that YAML forbids; `None` if there are so many that this is not a
/// text.
fn control_characters(source: &Source, findings: &mut Diagnostics) -> Option<Vec<Span>> {
    let is_forbidden = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r');
    let found: Vec<(usize, &str)> =
        source.text().match_indices(is_forbidden).take(CONTROLS_MAX + 1).collect();
    let span = |at: usize| Span::new(at, at + 1);
    if let Some((at, _)) = found.first().filter(|_| found.len() > CONTROLS_MAX) {
        findings.add(messages::not_text(Place::new(source, span(*at))));
        return None;
    }
    for (at, text) in &found {
        let c = text.chars().next().unwrap_or_default();
        findings.add(messages::control_character(Place::new(source, span(*at)), c));
    }
    Some(found.into_iter().map(|(at, _)| span(at)).collect())
}

/// The text with the masked spans replaced by a plain scalar of the same length in characters.
fn masked<'t>(text: &'t str, masks: &[Span]) -> Cow<'t, str> {
    if masks.is_empty() {
        return text.into();
    }
    let mut masks = masks.to_vec();
    masks.sort_unstable();
    let mut blanked = String::with_capacity(text.len());
    let mut end = 0;
    for mask in masks {
        // A value may contain a character that was masked before.
        let (start, stop) = (mask.start.max(end), mask.end.max(end));
        blanked.push_str(&text[end..start]);
        // `seed:12345` becomes a key only with a space.
        let is_bare = text[..start].ends_with(':');
        let blank = |(at, _)| if is_bare && at == 0 { ' ' } else { 'x' };
        blanked.extend(text[start..stop].chars().enumerate().map(blank));
        end = stop;
    }
    blanked.push_str(&text[end..]);
    blanked.into()
}
