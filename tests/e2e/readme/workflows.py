#!/usr/bin/env python3
"""Takes the workflows out of README.md and docs/, one file for each block that is marked `yaml`.

    workflows.py DIRECTORY           as they stand there
    workflows.py DIRECTORY --local   so that they run under act: see SUBSTITUTIONS

Prints the name of each, by which its file is called, too. Fails where a block is no whole workflow.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Where the simulator is reached from the job: only on the same machine are tokens obtained without TLS.
SERVICE = "http://127.0.0.1:8080"

# What cannot exist here, and what stands in for it: a pattern for the part of a line, and its replacement. `\1` is the
# line's indentation. Nothing else is changed.
SUBSTITUTIONS = [
    # The action as released: run.sh gives act the tree that this name stands for.
    (r"OWNER/run-azure-pipeline@COMMIT", "octo/run-azure-pipeline@v1"),
    # Azure DevOps, and quicker looks at it than at a service that others use, too. A server of one's own stands here without
    # TLS: that is for network.sh.
    (
        r"^( *)azure-devops-project-url: https://(?:dev\.azure\.com|tfs\.fabrikam\.example/DefaultCollection)/(?:fabrikam/)?(.*)",
        rf"\1azure-devops-project-url: {SERVICE}/fabrikam/\2\n\1poll-interval: 200ms",
    ),
    # Entra.
    (r"^( *)(azure-client-id: .*)", rf"\1\2\n\1azure-authority-host: {SERVICE}"),
    # A runner, with the simulator beside it, to which a port of the job's own leads.
    (
        r"^( *)runs-on: .*",
        r"\1runs-on: ubuntu-latest\n"
        r"\1container: run-azure-pipeline-e2e-job:local\n"
        r"\1services:\n"
        r"\1  simulator:\n"
        r"\1    image: run-azure-pipeline-e2e-readme:local",
    ),
    (
        r"^( *)steps:",
        r"\1steps:\n"
        r"\1  - run: setsid nc -ll -p 8080 -e nc simulator 8080 < /dev/null > /dev/null 2>&1 &",
    ),
    # Nobody waits that long for a test.
    (r"^( *)retry-delay: .*", r"\1retry-delay: 1s"),
]


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    is_local = sys.argv[2:] == ["--local"]
    directory.mkdir(parents=True, exist_ok=True)
    names = set()
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in re.findall(r"^ *```ya?ml\n(.*?)^ *```$", page.read_text(), re.DOTALL | re.MULTILINE):
            found = re.match(r"name: (.+)\n", block)
            if not (found and re.search(r"^on:", block, re.MULTILINE) and re.search(r"^jobs:", block, re.MULTILINE)):
                sys.exit(f"{page.name}: a block is no whole workflow that begins with its name:\n{block}")
            name = found[1]
            if name in names:
                sys.exit(f"{page.name}: two workflows have the name {name}")
            names.add(name)
            text = local(block) if is_local else block
            (directory / f"{name}.yml").write_text(text)
            print(name)


def local(text: str) -> str:
    for pattern, replacement in SUBSTITUTIONS:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


main()
