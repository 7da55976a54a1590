#!/usr/bin/env python3
"""Takes the workflows out of README.md and docs/, one file for each block that is marked `yaml`.

    workflows.py DIRECTORY           as they stand there
    workflows.py DIRECTORY --local TLS
                                     so that they run under act: see SUBSTITUTIONS. The directory TLS has a server's
                                     certificate and nginx.conf

Prints the name of each, by which its file is called, too. Fails where a block is no whole workflow.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Where the simulator is reached from the job: only on the same machine are tokens obtained without TLS.
SERVICE = "http://127.0.0.1:8080"

# The workflow for a server of one's own reaches one by its name, with TLS: nginx in the job's own container.
SERVER = "tfs.fabrikam.example"


def served(tls):
    """What that workflow gets besides; the machine's programs are its container's."""
    return [
        (
            r"^( *)container: (.*)",
            r"\1container:\n"
            r"\1  image: \2\n"
            rf"\1  volumes: ['/usr:/usr:ro', '/lib:/lib:ro', '/lib64:/lib64:ro', '{tls}:/tls:ro']",
        ),
        (
            r"^( *)steps:",
            r"\1steps:\n"
            rf"\1  - run: echo 127.0.0.1 {SERVER} >> /etc/hosts\n"
            r"\1  - run: |\n"
            r"\1      install -m 666 /dev/null /nginx.log\n"
            r"\1      setsid /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups nginx -e stderr -c /tls/nginx.conf < /dev/null > /nginx.log 2>&1 &\n"
            r"\1      timeout 10 sh -c 'until nc -w 1 127.0.0.1 443 < /dev/null 2> /dev/null; do sleep 0.1; done' || cat /nginx.log",
        ),
    ]


# What cannot exist here, and what stands in for it: a pattern for the part of a line, and its replacement. `\1` is the
# line's indentation. Nothing else is changed.
SUBSTITUTIONS = [
    # The action as released: run.sh gives act the tree that this name stands for.
    (r"OWNER/run-azure-pipeline@COMMIT", "octo/run-azure-pipeline@v1"),
    # Azure DevOps, and quicker looks at it than at a service that others use, too.
    (r"^( *)azure-devops-project-url: https://dev\.azure\.com/(.*)", rf"\1azure-devops-project-url: {SERVICE}/\2"),
    (r"^( *)(azure-devops-project-url: .*)", r"\1\2\n\1poll-interval: 200ms"),
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
    tls = sys.argv[3] if sys.argv[2:3] == ["--local"] else None
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
            text = local(block, tls) if tls else block
            (directory / f"{name}.yml").write_text(text)
            print(name)


def local(text: str, tls: str) -> str:
    for pattern, replacement in SUBSTITUTIONS + (served(tls) if SERVER in text else []):
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


main()
