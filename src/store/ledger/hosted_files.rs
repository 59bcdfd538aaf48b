//! Hosted files: where contents are public. Losing it costs only time.

use rusqlite::{OptionalExtension, params};

use super::connection::{Ledger, Result};
use crate::base::{Digest, Moment};

impl Ledger {
    /// The URL and time at which a file was uploaded to a host.
    pub fn hosted(&self, digest: &Digest, host: &str) -> Result<Option<(String, Moment)>> {
        let connection = self.lock();
        let mut statement = connection
            .prepare_cached("SELECT url, hosted_at FROM hosted WHERE digest = ?1 AND host = ?2")?;
        let row = statement.query_row([digest.to_string().as_str(), host], |row| {
            Ok((row.get(0)?, Moment::from_millis(row.get(1)?)))
        });
        Ok(row.optional()?)
    }

    /// Forgets the upload with this address, because the provider could not use it.
    pub fn forget_hosted(&self, url: &str) -> Result<()> {
        self.lock().execute("DELETE FROM hosted WHERE url = ?1", [url])?;
        Ok(())
    }

    /// Records where a file was uploaded.
    pub fn remember_hosted(
        &self,
        digest: &Digest,
        host: &str,
        url: &str,
        now: Moment,
    ) -> Result<()> {
        self.lock().execute(
            "INSERT OR REPLACE INTO hosted (digest, host, url, hosted_at) VALUES (?1, ?2, ?3, ?4)",
            params![digest.to_string(), host, url, now.millis()],
        )?;
        Ok(())
    }
}
