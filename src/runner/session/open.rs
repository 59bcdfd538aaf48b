//! The session: one command's view of a storyboard. Load → resolve → plan, then drive → publish.
//!
//! Opening a session is refused in this order, and if several refusals apply the first is reported:
//!
//! 1. the storyboard, or a file of variables, cannot be read;
//! 2. the storyboard is not a film at all: it is empty, or not a map; or it has no such profile;
//! 3. the address of the API is not valid;
//! 4. no folder is set for the store;
//! 5. a symbolic link lies where the build would write;
//! 6. the ledger cannot be used;
//! 7. the storyboard or its input files have errors (all are reported at once);
//! 8. the lock cannot be read;
//! 9. another storyboard would share the lock (only where the session writes, as 10);
//! 10. a rehearsal would replace paid takes in the lock;
//! 11. a selector matches no scene;
//! 12. frames would lie where the storyboard's public address does not reach.
//!
//! `drive/preflight.rs` has the later refusals of a planned build.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::fonts::{self, GatheredFonts, InstalledFont};
use super::inputs::{GatheredInputs, InputInspector, UnfitInput};
use super::project_files::ProjectFiles;
use super::symlinks::refuse_links;
use super::{inputs, lock_file, planning, provider_choice, storyboard_file};
use super::{narrators, run_seeds, unclear_renames, undecodable_frames, unreachable_frames};
use crate::base::{Diagnostic, FilmCommands, Moment, SceneId, WarningRule, judge};
use crate::media::animatic::DRAWING;
use crate::plan::{
    Action, ActionWord, Inputs, Lock, Plan, PlanOptions, PlannedTake, Project, ProviderChoice,
    Recipe, Selection, check_cut_shapes, check_picture_shapes,
};
use crate::provider::{FilmBucket, Narration, Provider};
use crate::runner::exit::{Exit, Refusal};
use crate::runner::options::{Clock, Environment, Options, SessionAccess, folder_of};
use crate::runner::store_access::LocalStore;
use crate::runner::store_access::{ClaimHolder, claim_waiting};
use crate::runner::store_access::{ledger_refusal, no_home, open_ledger};
use crate::store::{
    Claim, Claims, Disk, Home, Ledger, LedgerError, LedgerRow, Objects, SharedDisk, Stamp,
};
use crate::storyboard::{BucketPlace, Film, Overrides, SceneInput, read_with};

/// The folder of a preview's own store, inside its build directory.
const PREVIEW_STORE: &str = ".store";

/// One command's view of a storyboard.
pub struct Session {
    /// The storyboard as the user named it.
    pub storyboard: PathBuf,
    /// Everything that the plan is made from.
    pub project: Arc<Project>,
    /// What a build would do.
    pub plan: Plan,
    /// The warnings about the storyboard.
    pub warnings: Vec<Diagnostic>,
    /// Files and videos that the API does not accept, where a take is to be made with them: reasons
    /// not to build, and none against adopting a video or settling a doubt.
    pub unfit: Vec<Diagnostic>,
    /// Where the videos go.
    pub build_dir: PathBuf,
    pub(in crate::runner) store: LocalStore,
    pub(in crate::runner) lock_path: Option<PathBuf>,
    pub(in crate::runner) lock_text: Option<String>,
    /// The lock as it was read, with the parts of all profiles.
    pub whole_lock: Arc<Lock>,
    /// The storyboard and the files that it consists of, with their stamps.
    pub(in crate::runner) storyboard_stamps: Option<Vec<(PathBuf, Stamp)>>,
    pub(in crate::runner) options: Options,
    pub(in crate::runner) environment: Environment,
    pub(in crate::runner) folder: PathBuf,
    pub(in crate::runner) ledger_name: String,
    pub(in crate::runner) home: Home,
    /// The fonts of this machine that the film's previews use.
    pub(super) installed_fonts: Vec<InstalledFont>,
    /// What is heard of the narration in the film's previews.
    pub(super) narration: Narration,
    pub(in crate::runner) clock: Clock,
    _claim: Option<Claim>,
}

impl Session {
    /// Loads, resolves and plans. `waiting` is called with the line of any other process that is
    /// building this storyboard.
    ///
    /// # Errors
    /// The first refusal that applies, in the order of this module.
    pub fn open(
        mut options: Options,
        environment: Environment,
        clock: Clock,
        access: SessionAccess,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Session, Refusal> {
        let commands = options.commands();
        options.api = options.api.or(environment.api);
        options.catalog = options.catalog.or_else(|| environment.catalog.clone());
        let storyboard = options.storyboard.clone();
        let disk = SharedDisk::clone(&environment.disk);
        let LoadedStoryboard { film, diagnostics, stamps } = load_storyboard(&disk, &options)?;
        let choice = provider_choice::choose(&options, &environment)?;
        let build_dir = options.output_dir();
        let home = home_for(choice, &build_dir, &environment)?;
        let is_preview = matches!(choice, ProviderChoice::Preview(_));
        let preview_store = is_preview.then(|| home.path());
        refuse_links(&*disk, &options, preview_store)?;
        let ledger = open_ledger(&*disk, &home, access)
            .map_err(|refusal| if_preview(refusal, choice, &build_dir))?;
        let ledger_name = disk
            .canonical(&storyboard)
            .unwrap_or_else(|_| storyboard.clone())
            .display()
            .to_string();
        let user_home = environment.home.as_ref();
        let allowed = options.reads_outside();
        let inspector = InputInspector::new(&*disk, user_home, &ledger_name, clock(), allowed);
        let folder = folder_of(&storyboard);
        let mut gathered =
            inspect_inputs(&film, &folder, &inspector, diagnostics, &options.warnings);
        // A build of paid takes draws no text, except on cards.
        let draws_previews = is_preview || access == SessionAccess::ReadOnly;
        let found_fonts = match &mut gathered {
            Err(_) => GatheredFonts::default(),
            Ok((inputs, ..)) => {
                let folders = &environment.font_folders;
                fonts::gather(&film, &folder, folders, &inspector, inputs, draws_previews)
            }
        };
        let reader = environment.scratch_reader.as_deref();
        let (narrators, narration) = match &mut gathered {
            Err(_) => (Vec::new(), Narration::default()),
            Ok((inputs, ..)) => {
                narrators::gather(&film, &folder, reader, &inspector, inputs, is_preview)
            }
        };
        inspector.finish();
        let (inputs, mut warnings, mut unfit) = gathered?;
        let GatheredFonts { installed: installed_fonts, missing: missing_glyphs, unfit: cards } =
            found_fonts;
        unfit.extend(cards);

        let claims = Claims::at(disk.clone(), home.claims());
        let claim = match access {
            SessionAccess::ReadWrite => {
                Some(claim_storyboard(&claims, &ledger_name, &clock, waiting)?)
            }
            SessionAccess::ReadOnly => None,
        };
        let (lock_path, whole_lock, lock_text) =
            read_lock(&*disk, &storyboard, choice, access, &commands)?;
        let whole_lock = Arc::new(whole_lock);
        let lock = match &options.profile {
            None if whole_lock.profiles.is_empty() => Arc::clone(&whole_lock),
            profile => Arc::new(whole_lock.part(profile.as_ref())),
        };

        let plan_options = PlanOptions {
            provider: choice,
            drawing: DRAWING,
            now: clock(),
            retry_failed: options.retry_failed,
            begun_rolls: run_seeds::begun_rolls(&film, &ledger, &ledger_name, &lock)
                .map_err(ledger_refusal)?,
            reroll: None,
            draft_seeds: run_seeds::draft_seeds(&whole_lock, &options),
            random_seeds: run_seeds::random_seeds(&film, &ledger, &ledger_name, &lock, &options),
            commands,
        };
        let mut project = Project::new(film, inputs, lock, plan_options);
        if project.has_trailing_blanks() {
            let profile = project.film.profile_name().to_string();
            let sent = ledger.sent_for(&ledger_name, &profile).map_err(ledger_refusal)?;
            project.keep_sent_blanks(&sent);
        }
        let store = LocalStore { ledger, objects: Objects::at(disk, home.objects()), claims };
        let plan = planning::plan(&mut project, &options, &ledger_name, &store)?;
        let mut found = unclear_renames::warnings(&project, &plan);
        found.extend(check_cut_shapes(&project));
        found.extend(missing_glyphs);
        found.extend(narrators);
        found.extend(undecodable_frames::warnings(&project, &plan, &store.objects));
        warnings.extend(judge(found, &options.warnings));
        if warnings.iter().any(Diagnostic::is_error) {
            return Err(Refusal { exit: Exit::Usage, diagnostics: warnings });
        }
        unreachable_frames::refuse(&project, &build_dir, &folder)?;
        let made = made_scenes(&plan);
        let unfit = unfit.into_iter().filter_map(|it| it.for_first(|id| made.contains(id)));
        let unfit = unfit.collect();
        Ok(Session {
            storyboard,
            project: Arc::new(project),
            plan,
            warnings,
            unfit,
            build_dir,
            store,
            lock_path,
            lock_text,
            whole_lock,
            storyboard_stamps: stamps,
            folder,
            ledger_name,
            home,
            installed_fonts,
            narration,
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

    /// The path of the lock for display; a preview has none, so this is its storyboard's.
    pub fn lock_name(&self) -> String {
        lock_file::path_of(&self.storyboard).display().to_string()
    }

    /// The submissions of this storyboard whose end is unknown, under the scenes' present names: a
    /// doubt belongs to a take, and the scene may have been renamed or the project moved since.
    pub fn unsettled(&self) -> Result<Vec<LedgerRow>, Refusal> {
        let unsettled = || -> Result<Vec<LedgerRow>, LedgerError> {
            let ledger = &self.store.ledger;
            let mut rows = ledger.unsettled(&self.ledger_name)?;
            let open = |take: &&PlannedTake| {
                matches!(take.action.word(), ActionWord::Ask | ActionWord::Resume)
            };
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
    /// The key is missing although something must be made, or an address is wrong.
    pub fn provider(&self) -> Result<Arc<dyn Provider>, Refusal> {
        let film = &self.project.film;
        match self.project.options.provider {
            ProviderChoice::Preview(_) => self.drawing_provider(),
            ProviderChoice::Kling | ProviderChoice::Rehearsal => {
                provider_choice::remote_provider(&self.environment, film.catalog, film.api)
            }
        }
    }

    /// The bucket that inputs of takes to be made are put into; `None` if the film has none, or if
    /// nothing is to be made with files. A rehearsal stays on this machine: where the bucket is
    /// elsewhere, the rehearsal's server takes the files.
    ///
    /// # Errors
    /// Its credentials are not in the environment, or its address is wrong.
    pub fn bucket(&self) -> Result<Option<FilmBucket>, Refusal> {
        let film = &self.project.film;
        let access = &self.environment.bucket;
        let is_used = |place: &&BucketPlace| match self.project.options.provider {
            ProviderChoice::Preview(_) => false,
            ProviderChoice::Rehearsal => FilmBucket::is_on_this_machine(place, access),
            ProviderChoice::Kling => true,
        };
        let is_put = |input: &SceneInput| !matches!(input, SceneInput::Url(..));
        let has_files = |take: &&PlannedTake| {
            let made = !take.action.is_reuse() && !self.is_drawn(take);
            made && self.project.scene(take.position).inputs().any(|(_, input)| is_put(input))
        };
        let Some(place) = film.bucket().filter(is_used) else { return Ok(None) };
        if self.plan.takes.iter().find(has_files).is_none() {
            return Ok(None);
        }
        let disk = Arc::clone(&self.environment.disk);
        FilmBucket::new(place, access, disk).map(Some).map_err(|error| {
            let reason = Diagnostic::error("bucket", error.to_string()).fix(error.fix());
            Refusal::usage(match film.places.value(&["hosting"]) {
                Some(place) => reason.at(place),
                None => reason,
            })
        })
    }

    /// What draws previews, stills and cards.
    ///
    /// # Errors
    /// A font cannot be used.
    pub(in crate::runner) fn drawing_provider(&self) -> Result<Arc<dyn Provider>, Refusal> {
        let (film, fonts, heard) = (&self.project.film, &self.installed_fonts, &self.narration);
        provider_choice::drawing_provider(film, &self.folder, fonts, heard, &self.environment)
    }

    /// Whether the plan makes or fetches anything but what this program draws itself.
    pub fn needs_provider(&self) -> bool {
        self.plan.takes.iter().any(|take| !take.action.is_reuse() && !self.is_drawn(take))
    }

    /// Whether this program draws a planned take itself.
    pub fn is_drawn(&self, take: &PlannedTake) -> bool {
        let scene = self.project.scene(take.position);
        take.recipe.as_deref().map_or_else(|| scene.scene_type().is_drawn(), Recipe::is_drawn)
    }

    /// Refuses to make takes with what the API does not accept.
    ///
    /// # Errors
    /// All such files and videos.
    pub fn refuse_unfit_inputs(&self) -> Result<(), Refusal> {
        match self.unfit.is_empty() {
            true => Ok(()),
            false => Err(Refusal { exit: Exit::Usage, diagnostics: self.unfit.clone() }),
        }
    }

    /// The selected scenes.
    pub fn selection(&self) -> &Selection {
        &self.options.selection
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.store.ledger
    }
}

/// A storyboard that has been read and resolved.
pub(super) struct LoadedStoryboard {
    /// The film.
    pub film: Film,
    /// Warnings; their levels are not applied yet.
    diagnostics: Vec<Diagnostic>,
    /// The storyboard and the files that it consists of, with their stamps; `None` if a file has
    /// none.
    stamps: Option<Vec<(PathBuf, Stamp)>>,
}

/// Reads and resolves the storyboard and the files that it consists of.
pub(super) fn load_storyboard(
    disk: &SharedDisk,
    options: &Options,
) -> Result<LoadedStoryboard, Refusal> {
    let storyboard = &options.storyboard;
    // The stamp comes first: if the storyboard is saved meanwhile, its stamp will differ.
    let own_stamp = disk.stamp(storyboard).ok().map(|stamp| (storyboard.clone(), stamp));
    let bytes = storyboard_file::read_storyboard(&**disk, storyboard).map_err(Refusal::usage)?;
    let allowed = options.reads_outside();
    let files = Rc::new(ProjectFiles::of(SharedDisk::clone(disk), storyboard, allowed));
    let mut overrides = overrides(&**disk, options)?;
    overrides.folders_above = files.folders_above();
    let name = storyboard.display().to_string();
    let reading = read_with(&name, &bytes, &overrides, Rc::<ProjectFiles>::clone(&files));
    // A profile names a build directory, which is not even looked into before the name is known.
    let has_profile = |film: &Film| film.profile == options.profile;
    let Some(film) = reading.film.filter(has_profile) else {
        let diagnostics = judge(reading.diagnostics, &options.warnings);
        return Err(Refusal { exit: Exit::Usage, diagnostics });
    };
    let stamps = own_stamp.zip(files.stamps()).map(|(own, mut others)| {
        others.push(own);
        others
    });
    Ok(LoadedStoryboard { film, diagnostics: reading.diagnostics, stamps })
}

/// The store for the takes of a provider.
fn home_for(
    choice: ProviderChoice,
    build_dir: &Path,
    environment: &Environment,
) -> Result<Home, Refusal> {
    match choice {
        ProviderChoice::Preview(_) => Ok(Home::at(build_dir.join(PREVIEW_STORE))),
        ProviderChoice::Kling | ProviderChoice::Rehearsal => {
            environment.home.clone().ok_or_else(no_home)
        }
    }
}

/// Why a store cannot be opened; that of a preview is in the build directory.
fn if_preview(mut refusal: Refusal, choice: ProviderChoice, build_dir: &Path) -> Refusal {
    if let ProviderChoice::Preview(_) = choice {
        for reason in &mut refusal.diagnostics {
            let fix = "remove it, make it writable, or give another folder with `-o`";
            reason.fix = Some(format!("previews are written to `{}`: {fix}", build_dir.display()));
        }
    }
    refusal
}

/// Inspects the film's input files. `found` has the warnings of the storyboard itself; the result
/// has all warnings, and what matters only where a take is to be made.
fn inspect_inputs(
    film: &Film,
    folder: &Path,
    inspector: &InputInspector<'_>,
    found: Vec<Diagnostic>,
    rules: &[WarningRule],
) -> Result<(Inputs, Vec<Diagnostic>, Vec<UnfitInput>), Refusal> {
    let GatheredInputs { inputs, found: wrong, unfit } = inputs::gather(film, folder, inspector);
    let shapes = check_picture_shapes(film, &inputs);
    let mut diagnostics = judge(found.into_iter().chain(wrong).chain(shapes).collect(), rules);
    if diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(unfit.into_iter().filter_map(|it| it.for_first(|_| true)));
        return Err(Refusal { exit: Exit::Usage, diagnostics });
    }
    Ok((inputs, diagnostics, unfit))
}

/// The scenes of which the plan makes a take, or may have to.
fn made_scenes(plan: &Plan) -> HashSet<&SceneId> {
    let made = plan
        .takes
        .iter()
        .filter(|take| matches!(take.action, Action::Generate(_) | Action::Wait { .. }));
    made.map(|take| &take.scene).collect()
}

/// Reads the lock, with its path and text; a preview has none.
fn read_lock(
    disk: &dyn Disk,
    storyboard: &Path,
    choice: ProviderChoice,
    access: SessionAccess,
    commands: &FilmCommands,
) -> Result<(Option<PathBuf>, Lock, Option<String>), Refusal> {
    if let ProviderChoice::Preview(_) = choice {
        return Ok((None, Lock::default(), None));
    }
    let path = lock_file::path_of(storyboard);
    let (lock, text) = lock_file::read(disk, &path, commands)?;
    if access == SessionAccess::ReadWrite {
        lock_file::refuse_shared(disk, storyboard)?;
        if choice == ProviderChoice::Rehearsal {
            lock_file::refuse_to_rehearse_over_paid(&lock, Some(&path))?;
        }
    }
    Ok((Some(path), lock, text))
}

fn overrides(disk: &dyn Disk, options: &Options) -> Result<Overrides, Refusal> {
    let mut files = Vec::new();
    for path in &options.vars_files {
        files.push(storyboard_file::read_source(disk, path)?);
    }
    let catalog = options
        .catalog
        .as_deref()
        .map(|path| storyboard_file::read_catalog(disk, path))
        .transpose()?;
    let (vars, profile) = (options.vars.clone(), options.profile.clone());
    Ok(Overrides { vars, files, profile, api: options.api, catalog, folders_above: 0 })
}

/// Claims a storyboard, by its name in the ledger: one process at a time builds it or changes its
/// lock. `waiting` is called with the line of the process that holds it.
///
/// # Errors
/// The store cannot be written.
pub fn claim_storyboard(
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
