//! Everything that the simulator answers and everything that the action sends, against the published
//! documents; recorded answers against both.

mod answers;
mod drive;
mod http;
mod known;
mod played;
mod recordings;
mod refusals;
mod replay;
mod requests;
mod shapes;
mod step;
mod support;
