//! Includes: joins a storyboard and the files it includes into one document.
//!
//! The contents of an included file come before those of the including file, in the order of the
//! includes. A file that is included twice is joined once. Every value keeps its place in its own
//! file, and paths in it are relative to that file.

use crate::storyboard::limits::{INCLUDE_DEPTH_MAX, INCLUDED_FILES_MAX, NODES_MAX};
use std::collections::HashMap;

use crate::base::{Diagnostic, Place, Span};
use crate::storyboard::data::files::DataFiles;
use crate::storyboard::schema::document::{INCLUDED, Included, Storyboard};
use crate::storyboard::schema::reader::{DECLARING, ReadMap, read};
use crate::storyboard::schema::value_schemas::{FormatVersion, IncludeList};
use crate::storyboard::schema::written::{NamedValue, NamedValues, Written};
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::paths;
use crate::storyboard::text::secrets;
use crate::storyboard::text::yaml::parse::scan;
use crate::storyboard::text::yaml::tree::{NodeId, Tree, Value};

/// The storyboard's tree with those of the included files, and the resulting document.
pub(in crate::storyboard) struct MergedDocument {
    /// All nodes of all files.
    pub tree: Tree,
    /// The joined document.
    pub whole: ReadMap<Storyboard>,
    /// Whether every file could be read; otherwise there may be unknown declarations.
    pub is_whole: bool,
}

/// Joins a storyboard with this name and the files it includes; errors go to the findings.
pub(in crate::storyboard) fn join(
    name: &str,
    tree: Tree,
    whole: ReadMap<Storyboard>,
    library: &mut DataFiles,
    findings: &mut Diagnostics,
) -> MergedDocument {
    let ReadMap { mut fields, meant } = whole;
    let is_declared = !meant.iter().any(|name| DECLARING.contains(name));
    let Some(include) = fields.include.take() else {
        return MergedDocument { tree, whole: ReadMap { fields, meant }, is_whole: is_declared };
    };
    let own = name.rsplit(['/', '\\']).next().unwrap_or(name).to_string();
    let has_scenes = fields.scenes.is_some();
    let mut joining = IncludeMerge {
        tree,
        library,
        findings,
        paths: HashMap::from([(own, IncludeState::Open)]),
        names: HashMap::new(),
        parts: MergedParts::default(),
        is_whole: is_declared,
    };
    joining.includes(&include, 1);
    joining.take(MergedParts {
        vars: fields.vars.take(),
        partials: fields.partials.take(),
        characters: fields.characters.take(),
        scenes: fields.scenes.take(),
        cuts: fields.cuts.take(),
    });
    let IncludeMerge { tree, parts, is_whole, .. } = joining;
    fields.vars = parts.vars;
    fields.partials = parts.partials;
    fields.characters = parts.characters;
    let may_be_empty = has_scenes || !is_whole;
    fields.scenes = parts.scenes.filter(|scenes| may_be_empty || !scenes.0.is_empty());
    fields.cuts = parts.cuts;
    MergedDocument { tree, whole: ReadMap { fields, meant }, is_whole }
}

/// The parts of files that can be joined.
#[derive(Default)]
struct MergedParts {
    vars: Option<NamedValues<crate::storyboard::schema::value_schemas::AnyValue>>,
    partials: Option<NamedValues<crate::storyboard::schema::value_schemas::Text>>,
    characters: Option<NamedValues<crate::storyboard::schema::input_forms::CharacterText>>,
    scenes: Option<NamedValues<crate::storyboard::schema::document::WrittenScene>>,
    cuts: Option<NamedValues<crate::storyboard::schema::cut_forms::WrittenCut>>,
}

/// The state of an included file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IncludeState {
    /// It is being read, and so are the files that it includes.
    Open,
    /// It has been joined.
    Done,
}

struct IncludeMerge<'a> {
    tree: Tree,
    library: &'a mut DataFiles,
    findings: &'a mut Diagnostics,
    paths: HashMap<String, IncludeState>,
    /// The node of each name, by kind of part.
    names: HashMap<(&'static str, String), NodeId>,
    parts: MergedParts,
    /// Whether every file could be read.
    is_whole: bool,
}

impl IncludeMerge<'_> {
    /// Joins the files that a file includes.
    fn includes(&mut self, include: &Written<IncludeList>, depth: usize) {
        let nodes = match self.tree.value(include.node) {
            Value::List(items) => items.clone(),
            _ => vec![include.node],
        };
        for node in nodes {
            let Some(path) = self.path(node) else { continue };
            match self.paths.get(&path) {
                Some(IncludeState::Done) => continue,
                Some(IncludeState::Open) => {
                    let message = format!("`{path}` includes itself, directly or through others");
                    self.error("include-ring", message, node, "remove this line");
                    continue;
                }
                None => {}
            }
            if depth > INCLUDE_DEPTH_MAX || self.paths.len() > INCLUDED_FILES_MAX {
                let message = format!(
                    "a film can include at most {INCLUDED_FILES_MAX} files, nested at most {INCLUDE_DEPTH_MAX} deep"
                );
                self.error("too-many-files", message, node, "merge some of them");
                return;
            }
            self.paths.insert(path.clone(), IncludeState::Open);
            self.is_whole &= self.file(node, &path, depth).is_some();
            self.paths.insert(path, IncludeState::Done);
        }
    }

    /// The path named at a node, relative to the storyboard's folder.
    fn path(&mut self, node: NodeId) -> Option<String> {
        let text = match self.tree.value(node) {
            Value::Scalar(scalar) => scalar.text.trim().to_string(),
            Value::Broken => return None,
            _ => {
                let message =
                    format!("`include` must be a list of paths, {}", self.tree.instead(node));
                self.error("wrong-type", message, node, "write `[acts/one.yaml]`");
                return None;
            }
        };
        if is_template(&text) {
            let message = "the path of an include cannot be a template";
            let label = "write the path itself: files are read before variables are known";
            self.error("template-feature", message, node, label);
            return None;
        }
        match paths::inside(self.tree.folder(node), "`include`", &text, None) {
            Ok(path) => Some(paths::plain(&path)),
            Err(mistake) => {
                self.error("bad-path", mistake.message, node, mistake.label);
                None
            }
        }
    }

    /// Joins one file named at a node; `None` after reporting that it cannot be read.
    fn file(&mut self, node: NodeId, path: &str, depth: usize) -> Option<()> {
        let named = self.tree.place(node);
        let source = match self.library.text(path) {
            Ok(source) => source,
            Err(mistake) => {
                self.findings.add(match mistake.place {
                    Some(_) => mistake.related(named, "included here"),
                    None => {
                        mistake.at(named).label("included here; paths are relative to this file")
                    }
                });
                return None;
            }
        };
        let tree = scan(&source, self.findings).map(secrets::hide)?;
        if self.tree.nodes.len() + tree.nodes.len() > NODES_MAX {
            let message =
                format!("the files of this film have more than {NODES_MAX} keys and values");
            self.error("too-large", message, node, "files from here on were not read");
            return None;
        }
        if source.text().trim().is_empty() || matches!(tree.value(tree.root), Value::Broken) {
            let message = format!("`{path}` is empty");
            let diagnostic = Diagnostic::error("empty-storyboard", message)
                .at(Place::new(&source, Span::new(0, 0)))
                .label("write `scenes:`, `vars:`, `partials:` or `cuts:`")
                .related(named, "included here");
            self.findings.add(diagnostic);
            return None;
        }
        let root = self.tree.graft(tree, paths::folder(path));
        let read = read::<Included>(&self.tree, root, INCLUDED, self.findings)?;
        self.is_whole &= !read.meant.iter().any(|name| DECLARING.contains(name));
        let Included { version, include, vars, partials, characters, scenes, cuts } = read.fields;
        if let Some(version) = version {
            self.version(&version);
        }
        if let Some(include) = include {
            self.includes(&include, depth + 1);
        }
        self.take(MergedParts { vars, partials, characters, scenes, cuts });
        Some(())
    }

    fn version(&mut self, written: &Written<FormatVersion>) {
        let text = self.tree.scalar(written.node).map_or("", |scalar| scalar.text.trim());
        if text != "1" {
            let message = format!("{INCLUDED} has a different version than its storyboard");
            self.error("unknown-version", message, written.node, "write `version: 1`");
        }
    }

    /// Adds a file's own contents.
    fn take(&mut self, parts: MergedParts) {
        let MergedParts { vars, partials, characters, scenes, cuts } = parts;
        let vars = self.unique("variable", vars);
        let partials = self.unique("partial", partials);
        let characters = self.unique("character", characters);
        let scenes = self.unique("scene", scenes);
        let cuts = self.unique("cut", cuts);
        add(&mut self.parts.vars, vars);
        add(&mut self.parts.partials, partials);
        add(&mut self.parts.characters, characters);
        add(&mut self.parts.scenes, scenes);
        add(&mut self.parts.cuts, cuts);
    }

    /// The rows except those that another file already has, which are reported.
    fn unique<T>(
        &mut self,
        kind: &'static str,
        rows: Option<NamedValues<T>>,
    ) -> Vec<NamedValue<T>> {
        let mut kept = Vec::new();
        for row in rows.map(|rows| rows.0).unwrap_or_default() {
            let name = self.tree.scalar(row.key).map_or("", |key| &key.text).to_string();
            match self.names.get(&(kind, name.clone())).copied() {
                None => {
                    self.names.insert((kind, name), row.key);
                    kept.push(row);
                }
                Some(first) => {
                    let message = format!("two files define the {kind} `{name}`");
                    let diagnostic = Diagnostic::error("duplicate-name", message)
                        .at(self.tree.place(row.key))
                        .label("remove or rename one of them")
                        .related(self.tree.place(first), "the other");
                    self.findings.add(diagnostic);
                }
            }
        }
        kept
    }

    fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        node: NodeId,
        label: impl Into<String>,
    ) {
        self.is_whole = false;
        let place = self.tree.place(node);
        self.findings.add(Diagnostic::error(code, message).at(place).label(label));
    }
}

fn add<T>(all: &mut Option<NamedValues<T>>, rows: Vec<NamedValue<T>>) {
    all.get_or_insert_with(|| NamedValues(Vec::new())).0.extend(rows);
}
