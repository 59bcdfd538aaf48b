//! The open store: the user's own, without any storyboard.

use std::sync::Arc;

use super::local_store::LocalStore;
use crate::base::Diagnostic;
use crate::runner::exit::Refusal;
use crate::runner::options::Clock;
use crate::runner::options::{Environment, SessionAccess};
use crate::store::{Claims, Disk, Home, Ledger, LedgerError, Objects};

/// The user's store, for commands that are not about a particular film.
#[derive(Clone)]
pub struct OpenStore {
    /// Where it is.
    pub home: Home,
    /// The ledger, the artifacts and the claims.
    pub store: LocalStore,
    /// The present.
    pub clock: Clock,
}

impl OpenStore {
    /// Opens the user's store.
    ///
    /// # Errors
    /// The environment names no folder for it, or the ledger cannot be used.
    pub fn open(
        environment: &Environment,
        clock: Clock,
        writes: SessionAccess,
    ) -> Result<Self, Refusal> {
        let home = environment.home.clone().ok_or_else(no_home)?;
        let ledger = open_ledger(&*environment.disk, &home, writes)?;
        let objects = Objects::at(environment.disk.clone(), home.objects());
        let claims = Claims::at(environment.disk.clone(), home.claims());
        let store = LocalStore { ledger, objects, claims };
        Ok(OpenStore { home, store, clock: Arc::clone(&clock) })
    }
}

/// Opens a store's ledger; a command that only looks does not create one.
pub fn open_ledger(disk: &dyn Disk, home: &Home, writes: SessionAccess) -> Result<Ledger, Refusal> {
    let path = home.ledger();
    let opened = match writes {
        SessionAccess::ReadOnly if !disk.has_file(&path) => Ledger::in_memory(),
        _ => Ledger::open(disk, &path),
    };
    opened.map_err(|error| {
        let what = format!("`{}`: {error}", path.display());
        Refusal::machine("ledger", what, error.fix())
    })
}

/// The ledger could not be read or written.
pub fn ledger_refusal(error: LedgerError) -> Refusal {
    let fix = error.fix();
    Refusal::machine("ledger", error, fix)
}

/// There is no place to keep what is paid for.
pub fn no_home() -> Refusal {
    let reason = Diagnostic::error("no-home", "no folder is set for the store")
        .fix("set `KLING_BUILD_HOME` to a permanent folder: it will hold the videos you pay for");
    Refusal::usage(reason)
}
