//! Claiming: taking a name of the store's, and waiting for whoever has it.

use std::time::Duration;

use crate::runner::exit::Refusal;
use crate::store::{Claim, Claims};

/// How often a claim that another process holds is looked at.
const WAIT: Duration = Duration::from_millis(300);

/// What another process holds: the line that it left.
#[derive(Clone, Debug)]
pub enum ClaimHolder {
    /// The name itself.
    Name(String),
    /// The whole store.
    Whole(String),
}

/// Claims a name while nobody has the whole store; `waiting` is told once who does.
///
/// # Errors
/// The store cannot be written.
pub fn claim_waiting(
    claims: &Claims,
    name: &str,
    note: &str,
    waiting: &mut dyn FnMut(ClaimHolder),
) -> Result<Claim, Refusal> {
    let mut told = false;
    let next = || -> std::io::Result<Result<Claim, ClaimHolder>> {
        Ok(match claims.claim(name, note)? {
            Err(holder) => Err(ClaimHolder::Name(holder)),
            // Given back while waiting, for whoever has the whole store looks at all claims.
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
                if !std::mem::replace(&mut told, true) {
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
