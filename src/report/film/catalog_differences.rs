//! What the API's list of models has and the catalog does not, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::text::clean;
use crate::base::{Diagnostic, Source};
use crate::catalog::{Catalog, Dialect, PriceSource};
use crate::provider::kie::ListedModel;
use crate::storyboard::block_end;

/// How the API's list of models differs from the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogDifferences {
    /// Models of this family that the catalog does not have.
    pub new: Vec<ListedModel>,
    /// Names that requests of the catalog use, and that the API no longer lists.
    pub gone: Vec<String>,
    /// What the API says about the prices of the others, with what the catalog says about theirs.
    pub kept: Vec<(ListedModel, Vec<String>, PriceSource)>,
}

/// The beginning of the names of this family's models, in lower case.
const FAMILY: &str = "kling";

impl CatalogDifferences {
    /// Compares the list with the models of the unified API in the catalog.
    pub fn of(listed: &[ListedModel], catalog: &Catalog) -> CatalogDifferences {
        let mut known: BTreeMap<&str, (Vec<String>, &PriceSource)> = BTreeMap::new();
        for model in &catalog.dialect(Dialect::Jobs).models {
            for name in model.requests.iter().flat_map(|(_, form)| form.models()) {
                known.entry(name).or_insert((model.price.words(), &model.price.source));
            }
        }
        let is_ours = |model: &&ListedModel| model.id.to_ascii_lowercase().starts_with(FAMILY);
        let ours: Vec<&ListedModel> = listed.iter().filter(is_ours).collect();
        let ids: BTreeSet<&str> = ours.iter().map(|model| model.id.as_str()).collect();
        let (both, new): (Vec<&ListedModel>, Vec<&ListedModel>) =
            ours.into_iter().partition(|model| known.contains_key(model.id.as_str()));
        let kept = both.into_iter().map(|model| {
            let (words, source) = &known[model.id.as_str()];
            (model.clone(), words.clone(), (*source).clone())
        });
        CatalogDifferences {
            kept: kept.collect(),
            new: new.into_iter().cloned().collect(),
            gone: known
                .keys()
                .filter(|id| !ids.contains(*id))
                .map(|id| (*id).to_string())
                .collect(),
        }
    }

    /// The differences for people, with the API's words about prices below the catalog's.
    pub fn print(&self) -> String {
        let mut text = String::new();
        for model in &self.new {
            text.push_str(&format!("new    {}  {}\n", clean(&model.id), clean(&model.title)));
            text.push_str(&price_lines(&model.price));
        }
        for id in &self.gone {
            text.push_str(&format!("gone   {}\n", clean(id)));
        }
        for (model, words, source) in &self.kept {
            text.push_str(&format!("known  {}\n", clean(&model.id)));
            let seen = source.seen;
            text.push_str(&format!("       catalog, {seen}: {}\n", words.join(", ")));
            text.push_str(&price_lines(&model.price));
        }
        text.push_str(&format!(
            "{} new, {} gone, {} known; prices are for you to compare\n",
            self.new.len(),
            self.gone.len(),
            self.kept.len()
        ));
        text
    }

    /// The beginning of a user's file: what is new, as comments to fill in.
    pub fn file(&self) -> String {
        let mut text =
            "# Models that the API has and the built-in catalog does not have. For each, write \
                        what the page of\n# the model says, in the form of `kling-build catalog \
                        --print`, and the prices with their day.\nversion: 1\n"
                .to_string();
        for model in &self.new {
            text.push_str(&format!("#\n{}", comments(model, "")));
        }
        text
    }

    /// Leaves out what a catalog has already.
    pub fn without(mut self, catalog: &Catalog) -> CatalogDifferences {
        let entries = catalog.dialect(Dialect::Jobs).models.iter();
        let forms = entries.flat_map(|model| model.requests.iter().map(|(_, form)| form));
        let known: BTreeSet<&str> = forms.flat_map(|form| form.models()).collect();
        self.new.retain(|model| !known.contains(model.id.as_str()));
        self
    }

    /// A user's file with what is new, as comments to fill in behind its models; `None` if it
    /// mentions all of it. Nothing else in it changes.
    ///
    /// # Errors
    /// The file is not in a form to which lines can be added safely; the fix has the lines.
    pub fn added_to(&self, file: &Source) -> Result<Option<String>, Box<Diagnostic>> {
        let text = file.text();
        let missing: Vec<&ListedModel> =
            self.new.iter().filter(|model| !mentions(text, &clean(&model.id))).collect();
        if missing.is_empty() {
            return Ok(None);
        }
        let lines = |indent: usize| -> String {
            missing.iter().map(|model| comments(model, &" ".repeat(indent))).collect()
        };
        let by_hand = |error: Diagnostic| {
            let lines = lines(4);
            let fix = format!("write these lines below `models` of `jobs` yourself:\n{lines}");
            Box::new(error.fix(fix.trim_end()))
        };
        let end = block_end(file, &["jobs", "models"]).map_err(|error| by_hand(*error))?;
        let (before, after) = text.split_at(end.at);
        let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let joint = if before.is_empty() || before.ends_with('\n') { "" } else { line_break };
        let lines = lines(end.indent).replace('\n', line_break);
        let edited = format!("{before}{joint}{lines}{after}");
        let read = |text: &str| serde_yaml::from_str::<serde_yaml::Value>(text).ok();
        if read(&edited) != read(text) {
            let what = "lines cannot be added safely: they would change what the file says";
            return Err(by_hand(Diagnostic::error("unsafe-edit", what)));
        }
        Ok(Some(edited))
    }
}

/// What the API says of a model, as comments.
fn comments(model: &ListedModel, indent: &str) -> String {
    let mut text = format!("{indent}# {}: {}\n", clean(&model.id), clean(&model.title));
    for line in model.price.lines().map(str::trim).filter(|line| !line.is_empty()) {
        text.push_str(&format!("{indent}#   {}\n", clean(line)));
    }
    text
}

/// Whether a comment of a file begins with the name of a model.
fn mentions(text: &str, id: &str) -> bool {
    let comments = text.lines().filter_map(|line| line.trim_start().strip_prefix('#'));
    let mut ends = comments.filter_map(|comment| comment.trim().strip_prefix(id));
    ends.any(|end| end.is_empty() || end.starts_with(':'))
}

fn price_lines(price: &str) -> String {
    let lines = price.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("       API: {}\n", clean(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, price: &str) -> ListedModel {
        ListedModel { id: id.into(), title: "Kling".into(), price: price.into() }
    }

    #[test]
    fn new_and_lost_models_are_told_apart() {
        let catalog = Catalog::embedded();
        let models = catalog.dialect(Dialect::Jobs).models.iter();
        let names = models.flat_map(|model| model.requests.iter().flat_map(|one| one.1.models()));
        let mut list: Vec<ListedModel> = names.map(|id| listed(id, "")).collect();
        let whole = CatalogDifferences::of(&list, catalog);
        assert_eq!((whole.new.len(), whole.gone.len()), (0, 0));
        list.retain(|model| model.id != "kling/v2-1-pro");
        list.push(listed("kling-4.0/video", "5s: 100 credits\n\n10s: 200 credits\u{1b}[1m"));
        list.push(listed("veo-9", "1 credit"));
        let found = CatalogDifferences::of(&list, catalog);
        assert_eq!(found.gone, ["kling/v2-1-pro"]);
        assert_eq!(found.new.len(), 1);
        let text = found.print();
        assert!(text.starts_with("new    kling-4.0/video  Kling\n       API: 5s: 100 credits\n"));
        assert!(!text.contains('\u{1b}') && !text.contains("veo"), "{text}");
        let file = found.file();
        assert!(file.contains("# kling-4.0/video: Kling\n#   5s: 100 credits\n"), "{file}");
        let source = Source::new("models.yaml", file);
        assert!(Catalog::with_file(&source).is_ok());
        assert_eq!(found.added_to(&source).unwrap(), None, "the new file mentions it");
    }

    #[test]
    fn what_is_new_is_added_and_nothing_else_changes() {
        let model = listed("kling-4.0/video", "5s: 100 credits\n\n10s: 200 credits\u{1b}[1m");
        let found = CatalogDifferences::of(&[model], Catalog::embedded());
        let added = |text: &str| found.added_to(&Source::new("models.yaml", text)).unwrap();
        let lines =
            "    # kling-4.0/video: Kling\n    #   5s: 100 credits\n    #   10s: 200 credits\n";
        let (before, after) = (
            "# above\nversion: 1 # beside\njobs:\n  models:\n    # of a\n    a:\n      # inside\n      \
             price: { per_clip: 1 }   # flow\n    # behind\n",
            "\n# end\nkling: {}",
        );
        let edited = added(&format!("{before}{after}")).unwrap();
        assert_eq!(edited, format!("{before}{lines}{after}"));
        assert_eq!(added(&edited), None);
        let crlf = format!("{before}{after}").replace('\n', "\r\n");
        assert_eq!(added(&crlf).unwrap(), edited.replace('\n', "\r\n"));
        let bare = "version: 1\nkling: {}";
        assert_eq!(added(bare).unwrap(), format!("{bare}\n{}", lines.replace("    #", "#")));
    }

    #[test]
    fn a_file_that_cannot_be_edited_gets_the_lines_as_advice() {
        let model = listed("kling-4.0/video", "5s: 100 credits");
        let found = CatalogDifferences::of(&[model], Catalog::embedded());
        for text in [
            "version: 1\njobs: { models: {} }\n",
            "version: 1\njobs:\n  models: {}\n",
            "version: 1\nkling: &all\n  models:\njobs: *all\n",
        ] {
            let error = found.added_to(&Source::new("models.yaml", text)).unwrap_err();
            assert!(error.message.starts_with("lines cannot be added safely"), "{error:?}");
            assert!(error.place.is_some(), "{error:?}");
            let fix = error.fix.unwrap();
            assert!(
                fix.ends_with("\n    # kling-4.0/video: Kling\n    #   5s: 100 credits"),
                "{fix}"
            );
        }
    }
}
