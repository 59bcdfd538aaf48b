//! Hosted inputs: one upload per content, and none while an earlier one is still available.
//!
//! Takes that share an image wait for one upload of it; different contents are uploaded in
//! parallel.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::base::{Digest, Fault, Moment};
use crate::runner::options::Clock;
use crate::runner::store_access::{LocalStore, StoreDoor, local};

/// How long a hosted file is expected to be available. The upload service keeps files for three
/// days on most of its pages and for 24 hours on the newest (`kie-jobs-api.md` 4): an hour less
/// than the shorter, and half of that for takes that wait for their slot.
const HOSTED_MAX: Duration = Duration::from_secs(11 * 60 * 60);

/// The inputs that a build makes public.
pub struct HostedInputs {
    store: StoreDoor,
    clock: Clock,
    /// A lock per content that is being looked up or uploaded.
    in_progress: Mutex<HashMap<Digest, Weak<AsyncMutex<()>>>>,
    /// The contents that are in the film's bucket, as this build has seen.
    in_bucket: Mutex<HashSet<Digest>>,
}

impl HostedInputs {
    /// Remembers uploads in this store's ledger.
    pub fn new(store: StoreDoor, clock: Clock) -> HostedInputs {
        HostedInputs { store, clock, in_progress: Mutex::default(), in_bucket: Mutex::default() }
    }

    /// The address of a content at a host: the known one while it is available, or that of
    /// `upload`.
    ///
    /// # Errors
    /// Those of `upload`, and `Local` if the ledger cannot be used.
    pub async fn address(
        &self,
        content: Digest,
        host: &str,
        upload: impl Future<Output = Result<String, Fault>>,
    ) -> Result<String, Fault> {
        let _one_upload_per_content = self.lock(content).await;
        let now = (self.clock)();
        if let Some((url, hosted_at)) = self.known(content, host).await?
            && now.since(hosted_at) < HOSTED_MAX
        {
            return Ok(url);
        }
        let url = upload.await?;
        let (host, hosted) = (host.to_string(), url.clone());
        let remember = move |store: &LocalStore| {
            store.ledger.remember_hosted(&content, &host, &hosted, now).map_err(local)
        };
        self.store.run(remember).await?;
        Ok(url)
    }

    /// Makes sure that a content is in the film's bucket, by `put` if this build has not seen it there.
    ///
    /// # Errors
    /// Those of `put`.
    pub async fn in_bucket(
        &self,
        content: Digest,
        put: impl Future<Output = Result<(), Fault>>,
    ) -> Result<(), Fault> {
        let _one_upload_per_content = self.lock(content).await;
        if !self.seen_in_bucket().contains(&content) {
            put.await?;
            self.seen_in_bucket().insert(content);
        }
        Ok(())
    }

    /// Looks again for what was seen in the film's bucket: it may have been removed.
    pub fn distrust_bucket(&self) {
        self.seen_in_bucket().clear();
    }

    fn seen_in_bucket(&self) -> MutexGuard<'_, HashSet<Digest>> {
        self.in_bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn known(&self, content: Digest, host: &str) -> Result<Option<(String, Moment)>, Fault> {
        let host = host.to_string();
        self.store.run(move |store| store.ledger.hosted(&content, &host).map_err(local)).await
    }

    async fn lock(&self, content: Digest) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| lock.strong_count() > 0);
            let known = locks.get(&content).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::default();
                locks.insert(content, Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::base::FaultClass;
    use crate::store::{Claims, Home, Ledger, LocalDisk, Objects, SharedDisk};

    const UPLOAD: Duration = Duration::from_secs(10);

    struct HostingFixture {
        inputs: HostedInputs,
        uploads: AtomicUsize,
    }

    impl HostingFixture {
        fn new() -> HostingFixture {
            let disk: SharedDisk = Arc::new(LocalDisk);
            let home = Home::at("never-written");
            let store = LocalStore {
                ledger: Ledger::in_memory().unwrap(),
                objects: Objects::at(Arc::clone(&disk), home.objects()),
                claims: Claims::at(disk, home.claims()),
            };
            let start = Instant::now();
            let clock: Clock = Arc::new(move || Moment::from_millis(0) + start.elapsed());
            let inputs = HostedInputs::new(StoreDoor::new(store), clock);
            HostingFixture { inputs, uploads: AtomicUsize::new(0) }
        }

        async fn address(&self, content: &[u8]) -> Result<String, Fault> {
            let upload = async {
                let number = self.uploads.fetch_add(1, Ordering::Relaxed);
                sleep(UPLOAD).await;
                Ok(format!("https://host.example/{number}"))
            };
            self.inputs.address(Digest::of(content), "host", upload).await
        }

        /// How many uploads these contents needed, and how long they took.
        async fn host_all(&self, contents: &[&str]) -> (usize, Duration) {
            let start = Instant::now();
            let all = join_all(contents.iter().map(|content| self.address(content.as_bytes())));
            for address in all.await {
                address.unwrap();
            }
            (self.uploads.load(Ordering::Relaxed), start.elapsed())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn different_contents_are_uploaded_at_the_same_time() {
        assert_eq!(HostingFixture::new().host_all(&["a", "b"]).await, (2, UPLOAD));
    }

    #[tokio::test(start_paused = true)]
    async fn equal_contents_are_uploaded_once() {
        let fixture = HostingFixture::new();
        assert_eq!(fixture.host_all(&["a", "a", "a"]).await, (1, UPLOAD));
        assert_eq!(fixture.host_all(&["a"]).await, (1, Duration::ZERO));
        sleep(HOSTED_MAX).await;
        assert_eq!(fixture.host_all(&["a"]).await, (2, UPLOAD));
    }

    #[tokio::test(start_paused = true)]
    async fn a_content_is_put_into_the_bucket_once_until_it_is_distrusted() {
        let fixture = HostingFixture::new();
        let puts = AtomicUsize::new(0);
        let place = |fails: bool| {
            let puts = &puts;
            let put = async move {
                sleep(UPLOAD).await;
                puts.fetch_add(1, Ordering::Relaxed);
                let lost = || Fault::new(FaultClass::Transient, "lost");
                if fails { Err(lost()) } else { Ok(()) }
            };
            fixture.inputs.in_bucket(Digest::of(b"a"), put)
        };
        assert_eq!(place(true).await.unwrap_err().message, "lost");
        for placed in join_all((0..3).map(|_| place(false))).await {
            placed.unwrap();
        }
        assert_eq!(puts.load(Ordering::Relaxed), 2);
        fixture.inputs.distrust_bucket();
        place(false).await.unwrap();
        assert_eq!(puts.load(Ordering::Relaxed), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_upload_is_tried_again_by_the_next_take() {
        let fixture = HostingFixture::new();
        let failing = async { Err(Fault::new(FaultClass::Transient, "lost")) };
        let first = fixture.inputs.address(Digest::of(b"a"), "host", failing);
        let (first, second) = tokio::join!(first, fixture.address(b"a"));
        assert_eq!(first.unwrap_err().message, "lost");
        assert_eq!(second.unwrap(), "https://host.example/0");
    }

    #[tokio::test(start_paused = true)]
    async fn locks_of_finished_uploads_are_forgotten() {
        let fixture = HostingFixture::new();
        fixture.host_all(&["a", "b", "c"]).await;
        fixture.host_all(&["d"]).await;
        assert_eq!(fixture.inputs.in_progress.lock().unwrap().len(), 1);
    }
}
