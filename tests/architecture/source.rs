//! The program's source as the rules see it: files, their modules, and their code without comments,
//! strings and unit tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Item};

/// A path as written, from its first name on: `["crate", "base", "Key"]`; the name of a called
/// macro ends in `!`.
pub type Names = Vec<String>;

/// One file of `src`.
pub struct SourceFile {
    /// Its path below `src`, with `/`.
    pub path: String,
    /// Its module path: `["plan", "key", "recipe"]`; empty for `lib.rs`.
    pub module: Names,
    /// Its text.
    pub text: String,
    /// Its syntax, unit tests included.
    pub whole: syn::File,
    /// Its syntax without unit tests.
    pub program: syn::File,
}

impl SourceFile {
    /// Whether it is the `mod.rs` of a folder.
    pub fn is_front(&self) -> bool {
        self.path == "lib.rs" || self.path.ends_with("/mod.rs")
    }

    /// The folder directly below `src`.
    pub fn folder(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    /// The modules that it declares in files of their own, in order.
    pub fn children(&self) -> Names {
        let declared = self.program.items.iter().filter_map(|item| match item {
            Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
            _ => None,
        });
        // `lib.rs` declares its folders twice, with and without the feature `internals`.
        let mut names: Names = declared.collect();
        names.dedup();
        names
    }

    /// The paths that the program's code names, with `use` groups expanded.
    pub fn paths(&self) -> BTreeSet<Names> {
        let mut found = BTreeSet::new();
        paths_in(self.program.to_token_stream(), &mut found);
        found
    }
}

/// Every file of `src`, sorted; `main.rs` is only the start of the program.
pub fn source_files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        source_file(&name, &fs::read_to_string(path).unwrap())
    };
    paths.iter().map(read).filter(|file| file.path != "main.rs").collect()
}

/// A file from its path below `src` and its text.
pub fn source_file(path: &str, text: &str) -> SourceFile {
    let whole = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut program = whole.clone();
    WithoutTests.visit_file_mut(&mut program);
    let mut module: Names = path.trim_end_matches(".rs").split('/').map(str::to_string).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib") {
        module.pop();
    }
    SourceFile { path: path.to_string(), module, text: text.to_string(), whole, program }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// Removes code that is compiled for tests only, and visibilities, from a file.
struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(|item| !is_for_tests(item));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_for_tests(item));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_visibility_mut(&mut self, visibility: &mut syn::Visibility) {
        // `pub(super)` names who may import, and imports nothing.
        *visibility = syn::Visibility::Inherited;
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| match item {
            syn::ImplItem::Fn(function) => !function.attrs.iter().any(names_test),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, block);
    }
}

fn is_for_tests(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(names_test)
}

/// Whether an attribute is `#[cfg(test)]`, or `#[cfg(all(test, …))]`.
fn names_test(attribute: &Attribute) -> bool {
    let text = attribute.meta.to_token_stream().to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// Collects the paths in code, also inside macros, whose bodies are not parsed.
fn paths_in(tokens: TokenStream, found: &mut BTreeSet<Names>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        match &trees[at] {
            TokenTree::Ident(_) => at = path_at(&trees, at, &[], found),
            TokenTree::Group(group) => {
                // `pub(in crate::…)` in a macro names who may import, and imports nothing.
                let first = group.stream().into_iter().next();
                if !matches!(first, Some(TokenTree::Ident(name)) if name == "in") {
                    paths_in(group.stream(), found);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads the path that begins at a name, and returns where the code continues.
fn path_at(
    trees: &[TokenTree],
    mut at: usize,
    before: &[String],
    found: &mut BTreeSet<Names>,
) -> usize {
    let mut names = before.to_vec();
    while let Some(TokenTree::Ident(name)) = trees.get(at) {
        names.push(name.to_string());
        at += 1;
        if !is_path_separator(trees, at) {
            break;
        }
        at += 2;
        if let Some(TokenTree::Group(group)) = trees.get(at)
            && group.delimiter() == Delimiter::Brace
        {
            group_in(group.stream(), &names, found);
            return at + 1;
        }
    }
    if let (Some(last), Some(TokenTree::Punct(mark))) = (names.last_mut(), trees.get(at))
        && mark.as_char() == '!'
        && matches!(trees.get(at + 1), Some(TokenTree::Group(_)))
    {
        last.push('!');
    }
    found.insert(names);
    at
}

/// Reads the branches of a `use` group.
fn group_in(tokens: TokenStream, before: &[String], found: &mut BTreeSet<Names>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        at = match &trees[at] {
            TokenTree::Ident(name) if name == "as" => at + 2,
            TokenTree::Ident(_) => path_at(&trees, at, before, found),
            _ => at + 1,
        };
    }
}

fn is_path_separator(trees: &[TokenTree], at: usize) -> bool {
    let is_colon = |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    is_colon(trees.get(at)) && is_colon(trees.get(at + 1))
}
