//! Uncut: scenes that are paid for and seen in no cut.

use std::collections::HashSet;

use super::scenes::Named;
use crate::base::{Diagnostic, SceneId, Warning};
use crate::storyboard::film::resolved::{Cut, ImageSource};
use crate::storyboard::scope::resolver::Desk;
use crate::storyboard::text::findings::Diagnostics;

/// Warns of scenes that are in none of a film's cuts, if it has any: a scene of which another one
/// takes a frame is needed all the same.
pub(in crate::storyboard) fn check(desk: &mut Desk, scenes: &[Named], cuts: &[Cut]) {
    if cuts.is_empty() || desk.findings.has_errors() {
        return;
    }
    let made = || scenes.iter().filter_map(|named| Some((named, named.outcome.scene.as_ref()?)));
    let mut seen: HashSet<&SceneId> = cuts.iter().flat_map(|cut| &cut.scenes).collect();
    seen.extend(made().filter_map(|(_, scene)| match scene.image() {
        Some(ImageSource::Frame(source, _)) => Some(source),
        _ => None,
    }));
    let mut alike = Vec::new();
    for (named, scene) in made().filter(|(_, scene)| !seen.contains(&scene.id)) {
        let message = format!("scene `{}` is in no cut", scene.id);
        let warning = Diagnostic::warning(Warning::SceneInNoCut, message)
            .at(desk.tree.place(named.entry.key))
            .label("add it to a cut, or remove it");
        let mut findings = Diagnostics::default();
        findings.add(warning);
        alike.push((scene.id.to_string(), findings));
    }
    desk.findings.absorb_alike(alike);
}
