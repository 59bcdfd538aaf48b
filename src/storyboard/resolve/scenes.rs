//! Scenes: every written scene, once for each of its rows, in every variant.
//!
//! An error at one place of a scene is reported once, regardless of the number of affected rows and
//! variants.

use crate::base::text::excerpt;
use crate::storyboard::limits::SCENES_MAX;
use std::collections::HashMap;
use std::rc::Rc;

use super::defaults::SceneContext;
use super::former_names::{self as former, Renamed};
use super::ids::checked_id;
use super::row_cells::RowCells;
use crate::base::{Diagnostic, Place, SceneId};
use crate::storyboard::data::files::DataFiles;
use crate::storyboard::expand::for_each;
use crate::storyboard::expand::for_each::{SceneRow, SceneRows};

use super::scene::result::{self, SceneResult};
use crate::storyboard::schema::document;
use crate::storyboard::schema::reader::{ReadMap, read_named};
use crate::storyboard::schema::written::NamedValue;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::yaml::tree::{MapEntry, NodeId};

/// One scene in one variant, as seen by other scenes.
pub(in crate::storyboard) struct SceneInstance {
    /// Its name as written, without row and variant.
    pub written: Rc<str>,
    /// Its name without the variant.
    pub base: String,
    /// Its name with the variant.
    pub name: String,
    /// The position of its variant.
    pub variant: usize,
    /// The entry of the scene.
    pub entry: MapEntry,
    /// The place of its row, if it was expanded from one.
    pub row: Option<Place>,
    /// Whether all rows of the scene are present.
    pub is_whole: bool,
    /// The result of resolving it.
    pub outcome: SceneResult,
}

/// Resolves every row of every scene in every variant, in film order: the rows of a scene are
/// adjacent, and so are the variants of a row.
pub(in crate::storyboard) fn resolve(
    scope: &mut Scope,
    findings: &mut Findings,
    files: &mut DataFiles,
    rows: &[NamedValue<document::WrittenScene>],
    setting: &SceneContext<'_>,
) -> Vec<SceneInstance> {
    let named = Vec::with_capacity(rows.len());
    let mut cast =
        SceneList { setting, index: 0, named, dotted: HashMap::new(), cells: RowCells::new() };
    for row in rows {
        if !cast.resolve(scope, findings, files, row) {
            break;
        }
    }
    cast.check_variants(scope, findings);
    cast.check_former_names(scope, findings);
    cast.named
}

/// The scenes so far.
struct SceneList<'a> {
    setting: &'a SceneContext<'a>,
    /// The number of scenes, counting all variants of a scene as one.
    index: usize,
    named: Vec<SceneInstance>,
    /// Names with a dot, without their variant: a row and an explicitly written scene may have the
    /// same name. Each with the scene that had it first, and whether that scene has rows.
    dotted: HashMap<String, (NodeId, bool)>,
    /// Finds the values of rows behind errors.
    cells: RowCells,
}

/// A scene as written.
struct SceneToExpand {
    name: Rc<str>,
    entry: MapEntry,
    is_id: bool,
    /// Whether all its rows are valid.
    is_whole: bool,
    fields: Option<ReadMap<document::WrittenScene>>,
}

impl SceneList<'_> {
    /// Adds a written scene; returns whether there is room for more.
    fn resolve(
        &mut self,
        scope: &mut Scope,
        findings: &mut Findings,
        files: &mut DataFiles,
        row: &NamedValue<document::WrittenScene>,
    ) -> bool {
        let tree = scope.tree.clone();
        let name: Rc<str> = tree.scalar(row.key).map_or("", |key| &key.text).into();
        let is_id = checked_id::<SceneId>(scope, findings, row.key, "scene").is_some();
        let noun = format!("scene `{}`", excerpt(&name));
        let entry = MapEntry { key: row.key, value: row.value.node };
        let fields = read_named::<document::WrittenScene>(
            &tree,
            entry.value,
            &noun,
            Some(row.key),
            &mut findings.diagnostics,
        );
        if let Some(id) = fields.as_ref().and_then(|read| read.fields.id)
            && id.node != row.key
        {
            let key =
                tree.map(entry.value).and_then(|map| map.get("id")).map_or(id.node, |id| id.key);
            let label = format!("remove it: its name is `{}` already", excerpt(&name));
            findings.error("unknown-field", format!("{noun} has no field `id`"), key, label);
        }
        let mut scene = SceneToExpand { name, entry, is_id, is_whole: true, fields };
        let SceneRows { rows, is_whole } = match &scene.fields {
            Some(read) => for_each::rows(scope, findings, files, &scene.name, &read.fields),
            None => SceneRows::none(),
        };
        scene.is_whole = is_whole;
        let made = rows.len().max(1).saturating_mul(self.setting.variants.len());
        if made > 1 && self.named.len() + made > SCENES_MAX {
            self.too_many(findings, &scene, rows.len());
            return false;
        }
        let mut alike = Vec::with_capacity(made);
        if rows.is_empty() {
            self.in_every_variant(scope, findings, &scene, None, &mut alike);
        }
        for row in &rows {
            self.in_every_variant(scope, findings, &scene, Some(row), &mut alike);
        }
        findings.diagnostics.absorb_alike(alike);
        true
    }

    fn in_every_variant(
        &mut self,
        scope: &mut Scope,
        findings: &mut Findings,
        scene: &SceneToExpand,
        row: Option<&SceneRow>,
        alike: &mut Vec<(String, Diagnostics)>,
    ) {
        self.index += 1;
        let id = match row {
            Some(row) => format!("{}.{}", scene.name, row.part),
            None => scene.name.to_string(),
        };
        let is_free = self.is_free(scope, findings, &id, scene, row);
        for (variant, point) in self.setting.variants.iter().enumerate() {
            let names = SceneNames {
                id: id.clone(),
                index: self.index,
                variant: point.name.clone(),
                given: point.given.iter().chain(row.map(|row| &row.given)).cloned().collect(),
            };
            let name = names.full();
            let before = std::mem::take(&mut findings.diagnostics);
            let outcome = match &scene.fields {
                Some(fields) => {
                    let ids = ids(findings, scene, &names).filter(|_| is_free);
                    result::resolve(scope, findings, ids, &names, scene.entry, fields, self.setting)
                }
                None => SceneResult::default(),
            };
            if let Some(row) = row {
                findings.diagnostics.relate(|place| self.cells.used(row, place));
            }
            alike.push((name.clone(), std::mem::replace(&mut findings.diagnostics, before)));
            let (written, entry) = (scene.name.clone(), scene.entry);
            let row = row.map(|row| row.given.place.clone());
            let (base, is_whole) = (names.id, scene.is_whole);
            self.named.push(SceneInstance {
                written,
                base,
                name,
                variant,
                entry,
                row,
                is_whole,
                outcome,
            });
        }
    }

    /// Whether a name without its variant is still free; reports the scene that has it.
    fn is_free(
        &mut self,
        scope: &Scope,
        findings: &mut Findings,
        id: &str,
        scene: &SceneToExpand,
        row: Option<&SceneRow>,
    ) -> bool {
        // Names without dots are keys of the storyboard, and keys are unique.
        if !id.contains('.') {
            return true;
        }
        let own = (scene.entry.key, row.is_some());
        let Some((first, is_row)) = self.dotted.insert(id.to_string(), own) else { return true };
        // Duplicate rows of one scene have already been reported.
        if first != scene.entry.key {
            let of = |is_row| if is_row { "a row of this scene has that name" } else { "this one" };
            let diagnostic = Diagnostic::error("same-name", format!("two scenes are named `{id}`"))
                .at(scope.tree.place(scene.entry.key))
                .label(format!("{}; rename one of them", of(row.is_some())))
                .related(scope.tree.place(first), of(is_row));
            findings.add(diagnostic);
        }
        false
    }

    /// Reports explicitly written names that are also a variant of another scene: `host.en` would
    /// be ambiguous.
    fn check_variants(&self, scope: &Scope, findings: &mut Findings) {
        for named in self.named.iter().filter(|named| named.name != named.base) {
            let Some((key, _)) = self.dotted.get(&named.name) else { continue };
            let message = format!("`{}` is also a variant of scene `{}`", named.name, named.base);
            let diagnostic = Diagnostic::error("same-name", message)
                .at(scope.tree.place(*key))
                .label("rename one of them")
                .related(scope.tree.place(named.entry.key), "the other");
            findings.add(diagnostic);
        }
    }

    fn check_former_names(&self, scope: &Scope, findings: &mut Findings) {
        fn renamed(named: &SceneInstance) -> Renamed<'_> {
            let was = named.outcome.was.as_ref().map(|was| (was.id.as_str(), was.node));
            Renamed { name: &named.name, key: named.entry.key, was }
        }
        let all: Vec<Renamed<'_>> = self.named.iter().map(renamed).collect();
        former::check(scope, findings, "scene", &all);
    }

    fn too_many(&self, findings: &mut Findings, scene: &SceneToExpand, rows: usize) {
        let variants = self.setting.variants.len();
        let message = format!(
            "with scene `{}` the film has more than {SCENES_MAX} scenes",
            excerpt(&scene.name)
        );
        let label = match (rows, variants) {
            (0, _) => format!("this scene has {variants} variants"),
            (_, 1) => format!("this scene has {rows} rows"),
            _ => format!("this scene has {rows} rows in {variants} variants"),
        };
        findings.error("too-many-scenes", message, scene.entry.key, label);
    }
}

/// The ids with and without the variant; `None` after reporting an invalid name.
fn ids(
    findings: &mut Findings,
    scene: &SceneToExpand,
    names: &SceneNames,
) -> Option<(SceneId, SceneId)> {
    if !scene.is_id || !scene.is_whole {
        return None;
    }
    let name = names.full();
    let ids = name.parse().ok().zip(names.id.parse().ok());
    if ids.is_none() {
        let message = format!("`{name}` is too long to be the name of a file");
        findings.error("bad-name", message, scene.entry.key, "use shorter names");
    }
    ids
}
