//! Claiming: acquires a name in the store, waiting if another process holds it.

use std::time::Duration;

use crate::runner::exit::Refusal;
use crate::store::{Claim, Claims};

/// How often to check a claim that another process holds.
const WAIT: Duration = Duration::from_millis(300);

/// What another process holds, with the line that it left.
#[derive(Clone, Debug)]
pub enum ClaimHolder {
    /// The name itself.
    Name(String),
    /// The whole store.
    Whole(String),
}

/// Claims a name while no process holds the whole store; calls `waiting` once with the holder.
///
/// # Errors
/// The store cannot be written.
pub fn claim_waiting(
    claims: &Claims,
    name: &str,
    note: &str,
    waiting: &mut dyn FnMut(ClaimHolder),
) -> Result<Claim, Refusal> {
    let mut reported = false;
    let next = || -> std::io::Result<Result<Claim, ClaimHolder>> {
        Ok(match claims.claim(name, note)? {
            Err(holder) => Err(ClaimHolder::Name(holder)),
            // Released while waiting: the process that holds the whole store checks every claim.
            Ok(claim) => match claims.whole()? {
                Some(holder) => Err(ClaimHolder::Whole(holder)),
                None => Ok(claim),
            },
        })
    };
    loop {
        match next() {
            Ok(Ok(claim)) => return Ok(claim),
            Ok(Err(held)) => {
                if !std::mem::replace(&mut reported, true) {
                    waiting(held);
                }
                std::thread::sleep(WAIT);
            }
            Err(error) => {
                let fix = "set `KLING_BUILD_HOME` to a folder you can write to";
                return Err(Refusal::machine("store", error, fix));
            }
        }
    }
}
