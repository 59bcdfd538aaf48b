//! Likeness: requests of a storyboard that differ in nothing but their seeds, so that a scene that
//! was renamed goes on with what was sent for it.

use rusqlite::Row;

use super::connection::{Ledger, Result};
use super::rows::{parsed, read_submission};
use crate::base::Key;
use crate::plan::{Listing, Sent};

/// Word for word what the index over it is made of, or the index is not used.
const LIKENESS: &str =
    "iif(json_valid(recipe), json_remove(recipe, '$.seed', '$.image.artifact'), '')";

impl Ledger {
    /// Whether anything was ever sent for a storyboard.
    pub fn has_sent(&self, storyboard: &str) -> Result<bool> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT 1 FROM submissions WHERE storyboard = ?1 LIMIT 1")?;
        Ok(statement.exists([storyboard])?)
    }

    /// What was sent for a storyboard that differs from a recipe at most in the seed and in the
    /// bytes of a frame that it shows, oldest first; not what was proven not to be accepted.
    pub fn sent_like(&self, storyboard: &str, recipe: &Listing) -> Result<Vec<Sent>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT intended_at, state, task, ended_at, code, message, fault, scene, key,
                 recipe
             FROM submissions
             WHERE storyboard = ?1
                 AND {LIKENESS} = json_remove(?2, '$.seed', '$.image.artifact')
                 AND state != 'not-accepted'
             ORDER BY id"
        ))?;
        let recipe = serde_json::Value::Object(recipe.clone()).to_string();
        let rows = statement.query_map([storyboard, &recipe], read_sent)?;
        let sent = rows.collect::<std::result::Result<Vec<_>, _>>()?;
        // A name that is none was not written by this program.
        Ok(sent.into_iter().flatten().collect())
    }
}

fn read_sent(row: &Row<'_>) -> rusqlite::Result<Option<Sent>> {
    let scene = row.get::<_, String>(7)?.parse().ok();
    let recipe = serde_json::from_str(&row.get::<_, String>(9)?).ok();
    let (key, outcome) = (Key(parsed(row, 8)?), read_submission(row, 0)?.outcome);
    Ok(scene.zip(recipe).map(|(scene, recipe)| Sent { scene, key, recipe, outcome }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_used() {
        let ledger = Ledger::in_memory().unwrap();
        let connection = ledger.lock();
        let query = format!(
            "EXPLAIN QUERY PLAN SELECT id FROM submissions
             WHERE storyboard = 'film.yaml' AND {LIKENESS} = json_remove('{{}}', '$.seed')"
        );
        let plan: String = connection.query_row(&query, [], |row| row.get(3)).unwrap();
        assert!(plan.contains("submissions_by_likeness"), "{plan}");
    }
}
