use super::*;
use crate::script::run::BuildResult;

fn world(toml: &str) -> World {
    World::new(Scenario::from_toml(toml).unwrap())
}

fn request(pipeline: u32) -> QueueRequest {
    QueueRequest {
        pipeline,
        ..QueueRequest::default()
    }
}

#[test]
fn builds_are_numbered_from_the_first_id_on() {
    let mut world = world("first-build-id = 70\n[[pipeline]]\nid = 1\nname = 'a'\n");
    let ids = [0, 1].map(|_| world.queue(request(1)).unwrap().id);
    assert_eq!(ids, [70, 71]);
    assert_eq!(
        world.queue(request(2)).unwrap_err(),
        Refusal::definition_not_found(2)
    );
}

#[test]
fn polling_moves_the_time_on_and_canceling_does_not() {
    let mut world = world("[[pipeline]]\nid = 1\nname = 'a'\n");
    world.queue(request(1)).unwrap();
    assert_eq!(world.poll(9).unwrap_err(), Refusal::build_not_found(9));
    assert_eq!(world.now(), Moment::EPOCH);
    world.poll(1).unwrap();
    let now = world.now();
    assert!(now > Moment::EPOCH);
    world.cancel(1).unwrap();
    assert_eq!(world.now(), now);
}

#[test]
fn the_first_cancellation_counts() {
    let mut world = world(
        "[[pipeline]]\nid = 1\nname = 'a'\nrun = { task = [{ duration = 'forever' }], cancel-takes = '3s' }\n",
    );
    world.queue(request(1)).unwrap();
    world.poll(1).unwrap();
    let first = world.cancel(1).unwrap().schedule.finished;
    world.poll(1).unwrap();
    assert_eq!(world.cancel(1).unwrap().schedule.finished, first);
}

const SHARED: &str = "
    clock = { polls = '500ms' }
    [agents]
    slots = 1
    [[pipeline]]
    id = 1
    name = 'a'
    [[pipeline.run.stage]]
    name = 'A'
    job = [{ task = [{ duration = '2s', attempts = [{ result = 'failed' }, {}] }] }, { name = 'Second' }]
    [[pipeline.run.stage]]
    name = 'B'
    condition = 'always'
";

/// What a caller sees of the second run at each poll; something happens before one of them.
fn seen(polls: usize, happens: impl Fn(&mut World, usize)) -> Vec<String> {
    let mut world = world(SHARED);
    world.queue(request(1)).unwrap();
    world.queue(request(1)).unwrap();
    let mut seen = Vec::new();
    for poll in 0..polls {
        happens(&mut world, poll);
        world.poll(1).unwrap();
        let now = world.now();
        let build = world.build(2).unwrap();
        let records = build.schedule.visible_records(now);
        let states: Vec<String> = records
            .map(|record| format!("{} {:?}", record.id, record.state(now)))
            .collect();
        seen.push(format!("{:?} {states:?}", build.status(now)));
    }
    seen
}

#[test]
fn what_happens_to_one_run_never_changes_the_past_of_another() {
    let plain = seen(40, |_, _| {});
    for at in 0..40 {
        let canceled = seen(40, |world, poll| {
            if poll == at {
                let _ = world.cancel(1);
            }
        });
        assert_eq!(plain[..at], canceled[..at], "canceled at {at}");
        let retried = seen(40, |world, poll| {
            if poll == at {
                let _ = world.retry(1, None, false);
            }
        });
        assert_eq!(plain[..at], retried[..at], "retried at {at}");
    }
}

#[test]
fn a_retried_run_gets_in_line_again() {
    let mut world = world(SHARED);
    world.queue(request(1)).unwrap();
    while world.build(1).unwrap().result(world.now()).is_none() {
        world.poll(1).unwrap();
    }
    assert_eq!(
        world.build(1).unwrap().result(world.now()),
        Some(BuildResult::Failed)
    );
    world.queue(request(1)).unwrap();
    world.retry(1, None, false).unwrap();
    for _ in 0..60 {
        world.poll(1).unwrap();
    }
    let result = |id| world.build(id).unwrap().result(world.now());
    assert_eq!(
        (result(1), result(2)),
        (Some(BuildResult::Succeeded), Some(BuildResult::Failed))
    );
}
