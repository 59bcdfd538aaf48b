//! Storyboard files: reads a path, or reports what is there instead of a storyboard.
//!
//! Only regular files are read, and never more bytes than a storyboard may have, so a directory, a
//! pipe or `/dev/zero` gives an error at once.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::base::{Diagnostic, Source};
use crate::catalog::Catalog;
use crate::runner::exit::Refusal;
use crate::store::{Disk, EntryKind};
use crate::storyboard::INPUT_MAX_BYTES;

/// How similar two file names must be, in thousandths, for one to be a likely typo of the other.
const LIKENESS_MIN: u32 = 800;
/// Extensions that may be confused with one another; those of storyboards first.
const KINDS: [&[&str]; 5] = [
    &["yaml", "yml"],
    &["csv", "tsv", "json"],
    &["jpg", "jpeg", "png", "webp"],
    &["mp3", "wav", "aac", "m4a", "mp4", "ogg"],
    &["ttf", "otf"],
];

/// Files that people give as a storyboard: how their names end, what they are, and what to do.
const OTHER_FILES: [(&[&str], &str, &str); 8] = [
    (&["csv", "tsv"], "a table", ROWS),
    (&["xlsx", "xls", "xlsm", "ods", "numbers"], "a spreadsheet", SHEET),
    (&["md", "markdown", "txt", "rtf"], "a text", BEGIN),
    (&["fountain", "fdx", "celtx"], "a screenplay", BEGIN),
    (&["pdf", "docx", "doc", "odt", "pages"], "a document", BEGIN),
    (&["html", "htm"], "a web page", BEGIN),
    (&["mp4", "mov", "mkv", "webm"], "a video", BEGIN),
    (&["png", "jpg", "jpeg", "webp", "heic"], "a picture", BEGIN),
];
const ROWS: &str = "a scene makes one of each of its rows with `for_each: FILE.csv`; \
                    `kling-build init my-film` creates a storyboard to write that in";
const SHEET: &str = "save it as CSV; a scene makes one of each of its rows with \
                     `for_each: FILE.csv`; `kling-build init my-film` creates a storyboard";
const BEGIN: &str = "write its shots as scenes of a storyboard: `kling-build init my-film` creates \
                     one to begin with";

/// Reads a storyboard; a file of another kind is named by its kind.
///
/// # Errors
/// As of [`read_bytes`], and that the file is not a storyboard by its name.
#[expect(clippy::result_large_err, reason = "called once a run, and the error is final")]
pub fn read_storyboard(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let extension = path.extension().map(|it| it.to_string_lossy().to_lowercase());
    let extension = extension.unwrap_or_default();
    let other = OTHER_FILES.iter().find(|kind| kind.0.contains(&extension.as_str()));
    if let Some((_, what, fix)) = other.filter(|_| disk.has_file(path)) {
        let shown = path.display();
        let message = format!("`{shown}` is {what}, not a storyboard, which is a YAML file");
        let fix = fix.replace("FILE.csv", &path.with_extension("csv").display().to_string());
        return Err(Diagnostic::error("not-a-storyboard", message).fix(fix));
    }
    read_bytes(disk, path)
}

/// Reads a storyboard, or a file of variables or rows. The error has no place in a file, but names
/// the path.
#[expect(clippy::result_large_err, reason = "called a few times a run, and the error is final")]
pub fn read_bytes(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let shown = path.display();
    let entry = disk.entry(path).map_err(|error| unreadable(disk, path, &error))?;
    if entry.kind == EntryKind::Folder {
        let message = format!("`{shown}` is a directory, not a storyboard");
        return Err(Diagnostic::error("is-a-directory", message).fix(proposal(disk, path)));
    }
    // A pipe or a device could block forever, so it is not even opened.
    if entry.kind != EntryKind::File {
        let message = format!("`{shown}` is neither a file nor a directory");
        let fix = "write the storyboard to a regular file and name that";
        return Err(Diagnostic::error("not-a-file", message).fix(fix));
    }
    if entry.stamp.bytes() > INPUT_MAX_BYTES {
        return Err(too_large(path));
    }
    let mut bytes = Vec::with_capacity(entry.stamp.bytes() as usize);
    let file = disk.open(path).map_err(|error| unreadable(disk, path, &error))?;
    // The file may grow while it is read.
    file.take(INPUT_MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(disk, path, &error))?;
    if bytes.len() as u64 > INPUT_MAX_BYTES {
        return Err(too_large(path));
    }
    Ok(bytes)
}

/// Reads the text of a file of variables or models.
///
/// # Errors
/// It cannot be read, or is not UTF-8.
pub fn read_source(disk: &dyn Disk, path: &Path) -> Result<Source, Refusal> {
    let bytes = read_bytes(disk, path).map_err(Refusal::usage)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let what = format!("`{}` is not UTF-8 text", path.display());
        Refusal::usage(Diagnostic::error("not-utf8", what).fix("save it as UTF-8"))
    })?;
    Ok(Source::new(path.display().to_string(), text))
}

/// The built-in catalog with what a user's file says.
///
/// # Errors
/// The file cannot be read, or is not a catalog.
pub fn read_catalog(disk: &dyn Disk, path: &Path) -> Result<&'static Catalog, Refusal> {
    Ok(read_catalog_file(disk, path)?.1)
}

/// A user's file of models, and the built-in catalog with what it says.
///
/// # Errors
/// The file cannot be read, or is not a catalog.
pub fn read_catalog_file(
    disk: &dyn Disk,
    path: &Path,
) -> Result<(Source, &'static Catalog), Refusal> {
    let file = read_source(disk, path)?;
    let catalog = Catalog::with_file(&file).map_err(|error| Refusal::usage(*error))?;
    Ok((file, catalog))
}

fn too_large(path: &Path) -> Diagnostic {
    let limit = INPUT_MAX_BYTES >> 20;
    let message = format!("`{}` is larger than {limit} MiB", path.display());
    Diagnostic::error("too-large", message)
        .fix("name the storyboard itself, or split it into several films")
}

fn unreadable(disk: &dyn Disk, path: &Path, error: &io::Error) -> Diagnostic {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            Diagnostic::error("file-not-found", format!("there is no file `{shown}`"))
                .fix(proposal(disk, path))
        }
        io::ErrorKind::PermissionDenied => {
            let message = format!("permission denied: `{shown}`");
            Diagnostic::error("file-unreadable", message).fix(format!("try `chmod u+r {shown}`"))
        }
        _ => Diagnostic::error("file-unreadable", format!("`{shown}` cannot be read: {error}")),
    }
}

/// What to name instead: the YAML file with the most similar name, or the files that exist.
fn proposal(disk: &dyn Disk, path: &Path) -> String {
    let is_folder = disk.entry(path).is_ok_and(|entry| entry.kind == EntryKind::Folder);
    let folder = match is_folder {
        true => path.to_path_buf(),
        false => match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        },
    };
    let found = files_like(disk, path, &folder);
    let shown = |file: &PathBuf| {
        let file = file.strip_prefix(".").unwrap_or(file);
        format!("`{}`", file.display())
    };
    match found.as_slice() {
        [] => match example(disk, &folder) {
            Some(example) => format!("name one, such as {}", shown(&example)),
            None => "name a storyboard, or create one with `kling-build init my-film`".to_string(),
        },
        [one] => format!("did you mean {}?", shown(one)),
        several if is_folder => {
            let names: Vec<String> = several.iter().take(5).map(shown).collect();
            format!("name one of its files: {}", names.join(", "))
        }
        several => match closest(path, several) {
            Some(closest) => format!("did you mean {}?", shown(closest)),
            None => "name another file".to_string(),
        },
    }
}

/// The likely intended file beside a missing one, by its name; other than `except`.
pub fn meant_file(disk: &dyn Disk, path: &Path, except: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let here = folder.as_os_str().is_empty();
    let mut found = files_like(disk, path, if here { Path::new(".") } else { folder });
    if here {
        found = found.iter().map(|file| file.strip_prefix(".").unwrap_or(file).into()).collect();
    }
    found.retain(|file| file != except && likeness(path, file) >= LIKENESS_MIN);
    closest(path, &found).cloned()
}

/// How similar the names of two files are without their extensions, in thousandths.
fn likeness(one: &Path, other: &Path) -> u32 {
    let name = |path: &Path| {
        path.file_stem().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default()
    };
    (strsim::jaro_winkler(&name(one), &name(other)) * 1_000.0) as u32
}

/// The file with the name most similar to that of a path.
fn closest<'f>(path: &Path, files: &'f [PathBuf]) -> Option<&'f PathBuf> {
    files.iter().max_by_key(|file| likeness(path, file))
}

/// The first storyboard under `examples/`, for users who have just cloned this project.
fn example(disk: &dyn Disk, folder: &Path) -> Option<PathBuf> {
    let examples = disk.list(&folder.join("examples")).ok()?.into_iter();
    let storyboards = examples.map(|example| example.join("storyboard.yaml"));
    storyboards.filter(|path| disk.has_file(path)).min()
}

/// The candidate files of a folder, sorted: those with extensions of the same kind as the path, or
/// else the YAML files. At most a thousand entries are read.
fn files_like(disk: &dyn Disk, wanted: &Path, folder: &Path) -> Vec<PathBuf> {
    const LOOKED_AT_MAX: usize = 1_000;
    let paths = disk.list(folder).unwrap_or_default().into_iter().take(LOOKED_AT_MAX);
    let extension = |path: &Path| path.extension().map(|it| it.to_string_lossy().to_lowercase());
    let is_of = |kind: &&&[&str], path: &Path| {
        extension(path).is_some_and(|extension| kind.contains(&extension.as_str()))
    };
    let kind = KINDS.iter().find(|kind| is_of(kind, wanted)).unwrap_or(&KINDS[0]);
    let is_like = |path: &PathBuf| is_of(&kind, path);
    let mut found: Vec<PathBuf> = paths.filter(is_like).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LocalDisk;

    fn message(path: &Path) -> (String, String) {
        let diagnostic = read_bytes(&LocalDisk, path).unwrap_err();
        (diagnostic.message, diagnostic.fix.unwrap_or_default())
    }

    #[test]
    fn says_what_is_there_instead() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (message_of_folder, fix) = message(folder.path());
        assert!(message_of_folder.contains("is a directory"), "{message_of_folder}");
        assert!(fix.contains("kling-build init my-film"), "{fix}");
        std::fs::create_dir_all(path("examples/one")).unwrap();
        std::fs::write(path("examples/one/storyboard.yaml"), "").unwrap();
        let fix = message(&path("storyboard.yaml")).1;
        assert!(fix.contains("examples/one/storyboard.yaml"), "{fix}");
        std::fs::write(path("storyboard.yaml"), "version: 1").unwrap();
        assert_eq!(read_bytes(&LocalDisk, &path("storyboard.yaml")).unwrap(), b"version: 1");
        std::fs::write(path("other.yml"), "").unwrap();
        let (missing, fix) = message(&path("storybord.yaml"));
        assert!(missing.contains("there is no file"), "{missing}");
        assert!(fix.contains("did you mean") && fix.contains("storyboard.yaml"), "{fix}");
        assert!(message(folder.path()).1.contains("other.yml"));
    }

    #[test]
    fn other_files_are_named_by_their_kind() {
        let folder = tempfile::tempdir().unwrap();
        for (name, what) in [
            ("shots.csv", "a table"),
            ("Shots.XLSX", "a spreadsheet"),
            ("board.md", "a text"),
            ("film.fountain", "a screenplay"),
            ("film.pdf", "a document"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, "a,b").unwrap();
            let diagnostic = read_storyboard(&LocalDisk, &path).unwrap_err();
            assert!(diagnostic.message.contains(&format!("is {what}")), "{}", diagnostic.message);
            assert!(diagnostic.fix.unwrap().contains("kling-build init"));
        }
        let table = read_storyboard(&LocalDisk, &folder.path().join("Shots.XLSX")).unwrap_err();
        assert!(table.fix.unwrap().contains("Shots.csv"));
        let missing = read_storyboard(&LocalDisk, &folder.path().join("none.csv")).unwrap_err();
        assert_eq!(missing.code, "file-not-found");
    }

    #[test]
    fn a_hundred_megabytes_are_refused_unread() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(100 << 20).unwrap();
        assert_eq!(read_bytes(&LocalDisk, file.path()).unwrap_err().code, "too-large");
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_pipes_are_not_opened() {
        assert_eq!(read_bytes(&LocalDisk, Path::new("/dev/zero")).unwrap_err().code, "not-a-file");
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.yaml");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(read_bytes(&LocalDisk, &pipe).unwrap_err().code, "not-a-file");
        }
    }
}
