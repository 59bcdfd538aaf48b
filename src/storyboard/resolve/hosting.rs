//! Hosting: where local files are public, or which bucket they are put into.

use crate::base::text::excerpt;
use crate::catalog::Dialect;
use crate::storyboard::film::resolved::{BucketPlace, Hosting};
use crate::storyboard::schema::document::{WrittenBucket, WrittenHosting};
use crate::storyboard::schema::reader::read;
use crate::storyboard::schema::value_schemas::Text;
use crate::storyboard::schema::written::{Template, Written};
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::locations;
use crate::storyboard::scope::values::Scope;

/// Reads where files are hosted; `None` after reporting an error.
pub(super) fn read_hosting(
    scope: &mut Scope,
    findings: &mut Findings,
    written: &Written<WrittenHosting>,
) -> Option<Hosting> {
    let tree = scope.tree.clone();
    let noun = "`hosting`";
    let found = read::<WrittenHosting>(&tree, written.node, noun, &mut findings.diagnostics)?;
    match (found.fields.base_url, found.fields.s3) {
        (Some(_), Some(s3)) => {
            let message = "`hosting` has both `base_url` and `s3`";
            findings.error("field-not-taken", message, s3.node, "keep one of them");
            None
        }
        (Some(base_url), None) => {
            let url = url(scope, findings, "`base_url`", base_url)?;
            Some(Hosting::BaseUrl(url))
        }
        (None, Some(s3)) => bucket(scope, findings, &s3).map(Hosting::Bucket),
        (None, None) => {
            if !["base_url", "s3"].iter().any(|name| found.meant.contains(name)) {
                let label = "add `base_url: https://…`, or `s3: { bucket: name }`";
                let message = "`hosting` has neither `base_url` nor `s3`";
                findings.error("missing-field", message, written.node, label);
            }
            None
        }
    }
}

fn url(
    scope: &mut Scope,
    findings: &mut Findings,
    what: &str,
    written: Written<Template<Text>>,
) -> Option<String> {
    let text = scope.text(what, written.node, None, findings)?;
    locations::url(scope, findings, what, written.node, text.trim())
}

/// A URL that paths are added to.
fn base(
    scope: &mut Scope,
    findings: &mut Findings,
    what: &str,
    written: Option<Written<Template<Text>>>,
) -> Option<Option<String>> {
    let Some(written) = written else { return Some(None) };
    let url = url(scope, findings, what, written)?;
    if url.contains(['?', '#']) {
        let message = format!("{what} cannot have a query or a fragment: paths are added to it");
        findings.error("bad-url", message, written.node, "end it before the `?` or `#`");
        return None;
    }
    Some(Some(url))
}

fn bucket(
    scope: &mut Scope,
    findings: &mut Findings,
    written: &Written<WrittenBucket>,
) -> Option<BucketPlace> {
    let tree = scope.tree.clone();
    let found = read::<WrittenBucket>(&tree, written.node, "`s3`", &mut findings.diagnostics)?;
    let fields = found.fields;
    let Some(name) = fields.bucket else {
        if !found.meant.contains(&"bucket") {
            let label = "add `bucket:` with its name";
            findings.error("missing-field", "`s3` has no `bucket`", written.node, label);
        }
        return None;
    };
    let is_name = |text: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        (3..=63).contains(&text.len()) && text.chars().all(allowed)
    };
    let bucket = word(scope, findings, "bucket", name, is_name);
    let region = match fields.region {
        None => Some(None),
        Some(region) => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let is_region = |text: &str| !text.is_empty() && text.chars().all(allowed);
            word(scope, findings, "region", region, is_region).map(Some)
        }
    };
    let prefix = match fields.prefix {
        None => Some(String::new()),
        Some(prefix) => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            let is_part =
                |part: &str| !["", ".", ".."].contains(&part) && part.chars().all(allowed);
            let is_prefix = |text: &str| text.trim_matches('/').split('/').all(is_part);
            let prefix = word(scope, findings, "prefix", prefix, is_prefix);
            prefix.map(|prefix| prefix.trim_matches('/').to_string())
        }
    };
    let endpoint = base(scope, findings, "`endpoint`", fields.endpoint);
    let public_url = base(scope, findings, "`public_url`", fields.public_url);
    if fields.public_url.is_none() && scope.catalog.limits.plain_urls {
        let jobs = Dialect::Jobs;
        let message = format!(
            "`s3` needs a `public_url` with `api: {jobs}`: that API does not accept URLs with a query \
             string, which signed ones have"
        );
        let label = "add `public_url:` with the URL below which everyone can read the bucket";
        findings.error("missing-field", message, written.node, label);
        return None;
    }
    Some(BucketPlace {
        bucket: bucket?,
        endpoint: endpoint?,
        region: region?,
        prefix: prefix?,
        public_url: public_url?,
    })
}

/// A text of the characters that names at a service have; `None` after reporting that it is not.
fn word(
    scope: &mut Scope,
    findings: &mut Findings,
    field: &str,
    written: Written<Template<Text>>,
    is_right: impl Fn(&str) -> bool,
) -> Option<String> {
    let text = scope.text(&format!("`{field}`"), written.node, None, findings)?;
    let text = text.trim();
    if is_right(text) {
        return Some(text.to_string());
    }
    let message = format!("`{}` is not a valid {field}", excerpt(text));
    let label = match field {
        "bucket" => "write 3 to 63 letters, digits, `.`, `_` and `-`",
        "region" => "write a name like `eu-central-1`",
        _ => "write folders of letters, digits, `.`, `_` and `-`, such as `films/harbor`",
    };
    findings.error("unknown-value", message, written.node, label);
    None
}
