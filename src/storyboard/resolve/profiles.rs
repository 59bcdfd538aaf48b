//! Profiles: named values that override those of scenes and defaults while `--profile` names them.
//!
//! All profiles are checked, also those that are not chosen: a draft must not fail on the day it is
//! needed. Their values may use variables, but nothing that differs between scenes.

use super::defaults::{ChosenProfile, DefaultsByType, TypeDefaults};
use super::ids::checked_id;
use super::scene::profile_check;
use crate::base::text::excerpt;
use crate::base::{Diagnostic, ProfileId};
use crate::storyboard::schema::document::{
    AvatarProfile, ClipProfile, SceneDefaults, WrittenProfile,
};
use crate::storyboard::schema::reader::read as read_map;
use crate::storyboard::schema::written::{NamedValue, NamedValues};
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::text::suggestions::closest;
use crate::storyboard::text::yaml::tree::MapEntry;

/// The folders of a build directory, which are beside those of the profiles.
const FOLDERS: [&str; 6] = ["preview", "takes", "scenes", "posters", "cuts", "frames"];

/// The profiles of a film.
pub(in crate::storyboard) struct FilmProfiles {
    /// The one that the command line chose, if there is one with its name.
    pub chosen: Option<ChosenProfile>,
    /// The valid names of all, in the order written.
    pub names: Vec<ProfileId>,
}

/// Checks every profile and returns them. `is_whole` says
/// whether all of them could be read.
pub(in crate::storyboard) fn read(
    scope: &mut Scope,
    findings: &mut Findings,
    written: Option<NamedValues<WrittenProfile>>,
    chosen: Option<&ProfileId>,
    is_whole: bool,
) -> FilmProfiles {
    let rows = written.map(|rows| rows.0).unwrap_or_default();
    let mut found = None;
    let mut names = Vec::new();
    for row in &rows {
        let (name, values) = one(scope, findings, row);
        names.extend(name.clone());
        if name.is_some() && name.as_ref() == chosen {
            found = name.map(|name| ChosenProfile { name, values });
        }
    }
    if let Some(chosen) = chosen.filter(|_| found.is_none() && is_whole) {
        findings.add(unknown(scope, chosen, &rows));
    }
    FilmProfiles { chosen: found, names }
}

fn unknown(scope: &Scope, chosen: &ProfileId, rows: &[NamedValue<WrittenProfile>]) -> Diagnostic {
    let names = rows.iter().filter_map(|row| scope.tree.scalar(row.key));
    let names: Vec<&str> = names.map(|key| &*key.text).collect();
    let unknown = Diagnostic::error("unknown-profile", format!("there is no profile `{chosen}`"));
    let known: Vec<String> = names.iter().map(|name| format!("`{}`", excerpt(name))).collect();
    let known = format!("known profiles: {}", known.join(", "));
    match closest(chosen.as_str(), names.iter().copied()) {
        _ if names.is_empty() => unknown.fix(format!(
            "add it to the storyboard, such as `profiles: {{ {chosen}: {{ resolution: 720p }} }}`"
        )),
        Some(name) => unknown.note(known).fix(format!("did you mean `--profile {name}`?")),
        None => unknown.note(known).fix("name one of them"),
    }
}

/// A profile's name, if it is valid, and its values.
fn one(
    scope: &mut Scope,
    findings: &mut Findings,
    row: &NamedValue<WrittenProfile>,
) -> (Option<ProfileId>, DefaultsByType) {
    let tree = scope.tree.clone();
    let text = tree.scalar(row.key).map_or("", |key| &key.text);
    let mut name = checked_id::<ProfileId>(scope, findings, row.key, "profile");
    if FOLDERS.contains(&text) {
        let message = format!(
            "a profile cannot be named `{text}`: the build directory has a folder with that name"
        );
        findings.error(
            "reserved-name",
            message,
            row.key,
            format!("for example, name it `my-{text}`"),
        );
        name = None;
    }
    let noun = format!("profile `{}`", excerpt(text));
    let node = row.value.node;
    let read = read_map::<WrittenProfile>(&tree, node, &noun, &mut findings.diagnostics);
    let Some(read) = read else { return (name, DefaultsByType::default()) };
    let WrittenProfile { t2v, i2v, avatar, model, duration, resolution, aspect_ratio } =
        read.fields;
    let diagnostics = &mut findings.diagnostics;
    let t2v = t2v.and_then(|at| read_map::<ClipProfile>(&tree, at.node, "`t2v`", diagnostics));
    let i2v = i2v.and_then(|at| read_map::<ClipProfile>(&tree, at.node, "`i2v`", diagnostics));
    let avatar =
        avatar.and_then(|at| read_map::<AvatarProfile>(&tree, at.node, "`avatar`", diagnostics));
    // An avatar is as long as its voice, and has the shape of its image.
    let of_avatars = SceneDefaults { model, resolution, ..SceneDefaults::default() };
    // What is drawn is as long as the film needs it, in drafts too.
    let of_drawn = SceneDefaults { resolution, aspect_ratio, ..SceneDefaults::default() };
    let none = SceneDefaults::default();
    let of_clips = SceneDefaults { model, duration, resolution, aspect_ratio, ..none };
    let values = DefaultsByType {
        t2v: TypeDefaults::of(&of_clips, t2v.map(|read| read.fields.into())),
        i2v: TypeDefaults::of(&of_clips, i2v.map(|read| read.fields.into())),
        avatar: TypeDefaults::of(&of_avatars, avatar.map(|read| read.fields.into())),
        drawn: TypeDefaults::of(&of_drawn, None),
    };
    let entry = MapEntry { key: row.key, value: node };
    profile_check::check(scope, findings, entry, text, &values);
    (name, values)
}

impl From<ClipProfile> for SceneDefaults {
    fn from(own: ClipProfile) -> Self {
        let ClipProfile { model, duration, resolution, aspect_ratio } = own;
        SceneDefaults { model, duration, resolution, aspect_ratio, ..SceneDefaults::default() }
    }
}

impl From<AvatarProfile> for SceneDefaults {
    fn from(own: AvatarProfile) -> Self {
        let AvatarProfile { model, resolution } = own;
        SceneDefaults { model, resolution, ..SceneDefaults::default() }
    }
}
