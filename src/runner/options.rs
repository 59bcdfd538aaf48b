//! Options: what the command line and the environment request from a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::SecretString;

use crate::base::{Credits, FilmCommands, FilmOption, Moment, ProfileId, WarningRule};
use crate::catalog::Dialect;
use crate::plan::Selection;
use crate::provider::BucketAccess;
use crate::runner::public_url::PublicUrl;
use crate::store::{Home, LocalDisk, SharedDisk};

/// What the command line requests.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The storyboard's path.
    pub storyboard: PathBuf,
    /// The selected scenes.
    pub selection: Selection,
    /// The profile whose values override those of the scenes.
    pub profile: Option<ProfileId>,
    /// The API dialect, whatever the storyboard says.
    pub api: Option<Dialect>,
    /// A file that adds to the built-in catalog, whatever the storyboard says.
    pub catalog: Option<PathBuf>,
    /// Whether the embedded preview makes the takes.
    pub preview: bool,
    /// The build directory; `build` beside the storyboard if absent.
    pub build_dir: Option<PathBuf>,
    /// Tasks that may run at once; never more than the provider allows.
    pub concurrency: Option<usize>,
    /// The most credits that this build may cost.
    pub budget: Option<Credits>,
    /// The profile whose drafts are promoted: new scenes begin with their seeds.
    pub promotes: Option<ProfileId>,
    /// More takes of the selected scenes.
    pub reroll: Option<Rolls>,
    /// Whether the first failure stops further submits.
    pub fail_fast: bool,
    /// How many failed attempts may be paid for again.
    pub retry_failed: u32,
    /// Seconds between two polls of a task.
    pub poll_interval: Option<Duration>,
    /// Where to listen for callbacks, if anywhere.
    pub webhooks: Option<Webhooks>,
    /// `--var` pairs.
    pub vars: Vec<(String, String)>,
    /// `--vars` files.
    pub vars_files: Vec<PathBuf>,
    /// Whether files outside the project may be used, and so be uploaded.
    pub allow_outside: bool,
    /// Whether nothing is ever uploaded, so that files outside the project are only looked at.
    pub sends_nothing: bool,
    /// How warnings are treated.
    pub warnings: Vec<WarningRule>,
}

/// A request for more takes of each selected scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolls {
    /// How many.
    pub count: u32,
    /// The seed of the new take, if it is given.
    pub seed: Option<u32>,
}

/// Where to listen for callbacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhooks {
    /// `host:port` on this machine.
    pub listen: String,
    /// The public URL at which the provider reaches it.
    pub url: PublicUrl,
    /// How long a submit in doubt waits for its callback after it was sent; if absent, it depends
    /// on the models.
    pub wait: Option<Duration>,
}

/// What the environment specifies.
#[derive(Clone)]
pub struct Environment {
    /// The disk with all files.
    pub disk: SharedDisk,
    /// The user's store.
    pub home: Option<Home>,
    /// Where fonts are installed, for scripts that the embedded ones do not cover.
    pub font_folders: Vec<PathBuf>,
    /// The program that reads narrations aloud in previews, if it is installed.
    pub scratch_reader: Option<PathBuf>,
    /// The API key.
    pub key: Option<SecretString>,
    /// The API dialect, where the command line names none.
    pub api: Option<Dialect>,
    /// A file that adds to the built-in catalog, where the command line names none.
    pub catalog: Option<PathBuf>,
    /// The address of the API, if not the default one.
    pub api_base: Option<String>,
    /// The address of the upload service, if not the default one.
    pub upload_base: Option<String>,
    /// The secret that callbacks are signed with, if any.
    pub webhook_secret: Option<SecretString>,
    /// How to reach the bucket of a film that has one.
    pub bucket: BucketAccess,
}

impl Default for Environment {
    /// Only this machine's own disk.
    fn default() -> Self {
        Environment {
            disk: Arc::new(LocalDisk),
            home: None,
            font_folders: Vec::new(),
            scratch_reader: None,
            key: None,
            api: None,
            catalog: None,
            api_base: None,
            upload_base: None,
            webhook_secret: None,
            bucket: BucketAccess::default(),
        }
    }
}

/// What a session may do to the lock, the ledger and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAccess {
    /// It reads, and keeps nothing but what it found out about input files.
    ReadOnly,
    /// It builds.
    ReadWrite,
}

impl Options {
    /// The build directory. A profile has one of its own inside that of the film, and a preview one
    /// inside that of what it previews: `build/draft/preview`.
    pub fn output_dir(&self) -> PathBuf {
        let mut folder = self.outer_dir();
        self.inner_dirs().for_each(|name| folder.push(name));
        folder
    }

    /// The build directory of the film itself, without profile and preview.
    pub fn outer_dir(&self) -> PathBuf {
        let beside = || {
            let folder = folder_of(&self.storyboard);
            folder.strip_prefix(".").unwrap_or(&folder).join("build")
        };
        self.build_dir.clone().unwrap_or_else(beside)
    }

    /// Whether files outside the project may be read.
    pub const fn reads_outside(&self) -> bool {
        self.allow_outside || self.sends_nothing
    }

    /// Commands about the chosen film for the user. Only what the command line chose is repeated, so
    /// they are made before the environment adds to these options.
    pub fn commands(&self) -> FilmCommands {
        let shown = |path: &PathBuf| path.display().to_string();
        let profile = self.profile.iter().cloned().map(FilmOption::Profile);
        let api = self.api.iter().map(|api| FilmOption::Api(api.to_string()));
        let catalog = self.catalog.iter().map(|file| FilmOption::Catalog(shown(file)));
        let vars = self.vars.iter().map(|(name, value)| FilmOption::Var(format!("{name}={value}")));
        let files = self.vars_files.iter().map(|file| FilmOption::Vars(shown(file)));
        let outside = self.allow_outside.then_some(FilmOption::AllowOutside);
        let build_dir = self.build_dir.iter().map(|folder| FilmOption::BuildDir(shown(folder)));
        let film = profile.chain(api).chain(catalog).chain(vars).chain(files);
        FilmCommands::new(shown(&self.storyboard), film.chain(outside).chain(build_dir))
    }

    /// The names of the folders from there to the build directory, each in the one before.
    pub fn inner_dirs(&self) -> impl Iterator<Item = &str> {
        let profile = self.profile.iter().map(ProfileId::as_str);
        profile.chain(self.preview.then_some("preview"))
    }
}

/// The folder that paths of a storyboard are relative to; empty for the current one.
pub fn folder_of(storyboard: &Path) -> PathBuf {
    storyboard.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Returns the present time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(since.as_millis() as i64)
    })
}
