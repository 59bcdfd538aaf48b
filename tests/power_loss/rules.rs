//! Rules: which call must have ended before which other may begin, so that a power cut between any
//! two of them loses nothing that was paid.
//!
//! Each rule returns its violations in words; a trace without violations is safe.

use std::path::{Path, PathBuf};

use super::trace::{Call, Deed};

/// A run of the program as the system saw it.
pub struct Run {
    /// What it did, in order.
    pub calls: Vec<Call>,
    /// The store.
    pub home: PathBuf,
    /// The storyboard's folder.
    pub project: PathBuf,
}

impl Run {
    fn wal(&self) -> PathBuf {
        self.home.join("ledger.db-wal")
    }

    /// Whether the path was made durable after line `after` and before line `before`.
    fn synced(&self, path: &Path, after: usize, before: usize) -> bool {
        self.calls.iter().any(|call| {
            matches!(&call.deed, Deed::Synced(synced) if synced == path)
                && call.start > after
                && call.end < before
        })
    }

    /// Whether the ledger contained this text durably before a line: a page with it was written to
    /// the write-ahead log, and that was synced.
    fn in_ledger(&self, text: &str, before: usize) -> bool {
        let wal = self.wal();
        self.calls.iter().any(|call| match &call.deed {
            Deed::Wrote(path, bytes) => {
                *path == wal && bytes.contains(text) && self.synced(&wal, call.end, before)
            }
            _ => false,
        })
    }

    fn renames(&self) -> impl Iterator<Item = (&Call, &Path, &Path)> {
        self.calls.iter().filter_map(|call| match &call.deed {
            Deed::Renamed(from, to) => Some((call, from.as_path(), to.as_path())),
            _ => None,
        })
    }

    /// The first line on which bytes with this text were sent to the provider.
    fn first_sent(&self, text: &str) -> Option<usize> {
        self.calls.iter().find_map(|call| match &call.deed {
            Deed::Sent(bytes) if bytes.contains(text) => Some(call.start),
            _ => None,
        })
    }

    /// Files that are renamed into place (artifacts, lock, manifest, everything in the build
    /// directory) are written, synced, renamed, and then their folder is synced. A rename before
    /// the sync may leave an empty file under the right name; a folder that is not synced may not
    /// have the name.
    pub fn renames_last(&self) -> Vec<String> {
        let mut broken = Vec::new();
        // A kept poster ends with its digest: one that is not whole counts as absent.
        let posters = self.home.join("posters");
        for (rename, from, to) in self.renames().filter(|(.., to)| !to.starts_with(&posters)) {
            let written = self.calls.iter().filter_map(|call| match &call.deed {
                Deed::Wrote(path, _) if path == from && call.start < rename.start => Some(call.end),
                _ => None,
            });
            let Some(written) = written.max() else {
                broken.push(format!("{} was renamed, but never written", to.display()));
                continue;
            };
            if !self.synced(from, written, rename.start) {
                broken.push(format!("{} was renamed before it was synced", to.display()));
            }
            let folder = to.parent().expect("a file lies in a folder");
            if !self.synced(folder, rename.end, usize::MAX) {
                broken.push(format!("{} was renamed, but its folder not synced", to.display()));
            }
        }
        broken
    }

    /// A folder is durable in its parent before a permanent file is put into it: otherwise the
    /// folder is lost with all its contents.
    pub fn folders_last(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for call in &self.calls {
            let Deed::MadeFolder(folder) = &call.deed else { continue };
            let kept = self.calls.iter().find(|later| match &later.deed {
                Deed::Renamed(_, to) => to.starts_with(folder) && later.start > call.end,
                Deed::Wrote(path, _) => *path == self.wal() && path.starts_with(folder),
                _ => false,
            });
            let above = folder.parent().expect("a new folder lies in another");
            if kept.is_some_and(|kept| !self.synced(above, call.end, kept.start)) {
                broken.push(format!(
                    "{} got files before its own folder was synced",
                    folder.display()
                ));
            }
        }
        broken
    }

    /// The ledger's own files are durable in their folder before anything is sent: if a power cut
    /// removed the ledger, everything would be paid again.
    pub fn ledger_is_known(&self) -> Vec<String> {
        let created = self.calls.iter().filter_map(|call| match &call.deed {
            Deed::Created(path) if path.starts_with(&self.home) => {
                path.file_name()?.to_str()?.starts_with("ledger.db").then_some(call.end)
            }
            _ => None,
        });
        let first = self.first_sent("POST ").unwrap_or(usize::MAX);
        // The shared memory of processes (`-shm`) is rebuilt and needs no sync.
        let known = created.filter(|created| *created < first).min();
        match known {
            Some(created) if self.synced(&self.home, created, first) => Vec::new(),
            _ => vec!["something was sent before the ledger's folder was synced".into()],
        }
    }

    /// Never pay twice: the intent is durable before the first byte of a request that costs money
    /// is sent. Otherwise a power cut would forget a request that may have been accepted.
    pub fn intent_comes_first(&self, prompts: &[&str]) -> Vec<String> {
        let mut broken = Vec::new();
        for prompt in prompts {
            let sent = self.calls.iter().find(|call| match &call.deed {
                Deed::Sent(bytes) => bytes.contains("/generate") && bytes.contains(prompt),
                _ => false,
            });
            match sent {
                None => broken.push(format!("`{prompt}` was never sent")),
                Some(sent) if !self.in_ledger(prompt, sent.start) => {
                    broken.push(format!("`{prompt}` was sent before its intent lasted"));
                }
                Some(_) => {}
            }
        }
        broken
    }

    /// Never lose a paid video: the task id is durable before the provider is asked about it and
    /// before it is printed.
    pub fn task_comes_second(&self, tasks: &[String]) -> Vec<String> {
        let mut broken = Vec::new();
        for task in tasks {
            let printed = self.calls.iter().find(|call| match &call.deed {
                Deed::Sent(bytes) => bytes.contains(task),
                Deed::Wrote(path, bytes) => *path != self.wal() && bytes.contains(task),
                _ => false,
            });
            match printed {
                None => broken.push(format!("{task} was never asked about")),
                Some(printed) if !self.in_ledger(task, printed.start) => {
                    broken.push(format!("{task} was used before the ledger had it"));
                }
                Some(_) => {}
            }
        }
        broken
    }

    /// The ledger knows whose a video is before it gets its name, so that nobody loses it; and it
    /// lasts on the disk, under its name, before the lock or the manifest says that it exists.
    pub fn artifact_comes_before_its_mention(&self, digests: &[String]) -> Vec<String> {
        let mut broken = Vec::new();
        for digest in digests {
            let path = self.home.join("objects").join(&digest[..2]).join(digest);
            let placed = self.renames().find(|(_, _, to)| *to == path).map(|(call, ..)| call.end);
            let Some(placed) = placed else {
                broken.push(format!("{digest} was never put into the store"));
                continue;
            };
            let folder = path.parent().expect("it is in a folder of the store");
            if !self.in_ledger(digest, placed) {
                broken.push(format!("{digest} was put into the store before the ledger knew it"));
            }
            let mentioned = self.calls.iter().find(|call| match &call.deed {
                Deed::Wrote(path, bytes) => !path.starts_with(&self.home) && bytes.contains(digest),
                _ => false,
            });
            match mentioned {
                None => broken.push(format!("{digest} is mentioned nowhere")),
                Some(mention) if !self.synced(folder, placed, mention.start) => {
                    broken.push(format!("{digest} was mentioned before it lasted"));
                }
                Some(_) => {}
            }
        }
        broken
    }

    /// The lock is written and each take's end is printed only when the ledger has the video, so
    /// that what the user has seen stays true.
    pub fn ledger_comes_before_the_user(&self, digests: &[String]) -> Vec<String> {
        let mut broken = Vec::new();
        for digest in digests {
            let printed = self.calls.iter().find(|call| match &call.deed {
                Deed::Wrote(path, bytes) => !path.starts_with(&self.home) && bytes.contains(digest),
                _ => false,
            });
            if printed.is_some_and(|printed| !self.in_ledger(digest, printed.start)) {
                broken.push(format!("{digest} was printed before the ledger had it"));
            }
        }
        broken
    }

    /// How many files were renamed into place under the project and the store.
    pub fn files_placed(&self) -> usize {
        let ours = |to: &Path| to.starts_with(&self.home) || to.starts_with(&self.project);
        self.renames().filter(|(_, _, to)| ours(to)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &str = "dawn";
    const TASK: &str = "kling_1";
    const DIGEST: &str = "abcd";

    /// A correct run of one take.
    fn deeds() -> Vec<(&'static str, Deed)> {
        let wal = |text: &str| Deed::Wrote("/h/ledger.db-wal".into(), text.into());
        let path = PathBuf::from;
        let sync = |at: &str| Deed::Synced(at.into());
        vec![
            ("make home", Deed::MadeFolder(path("/h"))),
            ("sync above home", sync("/")),
            ("make ledger", Deed::Created(path("/h/ledger.db"))),
            ("sync home", sync("/h")),
            ("write intent", wal(PROMPT)),
            ("sync intent", sync("/h/ledger.db-wal")),
            ("send", Deed::Sent(format!("POST /generate {PROMPT}"))),
            ("write task", wal(TASK)),
            ("sync task", sync("/h/ledger.db-wal")),
            ("poll", Deed::Sent(format!("GET ?taskId={TASK}"))),
            ("make objects", Deed::MadeFolder(path("/h/objects"))),
            ("sync above objects", sync("/h")),
            ("make ab", Deed::MadeFolder(path("/h/objects/ab"))),
            ("sync above ab", sync("/h/objects")),
            ("write video", Deed::Wrote(path("/h/objects/.new"), "mp4".into())),
            ("sync video", sync("/h/objects/.new")),
            ("write take", wal(DIGEST)),
            ("sync take", sync("/h/ledger.db-wal")),
            ("rename video", Deed::Renamed(path("/h/objects/.new"), path("/h/objects/ab/abcd"))),
            ("sync ab", sync("/h/objects/ab")),
            ("write lock", Deed::Wrote(path("/p/.new"), DIGEST.into())),
            ("sync lock", sync("/p/.new")),
            ("rename lock", Deed::Renamed(path("/p/.new"), path("/p/film.lock"))),
            ("sync project", sync("/p")),
        ]
    }

    fn broken(deeds: Vec<(&str, Deed)>) -> Vec<String> {
        let calls = deeds.into_iter().enumerate();
        let calls = calls.map(|(at, (_, deed))| Call { deed, start: at, end: at }).collect();
        let run = Run { calls, home: "/h".into(), project: "/p".into() };
        [
            run.renames_last(),
            run.folders_last(),
            run.ledger_is_known(),
            run.intent_comes_first(&[PROMPT]),
            run.task_comes_second(&[TASK.into()]),
            run.artifact_comes_before_its_mention(&[DIGEST.into()]),
            run.ledger_comes_before_the_user(&[DIGEST.into()]),
        ]
        .concat()
    }

    #[test]
    fn a_run_in_the_right_order_breaks_no_rule() {
        assert_eq!(broken(deeds()), Vec::<String>::new());
    }

    #[test]
    fn every_sync_that_is_missing_breaks_a_rule() {
        let syncs = deeds().into_iter().filter(|(name, _)| name.starts_with("sync"));
        for (missing, _) in syncs {
            let mut deeds = deeds();
            deeds.retain(|(name, _)| *name != missing);
            assert_ne!(broken(deeds), Vec::<String>::new(), "`{missing}` is not missed");
        }
    }

    #[test]
    fn every_step_that_comes_too_late_breaks_a_rule() {
        for (late, by) in [
            ("sync home", "send"),
            ("write intent", "send"),
            ("sync intent", "send"),
            ("write task", "poll"),
            ("sync task", "poll"),
            ("write video", "sync video"),
            ("sync video", "rename video"),
            ("sync ab", "write lock"),
            ("sync take", "rename video"),
            ("sync lock", "rename lock"),
            ("sync above ab", "rename video"),
        ] {
            let mut deeds = deeds();
            let at = |name: &str, deeds: &[(&str, Deed)]| {
                deeds.iter().position(|deed| deed.0 == name).unwrap()
            };
            let moved = deeds.remove(at(late, &deeds));
            deeds.insert(at(by, &deeds) + 1, moved);
            assert_ne!(broken(deeds), Vec::<String>::new(), "`{late}` may follow `{by}`");
        }
    }
}
