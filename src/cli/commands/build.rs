//! `build`, which also runs when no command is given.

use std::io;

use tokio::sync::mpsc;

use super::options::planning_options;
use crate::base::Credits;
use crate::cli::args::build::BuildArgs;
use crate::cli::runtime::runtime;
use crate::cli::{environment, terminal};
use crate::plan::ProviderChoice;
use crate::report::{
    JsonReporter, LineReporter, LiveDisplay, Reporter, nothing_chosen, plan_table, render,
    up_to_date,
};
use crate::runner::{
    BuildLimits, Exit, Options, Refusal, Session, SessionAccess, Webhooks, system_clock, unchanged,
};

/// Makes the film.
pub fn build(arguments: &BuildArgs) -> Result<Exit, Refusal> {
    let color = terminal::stderr_color(arguments.planning.film.color);
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let options = options(arguments);
    if !arguments.json
        && options.force.is_empty()
        && !options.selection.asks_for_a_plan()
        && let Some(scenes) = unchanged(&options, &environment)
    {
        if !arguments.quiet {
            eprint!("{}", up_to_date(scenes));
        }
        return Ok(Exit::Done);
    }
    let mut waiting = |holder: &str| {
        if !arguments.quiet {
            eprintln!("waiting: {holder}");
        }
    };
    let clock = system_clock();
    let session =
        Session::open(options, environment, clock, SessionAccess::ReadWrite, &mut waiting)?;
    if !arguments.quiet && !session.warnings.is_empty() {
        eprint!("{}", render(&session.warnings, color));
    }
    if session.plan.takes.is_empty() && !arguments.json {
        if !arguments.quiet {
            eprint!("{}", nothing_chosen(session.selection()));
        }
        return Ok(Exit::Done);
    }
    session.preflight(BuildLimits { locked: arguments.locked, offline: arguments.offline })?;
    let cost = session.plan.credits_max();
    // A rehearsal costs nothing; `--quiet` is not consent to pay.
    let asks = session.project.options.provider == ProviderChoice::Kling
        && !arguments.yes
        && terminal::is_interactive();
    if cost > Credits::ZERO && (asks || !(arguments.quiet || arguments.json)) {
        eprint!("{}", plan_table(&session.plan, &session.project, color));
    }
    if cost > Credits::ZERO && asks && !agreed(cost)? {
        eprintln!("nothing was sent");
        return Ok(Exit::Interrupted);
    }
    let provider = if session.plan.is_up_to_date() { None } else { Some(session.provider()?) };
    let mut reporter = reporter(arguments, color);
    let summary = runtime()?.block_on(async {
        let mut interrupts = listen_for_interrupts();
        let callbacks = session.listen().await?;
        session.build(provider, callbacks, &mut *reporter, &mut interrupts).await
    })?;
    drop(reporter);
    let exit = Exit::from(summary.outcome());
    if !arguments.json && (!arguments.quiet || exit != Exit::Done) {
        eprint!("{}", summary.print(color));
    }
    Ok(exit)
}

fn options(arguments: &BuildArgs) -> Options {
    Options {
        concurrency: arguments.concurrency.map(usize::from),
        fail_fast: arguments.fail_fast,
        poll_interval: arguments.poll_interval,
        webhooks: webhooks(arguments),
        ..planning_options(&arguments.planning)
    }
}

/// Where to listen for callbacks; the arguments are given both or not at all.
fn webhooks(arguments: &BuildArgs) -> Option<Webhooks> {
    let (listen, url) = arguments.webhook_listen.clone().zip(arguments.webhook_url.clone())?;
    Some(Webhooks { listen, url, wait: arguments.webhook_wait })
}

fn agreed(cost: Credits) -> Result<bool, Refusal> {
    let question = format!("spend up to {} ({})?", cost.with_unit(), cost.dollars());
    terminal::confirm(&question)
        .map_err(|error| Refusal::machine("terminal", error, "use `--yes` to build without asking"))
}

fn reporter(arguments: &BuildArgs, color: bool) -> Box<dyn Reporter> {
    if arguments.json {
        Box::new(JsonReporter::new(io::stdout()))
    } else if arguments.quiet {
        Box::new(LineReporter::new(io::sink()))
    } else if terminal::stderr_is_terminal() {
        Box::new(LiveDisplay::stderr(color))
    } else {
        Box::new(LineReporter::new(io::stderr()))
    }
}

/// Passes each Ctrl-C on; the second ends the process at once. The ledger has what was sent.
fn listen_for_interrupts() -> mpsc::UnboundedReceiver<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("stopping: nothing more will be sent (press Ctrl-C again to quit now)");
            let _ = sender.send(());
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    });
    receiver
}
