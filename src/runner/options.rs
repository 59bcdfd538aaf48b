//! Options: what the command line and the environment ask of a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::SecretString;

use crate::base::{Credits, Moment, WarningRule};
use crate::plan::Selection;
use crate::runner::public_url::PublicUrl;
use crate::store::{Home, LocalDisk, SharedDisk};

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The storyboard's path.
    pub storyboard: PathBuf,
    /// Which scenes are asked for.
    pub selection: Selection,
    /// Whether the embedded preview makes the takes.
    pub preview: bool,
    /// Where the videos go; `build` beside the storyboard if not given.
    pub build_dir: Option<PathBuf>,
    /// Takes at the provider at once; never more than the provider allows.
    pub concurrency: Option<usize>,
    /// The most credits that this build may cost.
    pub budget: Option<Credits>,
    /// Scenes to be made again although there is a take.
    pub force: Vec<String>,
    /// Whether the first failure stops further submits.
    pub fail_fast: bool,
    /// How many failed attempts may be paid again.
    pub retry_failed: u32,
    /// Seconds between two polls of a task.
    pub poll_interval: Option<Duration>,
    /// Where callbacks are listened for, if anywhere.
    pub webhooks: Option<Webhooks>,
    /// `--var` pairs.
    pub vars: Vec<(String, String)>,
    /// `--vars` files.
    pub vars_files: Vec<PathBuf>,
    /// What is to be done about warnings.
    pub warnings: Vec<WarningRule>,
}

/// Where callbacks are listened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhooks {
    /// `host:port` on this machine.
    pub listen: String,
    /// Where the provider reaches that.
    pub url: PublicUrl,
    /// How long a submit in doubt waits for its callback, from when it was sent; as long as suits
    /// the models if not given.
    pub wait: Option<Duration>,
}

/// What the environment gives.
#[derive(Clone)]
pub struct Environment {
    /// Where every file is.
    pub disk: SharedDisk,
    /// The user's store.
    pub home: Option<Home>,
    /// The API key.
    pub key: Option<SecretString>,
    /// Where the API is, if not at its own address.
    pub api_base: Option<String>,
    /// Where uploads go, if not to their own address.
    pub upload_base: Option<String>,
    /// What callbacks are signed with, if they are.
    pub webhook_secret: Option<SecretString>,
}

impl Default for Environment {
    /// The machine's own disk and nothing else.
    fn default() -> Self {
        Environment {
            disk: Arc::new(LocalDisk),
            home: None,
            key: None,
            api_base: None,
            upload_base: None,
            webhook_secret: None,
        }
    }
}

/// What a session may do to the lock, the ledger and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAccess {
    /// It reads, and writes nothing anywhere.
    ReadOnly,
    /// It builds.
    ReadWrite,
}

impl Options {
    /// Where the videos go, previews in a folder of their own.
    pub fn output_dir(&self) -> PathBuf {
        let beside = || {
            let folder = folder_of(&self.storyboard);
            folder.strip_prefix(".").unwrap_or(&folder).join("build")
        };
        let mut folder = self.build_dir.clone().unwrap_or_else(beside);
        if self.preview {
            folder.push("preview");
        }
        folder
    }
}

/// The folder that paths of a storyboard are relative to; empty where that is the current one.
pub fn folder_of(storyboard: &Path) -> PathBuf {
    storyboard.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(since.as_millis() as i64)
    })
}
