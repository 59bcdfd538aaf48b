//! The film alone, for what needs no plan: no lock, no ledger, no input files.

use super::open::load_storyboard;
use crate::runner::options::Options;
use crate::store::SharedDisk;
use crate::storyboard::Film;

/// The valid scenes of a storyboard; `None` if it cannot be read at all.
pub fn film_of(options: &Options, disk: &SharedDisk) -> Option<Film> {
    load_storyboard(disk, options).ok().map(|loaded| loaded.film)
}
