//! Scenes: each one that is written, once for each of its rows, in every variant.
//!
//! What is wrong in one place of a scene is reported once, however many rows and variants it is
//! wrong in.

use std::collections::HashMap;
use std::rc::Rc;

use super::defaults::Defaults;
use super::desk::{Desk, shorten};
use super::document::{self, Row};
use super::findings::Findings;
use super::for_each::{self, ForRow, ForRows};
use super::former::{self, Renamed};
use super::ids::checked_id;
use super::matrix::Variant;
use super::reader::{Read, read};
use super::scene::{self, Outcome};
use super::template::SceneNames;
use super::yaml::{Entry, NodeId};
use crate::base::{Diagnostic, Place, SceneId};

/// The most scenes that rows and variants may make of those written.
pub(super) const SCENES_MAX: usize = 10_000;

/// One scene in one variant, as the others see it.
pub(super) struct Named {
    /// Its name as written, without row and variant.
    pub written: Rc<str>,
    /// Its name without the variant.
    pub base: String,
    /// Its name with the variant.
    pub name: String,
    /// The position of its variant.
    pub variant: usize,
    /// Where it is written.
    pub entry: Entry,
    /// Where its row stands, if it is one of a row.
    pub row: Option<Place>,
    /// Whether the scene has, besides this, only rows that are here as well.
    pub is_whole: bool,
    /// What came of it.
    pub outcome: Outcome,
}

/// What all scenes have in common.
pub(super) struct Setting<'a> {
    /// Fields for scenes that do not have them.
    pub defaults: Defaults,
    /// What automatic seeds are derived from.
    pub film_seed: Option<u64>,
    /// The variants of the film.
    pub variants: &'a [Variant],
}

/// Resolves every row of every scene in every variant, in film order: rows follow one another, and
/// so do the variants of each.
pub(super) fn resolve(
    desk: &mut Desk,
    rows: &[Row<document::Scene>],
    setting: &Setting<'_>,
) -> Vec<Named> {
    let named = Vec::with_capacity(rows.len());
    let mut cast = Cast { setting, index: 0, named, dotted: HashMap::new() };
    for row in rows {
        if !cast.resolve(desk, row) {
            break;
        }
    }
    cast.check_variants(desk);
    cast.check_former_names(desk);
    cast.named
}

/// The scenes so far.
struct Cast<'a> {
    setting: &'a Setting<'a>,
    /// How many there are, those of all variants counted once.
    index: usize,
    named: Vec<Named>,
    /// Names with a dot, without their variant: a row and a scene that is written out may have the
    /// same one. Each with the scene that had it first, and whether that is one of rows.
    dotted: HashMap<String, (NodeId, bool)>,
}

/// A scene as it is written.
struct WrittenScene {
    name: Rc<str>,
    entry: Entry,
    is_id: bool,
    /// Whether all its rows are right.
    is_whole: bool,
    fields: Option<Read<document::Scene>>,
}

impl Cast<'_> {
    /// Adds a written scene; says whether there is room for more.
    fn resolve(&mut self, desk: &mut Desk, row: &Row<document::Scene>) -> bool {
        let tree = desk.tree.clone();
        let name: Rc<str> = tree.scalar(row.key).map_or("", |key| &key.text).into();
        let is_id = checked_id::<SceneId>(desk, row.key, "scene").is_some();
        let noun = format!("scene `{}`", shorten(&name));
        let entry = Entry { key: row.key, value: row.value.node };
        let fields = read::<document::Scene>(&tree, entry.value, &noun, &mut desk.findings);
        let mut scene = WrittenScene { name, entry, is_id, is_whole: true, fields };
        let ForRows { rows, is_whole } = match &scene.fields {
            Some(read) => for_each::rows(desk, &scene.name, &read.fields),
            None => ForRows::none(),
        };
        scene.is_whole = is_whole;
        let made = rows.len().max(1).saturating_mul(self.setting.variants.len());
        if made > 1 && self.named.len() + made > SCENES_MAX {
            self.too_many(desk, &scene, rows.len());
            return false;
        }
        let mut alike = Vec::with_capacity(made);
        if rows.is_empty() {
            self.in_every_variant(desk, &scene, None, &mut alike);
        }
        for row in &rows {
            self.in_every_variant(desk, &scene, Some(row), &mut alike);
        }
        desk.findings.absorb_alike(alike);
        true
    }

    fn in_every_variant(
        &mut self,
        desk: &mut Desk,
        scene: &WrittenScene,
        row: Option<&ForRow>,
        alike: &mut Vec<(String, Findings)>,
    ) {
        self.index += 1;
        let id = match row {
            Some(row) => format!("{}.{}", scene.name, row.part),
            None => scene.name.to_string(),
        };
        let is_free = self.is_free(desk, &id, scene, row);
        for (variant, point) in self.setting.variants.iter().enumerate() {
            let names = SceneNames {
                id: id.clone(),
                index: self.index,
                variant: point.name.clone(),
                given: point.given.iter().chain(row.map(|row| &row.given)).cloned().collect(),
            };
            let name = names.full();
            let before = std::mem::take(&mut desk.findings);
            let outcome = match &scene.fields {
                Some(fields) => {
                    let ids = ids(desk, scene, &names).filter(|_| is_free);
                    scene::resolve(desk, ids, &names, scene.entry, fields, self.setting)
                }
                None => Outcome::default(),
            };
            alike.push((name.clone(), std::mem::replace(&mut desk.findings, before)));
            let (written, entry) = (scene.name.clone(), scene.entry);
            let row = row.map(|row| row.given.place.clone());
            let (base, is_whole) = (names.id, scene.is_whole);
            self.named.push(Named { written, base, name, variant, entry, row, is_whole, outcome });
        }
    }

    /// Whether no scene has that name without its variant yet; reports the one that has it.
    fn is_free(
        &mut self,
        desk: &mut Desk,
        id: &str,
        scene: &WrittenScene,
        row: Option<&ForRow>,
    ) -> bool {
        // Names without dots are keys of the storyboard, and no key stands twice.
        if !id.contains('.') {
            return true;
        }
        let own = (scene.entry.key, row.is_some());
        let Some((first, is_row)) = self.dotted.insert(id.to_string(), own) else { return true };
        // Two rows of one scene have been reported as such.
        if first != scene.entry.key {
            let of = |is_row| if is_row { "a row of this scene is called so" } else { "this one" };
            let diagnostic =
                Diagnostic::error("same-name", format!("two scenes are called `{id}`"))
                    .at(desk.tree.place(scene.entry.key))
                    .label(format!("{}; rename one of them", of(row.is_some())))
                    .related(desk.tree.place(first), of(is_row));
            desk.findings.add(diagnostic);
        }
        false
    }

    /// Reports names that are written out and mean a variant of another scene as well: nobody could
    /// say which of the two `host.en` is.
    fn check_variants(&self, desk: &mut Desk) {
        for named in self.named.iter().filter(|named| named.name != named.base) {
            let Some((key, _)) = self.dotted.get(&named.name) else { continue };
            let message =
                format!("`{}` is a variant of scene `{}` as well", named.name, named.base);
            let diagnostic = Diagnostic::error("same-name", message)
                .at(desk.tree.place(*key))
                .label("rename one of them")
                .related(desk.tree.place(named.entry.key), "the other");
            desk.findings.add(diagnostic);
        }
    }

    fn check_former_names(&self, desk: &mut Desk) {
        fn renamed(named: &Named) -> Renamed<'_> {
            let was = named.outcome.was.as_ref().map(|was| (was.id.as_str(), was.node));
            Renamed { name: &named.name, key: named.entry.key, was }
        }
        let all: Vec<Renamed<'_>> = self.named.iter().map(renamed).collect();
        former::check(desk, "scene", &all);
    }

    fn too_many(&self, desk: &mut Desk, scene: &WrittenScene, rows: usize) {
        let variants = self.setting.variants.len();
        let message = format!(
            "with scene `{}` the film has more than {SCENES_MAX} scenes",
            shorten(&scene.name)
        );
        let label = match (rows, variants) {
            (0, _) => format!("this is made in {variants} variants"),
            (_, 1) => format!("this is made for {rows} rows"),
            _ => format!("this is made for {rows} rows in {variants} variants"),
        };
        desk.error("too-many-scenes", message, scene.entry.key, label);
    }
}

/// The names with and without the variant as ids; `None` when they are none, which has been
/// reported.
fn ids(desk: &mut Desk, scene: &WrittenScene, names: &SceneNames) -> Option<(SceneId, SceneId)> {
    if !scene.is_id || !scene.is_whole {
        return None;
    }
    let name = names.full();
    let ids = name.parse().ok().zip(names.id.parse().ok());
    if ids.is_none() {
        let message = format!("`{name}` is too long to be the name of a file");
        desk.error("bad-name", message, scene.entry.key, "give shorter names");
    }
    ids
}
