//! A scenario as the test makes it up: the course of one run, what goes wrong, and what others do meanwhile.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Everything about one scenario.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How much faster than the wall's the clocks go, the simulator's and the follower's.
    pub(crate) speed: f64,
    /// The simulator's time goes by polls.
    pub(crate) is_stepped: bool,
    /// Simulated milliseconds between polls; nothing: the follower's own pace.
    pub(crate) interval: Option<u64>,
    /// Whether lines are shown from the console feed.
    pub(crate) is_live: bool,
    pub(crate) feed_refused: bool,
    pub(crate) stages: Vec<Stage>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) act: Option<Act>,
    /// The service answers nothing any more from this GET on.
    pub(crate) dead_from: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Stage {
    /// Nothing: the YAML has no stages.
    pub(crate) name: Option<String>,
    pub(crate) condition: &'static str,
    pub(crate) stands_alone: bool,
    pub(crate) jobs: Vec<Job>,
}

#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) condition: &'static str,
    pub(crate) waits_for_agent: u64,
    pub(crate) abandoned_attempts: u64,
    /// How, and after how many milliseconds.
    pub(crate) lost: Option<(&'static str, u64)>,
    pub(crate) is_bare: bool,
    pub(crate) tasks: Vec<Task>,
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) condition: &'static str,
    /// Milliseconds, as all times here.
    pub(crate) duration: u64,
    pub(crate) result: &'static str,
    pub(crate) text: Text,
    /// The keys of the simulator that change nothing but the form: `frame = false`, `crlf = true`, …
    pub(crate) form: Vec<&'static str>,
    pub(crate) log_delay: u64,
    pub(crate) pages_at: Vec<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum Text {
    Lines(Vec<String>),
    Raw(Vec<u8>),
    Generated { lines: u64, bytes: u64 },
}

/// One thing that goes wrong.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Which requests are counted.
    pub(crate) on: &'static str,
    /// Which of them it is, from 1.
    pub(crate) at: usize,
    /// The simulator's keys.
    pub(crate) keys: String,
}

impl Fault {
    pub(crate) fn toml(&self) -> String {
        let Self { on, at, keys } = self;
        format!("[[fault]]\non = '{on}'\nat = [{at}]\n{keys}\n")
    }
}

/// What somebody does while the run is followed.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Somebody else cancels the run so many milliseconds after it was queued.
    Cancel { after: u64 },
    /// Somebody else retries a stage so many milliseconds after the run's end.
    Retry { stage: usize, all: bool, after: u64 },
    /// The follower's owner does, once the run was followed to its end.
    RetryInPlace { stage: usize, all: bool },
}

impl Plan {
    /// As the simulator reads it.
    pub(crate) fn toml(&self) -> String {
        let clock = if self.is_stepped {
            "polls = '1s'".to_owned()
        } else {
            format!("real = {:?}", self.speed)
        };
        let mut out = format!(
            "clock = {{ {clock} }}\nfeed-refused = {}\n\
             [[pipeline]]\nid = 12\nname = 'App CI'\n[[pipeline.run]]\n",
            self.feed_refused
        );
        for stage in &self.stages {
            stage.write(&mut out);
        }
        for fault in &self.faults {
            out.push_str(&fault.toml());
        }
        out + &self.death()
    }

    /// The service's end, as the simulator reads it.
    pub(crate) fn death(&self) -> String {
        let Some(from) = self.dead_from else {
            return String::new();
        };
        let all: Vec<usize> = (from..from + 200).collect();
        format!("[[fault]]\non = 'GET **'\nat = {all:?}\nanswer = 'server-error'\n")
    }

    /// `Stage / Job` of every job, and `Job`: an attempt that was given up stands in a timeline of its own,
    /// without its stage.
    pub(crate) fn job_titles(&self) -> Vec<String> {
        let titles = self.stages.iter().flat_map(|stage| {
            stage.jobs.iter().flat_map(|job| {
                let whole = stage.name.as_ref();
                let whole = whole.map(|name| format!("{name} / {}", job.name));
                [Some(job.name.clone()), whole]
            })
        });
        titles.flatten().collect()
    }

    pub(crate) fn tasks(&self) -> impl Iterator<Item = (&Stage, &Job, &Task)> {
        self.stages.iter().flat_map(|stage| {
            let jobs = stage.jobs.iter();
            jobs.flat_map(move |job| job.tasks.iter().map(move |task| (stage, job, task)))
        })
    }
}

impl Stage {
    /// What the simulator makes of tasks without a stage and a job.
    pub(crate) fn of_one_job() -> Self {
        let job = Job {
            name: "Job".to_owned(),
            condition: "succeeded",
            waits_for_agent: 0,
            abandoned_attempts: 0,
            lost: None,
            is_bare: false,
            tasks: Vec::new(),
        };
        Self {
            name: None,
            condition: "succeeded",
            stands_alone: false,
            jobs: vec![job],
        }
    }

    fn write(&self, out: &mut String) {
        out.push_str("[[pipeline.run.stage]]\n");
        if let Some(name) = &self.name {
            let _ = writeln!(out, "name = {}", quoted(name));
        }
        let _ = writeln!(out, "condition = '{}'", self.condition);
        if self.stands_alone {
            out.push_str("depends-on = []\n");
        }
        for job in &self.jobs {
            job.write(out);
        }
    }
}

impl Job {
    fn write(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "[[pipeline.run.stage.job]]\nname = {}\ncondition = '{}'\nbare = {}\n\
             wait-for-agent = '{}ms'\nabandoned-attempts = {}",
            quoted(&self.name),
            self.condition,
            self.is_bare,
            self.waits_for_agent,
            self.abandoned_attempts
        );
        if let Some((loss, after)) = self.lost {
            let _ = writeln!(
                out,
                "attempts = [{{ lost = '{loss}', lost-after = '{after}ms' }}, {{}}]"
            );
        }
        for task in &self.tasks {
            task.write(out);
        }
    }
}

impl Task {
    /// One that leaves nothing but its record.
    pub(crate) fn without_log(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            condition: "succeeded",
            duration: 0,
            result: "succeeded",
            text: Text::Lines(Vec::new()),
            form: vec!["no-log = true"],
            log_delay: 0,
            pages_at: Vec::new(),
        }
    }

    pub(crate) fn has_form(&self, key: &str) -> bool {
        self.form.contains(&key)
    }

    fn write(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "[[pipeline.run.stage.job.task]]\nname = {}\ncondition = '{}'\nduration = '{}ms'\n\
             result = '{}'\nlog-delay = '{}ms'",
            quoted(&self.name),
            self.condition,
            self.duration,
            self.result,
            self.log_delay
        );
        for key in &self.form {
            let _ = writeln!(out, "{key}");
        }
        if !self.pages_at.is_empty() {
            let times: Vec<String> = self.pages_at.iter().map(|at| format!("'{at}ms'")).collect();
            let _ = writeln!(out, "pages-at = [{}]", times.join(", "));
        }
        if self.result == "failed" {
            out.push_str("attempts = [{}, { result = 'succeeded' }]\n");
        }
        match &self.text {
            Text::Lines(lines) => {
                let lines: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
                let _ = writeln!(out, "lines = [{}]", lines.join(", "));
            }
            Text::Raw(bytes) => {
                let _ = writeln!(out, "raw-base64 = '{}'", STANDARD.encode(bytes));
            }
            Text::Generated { lines, bytes } => {
                let _ = writeln!(out, "generate = {{ lines = {lines}, bytes = {bytes} }}");
            }
        }
    }
}

/// JSON's escapes are TOML's, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
