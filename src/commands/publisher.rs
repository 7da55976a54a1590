//! Telling GitHub of a run, beside following it.

use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::teller::Teller;
use super::wait;
use crate::github::api::ApiError;
use crate::inputs::ReportKind;
use crate::report::Standing;

/// The pause between two updates: GitHub asks callers to write no more often than every second, and
/// nobody reads faster than this.
const BETWEEN: Duration = Duration::from_secs(15);

/// How long the end may take to be told when GitHub does not answer, and where it wants to be left alone
/// for a while.
const END: Duration = Duration::from_secs(20);
const END_WHERE_LIMITED: Duration = Duration::from_secs(90);

/// The pause before the end is told again; it doubles.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells GitHub how a run stands, in a task of its own: following never waits for it.
#[derive(Debug)]
pub(super) struct Publisher {
    end: oneshot::Sender<Option<Standing>>,
    task: JoinHandle<Vec<String>>,
}

impl Publisher {
    /// Tells what stands in `news` from now on, in the ways that `kinds` are. Pauses are taken by a clock that goes
    /// `haste` times as fast as the wall's.
    pub(super) fn start(
        teller: Teller,
        kinds: Vec<ReportKind>,
        haste: f64,
        news: watch::Receiver<Option<Standing>>,
    ) -> Self {
        let publishing = Publishing {
            teller,
            kinds,
            haste,
        };
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(publishing.follow(news, ended));
        Self { end, task }
    }

    /// Tells the end, if there is one to tell; gives a warning for each thing that could not be told.
    pub(super) async fn finish(self, standing: Option<Standing>) -> Vec<String> {
        // It listens until it ends.
        drop(self.end.send(standing));
        self.task.await.unwrap_or_default()
    }
}

/// The telling that goes on.
struct Publishing {
    teller: Teller,
    /// The ways in which it is told, as far as they are open.
    kinds: Vec<ReportKind>,
    /// How many times as fast as the wall's the clock goes by which pauses are taken.
    haste: f64,
}

impl Publishing {
    async fn follow(
        mut self,
        mut news: watch::Receiver<Option<Standing>>,
        mut ended: oneshot::Receiver<Option<Standing>>,
    ) -> Vec<String> {
        let end = loop {
            tokio::select! {
                biased;
                end = &mut ended => break end,
                () = changed(&mut news) => {}
            }
            // A request that is on its way is waited for: the end must not be overtaken by it.
            let standing = news.borrow_and_update().clone();
            if let Some(standing) = standing {
                self.tell(&standing).await;
            }
            let pause = BETWEEN.div_f64(self.haste);
            tokio::select! {
                biased;
                end = &mut ended => break end,
                () = wait(pause.max(self.teller.pause())) => {}
            }
        };
        if let Ok(Some(standing)) = end {
            self.tell_end(&standing).await;
        }
        self.teller.into_warnings()
    }

    /// Tells how the run stands, once: what fails in a way that may pass is told the next time.
    async fn tell(&mut self, standing: &Standing) {
        for kind in self.kinds.clone() {
            match self.teller.tell(kind, standing, None).await {
                Err(error) if !error.may_pass() => self.give_up(kind, &error),
                Err(ApiError::Limited { .. } | ApiError::Unreached { .. }) => return,
                Ok(()) | Err(_) => {}
            }
        }
    }

    /// Tells how the run ended, several times if need be.
    async fn tell_end(&mut self, standing: &Standing) {
        let start = Instant::now();
        let mut annotations = standing.annotations().to_vec();
        let mut left = self.kinds.clone();
        let mut again = AGAIN;
        loop {
            let mut failed: Vec<(ReportKind, ApiError)> = Vec::new();
            for kind in left {
                // Who has not answered now will not answer the next request either.
                if let Some((_, lost @ ApiError::Unreached { .. })) = failed.last() {
                    let lost = lost.clone();
                    failed.push((kind, lost));
                    continue;
                }
                match self
                    .teller
                    .tell(kind, standing, Some(&mut annotations))
                    .await
                {
                    Ok(()) => self.teller.has_ended(kind),
                    Err(error) if error.may_pass() => failed.push((kind, error)),
                    Err(error) => self.give_up(kind, &error),
                }
            }
            let longest = match failed.first() {
                None => return,
                Some((_, ApiError::Limited { .. })) => END_WHERE_LIMITED,
                Some(_) => END,
            };
            let pause = again.max(self.teller.pause());
            if start.elapsed() + pause > longest {
                // What stands there is left to the post step.
                for (kind, error) in &failed {
                    self.teller.warn(*kind, error);
                }
                return;
            }
            wait(pause).await;
            again *= 2;
            left = failed.into_iter().map(|(kind, _)| kind).collect();
        }
    }

    /// A kind that cannot be told, by the post step neither.
    fn give_up(&mut self, kind: ReportKind, error: &ApiError) {
        self.kinds.retain(|known| *known != kind);
        self.teller.warn(kind, error);
        self.teller.has_ended(kind);
    }
}

/// Waits for something new.
async fn changed(news: &mut watch::Receiver<Option<Standing>>) {
    if news.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
