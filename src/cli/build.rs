//! `build`: what happens when no command is named.

use std::io;

use tokio::sync::mpsc;

use super::args::{BuildArgs, PlanningArgs};
use super::{environment, terminal};
use crate::base::{Credits, Moment, SceneId};
use crate::engine::{Engine, State};
use crate::plan::Action;
use crate::report::{plan_table, render};
use crate::runner::{Exit, Options, Refusal, Session, Watcher, Writes, system_clock};

/// Makes the film.
pub fn build(arguments: &BuildArgs) -> Result<Exit, Refusal> {
    let color = terminal::stderr_color(arguments.planning.film.color);
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let mut waiting = |holder: &str| {
        if !arguments.quiet {
            eprintln!("waiting: {holder} is building this storyboard");
        }
    };
    let clock = system_clock();
    let session = Session::open(options(arguments), environment, clock, Writes::Yes, &mut waiting)?;
    if !arguments.quiet && !session.warnings.is_empty() {
        eprint!("{}", render(&session.warnings, color));
    }
    session.refuse_over_budget()?;
    if arguments.locked {
        session.refuse_to_make("--locked", &[Action::Reuse])?;
    }
    if arguments.offline && !arguments.planning.preview {
        session.refuse_to_make("--offline", &[Action::Reuse])?;
    }
    let cost = session.plan.credits_max();
    if cost > Credits::ZERO && !arguments.quiet && !arguments.json {
        eprint!("{}", plan_table(&session.plan, &session.project, color));
        if !arguments.yes && terminal::is_interactive() && !agreed(cost)? {
            eprintln!("nothing was sent");
            return Ok(Exit::Interrupted);
        }
    }
    let provider = if session.plan.is_up_to_date() { None } else { Some(session.provider()?) };
    let outcome = runtime()?.block_on(async {
        let mut interrupts = listen_for_interrupts();
        let names = session.plan.takes.iter().map(|take| take.scene.clone()).collect();
        let mut watcher = Teller { names };
        session.build(provider, &mut watcher, &mut interrupts).await
    })?;
    eprintln!("{:?} {:?} committed {}", outcome.exit, outcome.published, outcome.committed);
    for s in &outcome.states {
        if !s.is_done() {
            eprintln!("{s:?}");
        }
    }
    Ok(outcome.exit)
}

/// The session's options, from the arguments that every planning command shares.
pub fn planning_options(arguments: &PlanningArgs) -> Options {
    Options {
        storyboard: arguments.film.storyboard.clone(),
        scenes: arguments.scenes.clone(),
        preview: arguments.preview,
        build_dir: arguments.build_dir.clone(),
        budget: arguments.budget,
        force: arguments.force.clone(),
        retry_failed: arguments.retry_failed,
        vars: arguments.film.vars.clone(),
        vars_files: arguments.film.vars_files.clone(),
        ..Options::default()
    }
}

fn options(arguments: &BuildArgs) -> Options {
    Options {
        concurrency: arguments.concurrency.map(usize::from),
        fail_fast: arguments.fail_fast,
        poll_interval: arguments.poll_interval,
        ..planning_options(&arguments.planning)
    }
}

fn agreed(cost: Credits) -> Result<bool, Refusal> {
    let question = format!("spend up to {} ({})?", cost.with_unit(), cost.dollars());
    terminal::confirm(&question)
        .map_err(|error| Refusal::machine("terminal", error, "give `--yes` to build unasked"))
}

fn runtime() -> Result<tokio::runtime::Runtime, Refusal> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal::machine("runtime", error, "close some other programs"))
}

/// Passes each Ctrl-C on; the second ends the process at once. What was sent is in the ledger.
fn listen_for_interrupts() -> mpsc::UnboundedReceiver<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("stopping: nothing more is sent (Ctrl-C again stops at once)");
            let _ = sender.send(());
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    });
    receiver
}

struct Teller {
    names: Vec<SceneId>,
}
impl Watcher for Teller {
    fn changed(&mut self, job: usize, state: &State, now: Moment) {
        eprintln!("{now} {} {state:?}", self.names[job]);
    }
    fn tick(&mut self, _: &Engine, _now: Moment) {}
}
