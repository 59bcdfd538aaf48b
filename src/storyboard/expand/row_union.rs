//! Row unions: the fields that rows have in common.
//!
//! Rows need not have the same fields. The union has every field that any row has, and each row is
//! filled up to it with empty values, so that a template can test for missing fields.

use serde_json::Value;

/// The union of all fields of the values; if they differ, the first value that is not empty.
pub(in crate::storyboard) fn union<'v>(values: impl Iterator<Item = &'v Value>) -> Value {
    let mut all = Value::Null;
    for value in values {
        extend(&mut all, value);
    }
    all
}

fn extend(all: &mut Value, value: &Value) {
    match (all, value) {
        (all @ Value::Null, value) => all.clone_from(value),
        (Value::Object(all), Value::Object(fields)) => {
            for (name, value) in fields {
                match all.get_mut(name) {
                    Some(known) => extend(known, value),
                    None => drop(all.insert(name.clone(), value.clone())),
                }
            }
        }
        (Value::Array(all), Value::Array(items)) => {
            for (at, value) in items.iter().enumerate() {
                match all.get_mut(at) {
                    Some(known) => extend(known, value),
                    None => all.push(value.clone()),
                }
            }
        }
        _ => {}
    }
}

/// Adds the fields that are missing here as empty values.
pub(in crate::storyboard) fn fill(value: &mut Value, all: &Value) {
    let (Value::Object(fields), Value::Object(all)) = (value, all) else { return };
    for (name, other) in all {
        match fields.get_mut(name) {
            Some(known) => fill(known, other),
            None => drop(fields.insert(name.clone(), Value::Null)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_filled_with_missing_fields() {
        let mut rows = [json!({"a": 1, "b": {"c": [1]}}), json!({"b": {"d": 2}, "e": null})];
        let all = union(rows.iter());
        assert_eq!(all, json!({"a": 1, "b": {"c": [1], "d": 2}, "e": null}));
        rows.iter_mut().for_each(|row| fill(row, &all));
        assert_eq!(rows[0], json!({"a": 1, "b": {"c": [1], "d": null}, "e": null}));
        assert_eq!(rows[1], json!({"b": {"d": 2, "c": null}, "e": null, "a": null}));
    }
}
