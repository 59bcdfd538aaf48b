//! The local store: the ledger, the artifacts and the claims, and its answers to a plan.

use crate::base::{Digest, Key};
use crate::catalog::ModelId;
use crate::plan::{Evidence, Inventory};
use crate::store::{Claims, Ledger, Objects, SharedDisk};

/// The ledger, the artifacts and the claims of one store.
#[derive(Clone)]
pub struct LocalStore {
    /// The ledger.
    pub ledger: Ledger,
    /// The artifacts.
    pub objects: Objects,
    /// Which process makes or fetches what.
    pub claims: Claims,
}

impl LocalStore {
    /// The disk that it is on.
    pub fn disk(&self) -> &SharedDisk {
        self.objects.disk()
    }
}

impl Inventory for LocalStore {
    fn of_key(&self, key: &Key) -> Evidence {
        let holds = |digest: &Digest, bytes| self.objects.holds(digest, bytes);
        self.ledger.evidence(key, &holds).unwrap_or_else(|error| {
            // Without the ledger nothing may be paid; reporting a doubt prevents it.
            tracing::error!(%key, %error, "the ledger cannot be read");
            Evidence::unreadable()
        })
    }

    fn holds(&self, digest: &Digest, bytes: u64) -> bool {
        self.objects.holds(digest, bytes)
    }

    fn usual_seconds(&self, model: &ModelId) -> Option<u32> {
        self.ledger.usual_seconds(model.as_str()).ok().flatten()
    }
}
