//! How long a run may take.

use std::time::Duration;

use crate::build::Limit;

/// How long a run may take before it is canceled; nothing is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Until its first job starts.
    pub queue: Option<Duration>,
    /// Until it has ended.
    pub total: Option<Duration>,
    /// What of `total` had passed before following began, as with an earlier run.
    pub spent: Duration,
}

impl Limits {
    /// The limit that passes first, and when, counted from the start of following.
    pub(super) fn next(self, has_started: bool) -> Option<(Duration, Limit)> {
        let queue = self.queue.filter(|_| !has_started);
        let queue = queue.map(|queue| (queue, Limit::Queue(queue)));
        let left = |total: Duration| total.saturating_sub(self.spent);
        let total = self.total.map(|total| (left(total), Limit::Total(total)));
        queue.into_iter().chain(total).min_by_key(|(when, _)| *when)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_limit_counts_and_a_started_run_is_out_of_the_queue() {
        let (short, long) = (Duration::from_secs(1), Duration::from_secs(9));
        let limits = Limits {
            queue: Some(short),
            total: Some(long),
            ..Limits::default()
        };
        assert_eq!(limits.next(false), Some((short, Limit::Queue(short))));
        assert_eq!(limits.next(true), Some((long, Limit::Total(long))));
        assert_eq!(Limits::default().next(false), None);
    }

    #[test]
    fn what_is_spent_is_not_left() {
        let second = Duration::from_secs(1);
        let limits = |spent: u32| Limits {
            queue: None,
            total: Some(3 * second),
            spent: spent * second,
        };
        let total = Limit::Total(3 * second);
        assert_eq!(limits(1).next(true), Some((2 * second, total)));
        assert_eq!(limits(9).next(true), Some((Duration::ZERO, total)));
    }
}
