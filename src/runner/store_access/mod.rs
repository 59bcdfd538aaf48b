//! Access to the user's store: opening it, querying it, claiming names in it.

mod local_store;
mod door;
mod own_thread;
mod claiming;
mod open_store;

pub use claiming::{ClaimHolder, claim_waiting};
pub use door::{StoreDoor, local, off_thread};
pub use local_store::LocalStore;
pub use open_store::{OpenStore, ledger_refusal, no_home, open_ledger};
pub use own_thread::OwnThread;
