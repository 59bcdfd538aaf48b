//! The runner: drives the engine with tokio, and the session around it.
//!
//! A session is load → resolve → plan → drive → publish. Everything the pure core decides is
//! performed here and nowhere else.

mod build;
mod callbacks;
mod claiming;
mod clock;
mod delivery;
mod disk_work;
mod drive;
mod enquiry;
mod exit;
mod gates;
mod housekeeping;
mod inputs;
mod knowledge;
mod links;
mod lock_file;
mod maker;
mod new_project;
mod open_store;
mod options;
mod planning;
mod outcome;
mod project_files;
mod publish;
mod salvage;
mod session;
mod settlement;
mod storyboard_file;
mod take;
mod teller;
mod tenant;
mod unchanged;
mod unclear_renames;
mod video_check;
mod workshop;

pub use callbacks::{Call, Listening, Postbox, PublicUrl, PublicUrlError, TokenBytes};
pub use clock::{Clock, system_clock};
pub use exit::{Exit, Refusal};
pub use new_project::NewProject;
pub use open_store::OpenStore;
pub use options::{Environment, Options, Webhooks, Writes};
pub use publish::Published;
pub use salvage::{Haul, Salvage};
pub use session::Session;
pub use storyboard_file::read_bytes;
pub use tenant::refuse_unfit_build_dir;
pub use unchanged::unchanged;
