//! Installed fonts: those of this machine that previews need, because no other font has a
//! character.
//!
//! Which fonts are taken depends only on the fonts, not on the order in which a disk lists them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::media::animatic::{FaceFitness, FontFace};
use crate::store::{Disk, EntryKind};

/// The most files that are looked at, and the deepest folder below one that is named.
const FILES_MAX: usize = 20_000;
const DEPTH_MAX: usize = 8;

/// The extensions of fonts with outlines.
const EXTENSIONS: [&str; 4] = ["ttf", "otf", "ttc", "otc"];

/// A face that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenFont {
    /// Its file.
    pub path: PathBuf,
    /// Which face of the file, from 0.
    pub index: u32,
    /// The wanted characters that it has.
    pub covered: BTreeSet<char>,
}

/// Chooses fonts in these folders until they have all of these characters, or as many as there are
/// fonts for: first the one that has most of them, and of several the plainest.
pub fn choose(disk: &dyn Disk, folders: &[PathBuf], wanted: &BTreeSet<char>) -> Vec<ChosenFont> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut candidates: Vec<(FaceFitness, ChosenFont)> = Vec::new();
    for path in font_files(disk, folders) {
        // A file that cannot be read is not this film's fault, and others may do.
        let Ok(mut file) = disk.open(&path) else { continue };
        for face in FontFace::read_all(&mut file, wanted).unwrap_or_default() {
            let FontFace { index, covered, fitness } = face;
            candidates.push((fitness, ChosenFont { path: path.clone(), index, covered }));
        }
    }
    candidates.sort_by(|(a, one), (b, other)| {
        (a, &one.path, one.index).cmp(&(b, &other.path, other.index))
    });
    let (mut open, mut chosen) = (wanted.clone(), Vec::new());
    while let Some(best) = best_for(&candidates, &open) {
        open.retain(|character| !best.covered.contains(character));
        chosen.push(best.clone());
    }
    chosen
}

/// The first candidate that has the most of these characters; `None` if none has any.
fn best_for<'c>(
    candidates: &'c [(FaceFitness, ChosenFont)],
    open: &BTreeSet<char>,
) -> Option<&'c ChosenFont> {
    let gain = |font: &ChosenFont| font.covered.intersection(open).count();
    let gains = candidates.iter().map(|(_, font)| (gain(font), font));
    let best = gains.fold(None, |best: Option<(usize, &ChosenFont)>, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    });
    best.filter(|(gain, _)| *gain > 0).map(|(_, font)| font)
}

/// The font files in these folders and the folders in them.
fn font_files(disk: &dyn Disk, folders: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut open: Vec<(PathBuf, usize)> = folders.iter().map(|path| (path.clone(), 0)).collect();
    while let Some((folder, depth)) = open.pop() {
        // A folder that does not exist has no fonts.
        for path in disk.list(&folder).unwrap_or_default() {
            if is_font(&path) {
                files.insert(path);
            } else if depth < DEPTH_MAX && is_folder(disk, &path) {
                open.push((path, depth + 1));
            }
            if files.len() >= FILES_MAX {
                return files;
            }
        }
    }
    files
}

fn is_folder(disk: &dyn Disk, path: &Path) -> bool {
    disk.entry(path).is_ok_and(|entry| entry.kind == EntryKind::Folder)
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|own| EXTENSIONS.iter().any(|known| own.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::LocalDisk;

    #[test]
    fn the_plainest_font_with_most_characters_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("deep")).unwrap();
        fs::write(path("a-bold.ttf"), dejavu::sans::bold()).unwrap();
        fs::write(path("deep/serif.OTF"), dejavu::serif::regular()).unwrap();
        fs::write(path("deep/sans.ttf"), dejavu::sans::regular()).unwrap();
        fs::write(path("broken.ttf"), "no font").unwrap();
        fs::write(path("readme.txt"), "no font").unwrap();
        let folders = [path("none"), path("")];
        let chosen = |wanted: &str| -> Vec<(String, u32, String)> {
            let chosen = choose(&LocalDisk, &folders, &wanted.chars().collect());
            let name = |path: &Path| path.file_name().unwrap().display().to_string();
            let text = |font: &ChosenFont| font.covered.iter().collect();
            chosen.iter().map(|font| (name(&font.path), font.index, text(font))).collect()
        };
        assert_eq!(chosen("aЖह"), [("sans.ttf".into(), 0, "aЖ".into())]);
        assert_eq!(chosen("日"), []);
        assert_eq!(chosen(""), []);
    }
}
