//! Access to the user's store: opening it, asking it, claiming names of it.

mod disk_work;
mod local_store;
mod claiming;
mod open_store;

pub use claiming::{ClaimHolder, claim_waiting};
pub use disk_work::{local, on_disk};
pub use local_store::LocalStore;
pub use open_store::{OpenStore, ledger_refusal, no_home, open_ledger};
