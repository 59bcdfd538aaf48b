//! The lock file: reading and writing `<storyboard>.lock`.

use std::io;
use std::path::{Path, PathBuf};

use super::storyboard_file;
use crate::base::{Diagnostic, FilmCommands};
use crate::plan::{Disagreement, Lock, LockError, LockedScene, ProviderFamily, family_of};
use crate::runner::exit::{Exit, Refusal};
use crate::store::{Disk, folder_of, read_state, sweep_unfinished, write_atomically};

/// Where the lock of a storyboard is: `film.yaml` has `film.lock` beside it.
pub fn path_of(storyboard: &Path) -> PathBuf {
    storyboard.with_extension("lock")
}

/// Refuses a storyboard that would share its lock with another: `film.yaml` with `film.yml`, and
/// with `Film.yaml`, because a disk may distinguish the two while the disk of another clone does
/// not.
pub fn refuse_shared(disk: &dyn Disk, storyboard: &Path) -> Result<(), Refusal> {
    let folded = |path: &Path| path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let (name, lock) = (storyboard.file_name(), folded(&path_of(storyboard)));
    let is_other = |path: &PathBuf| {
        let extension = path.extension().map(|it| it.to_string_lossy().to_lowercase());
        path.file_name() != name
            && matches!(extension.as_deref(), Some("yaml" | "yml"))
            && folded(&path_of(path)) == lock
            && is_storyboard(disk, path)
    };
    // If a folder cannot be listed, nothing is known; the storyboard itself was read.
    let beside = disk.list(folder_of(storyboard)).unwrap_or_default();
    let Some(other) = beside.into_iter().find(is_other) else { return Ok(()) };
    let other = other.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.unwrap_or_default().to_string_lossy();
    let lock = path_of(Path::new(&*name)).display().to_string();
    let what = format!("`{name}` and `{other}` would share the lock `{lock}`");
    let fix = "give one of them another name, or remove the one that is not used";
    Err(Refusal::usage(Diagnostic::error("shared-lock", what).fix(fix)))
}

/// Refuses a rehearsal whose takes would replace paid ones in the lock.
pub fn refuse_to_rehearse_over_paid(lock: &Lock, path: Option<&Path>) -> Result<(), Refusal> {
    let is_paid = |scene: &LockedScene| {
        let paid = Some(ProviderFamily::Kling);
        scene.takes.iter().any(|take| family_of(scene.shared_recipe(take)) == paid)
    };
    let paid = lock.all_scenes().find(|(_, scene)| is_paid(scene));
    let Some((scene, _)) = paid else { return Ok(()) };
    let name = path.unwrap_or(Path::new("the lock")).display();
    let what = format!(
        "`{name}` contains takes that were paid for or adopted (such as that of `{scene}`), and a \
         rehearsal against a local server would replace them"
    );
    let fix = "rehearse in a copy of the project (`git worktree add ../rehearsal`), or unset \
               `KIE_API_BASE`";
    Err(Refusal::new(Exit::Decision, Diagnostic::error("rehearsal-over-paid", what).fix(fix)))
}

/// Whether a YAML file has scenes; a file of variables has no lock.
fn is_storyboard(disk: &dyn Disk, path: &Path) -> bool {
    let bytes = storyboard_file::read_bytes(disk, path).unwrap_or_default();
    bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"scenes:"))
}

/// Reads a lock and its text; a missing file is an empty lock.
///
/// # Errors
/// It cannot be read, or a merge of git left decisions that contradict each other.
pub fn read(
    disk: &dyn Disk,
    path: &Path,
    commands: &FilmCommands,
) -> Result<(Lock, Option<String>), Refusal> {
    let (lock, text, disagreements) = read_both_sides(disk, path, commands)?;
    match disagreements.is_empty() {
        true => Ok((lock, text)),
        false => Err(unusable(path, &LockError::Disagreement(disagreements), commands)),
    }
}

/// Reads a lock and its text, with the decisions that contradict each other after a merge of git;
/// the lock has our side of them.
///
/// # Errors
/// It cannot be read.
pub fn read_both_sides(
    disk: &dyn Disk,
    path: &Path,
    commands: &FilmCommands,
) -> Result<(Lock, Option<String>, Vec<Disagreement>), Refusal> {
    let text = read_text(disk, path)?;
    let (lock, disagreements) = parse(path, text.as_deref(), commands)?;
    Ok((lock, text, disagreements))
}

/// Parses the text of a lock; no text is an empty lock. See [`read_both_sides`].
pub fn parse(
    path: &Path,
    text: Option<&str>,
    commands: &FilmCommands,
) -> Result<(Lock, Vec<Disagreement>), Refusal> {
    let Some(text) = text else { return Ok((Lock::default(), Vec::new())) };
    Lock::parse_both_sides(text).map_err(|error| unusable(path, &error, commands))
}

/// Reads the text of a lock, if there is one.
///
/// # Errors
/// It cannot be read.
pub fn read_text(disk: &dyn Disk, path: &Path) -> Result<Option<String>, Refusal> {
    let read = read_state(disk, path).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    });
    match read {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let what = format!("`{}` cannot be read: {error}", path.display());
            Err(Refusal::usage(Diagnostic::error("lock-unreadable", what)))
        }
    }
}

/// Refuses a lock that cannot be used.
pub fn unusable(path: &Path, error: &LockError, commands: &FilmCommands) -> Refusal {
    let fix = match error {
        LockError::Conflict(_) => {
            "one of the two sides is not a lock: take the other one from git, then merge again"
                .to_string()
        }
        LockError::Disagreement(_) => {
            let pick = commands.command("pick", "SCENE NUMBER [SCENE NUMBER]…", "");
            format!("say which takes the film uses, all in one command: `{pick}`")
        }
        LockError::Newer(_) => "install the version of kling-build that wrote it".to_string(),
        LockError::Unreadable { .. } | LockError::Recipe { .. } => {
            "restore it from git, or remove it: takes in the store are found again".to_string()
        }
    };
    let what = format!("`{}` cannot be used: {error}", path.display());
    Refusal::usage(Diagnostic::error("lock-unreadable", what).fix(fix))
}

/// Writes a lock, unless the file has this text already.
pub fn write(disk: &dyn Disk, path: &Path, lock: &Lock, before: Option<&str>) -> io::Result<bool> {
    if before.is_none() && !lock.has_takes() {
        return Ok(false);
    }
    write_text(disk, path, &lock.print(), before)
}

/// Writes the text of a lock, unless the file has this text already.
pub fn write_text(
    disk: &dyn Disk,
    path: &Path,
    text: &str,
    before: Option<&str>,
) -> io::Result<bool> {
    if before == Some(text) {
        return Ok(false);
    }
    sweep_unfinished(disk, path);
    write_atomically(disk, path, text.as_bytes())?;
    Ok(true)
}
