//! The runner: drives the engine with tokio, and the session around it.
//!
//! A session is load → resolve → plan → drive → publish. Everything that the pure core decides is
//! performed here and nowhere else.

mod exit;
mod public_url;
mod options;
mod store_access;
mod callbacks;
mod conversion;
mod session;
mod fetch;
mod publish;
mod drive;
mod takes;
mod upkeep;
mod doctor;

pub use callbacks::{CallbackInbox, ReceivedCallback, TokenBytes};
pub use doctor::Doctor;
pub use drive::{BuildLimits, CallbackSetup};
pub use exit::{Exit, Refusal};
pub use options::{Clock, Environment, Options, Rolls, SessionAccess, Webhooks, system_clock};
pub use public_url::{PublicUrl, PublicUrlError};
pub use publish::PublishResult;
pub use session::{
    Session, film_of, listed_models, read_bytes, read_catalog, read_catalog_file, unchanged,
};
pub use store_access::OpenStore;
pub use takes::{AdoptedTake, DecidedTake, LockEditor, Undone};
pub use upkeep::{NewProject, Salvage, SalvageReport};
