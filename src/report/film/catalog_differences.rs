//! What the API's list of models has and the catalog does not, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::text::clean;
use crate::catalog::{Catalog, Dialect, PriceSource};
use crate::provider::kie::ListedModel;

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
            text.push_str(&format!("#\n# {}: {}\n", clean(&model.id), clean(&model.title)));
            for line in model.price.lines().map(str::trim).filter(|line| !line.is_empty()) {
                text.push_str(&format!("#   {}\n", clean(line)));
            }
        }
        text
    }
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
        let source = crate::base::Source::new("models.yaml", file);
        assert!(Catalog::with_file(&source).is_ok());
    }
}
