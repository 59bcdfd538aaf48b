//! `salvage`: what was paid and is still at the provider comes home.

use super::args::SalvageArgs;
use super::environment;
use super::runtime::runtime;
use crate::report::{SalvagedTask, salvage_line, salvage_summary};
use crate::runner::{Exit, Refusal, Salvage};

/// Fetches every video that is still remote and that the ledger knows of.
pub fn salvage(arguments: &SalvageArgs) -> Result<Exit, Refusal> {
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let salvage = Salvage::open(&environment)?;
    let mut told = |salvaged: &SalvagedTask| eprintln!("{}", salvage_line(salvaged));
    let haul = runtime()?.block_on(salvage.run(arguments.all, &mut told))?;
    eprint!("{}", salvage_summary(&haul.salvaged, &haul.expired, &haul.doubts));
    Ok(haul.exit())
}
