//! What callers change about a run: they cancel and retry it, decide on its approvals, and tag it.

use super::{Build, World};
use crate::refusal::Refusal;
use crate::schedule::{BuildStatus, Cancellation, Decision, Event, Record, RecordResult, Retry};
use crate::script::stage::CheckResult;

impl World {
    /// Docs: "Builds - Update Build" with a status. Asking twice changes nothing.
    pub(crate) fn cancel(&mut self, id: u32) -> Result<&Build, Refusal> {
        let build = self.build(id)?;
        if build.status(self.now()) == BuildStatus::Completed {
            return Err(Refusal::completed_build(id));
        }
        if build.canceled().is_none() {
            let event = self.cancellation(build, None, false);
            self.happen(id, event)?;
        }
        self.build(id)
    }

    /// Docs: "Stages - Update". A stage that is over stays as it is.
    pub(crate) fn cancel_stage(&mut self, id: u32, stage: &str) -> Result<(), Refusal> {
        let build = self.build(id)?;
        let record = self.stage(build, stage)?;
        if record.finish <= self.now() {
            return Ok(());
        }
        let event = self.cancellation(build, record.identifier.clone(), false);
        self.happen(id, event)
    }

    pub(super) fn cancellation(
        &self,
        build: &Build,
        stage: Option<String>,
        is_by_another: bool,
    ) -> Event {
        let at = self.now();
        let obeyed = at.plus(self.run_of(build).cancel_takes);
        Event::Canceled {
            stage,
            cancellation: Cancellation {
                at,
                obeyed,
                is_by_another,
            },
        }
    }

    /// The record of a stage, by the name in the YAML.
    fn stage<'a>(&self, build: &'a Build, name: &str) -> Result<&'a Record, Refusal> {
        let mut records = build.schedule.visible_records(self.now());
        let found = records.find(|record| record.is_stage(name));
        found.ok_or_else(|| Refusal::stage_not_found(name))
    }

    /// Runs failed and canceled jobs again, of one stage or of all; every job where all are asked for. Nothing
    /// to do is no error, which is a guess.
    pub(crate) fn retry(
        &mut self,
        id: u32,
        stage: Option<&str>,
        all_jobs: bool,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let build = self.build(id)?;
        let wanted = stage.map(|name| self.stage(build, name)).transpose()?;
        let records = build.schedule.visible_records(now);
        let stages: Vec<&Record> = records.filter(|record| record.kind == "Stage").collect();
        if let Some(open) = stages.iter().find(|stage| stage.finish > now) {
            return Err(Refusal::stage_in_progress(&open.name));
        }
        if let Some(never) = wanted.filter(|stage| stage.result == RecordResult::Skipped) {
            return Err(Refusal::stage_never_ran(&never.name));
        }
        let has_work = match wanted {
            Some(stage) => all_jobs || stage.result.is_bad(),
            None => stages.iter().any(|stage| stage.result.is_bad()),
        };
        if !has_work || build.result(now).is_none() {
            return Ok(());
        }
        let stage = wanted.and_then(|stage| stage.identifier.clone());
        let retry = Retry {
            at: now,
            stage,
            all_jobs,
        };
        self.happen(id, Event::Retried(retry))
    }

    /// Docs: "Approvals - Update".
    pub(crate) fn decide(
        &mut self,
        approval: &str,
        result: CheckResult,
        comment: &str,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let check = |build: &Build| {
            let mut records = build.schedule.visible_records(now);
            let found = records
                .find(|record| record.id == approval && record.kind == "Checkpoint.Approval")?;
            Some((build.id, found.finish))
        };
        let found = self.builds.iter().find_map(check);
        let (id, finish) = found.ok_or_else(|| Refusal::approval_not_found(approval))?;
        if finish <= now {
            return Err(Refusal::approval_completed(approval));
        }
        let decision = Decision {
            approval: approval.to_owned(),
            at: now,
            result,
            comment: comment.to_owned(),
        };
        self.happen(id, Event::Decided(decision))
    }

    /// Adds and removes tags; answers all tags, in the order of their names as the service does.
    pub(crate) fn change_tags(
        &mut self,
        id: u32,
        add: &[String],
        remove: &[String],
    ) -> Result<&[String], Refusal> {
        let build = self.build_mut(id)?;
        let same = |a: &String, b: &String| a.eq_ignore_ascii_case(b);
        for tag in add {
            if !build.tags.iter().any(|old| same(old, tag)) {
                build.tags.push(tag.clone());
            }
        }
        build
            .tags
            .retain(|tag| !remove.iter().any(|gone| same(gone, tag)));
        build.tags.sort();
        Ok(&build.tags)
    }
}
