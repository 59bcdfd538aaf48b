//! Locations: the paths and URLs that a storyboard may use.

use super::findings::Findings;
use super::values::Scope;
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
    let meant = || keys().find_map(|key| unknown_fields::meant_name(key, forms));
    stands.copied().or_else(meant)
}

pub(in crate::storyboard) fn located(
    scope: &mut Scope,
    findings: &mut Findings,
    what: &str,
    wants: &str,
    node: NodeId,
    scene: &SceneNames,
) -> Option<FileLocation> {
    let tree = scope.tree.clone();
    let form = form(&tree, node, &FILE_FORMS);
    match tree.value(node) {
        Value::Map(_) if form == Some("file") => {
            let written = read::<WrittenFile>(&tree, node, what, &mut findings.diagnostics)?.fields;
            path(scope, findings, what, written.file?.node, scene).map(FileLocation::File)
        }
        Value::Map(_) if form == Some("url") => {
            let written = read::<PinnedUrl>(&tree, node, what, &mut findings.diagnostics)?.fields;
            let sha256 = written.sha256.map(|sha256| sha256.node);
            pinned_url(scope, findings, what, (written.url?.node, sha256), scene)
        }
        Value::Map(_) => {
            findings.error(
                "wrong-type",
                format!("{what} must be {wants}"),
                node,
                "write a path here",
            );
            None
        }
        Value::List(_) => {
            let message = format!("{what} must be {wants}, not a list");
            findings.error("wrong-type", message, node, "write a single value here");
            None
        }
        Value::Scalar(scalar) if matches!(scalar.meaning(), ScalarValue::Bool(_)) => {
            let message = format!("{what} must be {wants}, not a boolean");
            findings.error("wrong-type", message, node, "write a path here");
            None
        }
        _ => {
            let text = scope.text(what, node, Some(scene), findings)?;
            let text = text.trim();
            if has_scheme(text) {
                url(scope, findings, what, node, text).map(|url| FileLocation::Url(url, None))
            } else {
                checked_path(scope, findings, what, node, text).map(FileLocation::File)
            }
        }
    }
}

/// Reads a URL, and the digest of its content if one is written.
pub(in crate::storyboard) fn pinned_url(
    scope: &mut Scope,
    findings: &mut Findings,
    what: &str,
    (url_node, sha256): (NodeId, Option<NodeId>),
    scene: &SceneNames,
) -> Option<FileLocation> {
    let sha256 = match sha256 {
        None => Some(None),
        Some(sha256) => digest(scope, findings, sha256, scene).map(Some),
    };
    let text = scope.text("`url`", url_node, Some(scene), findings)?;
    let url = url(scope, findings, what, url_node, text.trim())?;
    Some(FileLocation::Url(url, sha256?))
}

/// Whether the text starts with `scheme:` of at least two letters; `c:` is a drive.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// Reads a path in the project.
pub(in crate::storyboard) fn path(
    scope: &mut Scope,
    findings: &mut Findings,
    what: &str,
    node: NodeId,
    scene: &SceneNames,
) -> Option<String> {
    let text = scope.text(what, node, Some(scene), findings)?;
    checked_path(scope, findings, what, node, text.trim())
}

/// A path relative to the storyboard's folder that stays inside the project.
pub(in crate::storyboard) fn checked_path(
    scope: &Scope,
    findings: &mut Findings,
    what: &str,
    node: NodeId,
    path: &str,
) -> Option<String> {
    match paths::inside(scope.tree.folder(node), what, path, Some(scope.folders_above)) {
        Ok(path) => Some(path),
        Err(mistake) => {
            findings.error("bad-path", mistake.message, node, mistake.label);
            None
        }
    }
}

/// A URL that a provider may fetch: https without user and password, or http on this machine.
pub(in crate::storyboard) fn url(
    scope: &Scope,
    findings: &mut Findings,
    what: &str,
    node: NodeId,
    text: &str,
) -> Option<String> {
    let refuse = |findings: &mut Findings, message: String, label: String| {
        findings.error("bad-url", message, node, label);
        None
    };
    let Ok(url) = url::Url::parse(text) else {
        let message = format!("{what} is not a valid URL");
        return refuse(findings, message, "write `https://host/path`".to_string());
    };
    if !url.username().is_empty() || url.password().is_some() {
        let message = "a URL with a password shows it to everyone who reads this file";
        return refuse(
            findings,
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
            refuse(findings, message, format!("use `https://{}`", excerpt(rest)))
        }
        // `host-{{aspect}}.png` becomes `host-16:9.png`; it was meant as a path.
        _ if scope.tree.scalar(node).is_some_and(|scalar| is_template(&scalar.text)) => {
            let message = format!("`{}` looks like a URL because of the `:`", excerpt(text));
            let label = "write `{{replace NAME \":\" \"x\"}}` for the value that contains it";
            refuse(findings, message, label.to_string())
        }
        scheme => {
            let message = format!("{what} cannot be fetched over `{scheme}:`");
            refuse(findings, message, "write an https URL, or a path in the project".to_string())
        }
    }
}

fn digest(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
) -> Option<Digest> {
    let text = scope.text("`sha256`", node, Some(scene), findings)?;
    match text.trim().to_ascii_lowercase().parse() {
        Ok(digest) => Some(digest),
        Err(_) => {
            let count = text.trim().chars().count();
            let message = format!("a SHA-256 has 64 hex digits, but this has {count} characters");
            findings.error("bad-digest", message, node, "print it with `sha256sum FILE`");
            None
        }
    }
}
