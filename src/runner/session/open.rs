//! The session: one command's view of a storyboard. Load → resolve → plan; then drive → publish.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::project_files::ProjectFiles;
use super::symlinks::refuse_links;
use super::{inputs, lock_file, planning, provider_choice, storyboard_file, unclear_renames};
use crate::base::{Diagnostic, Moment, SceneId, Source, judge};
use crate::catalog::Catalog;
use crate::plan::{
    Action, Lock, Plan, PlanOptions, PlannedTake, Project, ProviderChoice, Selection,
    check_picture_shapes,
};
use crate::provider::Provider;
use crate::runner::exit::{Exit, Refusal};
use crate::runner::options::{Clock, Environment, Options, SessionAccess, folder_of};
use crate::runner::store_access::LocalStore;
use crate::runner::store_access::{ClaimHolder, claim_waiting};
use crate::runner::store_access::{ledger_refusal, no_home, open_ledger};
use crate::store::{Claim, Claims, Disk, Home, Ledger, LedgerRow, Objects, SharedDisk, Stamp};
use crate::storyboard::{Film, Overrides, Scene, Seed, read_with};

/// Where a preview keeps its own store, inside its build directory.
const PREVIEW_STORE: &str = ".store";

/// One command's view of a storyboard.
pub struct Session {
    /// The storyboard as the user named it.
    pub storyboard: PathBuf,
    /// All that the plan is made from.
    pub project: Project,
    /// What a build would do.
    pub plan: Plan,
    /// What is doubtful in the storyboard.
    pub warnings: Vec<Diagnostic>,
    /// Where the videos go.
    pub build_dir: PathBuf,
    pub(in crate::runner) store: LocalStore,
    pub(in crate::runner) lock_path: Option<PathBuf>,
    pub(in crate::runner) lock_text: Option<String>,
    /// The storyboard and the files that it is made of, with their stamps.
    pub(in crate::runner) storyboard_stamps: Option<Vec<(PathBuf, Stamp)>>,
    pub(in crate::runner) options: Options,
    pub(in crate::runner) environment: Environment,
    pub(in crate::runner) folder: PathBuf,
    pub(in crate::runner) ledger_name: String,
    pub(in crate::runner) home: Home,
    pub(in crate::runner) clock: Clock,
    _claim: Option<Claim>,
}

impl Session {
    /// Loads, resolves and plans. `waiting` is told who else builds this storyboard.
    ///
    /// # Errors
    /// Everything that is wrong with the storyboard and its files, at once.
    pub fn open(
        options: Options,
        environment: Environment,
        clock: Clock,
        writes: SessionAccess,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Session, Refusal> {
        let storyboard = options.storyboard.clone();
        let name = storyboard.display().to_string();
        // The stamp comes first: a storyboard that is saved meanwhile has another one.
        let disk = SharedDisk::clone(&environment.disk);
        let stamp = disk.stamp(&storyboard).ok().map(|stamp| (storyboard.clone(), stamp));
        let bytes = storyboard_file::read_bytes(&*disk, &storyboard).map_err(Refusal::usage)?;
        let folder = folder_of(&storyboard);
        let files = Rc::new(ProjectFiles::of(SharedDisk::clone(&disk), &storyboard));
        let overrides = overrides(&*disk, &options)?;
        let reading = read_with(&name, &bytes, &overrides, Rc::<ProjectFiles>::clone(&files));
        let storyboard_stamps = stamp.zip(files.stamps()).map(|(own, mut others)| {
            others.push(own);
            others
        });
        let mut diagnostics = reading.diagnostics;
        let Some(film) = reading.film else {
            diagnostics = judge(diagnostics, &options.warnings);
            return Err(Refusal { exit: Exit::Usage, diagnostics });
        };

        let build_dir = options.output_dir();
        let choice = provider_choice::choose(&options, &environment)?;
        let home = match choice {
            ProviderChoice::Preview(_) => Home::at(build_dir.join(PREVIEW_STORE)),
            ProviderChoice::Kling | ProviderChoice::Rehearsal => {
                environment.home.clone().ok_or_else(no_home)?
            }
        };
        let preview_store = matches!(choice, ProviderChoice::Preview(_)).then(|| home.path());
        refuse_links(&*disk, &options, preview_store)?;
        let ledger_name = disk
            .canonical(&storyboard)
            .map_or_else(|_| name.clone(), |path| path.display().to_string());
        let claims = Claims::at(disk.clone(), home.claims());
        let ledger = open_ledger(&*disk, &home, writes)?;
        let memory = inputs::InputInspector {
            disk: &*disk,
            ledger: &ledger,
            learns: writes == SessionAccess::Yes,
            now: clock(),
        };
        let (inputs, mistakes) = inputs::gather(&film, &folder, &memory);
        diagnostics.extend(mistakes);
        diagnostics.extend(check_picture_shapes(&film, &inputs));
        diagnostics = judge(diagnostics, &options.warnings);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(Refusal { exit: Exit::Usage, diagnostics });
        }

        let claim = match writes {
            SessionAccess::Yes => Some(claim_storyboard(&claims, &ledger_name, &clock, waiting)?),
            SessionAccess::No => None,
        };
        let lock_path = match choice {
            ProviderChoice::Preview(_) => None,
            ProviderChoice::Kling | ProviderChoice::Rehearsal => {
                Some(lock_file::path_of(&storyboard))
            }
        };
        let (lock, lock_text) = match &lock_path {
            Some(path) => lock_file::read(&*disk, path)?,
            None => (Lock::default(), None),
        };
        if lock_path.is_some() && writes == SessionAccess::Yes {
            lock_file::refuse_shared(&*disk, &storyboard)?;
        }
        if choice == ProviderChoice::Rehearsal && writes == SessionAccess::Yes {
            lock_file::refuse_to_rehearse_over_paid(&lock, lock_path.as_deref())?;
        }

        let plan_options = PlanOptions {
            provider: choice,
            now: clock(),
            retry_failed: options.retry_failed,
            forced: BTreeSet::new(),
            random_seeds: random_seeds(&film, &ledger, &ledger_name, &lock),
        };
        let mut project = Project::new(film, inputs, lock, plan_options);
        let store = LocalStore { ledger, objects: Objects::at(disk, home.objects()), claims };
        let plan = planning::plan(&mut project, &options, &ledger_name, &store)?;
        let unclear = unclear_renames::warnings(&project, &plan);
        diagnostics.extend(judge(unclear, &options.warnings));
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(Refusal { exit: Exit::Usage, diagnostics });
        }
        Ok(Session {
            storyboard,
            project,
            plan,
            warnings: diagnostics,
            build_dir,
            store,
            lock_path,
            lock_text,
            storyboard_stamps,
            folder,
            ledger_name,
            home,
            options,
            environment,
            clock,
            _claim: claim,
        })
    }

    /// The present, as this session sees it.
    pub fn now(&self) -> Moment {
        (self.clock)()
    }

    /// The folder that the storyboard's paths are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of the lock, to be shown; a preview has none, and yet this is its storyboard's.
    pub fn lock_name(&self) -> String {
        lock_file::path_of(&self.storyboard).display().to_string()
    }

    /// The submissions of this storyboard whose end is not known, under the scenes' present names:
    /// a doubt belongs to a take, and the scene may have been renamed or the project moved since.
    pub fn unsettled(&self) -> Result<Vec<LedgerRow>, Refusal> {
        let unsettled = || -> Result<Vec<LedgerRow>, crate::store::LedgerError> {
            let ledger = &self.store.ledger;
            let mut rows = ledger.unsettled(&self.ledger_name)?;
            let open = |take: &&PlannedTake| matches!(take.action, Action::Ask | Action::Resume);
            for take in self.plan.takes.iter().filter(open) {
                for mut row in take.key.map_or(Ok(Vec::new()), |key| ledger.unsettled_of(&key))? {
                    row.scene = take.scene.to_string();
                    rows.retain(|known| known.id != row.id);
                    rows.push(row);
                }
            }
            Ok(rows)
        };
        unsettled().map_err(ledger_refusal)
    }

    /// The provider that makes the takes.
    ///
    /// # Errors
    /// The key is missing though something has to be made, or an address is wrong.
    pub fn provider(&self) -> Result<Arc<dyn Provider>, Refusal> {
        let fonts = &self.project.film.preview_fonts;
        provider_choice::provider(
            self.project.options.provider,
            fonts,
            &self.folder,
            &self.environment,
        )
    }

    /// Which scenes were asked for.
    pub fn selection(&self) -> &Selection {
        &self.options.selection
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.store.ledger
    }
}

fn overrides(disk: &dyn Disk, options: &Options) -> Result<Overrides, Refusal> {
    let mut files = Vec::new();
    for path in &options.vars_files {
        let bytes = storyboard_file::read_bytes(disk, path).map_err(Refusal::usage)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            let what = format!("`{}` is not UTF-8 text", path.display());
            Refusal::usage(Diagnostic::error("not-utf8", what).fix("save it as UTF-8"))
        })?;
        files.push(Source::new(path.display().to_string(), text));
    }
    Ok(Overrides { vars: options.vars.clone(), files })
}

fn claim_storyboard(
    claims: &Claims,
    name: &str,
    clock: &Clock,
    waiting: &mut dyn FnMut(&str),
) -> Result<Claim, Refusal> {
    let claimed = format!("build-{}", crate::base::Digest::of(name.as_bytes()));
    let note = format!("process {} since {}", std::process::id(), clock().local_time());
    claim_waiting(claims, &claimed, &note, &mut |held| match held {
        ClaimHolder::Name(holder) => waiting(&format!("{holder} is building this storyboard")),
        ClaimHolder::Whole(holder) => waiting(&holder),
    })
}

fn random_seeds(
    film: &Film,
    ledger: &Ledger,
    storyboard: &str,
    lock: &Lock,
) -> BTreeMap<SceneId, u32> {
    let dialect = Catalog::embedded().dialect(film.api);
    let mut seeds: BTreeMap<SceneId, u32> = BTreeMap::new();
    // The variants of a scene share its seed, so that what does not differ is one take.
    let mut begun: HashMap<&SceneId, u32> = HashMap::new();
    let random = |scene: &&Scene| scene.clip().is_some_and(|c| c.seed == Some(Seed::Random));
    for scene in film.scenes.iter().filter(random) {
        // An interrupted build goes on with the seed it has paid for.
        let locked = lock.scenes.get(&scene.id).map(|take| &take.key);
        let seed = ledger.unfinished_random_seed(storyboard, scene.id.as_str(), locked);
        if let Some(seed) = seed.ok().flatten() {
            begun.entry(&scene.base).or_insert(seed);
            seeds.insert(scene.id.clone(), seed);
        }
    }
    for scene in film.scenes.iter().filter(random) {
        let range = dialect.model(scene.model.as_str()).and_then(|model| model.seeds);
        let Some((first, last)) = range else { continue };
        let shared = begun.entry(&scene.base).or_insert_with(|| fastrand::u32(first..=last));
        seeds.entry(scene.id.clone()).or_insert(*shared);
    }
    seeds
}
