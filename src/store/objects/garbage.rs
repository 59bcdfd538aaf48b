//! Garbage: videos that no film uses any more and that have not been used for a long time.
//!
//! Anything that may be used counts as used: a lock that cannot be read might name everything that
//! it named before, and everything generated for its storyboard. Artifacts unknown to the ledger
//! are not judged.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::local::Objects;
use crate::base::{Digest, Moment};
use crate::plan::Lock;
use crate::store::disk::{Disk, folder_of, read_state};
use crate::store::ledger::{KnownArtifact, KnownLock, Ledger, LedgerError};

/// What could be removed, and what could not be judged.
#[derive(Clone, Debug, Default)]
pub struct Garbage {
    /// The unused videos, oldest use first.
    pub unused: Vec<UnusedArtifact>,
    /// The number of videos in the ledger that stay: in use, or used too recently.
    pub kept: usize,
    /// The number and total bytes of videos whose origin the ledger does not know. They stay.
    pub unknown: (usize, u64),
    /// The locks that cannot be read, with the reason.
    pub blind: Vec<(KnownLock, String)>,
}

/// An unused video.
#[derive(Clone, Debug)]
pub struct UnusedArtifact {
    /// The video's origin; the latest one if several tasks generated the same bytes.
    pub artifact: KnownArtifact,
    /// The length of its file in bytes.
    pub bytes: u64,
    /// When it arrived or was last named by a lock.
    pub since: Moment,
}

/// Everything that the films use.
#[derive(Default)]
struct ArtifactUses {
    /// Videos that a lock names or might name.
    digests: HashSet<Digest>,
    /// Storyboards whose locks might name anything that was generated for them.
    storyboards: HashSet<String>,
    /// When each video was last named, if no lock names it any more.
    until: BTreeMap<Digest, Moment>,
    blind: Vec<(KnownLock, String)>,
}

impl Garbage {
    /// Finds videos that have been unused for at least `age` among the artifacts in the store, each
    /// with the length of its file. The locks in `forgotten` are treated as deleted.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn find(
        disk: &dyn Disk,
        there: &[(Digest, u64)],
        ledger: &Ledger,
        forgotten: &BTreeSet<String>,
        age: Duration,
        now: Moment,
    ) -> Result<Garbage, LedgerError> {
        let uses = ArtifactUses::find(disk, ledger, forgotten)?;
        let mut known: BTreeMap<Digest, Vec<KnownArtifact>> = BTreeMap::new();
        for artifact in ledger.artifacts()? {
            known.entry(artifact.digest).or_default().push(artifact);
        }
        let mut garbage = Garbage::default();
        for &(digest, bytes) in there {
            let makers = known.get(&digest).map(Vec::as_slice).unwrap_or_default();
            let was_named = uses.until.contains_key(&digest);
            let Some(latest) = makers.last().filter(|it| it.origin.is_some() || was_named) else {
                // Its origin is unknown: it came from a lock that has not been seen since.
                if !uses.digests.contains(&digest) {
                    garbage.unknown.0 += 1;
                    garbage.unknown.1 += bytes;
                }
                continue;
            };
            let since = uses.until.get(&digest).copied().max(Some(latest.stored_at));
            let since = since.unwrap_or(now);
            if uses.of(&digest, makers) || now.since(since) < age {
                garbage.kept += 1;
            } else {
                garbage.unused.push(UnusedArtifact { artifact: latest.clone(), bytes, since });
            }
        }
        garbage.unused.sort_by_key(|unused| (unused.since, unused.artifact.digest));
        garbage.blind = uses.blind;
        Ok(garbage)
    }

    /// Removes one video. The ledger keeps its records: a build that needs the take again reports
    /// that it is lost, and what it costs.
    pub fn remove(objects: &Objects, unused: &UnusedArtifact) -> io::Result<()> {
        let path = objects.path(&unused.artifact.digest);
        match objects.disk().remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => objects.disk().sync_folder(folder_of(&path)),
        }
    }
}

impl ArtifactUses {
    fn find(
        disk: &dyn Disk,
        ledger: &Ledger,
        forgotten: &BTreeSet<String>,
    ) -> Result<ArtifactUses, LedgerError> {
        let mut uses = ArtifactUses::default();
        for lock in known_locks(ledger)? {
            let takes = ledger.lock_takes(&lock.path)?;
            for (digest, until) in &takes {
                let latest = uses.until.entry(*digest).or_default();
                *latest = (*latest).max(until.unwrap_or_default());
            }
            // A lock that was forgotten and is there again counts as used again.
            let given_up = lock.forgotten || forgotten.contains(&lock.path);
            match read(disk, Path::new(&lock.path)) {
                Ok(read) => uses.digests.extend(read.artifacts()),
                Err(_) if given_up => {}
                Err(why) => {
                    uses.digests.extend(takes.iter().map(|(digest, _)| *digest));
                    uses.storyboards.insert(lock.storyboard.clone());
                    uses.blind.push((lock, why));
                }
            }
        }
        Ok(uses)
    }

    fn of(&self, digest: &Digest, makers: &[KnownArtifact]) -> bool {
        let made_for_blind = |artifact: &KnownArtifact| {
            let origin = artifact.origin.as_ref();
            origin.is_some_and(|origin| self.storyboards.contains(&origin.storyboard))
        };
        self.digests.contains(digest) || makers.iter().any(made_for_blind)
    }
}

/// The locks that builds have recorded, and those of storyboards that an older program has built.
fn known_locks(ledger: &Ledger) -> Result<Vec<KnownLock>, LedgerError> {
    let mut locks = ledger.locks()?;
    let seen: HashSet<String> = locks.iter().map(|lock| lock.storyboard.clone()).collect();
    let unseen = ledger.storyboards()?.into_iter().filter(|name| !seen.contains(name));
    locks.extend(unseen.map(|storyboard| KnownLock {
        path: Path::new(&storyboard).with_extension("lock").display().to_string(),
        storyboard,
        forgotten: false,
    }));
    Ok(locks)
}

fn read(disk: &dyn Disk, path: &Path) -> Result<Lock, String> {
    let bytes = read_state(disk, path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_string())?;
    // A conflict hides no take.
    Lock::parse_both_sides(&text).map(|read| read.0).map_err(|error| error.to_string())
}
