//! The sentences of the log.

mod advice;
mod amount;
mod cancel;
mod check;
mod error;
mod finding;
mod following;
mod listed;
mod result;
mod retry;
mod search;
mod standing;
mod start;
pub(super) mod summary;
mod troubleshooting;
mod verdict;
mod waiting;

pub use advice::Advice;
pub(super) use advice::{advice, advice_line};
pub(super) use amount::{duration, milliseconds, size, worth_saying};
pub(super) use cancel::cancel_requested;
pub use cancel::{
    NO_ANSWER, POST_STEP_CANCELED, canceled, canceling, cleaned_up, not_cleaned_up,
    not_looked_after, over_already, still_canceling,
};
pub use check::{
    YAML, check_end, checking, default_source, no_yaml, not_checked, own_repository, pipeline,
    project, server, signed_in, source, unknown_caller, would_be_queued, yaml,
};
pub use error::{
    LATER, ambiguous_person, ambiguous_pipeline, anonymous, cancel_takes_long, cancel_unanswered,
    disabled_pipeline, fixed_variable, foreign_claim, identities_refused, lost_run,
    not_retried_at_all, not_started, still_going, uncertain_queue_request, unknown_person,
    unknown_pipeline, unknown_pipeline_id, unknown_project, unknown_queue, unknown_run,
    unknown_variable,
};
pub(super) use finding::{
    FAILED_SILENTLY, NO_REASON, failed_check, finding, more_findings, more_of_kind, validation,
};
pub(super) use following::{
    group_title, job_failed, job_finished, jobs_done, left, log_missing, logs_unchecked, queued,
    service_trouble, started,
};
pub use following::{other_commit, watching};
pub use listed::output_too_long;
pub(super) use listed::{NO_ARTIFACTS, NO_RUNS, NO_TAGS, NOTHING_HAS_BEGUN, artifact};
pub(super) use result::{record_result, result_word};
pub(super) use retry::retrying;
pub use retry::{
    NO_FAILED_STAGE, new_run_instead, no_time_left, not_retried, retried_in_place, retry_reason,
};
pub use search::{
    CLAIMED_BY_ANOTHER, CONTESTED, INTERRUPTED_SEARCH, NEVER_FOUND, NOT_FOUND_YET, SEVERAL_ALIKE,
    earlier_run_taken, found_run, lost_answer, not_resumed, not_searched, queueing_again,
    unclear_earlier_run, unmarked,
};
pub(super) use standing::{
    IS_QUEUED, IS_RUNNING, IS_TRIED_AGAIN, RUN_PAGE, STEP_IS_GONE, tried_again,
};
pub use standing::{
    no_pull_request, not_reported, report_elsewhere, report_ended, report_not_ended,
    report_without_token, unknown_head,
};
pub use start::{
    interrupted, interrupted_early, other_repository, paused_pipeline, plain_http, plan,
};
pub use troubleshooting::{anchor, explained_at};
pub(super) use verdict::verdict;
pub use verdict::verdict_words;
pub(super) use waiting::waiting;
