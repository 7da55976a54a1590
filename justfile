# What there is to run; `just` alone lists it.

_default:
    @just --list --unsorted

# everything CI runs but the end to end
check:
    bash .ci/run fmt lint clippy doc test demo

# all tests that need nothing but Rust
test *arguments:
    cargo test --workspace --locked {{ arguments }}

# a run with parallel jobs, a failure and a retry, on the simulator
demo:
    cargo run --locked --example demo

# the released form of the action in real containers, run by act
e2e *checks:
    tests/e2e/run.sh {{ checks }}

# the image run-azure-pipeline:local
image:
    tests/e2e/image.sh

# licences, advisories and sources of the dependencies
deny:
    cargo deny --locked check
