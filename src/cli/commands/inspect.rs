//! `plan`, `check`, `expand`, `graph` and `status`: commands that change nothing.

use std::path::PathBuf;

use super::options::{film_options, planning_options, selection};
use crate::base::Diagnostic;
use crate::cli::args::film::{ColorWhen, PlanningArgs};
use crate::cli::args::inspect::{
    CheckArgs, ExpandArgs, GraphArgs, GraphFormat, PlanArgs, StatusArgs,
};
use crate::cli::args::values::BudgetLimit;
use crate::cli::terminal::print;
use crate::cli::{environment, terminal};
use crate::plan::{PlannedTake, Reason, SubmissionOutcome};
use crate::report::{
    CheckDocument, Expansion, PlanDocument, RequestsDocument, StatusDocument, count, doubts,
    graph_dot, graph_mermaid, graph_svg, graph_text, nothing_chosen, old_prices, plan_table,
    render, status_table,
};
use crate::runner::{Exit, Options, Refusal, Session, SessionAccess, system_clock};

/// Shows what a build would do.
pub fn plan(arguments: &PlanArgs) -> Result<Exit, Refusal> {
    if arguments.planning.budget == Some(BudgetLimit::Balance) {
        let reason = Diagnostic::error("usage", "a plan asks nobody for the balance")
            .fix("give a number: `--budget CREDITS`; a build takes `--budget balance`");
        return Err(Refusal::usage(reason));
    }
    let session = open_plan(&arguments.planning)?;
    session.refuse_unfit_inputs()?;
    let in_doubt = |take: &PlannedTake| {
        take.reasons.iter().any(|reason| matches!(reason, Reason::Doubt { .. }))
    };
    let in_doubt = session.plan.takes.iter().any(in_doubt);
    if arguments.requests {
        let (name, api) = (name_of(&session), session.project.film.api);
        print(&RequestsDocument::of(&name, api, session.requests()?).print())?;
    } else if arguments.json {
        let document = PlanDocument::of(&session.plan, &session.project, &name_of(&session));
        print(&document.print())?;
    } else if session.plan.takes.is_empty() {
        print(&nothing_chosen(session.selection()))?;
    } else {
        let color = terminal::stdout_color(arguments.planning.film.color);
        let mut rows = if in_doubt { session.unsettled()? } else { Vec::new() };
        rows.retain(|row| session.plan.takes.iter().any(|take| take.scene.as_str() == row.scene));
        let doubts = doubts(&rows, &session.project.options.commands);
        print(&(plan_table(&session.plan, &session.project, color) + &doubts))?;
        terminal::message(old_prices(&session.plan, &session.project).concat());
    }
    session.refuse_over_budget()?;
    Ok(if in_doubt { Exit::Decision } else { Exit::Done })
}

/// Checks a storyboard and its files.
pub fn check(arguments: &CheckArgs) -> Result<Exit, Refusal> {
    let options = Options {
        preview: true,
        build_dir: Some(PathBuf::from("build")),
        ..film_options(&arguments.film)
    };
    let environment = environment::read(None)?;
    let opened =
        Session::open(options, environment, system_clock(), SessionAccess::ReadOnly, &mut |_| {});
    let (diagnostics, exit, scenes) = match opened {
        Ok(session) => {
            let scenes = session.project.film.scenes.len();
            let exit = if session.unfit.is_empty() { Exit::Done } else { Exit::Usage };
            ([session.warnings, session.unfit].concat(), exit, scenes)
        }
        Err(refusal) => (refusal.diagnostics, refusal.exit, 0),
    };
    if arguments.json {
        print(&CheckDocument::of(&diagnostics).print())?;
    } else {
        terminal::message(render(&diagnostics, terminal::stderr_color(arguments.film.color)));
        if exit == Exit::Done {
            let doubtful = match diagnostics.len() {
                0 => String::new(),
                warnings => format!(", {}", count(warnings, "warning")),
            };
            let name = arguments.film.storyboard.display();
            terminal::message(format_args!(
                "{name}: {}, no errors{doubtful}\n",
                count(scenes, "scene")
            ));
        }
    }
    Ok(exit)
}

/// Prints the film as resolved.
pub fn expand(arguments: &ExpandArgs) -> Result<Exit, Refusal> {
    let options = Options {
        selection: selection(&arguments.scenes),
        preview: arguments.preview,
        ..film_options(&arguments.film)
    };
    let session = open(options, arguments.film.color)?;
    let expansion =
        Expansion::of(&session.plan, &session.project, &name_of(&session), &session.lock_name());
    print(&if arguments.json { expansion.print_json() } else { expansion.print_yaml() })
}

/// Draws the graph.
pub fn graph(arguments: &GraphArgs) -> Result<Exit, Refusal> {
    let session = open_plan(&arguments.planning)?;
    let (project, plan) = (&session.project, Some(&session.plan));
    print(&match arguments.format {
        GraphFormat::Text => graph_text(project, plan),
        GraphFormat::Dot => graph_dot(project, plan),
        GraphFormat::Mermaid => graph_mermaid(project, plan),
        GraphFormat::Svg => graph_svg(project, plan),
    })
}

/// Shows takes, tasks and doubts.
pub fn status(arguments: &StatusArgs) -> Result<Exit, Refusal> {
    let session = open_plan(&arguments.planning)?;
    let rows = session.unsettled()?;
    if arguments.json {
        let document = StatusDocument::of(
            &session.plan,
            &session.project,
            &session.whole_lock,
            &rows,
            &name_of(&session),
        );
        print(&document.print())?;
    } else {
        let color = terminal::stdout_color(arguments.planning.film.color);
        print(&status_table(&session.plan, &session.project, &session.whole_lock, &rows, color))?;
    }
    let in_doubt = rows.iter().any(|row| row.submission.outcome == SubmissionOutcome::Doubt);
    Ok(if in_doubt { Exit::Decision } else { Exit::Done })
}

/// The storyboard's path as it was given.
fn name_of(session: &Session) -> String {
    session.storyboard.display().to_string()
}

fn open_plan(arguments: &PlanningArgs) -> Result<Session, Refusal> {
    open(planning_options(arguments), arguments.film.color)
}

fn open(options: Options, color: ColorWhen) -> Result<Session, Refusal> {
    let environment = environment::read(None)?;
    let session =
        Session::open(options, environment, system_clock(), SessionAccess::ReadOnly, &mut |_| {})?;
    if !session.warnings.is_empty() {
        terminal::message(render(&session.warnings, terminal::stderr_color(color)));
    }
    Ok(session)
}
