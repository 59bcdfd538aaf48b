//! The runner: drives the engine with tokio, and the session around it.
//!
//! A session is load → resolve → plan → drive → publish. Everything the pure core decides is
//! performed here and nowhere else.

mod exit;
mod public_url;
mod clock;
mod options;
mod store_access;
mod callbacks;
mod session;
mod fetch;
mod publish;
mod drive;
mod upkeep;

pub use callbacks::{CallbackInbox, ReceivedCallback, TokenBytes};
pub use clock::{Clock, system_clock};
pub use drive::CallbackSetup;
pub use exit::{Exit, Refusal};
pub use options::{Environment, Options, SessionAccess, Webhooks};
pub use public_url::{PublicUrl, PublicUrlError};
pub use publish::{PublishResult, refuse_unfit_build_dir};
pub use session::{Session, read_bytes, unchanged};
pub use store_access::OpenStore;
pub use upkeep::{NewProject, Salvage, SalvageReport};
