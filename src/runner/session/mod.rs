//! The session: one command's view of a storyboard, from options to a plan.

mod storyboard_file;
mod symlinks;
mod project_files;
mod file_look;
mod input_file;
mod inputs;
mod run_seeds;
mod narrators;
mod fonts;
pub mod lock_file;
mod planning;
mod provider_choice;
mod unclear_renames;
mod undecodable_frames;
mod unreachable_frames;
mod open;
mod film_alone;
pub mod up_to_date;
mod written_seeds;
mod requests;

pub use film_alone::film_of;
pub use open::{Session, claim_storyboard};
pub use provider_choice::{kie_config, listed_models, remote_provider};
pub use storyboard_file::{read_bytes, read_catalog, read_catalog_file};
pub use unclear_renames::refuse_unclear_renames;
pub use up_to_date::unchanged;
pub use written_seeds::WrittenSeeds;
