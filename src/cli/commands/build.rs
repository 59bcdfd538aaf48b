//! `build`, which also runs when no command is given.

use std::io;

use tokio::sync::mpsc;

use super::options::planning_options;
use crate::base::{Credits, Diagnostic, Fault, ProfileId};
use crate::cli::args::build::BuildArgs;
use crate::cli::args::values::BudgetLimit;
use crate::cli::runtime::runtime;
use crate::cli::stop_signals::{StopSignal, StopSignals};
use crate::cli::{environment, terminal};
use crate::plan::{Plan, ProviderChoice};
use crate::report::{
    JsonReporter, LineReporter, LiveDisplay, Reporter, balance_note, count, nothing_chosen,
    old_prices, plan_table, render, up_to_date, what_a_pick_costs,
};
use crate::runner::{
    BuildLimits, Environment, Exit, Options, Refusal, Rolls, Session, SessionAccess, Webhooks,
    film_of, system_clock, unchanged,
};

/// Makes the film.
pub fn build(arguments: &BuildArgs) -> Result<Exit, Refusal> {
    run(arguments, options(arguments))
}

/// Makes more takes of the chosen scenes.
pub fn reroll(arguments: &BuildArgs, rolls: Rolls) -> Result<Exit, Refusal> {
    run(arguments, Options { reroll: Some(rolls), ..options(arguments) })
}

/// Makes the finals of the chosen scenes, whose drafts were made with a profile: the given one, or
/// the storyboard's only one.
pub fn promote(arguments: &BuildArgs, from: Option<ProfileId>) -> Result<Exit, Refusal> {
    let options = options(arguments);
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let from = draft_profile(from, &options, &environment)?;
    let drafts = Options { profile: Some(from.clone()), budget: None, ..options.clone() };
    let access = SessionAccess::ReadOnly;
    let drafts = Session::open(drafts, environment, system_clock(), access, &mut |_| {})?;
    drafts.refuse_missing_drafts()?;
    run(arguments, Options { promotes: Some(from), ..options })
}

/// The profile whose drafts are promoted.
fn draft_profile(
    from: Option<ProfileId>,
    options: &Options,
    environment: &Environment,
) -> Result<ProfileId, Refusal> {
    let profiles = film_of(options, &environment.disk).map(|film| film.profiles);
    match (from, profiles.unwrap_or_default().as_slice()) {
        (Some(from), _) => Ok(from),
        (None, [only]) => Ok(only.clone()),
        (None, profiles) => {
            let name = options.storyboard.display();
            let what = format!("`{name}` has {}", count(profiles.len(), "profile"));
            let names: Vec<&str> = profiles.iter().map(ProfileId::as_str).collect();
            let fix = match names.is_empty() {
                true => "write `profiles:` first; drafts are made with `--profile NAME`".into(),
                false => format!("say whose drafts: `--from NAME`, one of {}", names.join(", ")),
            };
            Err(Refusal::usage(Diagnostic::error("which-profile", what).fix(fix)))
        }
    }
}

fn run(arguments: &BuildArgs, options: Options) -> Result<Exit, Refusal> {
    let color = terminal::stderr_color(arguments.planning.film.color);
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    if !arguments.json
        && options.reroll.is_none()
        && !options.selection.asks_for_a_plan()
        && let Some(scenes) = unchanged(&options, &environment)
    {
        if !arguments.quiet {
            terminal::message(up_to_date(scenes));
        }
        return Ok(Exit::Done);
    }
    let mut waiting = |holder: &str| {
        if !arguments.quiet {
            terminal::message(format_args!("waiting: {holder}\n"));
        }
    };
    let clock = system_clock();
    let mut session =
        Session::open(options, environment, clock, SessionAccess::ReadWrite, &mut waiting)?;
    if !arguments.quiet && !session.warnings.is_empty() {
        terminal::message(render(&session.warnings, color));
    }
    if session.plan.takes.is_empty() && !arguments.json {
        if !arguments.quiet {
            terminal::message(nothing_chosen(session.selection()));
        }
        return Ok(Exit::Done);
    }
    session.preflight(BuildLimits { locked: arguments.locked, offline: arguments.offline })?;
    if arguments.locked {
        // What can be restored is free; a restored video that turns out to be gone is not bought.
        session.plan.budget = Some(Credits::ZERO);
    }
    // Without a key there is nothing to agree to.
    let provider = session.needs_provider().then(|| session.provider()).transpose()?;
    let cost = session.plan.credits_max();
    // One for all calls: connections do not outlive theirs.
    let runtime = runtime()?;
    let limit = arguments.planning.budget;
    if let Some(provider) = provider.as_ref().filter(|_| cost > Credits::ZERO) {
        let balance = runtime.block_on(provider.balance());
        let is_quiet = arguments.quiet || arguments.json;
        check_balance(balance, &mut session.plan, limit, is_quiet)?;
    }
    // A rehearsal costs nothing; `--quiet` is not consent to pay.
    let needs_consent = cost > Credits::ZERO
        && session.project.options.provider == ProviderChoice::Kling
        && !arguments.yes;
    if cost > Credits::ZERO && (needs_consent || !(arguments.quiet || arguments.json)) {
        terminal::message(plan_table(&session.plan, &session.project, color));
        terminal::message(what_a_pick_costs(&session.plan, &session.project));
        terminal::message(old_prices(&session.plan, &session.project).concat());
    }
    if needs_consent && !agreed(cost, session.plan.budget)? {
        terminal::message("nothing was sent\n");
        return Ok(Exit::Interrupted);
    }
    let mut reporter = reporter(arguments, color);
    let summary = runtime.block_on(async {
        let mut interrupts = listen_for_interrupts();
        let callbacks = session.listen().await?;
        session.build(provider, callbacks, &mut *reporter, &mut interrupts).await
    })?;
    drop(reporter);
    let exit = Exit::from(summary.outcome());
    if !arguments.json && (!arguments.quiet || exit != Exit::Done) {
        terminal::message(summary.print(color));
    }
    Ok(exit)
}

/// Says what the balance does not pay of a plan, before anybody is asked.
///
/// # Errors
/// The balance is the budget, and it does not pay all of the plan or cannot be read.
fn check_balance(
    asked: Result<Option<Credits>, Fault>,
    plan: &mut Plan,
    limit: Option<BudgetLimit>,
    is_quiet: bool,
) -> Result<(), Refusal> {
    let is_limit = limit == Some(BudgetLimit::Balance);
    let balance = match asked {
        Ok(Some(balance)) => balance,
        Ok(None) => return Ok(()),
        Err(fault) if is_limit => {
            let what = format!("the balance could not be read: {fault}");
            let fix = "run it again, or give a number: `--budget CREDITS`";
            return Err(Refusal::machine("balance", what, fix));
        }
        // Without it the provider itself says where the credits end.
        Err(fault) => {
            tracing::info!(%fault, "the balance could not be read");
            return Ok(());
        }
    };
    let note = balance_note(plan, balance);
    if is_limit {
        if let Some(note) = note {
            let fix = "top up at KIE, or name fewer scenes";
            let reason = Diagnostic::error("over-balance", note).fix(fix);
            return Err(Refusal::new(Exit::Decision, reason));
        }
        plan.budget = plan.budget.into_iter().chain([balance]).min();
    } else if let Some(note) = note.filter(|_| !is_quiet) {
        terminal::message(format_args!("note: {note}\n"));
    }
    Ok(())
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

/// Asks whether a build may cost that much.
///
/// # Errors
/// There is nobody to ask, and no consent in words.
fn agreed(cost: Credits, budget: Option<Credits>) -> Result<bool, Refusal> {
    let question = format!("spend up to {} ({})?", cost.with_unit(), cost.dollars());
    let answer = terminal::confirm(&question).map_err(|error| {
        Refusal::machine("terminal", error, "use `--yes` to build without asking")
    })?;
    consent(answer, cost, budget)
}

/// Whether a build may cost that much, given the answer on the terminal. Where there is none, a
/// budget is the user's consent: it covers the cost, or the build would have been refused.
///
/// # Errors
/// There is neither a terminal nor a budget.
fn consent(answer: Option<bool>, cost: Credits, budget: Option<Credits>) -> Result<bool, Refusal> {
    if let Some(answer) = answer.or(budget.map(|_| true)) {
        return Ok(answer);
    }
    let price = format!("{} ({})", cost.with_unit(), cost.dollars());
    let what = format!("this build may cost {price}, and there is no terminal to ask on");
    let fix = format!("agree with `--yes`, or with a limit: `--budget {cost}`");
    Err(Refusal::new(Exit::Decision, Diagnostic::error("no-consent", what).fix(fix)))
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

/// Passes the first request to stop on; a Ctrl-C after it ends the process at once. What was sent is in
/// the ledger, and the lock is up to date but for the takes of the last moment.
fn listen_for_interrupts() -> mpsc::UnboundedReceiver<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let Ok(mut stops) = StopSignals::listen() else { return };
        let how = match stops.next().await {
            StopSignal::CtrlC => " (press Ctrl-C again to quit now)",
            StopSignal::Terminate | StopSignal::HangUp => "",
        };
        terminal::message(format_args!("stopping: nothing more will be sent{how}\n"));
        let _ = sender.send(());
        // CI systems and shells send several signals in a row: only a person ends it at once, since
        // a request under way would be in doubt.
        while stops.next().await != StopSignal::CtrlC {}
        std::process::exit(i32::from(Exit::Interrupted.code()));
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_consent_only_where_nobody_can_be_asked() {
        let (cost, budget) = (Credits::whole(210), Some(Credits::whole(300)));
        for budget in [None, budget] {
            assert!(consent(Some(true), cost, budget).unwrap());
            assert!(!consent(Some(false), cost, budget).unwrap(), "an answer outweighs a budget");
        }
        assert!(consent(None, cost, budget).unwrap());
        let refusal = consent(None, cost, None).unwrap_err();
        assert_eq!((refusal.exit, refusal.diagnostics[0].code), (Exit::Decision, "no-consent"));
    }
}
