//! The home: the folder of the store.

use std::path::{Path, PathBuf};

/// The location of a store: `objects/`, `claims/` and `ledger.db` in one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// A store in that folder, whether it exists or not.
    pub fn at(folder: impl Into<PathBuf>) -> Home {
        Home(folder.into())
    }

    /// The user's store, from environment variables: `KLING_BUILD_HOME`, else the platform's folder
    /// for user data. It is not in a cache folder, because it contains what was paid for.
    ///
    /// `None` if no such variable is set.
    pub fn of_user(variable: impl Fn(&str) -> Option<String>) -> Option<Home> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let data = || {
            if cfg!(windows) {
                set("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                set("HOME").map(|home| home.join("Library/Application Support"))
            } else {
                // The XDG specification: a relative path must be ignored.
                set("XDG_DATA_HOME")
                    .filter(|path| path.is_absolute())
                    .or_else(|| set("HOME").map(|home| home.join(".local/share")))
            }
        };
        set("KLING_BUILD_HOME").or_else(|| data().map(|data| data.join("kling-build"))).map(Home)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of artifacts.
    pub fn objects(&self) -> PathBuf {
        self.0.join("objects")
    }

    /// The folder of claims.
    pub fn claims(&self) -> PathBuf {
        self.0.join("claims")
    }

    /// The folder for damaged artifacts.
    pub fn quarantine(&self) -> PathBuf {
        self.0.join("quarantine")
    }

    /// The folder of posters.
    pub fn posters(&self) -> PathBuf {
        self.0.join("posters")
    }

    /// The folder of what is known about input files.
    pub fn input_facts(&self) -> PathBuf {
        self.0.join("inputs")
    }

    /// The path of the ledger.
    pub fn ledger(&self) -> PathBuf {
        self.0.join("ledger.db")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_environment_decides_the_folder() {
        let home = |pairs: &[(&str, &str)]| {
            let find = |name: &str| pairs.iter().find(|p| p.0 == name).map(|p| p.1.to_string());
            Home::of_user(find).map(|home| home.path().display().to_string())
        };
        assert_eq!(home(&[("KLING_BUILD_HOME", "/k"), ("HOME", "/h")]), Some("/k".into()));
        assert_eq!(home(&[("XDG_DATA_HOME", "/x")]), Some("/x/kling-build".into()));
        assert_eq!(
            home(&[("XDG_DATA_HOME", "x"), ("HOME", "/h")]),
            Some("/h/.local/share/kling-build".into())
        );
        assert_eq!(home(&[]), None);
    }
}
