//! Store commands: list the user's store, verify it, and remove what is unused.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::time::Duration;

use crate::base::Digest;
use crate::media::POSTER_VERSION;
use crate::report::StoredArtifact;
use crate::runner::exit::Refusal;
use crate::runner::store_access::{OpenStore, ledger_refusal};
use crate::store::{Damage, Garbage, KnownArtifact, Posters, SharedDisk, UnusedArtifact, verify};

/// The result of a verification.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// How many artifacts were hashed, and their bytes.
    pub checked: (usize, u64),
    /// The damaged artifacts, with their owners.
    pub damaged: Vec<(Damage, Option<KnownArtifact>)>,
}

impl OpenStore {
    /// Every artifact in the store with its owner, sorted by storyboard and scene.
    pub fn stock(&self) -> Result<Vec<StoredArtifact>, Refusal> {
        let mut known = self.known()?;
        let there = self.there()?.into_iter();
        let mut stock: Vec<StoredArtifact> = there
            .map(|(digest, bytes)| StoredArtifact {
                digest,
                bytes,
                artifact: known.remove(&digest),
            })
            .collect();
        stock.sort_by_cached_key(|stocked| {
            let origin = stocked.artifact.as_ref().and_then(|artifact| artifact.origin.as_ref());
            let place = origin.map(|origin| (origin.storyboard.clone(), origin.scene.clone()));
            (place.is_none(), place, stocked.digest)
        });
        Ok(stock)
    }

    /// Hashes every artifact again and moves damaged ones aside; `report` is called for each.
    ///
    /// Leftovers of killed writers are removed if no process is working on the store.
    pub fn verify(
        &self,
        report: &mut dyn FnMut(&Damage, Option<&KnownArtifact>),
    ) -> Result<Verification, Refusal> {
        let mut known = self.known()?;
        let mut verification = Verification::default();
        for (digest, bytes) in self.there()? {
            verification.checked.0 += 1;
            verification.checked.1 += bytes;
            if let Some(damage) = verify(&self.home, &self.store.objects, &digest) {
                let artifact = known.remove(&digest);
                report(&damage, artifact.as_ref());
                verification.damaged.push((damage, artifact));
            }
        }
        if let Ok(whole) =
            self.store.claims.claim_whole(&self.note("verifies the store")).map_err(disk)?
        {
            self.store.objects.sweep_incoming(&whole);
        }
        Ok(verification)
    }

    /// What has been unused for at least `age`; the locks in `forgotten` count as deleted.
    pub fn garbage(&self, forgotten: &BTreeSet<String>, age: Duration) -> Result<Garbage, Refusal> {
        let there = self.there()?;
        let (disk, ledger) = (self.store.objects.disk(), &self.store.ledger);
        Garbage::find(&**disk, &there, ledger, forgotten, age, (self.clock)())
            .map_err(ledger_refusal)
    }

    /// Removes the listed artifacts, as far as they are still garbage, and returns how many videos
    /// and bytes were removed.
    ///
    /// # Errors
    /// A process is working on the store, so it is unknown what a build is about to use. Nothing is
    /// removed then.
    pub fn clear(
        &self,
        shown: &Garbage,
        forgotten: &BTreeSet<String>,
        age: Duration,
    ) -> Result<(usize, u64), Refusal> {
        let whole =
            match self.store.claims.claim_whole(&self.note("clears the store")).map_err(disk)? {
                Ok(whole) => whole,
                Err(holder) => {
                    let what = format!("the store is in use: {holder}");
                    let fix = "run it again when that is done; nothing was removed";
                    return Err(Refusal::machine("store-in-use", what, fix));
                }
            };
        let ledger = &self.store.ledger;
        for (lock, _) in shown.blind.iter().filter(|(lock, _)| forgotten.contains(&lock.path)) {
            ledger
                .forget_lock(&lock.path, &lock.storyboard, (self.clock)())
                .map_err(ledger_refusal)?;
        }
        let agreed: BTreeSet<Digest> = shown.unused.iter().map(digest_of).collect();
        let garbage = self.garbage(forgotten, age)?;
        let mut freed = (0, 0);
        for unused in garbage.unused.iter().filter(|unused| agreed.contains(&digest_of(unused))) {
            Garbage::remove(&self.store.objects, unused).map_err(disk)?;
            freed.0 += 1;
            freed.1 += unused.bytes;
        }
        let objects = &self.store.objects;
        objects.sweep_incoming(&whole);
        let there: HashSet<Digest> = self.there()?.into_iter().map(|(digest, _)| digest).collect();
        let folder = self.home.posters();
        Posters::at(SharedDisk::clone(objects.disk()), &folder)
            .clear(POSTER_VERSION, |artifact| there.contains(artifact));
        Ok(freed)
    }

    fn there(&self) -> Result<Vec<(Digest, u64)>, Refusal> {
        self.store.objects.list().map_err(disk)
    }

    /// What the ledger knows, by digest; the latest entry if several tasks made the same bytes.
    fn known(&self) -> Result<HashMap<Digest, KnownArtifact>, Refusal> {
        let known = self.store.ledger.artifacts().map_err(ledger_refusal)?;
        Ok(known.into_iter().map(|artifact| (artifact.digest, artifact)).collect())
    }

    fn note(&self, does: &str) -> String {
        format!("process {} {does}, since {}", std::process::id(), (self.clock)().local_time())
    }
}

fn digest_of(unused: &UnusedArtifact) -> Digest {
    unused.artifact.digest
}

fn disk(error: io::Error) -> Refusal {
    Refusal::machine("store", error, "check that the store's disk is mounted and writable")
}
