//! The architecture rules: which module may import which, what the pure folders may not name, who
//! may use the disk, and that each type name is declared once.
//!
//! The order of imports is the order in which `lib.rs` and each `mod.rs` declare their modules: a
//! module imports only from those declared above it, so there are no circles anywhere.

mod imports;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use imports::ModuleTree;
use source::{Names, SourceFile, source_file, source_files};
use syn::visit::{self, Visit};

/// The folders of `src` in their order.
const FOLDERS: [&str; 13] = [
    "base",
    "catalog",
    "storyboard",
    "plan",
    "engine",
    "media",
    "store",
    "provider",
    "report",
    "net",
    "runner",
    "sim",
    "cli",
];
/// Folders of values and functions: no disk, no clock, no network, no tasks, no chance.
const PURE: [&str; 5] = ["base", "catalog", "storyboard", "plan", "engine"];
/// What pure folders may not name: the beginnings of paths.
const IMPURE: [&str; 21] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "axum",
    "dbg!",
    "eprint!",
    "eprintln!",
    "fastrand",
    "print!",
    "println!",
    "reqwest",
    "rusqlite",
    "tempfile",
    "tokio",
];
/// The one folder that may reach the file system; all others go through its `Disk`.
const DISK: [&str; 2] = ["store", "disk"];
/// Opens the controlling terminal, which is a device and not a file of a project.
const TERMINAL: &str = "cli/terminal.rs";
/// What only that folder may name.
const FILE_SYSTEM: [&str; 4] = ["std::fs", "tokio::fs", "reflink_copy", "tempfile"];
/// The only folders with async code; the command line starts the runtime for them.
const ASYNC: [&str; 5] = ["provider", "net", "runner", "sim", "cli"];
/// The most modules that one folder declares.
const MODULES_MAX: usize = 20;

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether a path begins with another, name by name.
fn begins(path: &Names, beginning: &str) -> bool {
    let mut names = path.iter();
    beginning.split("::").all(|name| names.next().is_some_and(|own| own == name))
}

fn named(file: &SourceFile, forbidden: &[&str]) -> Vec<String> {
    let paths = file.paths();
    let is_named = |name: &&&str| paths.iter().any(|path| begins(path, name));
    let found = forbidden.iter().filter(is_named);
    found.map(|name| format!("{} names `{name}`", file.path)).collect()
}

#[test]
fn every_folder_is_in_the_list() {
    let files = source_files();
    let folders: BTreeSet<&str> = files.iter().map(SourceFile::folder).collect();
    let expected: BTreeSet<&str> = FOLDERS.into_iter().chain([""]).collect();
    assert_eq!(folders, expected, "a folder of `src` is missing from the list, or is gone");
    let front = files.iter().find(|file| file.path == "lib.rs").unwrap();
    assert_eq!(front.children(), FOLDERS, "lib.rs declares the folders in their order");
}

#[test]
fn imports_run_one_way() {
    let files = source_files();
    let tree = ModuleTree::of(&files);
    let mut wrong = Vec::new();
    let is_program = |file: &&SourceFile| file.path != "lib.rs" && !tree.is_for_tests(&file.module);
    for file in files.iter().filter(is_program) {
        let faults = tree.imports(file).into_iter().filter_map(|to| tree.fault(file, &to));
        wrong.extend(faults.map(|fault| format!("{} {fault}", file.path)));
    }
    assert_none(wrong);
}

#[test]
fn the_core_is_pure() {
    let files = source_files();
    let pure = files.iter().filter(|file| PURE.contains(&file.folder()));
    assert_none(pure.flat_map(|file| named(file, &IMPURE)).collect());
}

#[test]
fn async_code_stays_in_its_folders() {
    let files = source_files();
    let others = files.iter().filter(|file| !ASYNC.contains(&file.folder()));
    assert_none(others.flat_map(|file| named(file, &["async", "tokio"])).collect());
}

#[test]
fn the_disk_is_the_only_file_system() {
    let files = source_files();
    let is_terminal = |file: &&SourceFile| file.path == TERMINAL;
    let others = files
        .iter()
        .filter(|file| !file.module.starts_with(&DISK.map(String::from)))
        .filter(|file| !is_terminal(file));
    assert_none(others.flat_map(|file| named(file, &FILE_SYSTEM)).collect());
}

#[test]
fn no_type_name_is_declared_twice() {
    let mut declared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in source_files() {
        let mut types = TypeNames(Vec::new());
        types.visit_file(&file.whole);
        for name in types.0 {
            declared.entry(name).or_default().push(file.path.clone());
        }
    }
    let twice = declared.into_iter().filter(|(_, files)| files.len() > 1);
    assert_none(twice.map(|(name, files)| format!("{name}: {}", files.join(", "))).collect());
}

/// The names of the types that a file declares, private and local ones included.
struct TypeNames(Vec<String>);

impl<'ast> Visit<'ast> for TypeNames {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.0.push(item.ident.to_string());
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.0.push(item.ident.to_string());
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.0.push(item.ident.to_string());
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.0.push(item.ident.to_string());
        visit::visit_item_type(self, item);
    }
}

#[test]
fn mod_files_only_declare_and_re_export() {
    let files = source_files();
    let modules: BTreeSet<&Names> = files.iter().map(|file| &file.module).collect();
    let mut wrong = Vec::new();
    for file in &files {
        if !file.is_front() {
            let has_folder = modules
                .iter()
                .any(|other| other.len() > file.module.len() && other.starts_with(&file.module));
            if has_folder {
                wrong.push(format!("{} lies beside a folder of its name", file.path));
            }
            if let [.., folder, own] = file.module.as_slice()
                && folder == own
            {
                wrong.push(format!("{} has the name of its folder", file.path));
            }
        }
        if file.children().len() > MODULES_MAX {
            wrong.push(format!("{} declares more than {MODULES_MAX} modules", file.path));
        }
        if !file.text.starts_with("//!") {
            wrong.push(format!("{} does not open with `//!`", file.path));
        }
    }
    assert_none(wrong);
}

/// The rules see what they are meant to see.
mod the_rules {
    use super::*;

    fn files() -> Vec<SourceFile> {
        vec![
            source_file("lib.rs", "mod base; mod plan;"),
            source_file("base/mod.rs", "mod id; pub use id::Id;"),
            source_file("base/id.rs", "pub struct Id; use crate::plan::Plan;"),
            source_file("plan/mod.rs", "mod key; mod table; pub use table::Table;"),
            source_file("plan/key.rs", "use super::table::{self, Table as T, Row}; use super::Up;"),
            source_file(
                "plan/table.rs",
                "use crate::{base::Id, plan::key}; fn f() { vec![super::key::K, std::fs::x()]; }
                 #[cfg(test)] mod tests { use super::*; use std::net::A; }",
            ),
        ]
    }

    #[test]
    fn an_import_against_the_order_is_found() {
        let files = files();
        let tree = ModuleTree::of(&files);
        let faults = |at: usize| -> Vec<String> {
            let file: &SourceFile = &files[at];
            tree.imports(file).iter().filter_map(|to| tree.fault(file, to)).collect()
        };
        assert_eq!(faults(1), [""; 0]);
        assert_eq!(faults(2), ["imports `plan`: lib.rs declares `plan` below `base`"]);
        assert_eq!(
            faults(4),
            [
                "imports through `plan`, its own folder",
                "imports `plan::table`: plan declares `table` below `key`",
            ]
        );
        assert_eq!(faults(5), [""; 0]);
    }

    #[test]
    fn paths_in_macros_count_and_unit_tests_do_not() {
        let table = files().pop().unwrap();
        let found = named(&table, &["std::fs", "std::net", "vec!", "vec"]);
        assert_eq!(found, ["plan/table.rs names `std::fs`", "plan/table.rs names `vec!`"]);
    }
}
