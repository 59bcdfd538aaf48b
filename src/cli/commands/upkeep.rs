//! `settle`, `salvage`, `store` and `doctor`: commands for a person, outside of builds.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::{Diagnostic, TaskId};
use crate::catalog::{Catalog, Dialect};
use crate::cli::args::upkeep::{DoctorArgs, GcArgs, SalvageArgs, SettleArgs, StoreCommand};
use crate::cli::runtime::runtime;
use crate::cli::terminal::print;
use crate::cli::{environment, terminal};
use crate::provider::TaskStatus;
use crate::report::{
    DoctorDocument, SalvagedTask, bytes, count, damage_text, doctor_text, garbage_table,
    is_healthy, salvage_line, salvage_summary, stock_table,
};
use crate::runner::{
    Doctor, Exit, OpenStore, Options, Refusal, Salvage, Session, SessionAccess, Webhooks, film_of,
    system_clock,
};
use crate::store::{Damage, KnownArtifact};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Settles the doubt of a scene: it became a task, or it was never received.
pub fn settle(arguments: &SettleArgs) -> Result<Exit, Refusal> {
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let options = Options {
        storyboard: arguments.storyboard.clone(),
        vars: arguments.vars.clone(),
        vars_files: arguments.vars_files.clone(),
        profile: arguments.profile.clone(),
        api: arguments.api,
        catalog: arguments.catalog.clone(),
        sends_nothing: true,
        ..Options::default()
    };
    let session = Session::open(
        options,
        environment,
        system_clock(),
        SessionAccess::ReadWrite,
        &mut |holder| {
            terminal::message(format_args!("waiting: {holder}\n"));
        },
    )?;
    if arguments.gone {
        let tasks = session.settle_gone(&arguments.scene, arguments.take)?;
        let tasks: Vec<&str> = tasks.iter().map(TaskId::as_str).collect();
        terminal::message(format_args!(
            "settled {}: the video of task {} is lost; the next build may pay for another\n",
            arguments.scene,
            tasks.join(", ")
        ));
        return Ok(Exit::Done);
    }
    let doubt = session.doubt_of(&arguments.scene, arguments.doubt)?;
    let sent = doubt.submission.intended_at.local_date_time();
    let said = match &arguments.task {
        Some(task) => {
            let next = match session.settle_as(&doubt, task)? {
                TaskStatus::Generating => "the next build continues with it".to_string(),
                TaskStatus::Succeeded(_) => {
                    "it has finished; the next build downloads its video".to_string()
                }
                TaskStatus::Failed(fault) => format!(
                    "it failed without a video ({fault}); a build pays for another only with \
                     `--retry-failed 1`"
                ),
            };
            format!("the request sent {sent} is task {task}; {next}")
        }
        None => {
            session.settle_not_sent(&doubt)?;
            format!("the request sent {sent} was never received; the next build sends it again")
        }
    };
    terminal::message(format_args!("settled {}: {said}\n", arguments.scene));
    Ok(Exit::Done)
}

/// Downloads every video that the provider still has and that the ledger knows.
pub fn salvage(arguments: &SalvageArgs) -> Result<Exit, Refusal> {
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let salvage = Salvage::open(&environment)?;
    let mut report =
        |salvaged: &SalvagedTask| terminal::message(format_args!("{}\n", salvage_line(salvaged)));
    let haul = runtime()?.block_on(salvage.run(arguments.all, &mut report))?;
    terminal::message(salvage_summary(&haul.salvaged, &haul.expired, &haul.doubts));
    Ok(haul.exit())
}

/// Looks at everything that a build relies on.
pub fn doctor(arguments: &DoctorArgs) -> Result<Exit, Refusal> {
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let options = Options {
        storyboard: arguments.storyboard.clone(),
        api: arguments.api,
        catalog: arguments.catalog.clone(),
        ..Options::default()
    };
    let commands = options.commands();
    let options = Options {
        api: options.api.or(environment.api),
        catalog: options.catalog.or_else(|| environment.catalog.clone()),
        ..options
    };
    // A film with errors is for `check`; what it says about the API counts all the same.
    let film = film_of(&options, &environment.disk);
    let catalog = match &film {
        Some(film) => film.catalog,
        None => environment::catalog(arguments.catalog.as_deref())?,
    };
    let webhooks = arguments.webhook_listen.clone().zip(arguments.webhook_url.clone());
    let doctor = Doctor {
        catalog,
        bucket: film.as_ref().and_then(|film| film.bucket().cloned()),
        api: film.map_or_else(|| options.api.unwrap_or_default(), |film| film.api),
        commands,
        build_dir: options.output_dir(),
        webhooks: webhooks.map(|(listen, url)| Webhooks { listen, url, wait: None }),
        probe: arguments.probe.clone(),
        environment,
        clock: system_clock(),
    };
    let findings = runtime()?.block_on(doctor.examine());
    let exit = if is_healthy(&findings) { Exit::Done } else { Exit::Failed };
    print(&match arguments.json {
        true => DoctorDocument::of(findings).print(),
        false => doctor_text(&findings, terminal::stdout_color(arguments.color)),
    })?;
    Ok(exit)
}

/// Manages the store.
pub fn store(command: &StoreCommand) -> Result<Exit, Refusal> {
    let environment = environment::read(None)?;
    let open = |writes| OpenStore::open(&environment, system_clock(), writes);
    match command {
        StoreCommand::List(look) => print(&stock_table(
            &open(SessionAccess::ReadOnly)?.stock()?,
            terminal::stdout_color(look.color),
        )),
        StoreCommand::Verify => verify(&open(SessionAccess::ReadWrite)?),
        StoreCommand::Gc(arguments) => clear(&open(SessionAccess::ReadWrite)?, arguments),
    }
}

fn verify(store: &OpenStore) -> Result<Exit, Refusal> {
    let retention = Catalog::embedded().dialect(Dialect::Kling).limits.retention();
    let now = (store.clock)();
    let days_left = |finished| {
        let left = retention.checked_sub(now.since(finished))?;
        Some((left.as_secs() / DAY.as_secs()) as u32)
    };
    let mut report = |damage: &Damage, artifact: Option<&KnownArtifact>| {
        terminal::message(damage_text(damage, artifact, days_left));
    };
    let found = store.verify(&mut report)?;
    let (checked, size) = (count(found.checked.0, "video"), bytes(found.checked.1));
    let damaged = found.damaged.len();
    terminal::message(format_args!("verified {checked} · {size} · {damaged} damaged\n"));
    Ok(if damaged == 0 { Exit::Done } else { Exit::Failed })
}

fn clear(store: &OpenStore, arguments: &GcArgs) -> Result<Exit, Refusal> {
    let age = DAY * arguments.older_than;
    let forgotten: BTreeSet<String> = arguments.forget.iter().cloned().collect();
    let mut garbage = store.garbage(&BTreeSet::new(), age)?;
    if let Some(path) =
        forgotten.iter().find(|path| garbage.blind.iter().all(|(lock, _)| lock.path != **path))
    {
        let what = format!("`{path}` is not a missing lock");
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
        let agreed = terminal::confirm("remove them permanently?").map_err(|error| {
            Refusal::machine("terminal", error, "use `--yes` to remove them without asking")
        })?;
        if agreed != Some(true) {
            terminal::message(format_args!(
                "nothing was removed; `--yes` removes what is listed\n"
            ));
            return Ok(Exit::Decision);
        }
    }
    let (videos, size) = store.clear(&garbage, &forgotten, age)?;
    terminal::message(format_args!("removed {} · {} freed\n", count(videos, "video"), bytes(size)));
    Ok(Exit::Done)
}
