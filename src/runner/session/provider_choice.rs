//! The choice of the provider that makes a session's takes, and how to reach it.

use std::path::Path;
use std::sync::Arc;

use super::fonts::InstalledFont;
use crate::base::Diagnostic;
use crate::catalog::{Catalog, Dialect};
use crate::media::animatic::{Fonts, RENDERER, SystemFace};
use crate::plan::{ProviderChoice, ProviderFamily};
use crate::provider::kie::{ConfigError, KeyError, KieConfig, KieProvider, ListedModel};
use crate::provider::{Narration, PreviewProvider, Provider};
use crate::runner::exit::Refusal;
use crate::runner::options::{Environment, Options};
use crate::store::real_path;
use crate::storyboard::Film;

/// What draws previews, stills and cards of this film, whose paths are relative to `folder` and
/// whose texts need these installed fonts and have this narration.
///
/// # Errors
/// A font cannot be used.
pub fn drawing_provider(
    film: &Film,
    folder: &Path,
    installed_fonts: &[InstalledFont],
    narration: &Narration,
    environment: &Environment,
) -> Result<Arc<dyn Provider>, Refusal> {
    let mut files = Vec::new();
    for path in &film.preview_fonts {
        let on_disk = real_path(&*environment.disk, folder, path);
        let bytes = environment.disk.read(&on_disk).map_err(|error| {
            Refusal::usage(Diagnostic::error("font", format!("`{path}`: {error}")))
        })?;
        files.push(bytes);
    }
    let mut installed = Vec::new();
    for font in installed_fonts {
        let bytes = environment.disk.read(&font.path).map_err(|error| {
            let what = format!("the installed font `{}`: {error}", font.path.display());
            Refusal::usage(Diagnostic::error("font", what))
        })?;
        installed.push(SystemFace { bytes, index: font.index });
    }
    let fonts = |installed| {
        Fonts::with_files(files.clone(), installed).map_err(|error| {
            let what = format!("a font of `preview.fonts` cannot be used: {error:#}");
            Refusal::usage(Diagnostic::error("font", what))
        })
    };
    let (all, own) = (fonts(installed)?, fonts(Vec::new())?);
    let provider = PreviewProvider::new(Arc::clone(&environment.disk), all, own);
    Ok(Arc::new(provider.with_narration(narration.clone())))
}

/// Chooses the provider that the options and the environment specify.
///
/// # Errors
/// The address of the API is not valid.
pub fn choose(options: &Options, environment: &Environment) -> Result<ProviderChoice, Refusal> {
    if options.preview {
        return Ok(ProviderChoice::Preview(RENDERER));
    }
    match KieConfig::family_at(environment.api_base.as_deref()) {
        Ok(ProviderFamily::KlingRehearsal) => Ok(ProviderChoice::Rehearsal),
        Ok(_) => Ok(ProviderChoice::Kling),
        Err(error) => Err(bad_address(error)),
    }
}

/// The remote provider that the environment specifies; it makes takes in this dialect, with models
/// of this catalog.
pub fn remote_provider(
    environment: &Environment,
    catalog: &'static Catalog,
    api: Dialect,
) -> Result<Arc<dyn Provider>, Refusal> {
    let mut config = kie_config(environment, api)?;
    config.catalog = catalog;
    match KieProvider::new(config, Arc::clone(&environment.disk)) {
        Ok(provider) => Ok(Arc::new(provider)),
        Err(error) => Err(Refusal::machine("http", error, "check the system's certificates")),
    }
}

/// The models that the API lists, for the family of models of this catalog.
///
/// # Errors
/// There is no key, or the list cannot be read.
pub async fn listed_models(
    environment: &Environment,
    catalog: &'static Catalog,
) -> Result<Vec<ListedModel>, Refusal> {
    let mut config = kie_config(environment, Dialect::Jobs)?;
    config.catalog = catalog;
    let provider = KieProvider::new(config, Arc::clone(&environment.disk))
        .map_err(|error| Refusal::machine("http", error, "check the system's certificates"))?;
    provider.listed_models().await.map_err(|fault| {
        Refusal::machine("unreachable", fault, "run it again later; nothing was changed")
    })
}

/// The remote provider's settings, from the environment.
///
/// # Errors
/// There is no key, or it or an address is not valid.
pub fn kie_config(environment: &Environment, dialect: Dialect) -> Result<KieConfig, Refusal> {
    let key = environment.key.clone().ok_or_else(|| {
        let reason =
            Diagnostic::error("no-key", "no API key: the provider cannot be reached without one")
                .note("a build with `--preview` needs no key")
                .fix("set `KIE_API_KEY`, or name a file that holds the key with `--api-key-file`");
        Refusal::usage(reason)
    })?;
    let (api, upload) = (environment.api_base.as_deref(), environment.upload_base.as_deref());
    KieConfig::from_values(api, upload, &key, dialect).map_err(|error| match error {
        ConfigError::Key(error) => bad_key(error),
        error => bad_address(error),
    })
}

fn bad_key(error: KeyError) -> Refusal {
    let code = match error {
        KeyError::Missing => "no-key",
        KeyError::Unusable => "bad-api-key",
    };
    Refusal::usage(Diagnostic::error(code, error.to_string()))
}

fn bad_address(error: ConfigError) -> Refusal {
    Refusal::usage(Diagnostic::error("bad-address", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(key: Option<&str>, api_base: &str) -> String {
        let environment = Environment {
            key: key.map(Into::into),
            api_base: Some(api_base.into()),
            ..Environment::default()
        };
        let Err(refusal) = kie_config(&environment, Dialect::Kling) else { return String::new() };
        refusal.diagnostics[0].code.to_string()
    }

    #[test]
    fn unusable_keys_have_codes_of_their_own() {
        let base = "https://api.kie.ai";
        for (key, expected) in [
            (Some("sk-1"), ""),
            (None, "no-key"),
            (Some(" \n"), "no-key"),
            (Some("two words"), "bad-api-key"),
            (Some("schl\u{fc}ssel"), "bad-api-key"),
        ] {
            assert_eq!(code(key, base), expected, "{key:?}");
        }
        assert_eq!(code(Some("sk-1"), "ftp://api.kie.ai"), "bad-address");
    }
}
