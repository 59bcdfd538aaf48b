//! Locations: the paths and URLs that a storyboard may use.

use super::resolver::Resolver;
use crate::base::Digest;
use crate::base::text::excerpt;
use crate::storyboard::schema::input_forms::{PinnedUrl, WrittenFile};
use crate::storyboard::schema::reader::read;
use crate::storyboard::schema::unknown_fields;
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::paths;
use crate::storyboard::text::yaml::scalar::ScalarValue;
use crate::storyboard::text::yaml::tree::{NodeId, Tree, Value};

/// The fields that distinguish a URL from a file.
const FILE_FORMS: [&str; 2] = ["url", "file"];

/// A file or a URL.
pub(in crate::storyboard) enum FileLocation {
    File(String),
    Url(String, Option<Digest>),
}

/// The form of a map, judged by its fields: those present, else those that were probably meant.
pub(in crate::storyboard) fn form(
    tree: &Tree,
    node: NodeId,
    forms: &[&'static str],
) -> Option<&'static str> {
    let map = tree.map(node)?;
    let stands = forms.iter().find(|form| map.get(form).is_some());
    let keys = || map.entries().iter().map(|entry| tree.key_text(*entry));
    let meant = || keys().find_map(|key| unknown_fields::meant("", key, forms));
    stands.copied().or_else(meant)
}

pub(in crate::storyboard) fn located(
    resolver: &mut Resolver,
    what: &str,
    wants: &str,
    node: NodeId,
    scene: &SceneNames,
) -> Option<FileLocation> {
    let tree = resolver.tree.clone();
    let form = form(&tree, node, &FILE_FORMS);
    match tree.value(node) {
        Value::Map(_) if form == Some("file") => {
            let written = read::<WrittenFile>(&tree, node, what, &mut resolver.findings)?.fields;
            path(resolver, what, written.file?.node, scene).map(FileLocation::File)
        }
        Value::Map(_) if form == Some("url") => {
            let written = read::<PinnedUrl>(&tree, node, what, &mut resolver.findings)?.fields;
            let sha256 = match written.sha256 {
                None => Some(None),
                Some(sha256) => digest(resolver, sha256.node, scene).map(Some),
            };
            let url_node = written.url?.node;
            let text = resolver.text("`url`", url_node, Some(scene))?;
            let url = url(resolver, what, url_node, text.trim())?;
            Some(FileLocation::Url(url, sha256?))
        }
        Value::Map(_) => {
            resolver.error(
                "wrong-type",
                format!("{what} must be {wants}"),
                node,
                "write a path here",
            );
            None
        }
        Value::List(_) => {
            let message = format!("{what} must be {wants}, not a list");
            resolver.error("wrong-type", message, node, "write a single value here");
            None
        }
        Value::Scalar(scalar) if matches!(scalar.meaning(), ScalarValue::Bool(_)) => {
            let message = format!("{what} must be {wants}, not a boolean");
            resolver.error("wrong-type", message, node, "write a path here");
            None
        }
        _ => {
            let text = resolver.text(what, node, Some(scene))?;
            let text = text.trim();
            if has_scheme(text) {
                url(resolver, what, node, text).map(|url| FileLocation::Url(url, None))
            } else {
                checked_path(resolver, what, node, text).map(FileLocation::File)
            }
        }
    }
}

/// Whether the text starts with `scheme:` of at least two letters; `c:` is a drive.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// Reads a path in the project.
fn path(resolver: &mut Resolver, what: &str, node: NodeId, scene: &SceneNames) -> Option<String> {
    let text = resolver.text(what, node, Some(scene))?;
    checked_path(resolver, what, node, text.trim())
}

/// A path relative to the storyboard's folder that stays inside the project.
pub(in crate::storyboard) fn checked_path(
    resolver: &mut Resolver,
    what: &str,
    node: NodeId,
    path: &str,
) -> Option<String> {
    match paths::inside(resolver.tree.folder(node), what, path) {
        Ok(path) => Some(path),
        Err(mistake) => {
            resolver.error("bad-path", mistake.message, node, mistake.label);
            None
        }
    }
}

/// A URL that a provider may fetch: https without user and password, or http on this machine.
pub(in crate::storyboard) fn url(
    resolver: &mut Resolver,
    what: &str,
    node: NodeId,
    text: &str,
) -> Option<String> {
    let refuse = |resolver: &mut Resolver, message: String, label: String| {
        resolver.error("bad-url", message, node, label);
        None
    };
    let Ok(url) = url::Url::parse(text) else {
        let message = format!("{what} is not a valid URL");
        return refuse(resolver, message, "write `https://host/path`".to_string());
    };
    if !url.username().is_empty() || url.password().is_some() {
        let message = "a URL with a password shows it to everyone who reads this file";
        return refuse(
            resolver,
            message.to_string(),
            "write the URL without `user:password@`".to_string(),
        );
    }
    let is_loopback = match url.host() {
        Some(url::Host::Domain(host)) => host == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" if url.host().is_some() => Some(text.to_string()),
        "http" if is_loopback => Some(text.to_string()),
        "http" => {
            let rest = text.split_once("://").map_or("…", |(_, rest)| rest);
            let message = "`http://` is not secure".to_string();
            refuse(resolver, message, format!("use `https://{}`", excerpt(rest)))
        }
        // `host-{{aspect}}.png` becomes `host-16:9.png`; it was meant as a path.
        _ if resolver.tree.scalar(node).is_some_and(|scalar| is_template(&scalar.text)) => {
            let message = format!("`{}` looks like a URL because of the `:`", excerpt(text));
            let label = "write `{{replace NAME \":\" \"x\"}}` for the value that contains it";
            refuse(resolver, message, label.to_string())
        }
        scheme => {
            let message = format!("{what} cannot be fetched over `{scheme}:`");
            refuse(resolver, message, "write an https URL, or a path in the project".to_string())
        }
    }
}

fn digest(resolver: &mut Resolver, node: NodeId, scene: &SceneNames) -> Option<Digest> {
    let text = resolver.text("`sha256`", node, Some(scene))?;
    match text.trim().to_ascii_lowercase().parse() {
        Ok(digest) => Some(digest),
        Err(_) => {
            let count = text.trim().chars().count();
            let message = format!("a SHA-256 has 64 hex digits, but this has {count} characters");
            resolver.error("bad-digest", message, node, "print it with `sha256sum FILE`");
            None
        }
    }
}
