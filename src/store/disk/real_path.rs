//! Real paths: where the file is that a storyboard names.
//!
//! Unicode has two ways to write `é`, and systems store names in either: macOS and its ZIP files in
//! two characters (NFD), others as they were typed, mostly in one (NFC). Both are the same name. A
//! name without such letters is taken as it is.

use std::path::{Path, PathBuf};

use icu_normalizer::ComposingNormalizerBorrowed;

use super::contract::Disk;

/// The most names of a folder that are compared.
const NAMES_MAX: usize = 10_000;

/// Where a file of a project is: below this folder, at a path written with `/`. It need not exist.
pub fn real_path(disk: &dyn Disk, folder: &Path, path: &str) -> PathBuf {
    if path.is_ascii() {
        return folder.join(path);
    }
    path.split('/').fold(folder.to_path_buf(), |at, part| {
        let literal = at.join(part);
        if part.is_ascii() || disk.entry_itself(&literal).is_ok() {
            return literal;
        }
        same_names(disk, &at, part).into_iter().next().unwrap_or(literal)
    })
}

/// Two files or folders on the way to a path whose names are the same, if there are such.
pub fn twins(disk: &dyn Disk, folder: &Path, path: &str) -> Option<(PathBuf, PathBuf)> {
    let above = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    above.filter(|_| !path.is_ascii()).find_map(|end| {
        let (before, name) = path[..end].rsplit_once('/').unwrap_or(("", &path[..end]));
        let mut same = match name.is_ascii() {
            true => Vec::new(),
            false => same_names(disk, &real_path(disk, folder, before), name),
        };
        let second = if same.len() > 1 { same.pop() } else { None };
        same.into_iter().next().zip(second)
    })
}

/// The entries of a folder with this name, however their letters are stored; sorted.
fn same_names(disk: &dyn Disk, folder: &Path, name: &str) -> Vec<PathBuf> {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let wanted = nfc.normalize(name);
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let listed = disk.list(here).unwrap_or_default().into_iter().take(NAMES_MAX);
    let is_same = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| nfc.normalize(name) == wanted)
    };
    let mut same: Vec<PathBuf> = listed.filter(is_same).collect();
    same.sort();
    same
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LocalDisk;

    const COMPOSED: &str = "\u{e9}t\u{e9}";
    const DECOMPOSED: &str = "e\u{301}te\u{301}";

    #[test]
    fn a_name_is_found_however_its_letters_are_stored() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            std::fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(name), b"x").unwrap();
        };
        let real = |path: &str| real_path(&LocalDisk, folder.path(), path);
        let same = |path: &str| twins(&LocalDisk, folder.path(), path);
        write(&format!("{DECOMPOSED}/{DECOMPOSED}.jpg"));
        let composed = format!("{COMPOSED}/{COMPOSED}.jpg");
        assert!(real(&composed).is_file() && same(&composed).is_none());
        write(&format!("a/{COMPOSED}.jpg"));
        let decomposed = format!("a/{DECOMPOSED}.jpg");
        assert!(real(&decomposed).is_file() && same(&decomposed).is_none());
        // What does not exist is where it was looked for.
        assert_eq!(real("a/\u{e4}.jpg"), folder.path().join("a/\u{e4}.jpg"));
        assert_eq!(real("a/b.jpg"), folder.path().join("a/b.jpg"));
        write(&format!("a/{DECOMPOSED}.jpg"));
        // Some file systems take both for one.
        if std::fs::read_dir(folder.path().join("a")).unwrap().count() == 2 {
            let (one, other) = same(&decomposed).unwrap();
            assert_ne!(one, other);
            assert_eq!(same(&format!("a/{COMPOSED}.jpg")), Some((one, other)));
            assert_eq!(real(&decomposed), folder.path().join(&decomposed));
        }
        assert_eq!(same("a/b.jpg"), None);
    }
}
