//! The runner asks us to end: once, and then with emphasis.

use std::time::Duration;

use tokio::sync::watch;

/// The end that signals ask for. Cheap to clone; every clone sees every request.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<u8>);

/// Where signals are passed on.
#[derive(Debug)]
pub struct ShutdownSender(watch::Sender<u8>);

/// A connected pair.
#[must_use]
pub fn channel() -> (ShutdownSender, Shutdown) {
    let (sender, receiver) = watch::channel(0);
    (ShutdownSender(sender), Shutdown(receiver))
}

impl ShutdownSender {
    /// Passes one request on.
    pub fn request(&self) {
        self.0.send_modify(|count| *count = count.saturating_add(1));
    }
}

impl Shutdown {
    /// How often the end has been asked for.
    #[must_use]
    pub fn count(&self) -> u8 {
        *self.0.borrow()
    }

    /// Does the work, which has only so much time left once the end has been asked for; nothing if
    /// that was too little.
    pub async fn hurry<T>(&self, time: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut shutdown = self.clone();
        tokio::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => Some(done),
            () = shutdown.requested(1) => tokio::time::timeout(time, work).await.ok(),
        }
    }

    /// Waits until the end has been asked for at least `count` times. May be called again.
    pub async fn requested(&mut self, count: u8) {
        if self.0.wait_for(|seen| *seen >= count).await.is_err() {
            // Nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }

    /// What `work` gives; nothing if the end is asked for `count` times first, and then `work` is
    /// dropped where it stands.
    pub async fn unless_requested<T>(
        &mut self,
        count: u8,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::select! {
            biased;
            () = self.requested(count) => None,
            value = work => Some(value),
        }
    }
}
