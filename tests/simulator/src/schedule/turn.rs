//! Whose job's turn it is when there are fewer parallel slots than jobs.

use std::collections::BTreeMap;

use super::Schedule;
use crate::clock::Moment;

/// When each job of a run gets its slot, by the id of its record.
pub(crate) type Turns = BTreeMap<String, Moment>;

/// A job's need of a slot.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) job: String,
    pub(crate) ready: Moment,
    /// From when to when it has the slot.
    pub(crate) taken: Option<(Moment, Moment)>,
}

/// Gives the slots to jobs of all runs in the order in which they became ready. A job's start can make others
/// ready, so each turn given is planned before the next one is sought; what was ready before a moment gets its
/// turn whatever happens later, so the past never changes.
pub(crate) fn share(
    slots: usize,
    runs: usize,
    plan: impl Fn(usize, &Turns) -> Schedule,
) -> Vec<Schedule> {
    let mut turns: Vec<Turns> = vec![Turns::new(); runs];
    let mut schedules: Vec<Schedule> = (0..runs).map(|run| plan(run, &turns[run])).collect();
    while let Some((ready, run, job)) = next_in_line(&schedules, &turns) {
        let at = first_free(slots, ready, &schedules);
        turns[run].insert(job, at);
        schedules[run] = plan(run, &turns[run]);
    }
    schedules
}

fn next_in_line(schedules: &[Schedule], turns: &[Turns]) -> Option<(Moment, usize, String)> {
    let waiting = schedules.iter().enumerate().flat_map(|(run, schedule)| {
        let is_new = move |turn: &&Turn| !turns[run].contains_key(&turn.job);
        let is_known = |turn: &&Turn| turn.ready < Moment::NEVER;
        let found = schedule.turns.iter().filter(is_new).filter(is_known);
        found.map(move |turn| (turn.ready, run, turn))
    });
    let first = waiting.min_by_key(|(ready, run, _)| (*ready, *run));
    first.map(|(ready, run, turn)| (ready, run, turn.job.clone()))
}

fn first_free(slots: usize, ready: Moment, schedules: &[Schedule]) -> Moment {
    let taken = || {
        let turns = schedules.iter().flat_map(|schedule| &schedule.turns);
        turns.filter_map(|turn| turn.taken)
    };
    let mut moments: Vec<Moment> = taken().map(|(_, until)| until).collect();
    moments.retain(|until| *until > ready);
    moments.push(ready);
    moments.sort_unstable();
    let is_free = |at: &Moment| taken().filter(|(_, until)| until > at).count() < slots;
    moments.into_iter().find(is_free).unwrap_or(Moment::NEVER)
}
