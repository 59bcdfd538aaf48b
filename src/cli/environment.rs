//! The environment: reads the variables and key files once.

use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::base::Diagnostic;
use crate::catalog::{Catalog, Dialect, UnknownTerm};
use crate::provider::{BucketAccess, SCRATCH_VOICE_PROGRAM};
use crate::runner::{Environment, Refusal, read_catalog};
use crate::store::{Disk, Home, LocalDisk};

/// The longest key file, in bytes; anything longer is not a key.
const KEY_FILE_MAX: u64 = 4096;

/// Reads the environment; a key file wins over `KIE_API_KEY`.
pub fn read(key_file: Option<&Path>) -> Result<Environment, Refusal> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let key = match key_file {
        Some(path) => Some(read_key_file(path)?),
        None => variable("KIE_API_KEY").map(|key| SecretString::from(key.trim().to_string())),
    };
    Ok(Environment {
        home: Home::of_user(variable),
        font_folders: font_folders(),
        scratch_reader: installed(SCRATCH_VOICE_PROGRAM),
        key,
        api: variable("KIE_API").map(|word| dialect(&word)).transpose()?,
        catalog: variable("KLING_BUILD_CATALOG").map(PathBuf::from),
        api_base: variable("KIE_API_BASE"),
        upload_base: variable("KIE_UPLOAD_BASE"),
        webhook_secret: variable("KIE_WEBHOOK_SECRET")
            .map(|secret| SecretString::from(secret.trim().to_string())),
        bucket: bucket_access(variable),
        ..Environment::default()
    })
}

/// How to reach buckets, in the variables of Amazon's tools.
fn bucket_access(variable: impl Fn(&str) -> Option<String>) -> BucketAccess {
    let trimmed = |name: &str| variable(name).map(|value| value.trim().to_string());
    let secret = |name: &str| trimmed(name).map(SecretString::from);
    BucketAccess {
        key_id: trimmed("AWS_ACCESS_KEY_ID"),
        secret: secret("AWS_SECRET_ACCESS_KEY"),
        session_token: secret("AWS_SESSION_TOKEN"),
        region: trimmed("AWS_REGION").or_else(|| trimmed("AWS_DEFAULT_REGION")),
        endpoint: trimmed("AWS_ENDPOINT_URL_S3").or_else(|| trimmed("AWS_ENDPOINT_URL")),
    }
}

/// The built-in catalog with what a file says: this one, or the one that `KLING_BUILD_CATALOG`
/// names.
pub fn catalog(file: Option<&Path>) -> Result<&'static Catalog, Refusal> {
    let named = std::env::var_os("KLING_BUILD_CATALOG").filter(|path| !path.is_empty());
    match file.map(Path::to_path_buf).or(named.map(PathBuf::from)) {
        Some(path) => read_catalog(&LocalDisk, &path),
        None => Ok(Catalog::embedded()),
    }
}

/// Where fonts are installed: the folders in `KLING_BUILD_FONTS`, else the platform's usual ones.
fn font_folders() -> Vec<PathBuf> {
    if let Some(folders) = std::env::var_os("KLING_BUILD_FONTS") {
        let folders = std::env::split_paths(&folders);
        return folders.filter(|folder| !folder.as_os_str().is_empty()).collect();
    }
    let below = |variable: &str, folder: &str| {
        let base = std::env::var_os(variable).filter(|base| !base.is_empty());
        base.map(|base| PathBuf::from(base).join(folder))
    };
    let (fixed, own): (&[&str], Vec<Option<PathBuf>>) = if cfg!(windows) {
        let own = below("LOCALAPPDATA", "Microsoft\\Windows\\Fonts");
        (&[], vec![below("WINDIR", "Fonts"), own])
    } else if cfg!(target_os = "macos") {
        let fixed = &["/System/Library/Fonts", "/Library/Fonts"];
        (fixed, vec![below("HOME", "Library/Fonts")])
    } else {
        let fixed = &["/usr/share/fonts", "/usr/local/share/fonts"];
        let data = below("XDG_DATA_HOME", "fonts").or_else(|| below("HOME", ".local/share/fonts"));
        (fixed, vec![data, below("HOME", ".fonts")])
    };
    fixed.iter().map(PathBuf::from).chain(own.into_iter().flatten()).collect()
}

/// Where a program is installed, among the folders of `PATH`.
fn installed(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    // A relative folder would be looked for in the project, whose files are not programs to run.
    let folders = std::env::split_paths(&folders).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(&name)).find(|path| path.is_file())
}

fn dialect(word: &str) -> Result<Dialect, Refusal> {
    word.trim().parse().map_err(|error: UnknownTerm| {
        let what = format!("`KIE_API`: {error}");
        Refusal::usage(Diagnostic::error("unknown-api", what).fix("correct it, or unset it"))
    })
}

fn read_key_file(path: &Path) -> Result<SecretString, Refusal> {
    let name = path.display();
    let refuse = |what: String| {
        let fix = "write the API key on a single line of the file, and `chmod 600` it";
        Refusal::usage(Diagnostic::error("key-file", what).fix(fix))
    };
    let mut text = String::new();
    LocalDisk
        .open(path)
        .and_then(|file| file.take(KEY_FILE_MAX).read_to_string(&mut text))
        .map_err(|error| refuse(format!("the key file `{name}` cannot be read: {error}")))?;
    let key = text.trim();
    if key.is_empty() || key.contains(char::is_whitespace) {
        return Err(refuse(format!("the key file `{name}` does not contain exactly one key")));
    }
    Ok(SecretString::from(key.to_string()))
}
