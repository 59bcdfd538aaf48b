//! Changes: the fields in which two recipes differ.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::recipe::Listing;

/// One field in which a recipe differs from an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// The field.
    pub field: String,
    /// Its value in the lock, absent if it was not there.
    pub old: Option<Value>,
    /// Its value now, absent if it is no longer there.
    pub new: Option<Value>,
}

/// The fields in which two listings differ, sorted by name.
pub fn differences(old: &Listing, new: &Listing) -> Vec<Change> {
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| Change {
            field: name.clone(),
            old: old.get(name).cloned(),
            new: new.get(name).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_changed_added_and_removed_fields_by_name() {
        let of = |text: &str| serde_json::from_str::<Listing>(text).unwrap();
        let old = of(r#"{"prompt":"fog","seed":1,"type":"t2v"}"#);
        let new = of(r#"{"duration":5,"prompt":"rain","type":"t2v"}"#);
        let change = |field: &str, old: Option<Value>, new: Option<Value>| Change {
            field: field.into(),
            old,
            new,
        };
        assert_eq!(
            differences(&old, &new),
            [
                change("duration", None, Some(5.into())),
                change("prompt", Some("fog".into()), Some("rain".into())),
                change("seed", Some(1.into()), None),
            ]
        );
        assert_eq!(differences(&old, &old), []);
    }
}
