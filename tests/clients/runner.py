"""Which commands GitHub's runner finds in a step's output.

Written from actions/runner's ActionCommand.cs and ActionCommandManager.cs, and checked against
tests/data/workflow-commands.json. Text is compared character by character: the scenarios hold nothing else.
"""

REGISTERED = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
    "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip


def commands(output):
    """The lines that are obeyed, with the command's name: [(name, line)]."""
    found = []
    stopped_until = None
    for line in output.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        command = next((c for c in (_new_form(line), _old_form(line)) if c and _is_known(c[0], stopped_until)), None)
        if command is None:
            continue
        name, data = command
        if stopped_until is not None:
            # While commands are stopped, only the word that starts them again is one.
            if name.lower() == stopped_until:
                stopped_until = None
            continue
        if name.lower() == "stop-commands":
            stopped_until = data.lower()
        found.append((name, line))
    return found


def _is_known(name, stopped_until):
    return name.lower() in REGISTERED or name.lower() == stopped_until


def _new_form(line):
    """`::name key=value,key=value::data`, at the start of the line."""
    text = line.lstrip()
    end = text.find("::", 2)
    if not text.startswith("::") or end < 0:
        return None
    return text[2:end].split(" ")[0], text[end + 2 :]


def _old_form(line):
    """`##[name key=value;key=value]data`, anywhere in the line."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    return line[start + 3 : end].split(" ")[0], line[end + 1 :]
