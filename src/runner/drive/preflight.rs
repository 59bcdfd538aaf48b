//! Preflight: refusals of a planned build before anything is sent.
//!
//! The refusals have an order, and if several apply the first is reported. `Session::open` comes
//! before them, with an order of its own (see there):
//!
//! 1. a take is to be made with a file or a video that the API does not accept;
//! 2. the build may cost more than its budget;
//! 3. the build directory belongs to another storyboard, or cannot be written;
//! 4. the film's bucket cannot be used: its credentials are missing;
//! 5. the provider cannot reach the public address for callbacks;
//! 6. `--locked`: the build would make, download or replace a take;
//! 7. `--offline`: the build would make or download a take.
//!
//! After these checks and the user's consent, only reaching the provider can fail: a missing API
//! key, a font, an address that cannot be listened on.

use crate::base::{Credits, Diagnostic};
use crate::plan::{Action, PlannedTake, ProviderChoice, Reason};
use crate::runner::exit::{Exit, Refusal};
use crate::runner::publish::refuse_unfit_build_dir;
use crate::runner::session::Session;

/// What the user forbade the build to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuildLimits {
    /// Only the film of this commit as it is locked (`--locked`).
    pub locked: bool,
    /// Nothing from the provider (`--offline`).
    pub offline: bool,
}

impl Session {
    /// Refuses a build that must not begin, before anything is sent or changed.
    ///
    /// # Errors
    /// The first refusal that applies, in the order of this module.
    pub fn preflight(&self, limits: BuildLimits) -> Result<(), Refusal> {
        self.refuse_unfit_inputs()?;
        self.refuse_over_budget()?;
        refuse_unfit_build_dir(self)?;
        self.bucket()?;
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
        let commands = &self.project.options.commands;
        let scene = self.plan.takes.iter().find(|take| take.credits_max > Credits::ZERO);
        let less = scene.map_or_else(String::new, |take| {
            format!("build less (`{}`), ", commands.command("", take.scene.as_str(), ""))
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

    /// Refuses to promote scenes whose drafts are missing or stale: nobody has seen them. This is the
    /// session of the drafts.
    ///
    /// # Errors
    /// The first such scene.
    pub fn refuse_missing_drafts(&self) -> Result<(), Refusal> {
        let mut unseen = self.plan.scenes().filter(|take| !take.is_as_locked());
        let Some(first) = unseen.next() else { return Ok(()) };
        let more = match unseen.count() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let what = format!("`{}`{more} has no draft that is up to date", first.scene);
        let why: Vec<String> = first.reasons.iter().map(Reason::to_string).collect();
        let draft = self.project.options.commands.command("", "", "");
        let reason = Diagnostic::error("no-draft", what)
            .note(format!("{}: {}", first.scene, why.join(", ")))
            .fix(format!("make the draft first: `{draft}`"));
        Err(Refusal::new(Exit::Decision, reason))
    }

    /// Refuses a public URL that the provider cannot reach.
    fn refuse_unreachable_callbacks(&self) -> Result<(), Refusal> {
        let Some(webhooks) = &self.options.webhooks else { return Ok(()) };
        if self.project.options.provider != ProviderChoice::Kling || !webhooks.url.is_loopback() {
            return Ok(());
        }
        let what = format!(
            "`--webhook-url {}` is a loopback address, which the provider cannot reach",
            webhooks.url
        );
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
        // A locked video that is downloaded again is the film of this commit, at no cost.
        let is_free = |take: &PlannedTake| match take.action {
            Action::Reuse(_) => true,
            Action::Restore { .. } => flag == "--locked" || self.is_drawn(take),
            // What is drawn here needs nobody else.
            Action::Generate(_) => flag == "--offline" && self.is_drawn(take),
            _ => false,
        };
        let mut to_make = self.plan.takes.iter().filter(|take| !is_free(take) || changes(take));
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

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;
    use crate::plan::Selection;
    use crate::runner::options::{Environment, Options, SessionAccess, Webhooks, system_clock};
    use crate::store::Home;

    /// The code of the first refusal; empty if the build may begin.
    fn refusal(options: &Options, environment: &Environment, limits: BuildLimits) -> String {
        let clock = system_clock();
        let (options, environment) = (options.clone(), environment.clone());
        let opened =
            Session::open(options, environment, clock, SessionAccess::ReadWrite, &mut |_| {});
        let checked = opened.and_then(|session| session.preflight(limits));
        let code = |refusal: Refusal| refusal.diagnostics[0].code.to_string();
        checked.err().map(code).unwrap_or_default()
    }

    #[test]
    fn the_first_refusal_in_the_stated_order_wins() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let home = Home::at(at("store"));
        fs::create_dir_all(home.ledger()).unwrap();
        fs::create_dir(at("build")).unwrap();
        std::os::unix::fs::symlink("/tmp", at("build/scenes")).unwrap();
        fs::write(at("film.yml"), "scenes: {}").unwrap();
        fs::write(at("film.lock"), "{").unwrap();
        let mut environment =
            Environment { api_base: Some("ftp://example.com".into()), ..Environment::default() };
        let mut limits = BuildLimits { locked: true, offline: true };
        let mut options = Options {
            storyboard: at("film.yaml"),
            budget: Some(Credits::whole(1)),
            selection: Selection { scenes: vec!["nothing".into()], ..Selection::default() },
            webhooks: Some(Webhooks {
                listen: "127.0.0.1:0".into(),
                url: "http://127.0.0.1:9/".parse().unwrap(),
                wait: None,
            }),
            ..Options::default()
        };
        let film = |scene: &str| {
            fs::write(at("film.yaml"), format!("version: 1\nscenes:\n  a: {{ {scene} }}\n"))
        };

        assert_eq!(refusal(&options, &environment, limits), "file-not-found");
        fs::write(at("film.yaml"), "").unwrap();
        assert_eq!(refusal(&options, &environment, limits), "empty-storyboard");
        film("type: i2v, image: host.png, prompt: a boat").unwrap();
        assert_eq!(refusal(&options, &environment, limits), "bad-address");
        environment.api_base = Some("http://127.0.0.1:9".into());
        assert_eq!(refusal(&options, &environment, limits), "no-home");
        environment.home = Some(home.clone());
        assert_eq!(refusal(&options, &environment, limits), "link");
        fs::remove_file(at("build/scenes")).unwrap();
        assert_eq!(refusal(&options, &environment, limits), "ledger");
        fs::remove_dir(home.ledger()).unwrap();
        assert_eq!(refusal(&options, &environment, limits), "missing-file");
        film("type: t2v, prompt: a boat").unwrap();
        assert_eq!(refusal(&options, &environment, limits), "lock-unreadable");
        fs::write(at("film.lock"), paid_lock()).unwrap();
        assert_eq!(refusal(&options, &environment, limits), "shared-lock");
        fs::remove_file(at("film.yml")).unwrap();
        assert_eq!(refusal(&options, &environment, limits), "rehearsal-over-paid");
        environment.api_base = None;
        assert_eq!(refusal(&options, &environment, limits), "unknown-scene");
        options.selection = Selection::default();

        assert_eq!(refusal(&options, &environment, limits), "over-budget");
        options.budget = None;
        fs::remove_dir(at("build")).unwrap();
        fs::write(at("build"), "not a folder").unwrap();
        assert_eq!(refusal(&options, &environment, limits), "build-dir");
        fs::remove_file(at("build")).unwrap();
        assert_eq!(refusal(&options, &environment, limits), "webhook-url");
        options.webhooks = None;
        assert_eq!(refusal(&options, &environment, limits), "not-at-hand");
        limits.locked = false;
        assert_eq!(refusal(&options, &environment, limits), "not-at-hand");
        limits.offline = false;
        assert_eq!(refusal(&options, &environment, limits), "");
    }

    /// A lock with a paid take.
    fn paid_lock() -> String {
        use crate::base::{Digest, Key, SceneId};
        use crate::plan::{Lock, LockedScene, LockedTake, TakeChoice, recipe_fields};
        let digest = Digest::of(b"");
        let recipe = serde_json::json!({ recipe_fields::PROVIDER: "kling" });
        let take = LockedTake::new(1, Key(digest), TakeChoice::default(), (digest, 1));
        let mut scene = LockedScene::default();
        scene.picked = Some(scene.keep(take, &serde_json::from_value(recipe).unwrap()));
        let mut lock = Lock::default();
        lock.scenes.insert("a".parse::<SceneId>().unwrap(), scene);
        lock.print()
    }
}
