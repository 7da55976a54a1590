//! Everything that is tested from outside, through the binary, against the simulator.

mod canary; // nothing secret is shown, and nothing is sent anywhere else
mod check; // `check` starts nothing
#[path = "../property/cleaned.rs"]
mod cleaned; // what of a log must be shown, from the documents alone
mod commands; // what is done with runs that exist
mod contract; // what is written is what GitHub's runner and act take it for
mod errors; // each refusal of the service, and the sentence that a person reads
mod faithful; // ordinary logs are shown as they are
mod fault_matrix; // every request, every fault: how many runs there are in the end
mod following; // logs and answers that are late, broken or missing
mod hostile; // servers that are hostile or broken: bounded memory and time, and a sentence
mod hostile_text; // whatever somebody else can write is a command
mod limits; // what takes too long is canceled
mod network; // proxies, private authorities, names and addresses of every kind
mod post; // what a step that was killed leaves going is canceled
mod queueing; // one run per request, whatever happens to the request or to the job
mod refusals; // bad input and refusing services: one sentence, the right exit code
mod release; // the scripts of the release
mod reporting; // what GitHub is told of a run, and what becomes of it when GitHub refuses
mod runs; // runs that exist: lists, filters, pages, tags
mod scenarios; // a folder each: log, summary, outputs and requests as snapshots
mod servers; // each kind of server: what it can do, and what is said of the rest
mod sign_in; // each way to sign in, each refusal, tokens that end while a run is followed
mod signals; // SIGINT and SIGTERM at every moment
mod supply_chain; // dependencies, workflows, and what is said of them
mod support; // starting the action as the runner does, and judging what it wrote
mod tidy; // what must agree, agrees
mod troubleshooting; // docs/troubleshooting.md is about the errors that there are
