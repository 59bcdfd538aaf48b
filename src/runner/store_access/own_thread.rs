//! A thread of its own for work that needs much memory again and again: the memory that it frees is
//! there for the next time. Spread over many threads, each would keep as much for itself.

use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use tokio::sync::oneshot;

use super::door::local;
use crate::base::Fault;
use crate::store::SharedDisk;

type Work = Box<dyn FnOnce() + Send>;

/// A thread that does one piece of work after the other; it ends when this is dropped.
#[derive(Default)]
pub struct OwnThread(OnceLock<Option<Sender<Work>>>);

impl OwnThread {
    /// Runs work that waits for that disk on this thread; at once if the disk is a simulated one.
    ///
    /// # Errors
    /// Those of the work, and `Local` if it panicked or there is no thread for it.
    pub fn run<T: Send + 'static>(
        &self,
        disk: &SharedDisk,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> impl Future<Output = Result<T, Fault>> + Send + 'static {
        let is_slow = disk.is_slow();
        let sender = if is_slow { self.0.get_or_init(start).clone() } else { None };
        async move {
            if !is_slow {
                return work();
            }
            let (answer, answered) = oneshot::channel();
            let work: Work = Box::new(move || drop(answer.send(work())));
            let sent = sender.is_some_and(|sender| sender.send(work).is_ok());
            match sent {
                true => answered.await.map_err(local)?,
                false => Err(local("no thread could be started")),
            }
        }
    }
}

fn start() -> Option<Sender<Work>> {
    let (sender, receiver) = channel::<Work>();
    let run = move || receiver.into_iter().for_each(|work| work());
    std::thread::Builder::new().name("lock".into()).spawn(run).ok().map(|_| sender)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::LocalDisk;

    #[tokio::test]
    async fn work_runs_on_one_thread_in_its_order() {
        let (thread, disk): (OwnThread, SharedDisk) = (OwnThread::default(), Arc::new(LocalDisk));
        let name = || Ok(std::thread::current().id());
        let first = thread.run(&disk, name).await.unwrap();
        assert_eq!(thread.run(&disk, name).await, Ok(first));
        assert_ne!(first, std::thread::current().id());
        let failed: Result<(), Fault> = thread.run(&disk, || Err(local("full"))).await;
        assert_eq!(failed.unwrap_err().message, "full");
        // A panic ends the thread, and is an error.
        let broken: Result<(), Fault> = thread.run(&disk, || panic!("broken")).await;
        assert!(broken.is_err() && thread.run(&disk, name).await.is_err());
    }
}
