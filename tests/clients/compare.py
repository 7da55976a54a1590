"""Runs the polling script that people copy and this action on the same scenarios, and writes down what each printed.

    compare.py DOCUMENT ACTION SIMULATOR OUTPUT

DOCUMENT holds the script, ACTION and SIMULATOR are binaries; the comparison is written to OUTPUT. The script is read at
run time and changed in two ways only, see `adapt`. Fails when the action loses, repeats or obeys a line.
"""

import base64
import collections
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import threading

import runner
from simulator import serving

SCENARIOS = pathlib.Path(__file__).parent / "scenarios" / "comparison"
COMMIT = "1111111111111111111111111111111111111111"
PATIENCE = 120  # seconds
# What the action itself tells the runner, in the form `::command::`.
OWN_COMMANDS = {"add-mask", "endgroup", "error", "group", "warning"}

INTRODUCTION = """\
# Beside the polling script that people copy

A short Python script is copied from project to project to follow an Azure DevOps run from another system: it queues the
run, looks at it every 30 seconds, and prints each log when it first sees it. Here it and this action follow the same
runs of the same simulated service.

The script was changed in two ways only: its base URL is the simulator's, and it does not sleep. It is not part of this
repository: it is read, when this comparison is made, from a document beside it. The simulated time moves by 30 seconds
each time one of the two asks for the run, so both see the service in the same states; for that the action shows no lines
before their log is there (`live: false`).

This page is generated and checked in CI:

```sh
tests/clients/compare.sh           # writes this page
tests/clients/compare.sh --check   # fails when it would be another
```

Lines are those of the steps' logs, each counted once: it was printed as often as the service has it, less often
(missing) or more often (repeated). Compared is the text without time stamps, colours and marks such as
`##[section]`. A command counts as obeyed when GitHub's runner would carry it out although it came from the build:
an annotation nobody made, a mask that hides other text, an output that was never set.

"""

# Scenario, title, what one sees, whether somebody cancels the run, and what is shown of both outputs: so many lines at
# the end, or what lies between two texts.
CASES = [
    (
        "1-between-two-polls",
        "A run that starts and ends between two polls",
        "The script prints logs only while the run is in progress; it never sees it so, and prints none.",
        False,
        (7, 18),
    ),
    (
        "2-last-step",
        "The last step fails",
        "The script reads the list of logs, then asks for the run; what arrives between the two in the last round is "
        "never fetched. The log that is lost is that of the step that failed. It then starts the run again, and loses "
        "the same log again.",
        False,
        (9, ("Starting: Test", "App CI 2026")),
    ),
    (
        "3-growing-log",
        "A long step whose log grows while it runs",
        "The script prints a log when it first sees it, and never again: of a log that arrives in five pages it "
        "prints the first.",
        False,
        (None, None),
    ),
    (
        "4-two-jobs",
        "Two jobs, one after the other",
        "Azure DevOps also keeps a log of each job, which holds the logs of its steps once more. The script prints "
        "every log there is.",
        False,
        (None, None),
    ),
    (
        "5-canceling-seen",
        "Somebody cancels the run, and the agent takes two minutes to stop",
        "Between them the run is `cancelling`, a state that the script does not expect: it crashes while the run is "
        "still going.",
        True,
        (7, ("Starting: Soak", "App CI 2026")),
    ),
    (
        "6-canceled",
        "Somebody cancels the run, and it stops at once",
        "For the script anything but success is a reason to start the whole run again, two minutes later.",
        True,
        (8, ("Starting: Soak", "App CI 2026")),
    ),
    (
        "7-commands-in-logs",
        "A log with lines that GitHub's runner takes for commands",
        "The script prints what the build printed, and the runner obeys. After the last of these lines it would obey "
        "nothing for the rest of the step. The action shows such lines with a backslash in them.",
        False,
        (("Starting: Compile", "Finishing: Compile"),) * 2,
    ),
]


def main():
    document, action, simulator, output = sys.argv[1:]
    script = script_of(pathlib.Path(document))
    page = INTRODUCTION + "\n".join(section(case, script, action, simulator) for case in CASES)
    pathlib.Path(output).write_text(page)


def script_of(document):
    """The first block of code in the document."""
    block = re.search(r"^```\w*\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)
    if block is None:
        raise SystemExit(f"{document.name} holds no script")
    return block[1]


def adapt(script, base_url):
    """All that is changed: the one URL in it, and how long it sleeps."""
    script, urls = re.subn(r'"https://[^"]*"', f'"{base_url}"', script)
    script, sleeps = re.subn(r"\btime\.sleep\(.*\)", "time.sleep(0)", script)
    if urls != 1 or not sleeps:
        raise SystemExit("the script is not the one that this comparison knows")
    return script


def section(case, script, action, binary):
    name, title, what, is_canceled, shown = case
    followers = [
        ("the script", lambda simulator: run_script(script, simulator), shown[0]),
        ("this action", lambda simulator: run_action(action, simulator), shown[1]),
    ]
    rows, excerpts = [], []
    for who, run, shown in followers:
        with serving(binary, SCENARIOS / f"{name}.toml") as simulator:
            code, output = follow(simulator, run, is_canceled)
            simulator.finish()
            counts = count(simulator.step_lines(), output)
            runs = len(simulator.inside("builds"))
            if not runs:
                raise SystemExit(f"{name}: {who} started no run:\n{excerpt(output, 20)}")
            output = output.replace(simulator.origin, "https://azure.test")
        obeyed = [name for name, line in runner.commands(output) if not (who == "this action" and is_own(name, line))]
        if who == "this action" and (counts["missing"] or counts["repeated"] or obeyed):
            raise SystemExit(f"{name}: what the action printed is not right: {dict(counts)}, {obeyed}\n{output}")
        rows.append(
            f"| {who} | {runs} | {counts['all']} | {counts['once']} | {counts['missing']} | {counts['repeated']} "
            f"| {listed(obeyed)} | {code} |"
        )
        if shown:
            excerpts.append(f"Of what {who} printed:\n\n```text\n{excerpt(output, shown)}\n```\n")
    return "\n".join(
        [
            f"## {title}\n",
            f"{textwrap.fill(what, 120)}\n",
            "| | runs started | lines | printed once | missing | repeated | commands obeyed | exit code |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            *excerpts,
        ]
    )


def follow(simulator, run, is_canceled):
    """Exit code and output of one of the two, while somebody else may cancel the run."""
    process = run(simulator)
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        if is_canceled:
            simulator.cancel_after_polls(2)  # the scenario holds back the answer to the second
        output = process.communicate()[0].decode("utf-8", "replace")
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
    return process.returncode, output


def run_script(script, simulator):
    environment = {
        "AZURE_DEVOPS_PAT_BASE64_SECRET": base64.b64encode(f":{simulator.token}".encode()).decode(),
        "CIRCLE_BRANCH": "main",
        "CIRCLE_SHA1": COMMIT,
        "PATH": os.environ["PATH"],
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",  # so that stdout and stderr keep their order
    }
    arguments = [sys.executable, "-c", adapt(script, simulator.project_url + "/")]
    return start(arguments, environment)


def run_action(action, simulator):
    environment = {
        "INPUT_LIVE": "false",  # it would look more often
        "INPUT_AZURE-DEVOPS-PROJECT-URL": simulator.project_url,
        "INPUT_AZURE-DEVOPS-TOKEN": simulator.token,
        "INPUT_AZURE-PIPELINE-NAME": "App CI",
        "INPUT_POLL-INTERVAL": "1ms",
        "INPUT_RETRY-DELAY": "1ms",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "octo/demo",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": COMMIT,
    }
    for name in ("OUTPUT", "STATE", "STEP_SUMMARY"):
        environment[f"GITHUB_{name}"] = os.devnull
    return start([action], environment)


def start(arguments, environment):
    # The variable by which run.sh and .ci/run find what was left behind.
    marks = {name: os.environ[name] for name in ("CI_RUN", "CLIENTS_WORK") if name in os.environ}
    return subprocess.Popen(
        arguments,
        env=environment | marks,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def is_own(name, line):
    return name in OWN_COMMANDS and line.startswith("::") and "made up" not in line


def count(lines, output):
    """How many of the service's lines were printed as often as it has them, less often and more often."""
    wanted = collections.Counter(filter(None, map(bare, lines)))
    printed = collections.Counter(map(bare, output.split("\n")))
    counts = collections.Counter(all=wanted.total())
    for line, copies in wanted.items():
        found = printed[line]
        if found > copies:
            counts["repeated"] += copies
        else:
            counts["once"] += found
            counts["missing"] += copies - found
    return counts


def bare(line):
    """The text without what either of the two takes away or puts before it."""
    line = re.sub(r"\x1b\[[0-9;]*m", "", line).strip().lstrip("\ufeff")
    line = re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ", "", line)
    line = re.sub(r"^(##\[(command|debug|error|group|section|warning)\]|Error: |Warning: )", "", line)
    return line.replace("##[\\", "##[").removeprefix("\\")


def listed(names):
    if not names:
        return "0"
    return f"{len(names)} ({', '.join(f'`{name}`' for name in sorted(set(names)))})"


def excerpt(output, shown):
    """A part of the log without colours. A traceback is cut to its last line: it quotes the script."""
    output = re.sub(r"^Traceback .*\n(?: .*\n)+", "(traceback)\n", output, flags=re.MULTILINE)
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).replace("\ufeff", "").rstrip() for line in output.split("\n")]
    lines = [line for line in lines if line and "::add-mask::simulator" not in line]
    if isinstance(shown, int):
        return "\n".join(lines[-shown:])
    start, end = shown
    first = next(at for at, line in enumerate(lines) if start in line)
    last = next(at for at, line in enumerate(lines) if at >= first and end in line)
    return "\n".join(lines[first : last + 1])


if __name__ == "__main__":
    main()
