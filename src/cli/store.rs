//! `store`: what is in the user's store, whether it is sound, and what nobody uses any more.

use std::collections::BTreeSet;
use std::time::Duration;

use super::args::{GcArgs, StoreCommand};
use super::{environment, print, terminal};
use crate::base::Diagnostic;
use crate::catalog::{Catalog, Dialect};
use crate::report::{bytes, count, damage_text, garbage_table, stock_table};
use crate::runner::{Exit, OpenStore, Refusal, SessionAccess, system_clock};
use crate::store::{Damage, KnownArtifact};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Looks after the store.
pub fn store(command: &StoreCommand) -> Result<Exit, Refusal> {
    let environment = environment::read(None)?;
    let open = |writes| OpenStore::open(&environment, system_clock(), writes);
    match command {
        StoreCommand::List(look) => print(&stock_table(
            &open(SessionAccess::No)?.stock()?,
            terminal::stdout_color(look.color),
        )),
        StoreCommand::Verify => verify(&open(SessionAccess::Yes)?),
        StoreCommand::Gc(arguments) => clear(&open(SessionAccess::Yes)?, arguments),
    }
}

fn verify(store: &OpenStore) -> Result<Exit, Refusal> {
    let retention = Catalog::embedded().dialect(Dialect::Kling).limits.retention();
    let now = (store.clock)();
    let days_left = |finished| {
        let left = retention.checked_sub(now.since(finished))?;
        Some((left.as_secs() / DAY.as_secs()) as u32)
    };
    let mut told = |damage: &Damage, artifact: Option<&KnownArtifact>| {
        eprint!("{}", damage_text(damage, artifact, days_left));
    };
    let found = store.verify(&mut told)?;
    let (checked, size) = (count(found.checked.0, "video"), bytes(found.checked.1));
    let damaged = found.damaged.len();
    eprintln!("verified {checked} · {size} · {damaged} damaged");
    Ok(if damaged == 0 { Exit::Done } else { Exit::Failed })
}

fn clear(store: &OpenStore, arguments: &GcArgs) -> Result<Exit, Refusal> {
    let age = DAY * arguments.older_than;
    let forgotten: BTreeSet<String> = arguments.forget.iter().cloned().collect();
    let mut garbage = store.garbage(&BTreeSet::new(), age)?;
    if let Some(path) =
        forgotten.iter().find(|path| garbage.blind.iter().all(|(lock, _)| lock.path != **path))
    {
        let what = format!("`{path}` is not a lock that is missed");
        let fix = "only a lock that `kling-build store gc` cannot read can be forgotten";
        return Err(Refusal::usage(Diagnostic::error("unknown-lock", what).fix(fix)));
    }
    let missed = garbage.blind;
    garbage = store.garbage(&forgotten, age)?;
    print(&garbage_table(&garbage, arguments.older_than, terminal::stdout_color(arguments.color)))?;
    garbage.blind = missed;
    if garbage.unused.is_empty() && forgotten.is_empty() {
        return Ok(Exit::Done);
    }
    if !arguments.yes {
        let agreed = terminal::is_interactive()
            && terminal::confirm("remove them for good?").map_err(|error| {
                Refusal::machine("terminal", error, "give `--yes` to remove them unasked")
            })?;
        if !agreed {
            eprintln!("nothing was removed; `--yes` removes what is listed");
            return Ok(Exit::Decision);
        }
    }
    let (videos, size) = store.clear(&garbage, &forgotten, age)?;
    eprintln!("removed {} · {} freed", count(videos, "video"), bytes(size));
    Ok(Exit::Done)
}
