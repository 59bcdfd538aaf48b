//! Preflight: what a planned build is refused for before anything is sent.
//!
//! The refusals have an order, and where several apply the first is reported. `Session::open` comes
//! before them, with an order of its own (see there):
//!
//! 1. the build may cost more than its budget;
//! 2. the build directory belongs to another storyboard, or cannot be written;
//! 3. the provider cannot reach the public address for callbacks;
//! 4. `--locked`: the build would make, download or replace a take;
//! 5. `--offline`: the build would make or download a take.
//!
//! Only what the user has then agreed to can fail on the way to the provider: a missing API key, a
//! font, an address that cannot be listened on.

use crate::base::{Credits, Diagnostic};
use crate::plan::{Action, PlannedTake, ProviderChoice, Reason};
use crate::runner::exit::{Exit, Refusal};
use crate::runner::publish::refuse_unfit_build_dir;
use crate::runner::session::Session;

/// What a build must not do, by the user's order.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuildLimits {
    /// The film of this commit as it is locked, and no other.
    pub locked: bool,
    /// Nothing from the provider.
    pub offline: bool,
}

impl Session {
    /// Refuses a build that must not begin. Nothing is sent and nothing is changed before.
    ///
    /// # Errors
    /// The first refusal that applies, in the order of this module.
    pub fn preflight(&self, limits: BuildLimits) -> Result<(), Refusal> {
        self.refuse_over_budget()?;
        refuse_unfit_build_dir(self)?;
        self.refuse_unreachable_callbacks()?;
        if limits.locked {
            self.refuse_to_make("--locked")?;
        }
        let is_preview = matches!(self.project.options.provider, ProviderChoice::Preview(_));
        if limits.offline && !is_preview {
            self.refuse_to_make("--offline")?;
        }
        Ok(())
    }

    /// Refuses a build that could cost more than its budget.
    pub fn refuse_over_budget(&self) -> Result<(), Refusal> {
        let cost = self.plan.credits_max();
        let Some(budget) = self.plan.budget.filter(|budget| cost > *budget) else {
            return Ok(());
        };
        let what = format!(
            "this build may cost {} ({}), over the budget of {budget}",
            cost.with_unit(),
            cost.dollars()
        );
        let name = self.storyboard.display();
        let scene = self.plan.takes.iter().find(|take| take.credits_max > Credits::ZERO);
        let less = scene.map_or_else(String::new, |take| {
            format!("build less (`kling-build {name} {}`), ", take.scene)
        });
        let raise = if self.project.film.budget == Some(budget) {
            "raise `budget`"
        } else {
            "raise `--budget`"
        };
        let mut reason = Diagnostic::error("over-budget", what)
            .fix(format!("{raise}, {less}or look first with `--preview`"));
        if self.project.film.budget == Some(budget)
            && let Some(place) = self.project.film.places.value(&["budget"])
        {
            reason = reason.at(place);
        }
        Err(Refusal::new(Exit::Decision, reason))
    }

    /// Refuses a public URL that the provider cannot reach.
    fn refuse_unreachable_callbacks(&self) -> Result<(), Refusal> {
        let Some(webhooks) = &self.options.webhooks else { return Ok(()) };
        if self.project.options.provider != ProviderChoice::Kling || !webhooks.url.is_loopback() {
            return Ok(());
        }
        let what = format!("`--webhook-url {}` is on this machine alone", webhooks.url);
        let fix = "give the public https address of a tunnel or proxy that leads to \
                   `--webhook-listen`, or build without both";
        Err(Refusal::usage(Diagnostic::error("webhook-url", what).fix(fix)))
    }

    /// Refuses a build that would have to make anything: `--locked`, `--offline`.
    fn refuse_to_make(&self, flag: &str) -> Result<(), Refusal> {
        let changes = |take: &PlannedTake| {
            // Nothing is made, but it is not the film of this commit.
            flag == "--locked" && take.reasons.contains(&Reason::OtherTake)
        };
        let mut to_make =
            self.plan.takes.iter().filter(|take| take.action != Action::Reuse || changes(take));
        let Some(first) = to_make.next() else { return Ok(()) };
        let more = match to_make.count() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let why: Vec<String> = first.reasons.iter().map(Reason::to_string).collect();
        let what = format!(
            "`{flag}` was given, but `{}`{more} would have to be {}",
            first.scene,
            if changes(first) { "replaced in the lock" } else { "made or downloaded" }
        );
        let reason = Diagnostic::error("not-at-hand", what)
            .note(format!("{}: {}", first.scene, why.join(", ")))
            .fix("build without it, or restore the lock and storyboard that belong together");
        Err(Refusal::new(Exit::Decision, reason))
    }
}
