"""The simulator as a child process, and what a person would do on its pages."""

import base64
import contextlib
import json
import subprocess
import time
import urllib.request


class Simulator:
    """One scenario, served for as long as the `with` block lasts."""

    def __init__(self, binary, scenario):
        self.process = subprocess.Popen(
            [binary, scenario, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
        )
        greeting = self.process.stdout.readline().split()
        if len(greeting) != 3:
            raise SystemExit(f"the simulator does not start with {scenario}")
        self.project_url, _, self.token = greeting
        self.origin = "/".join(self.project_url.split("/")[:3])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)

    def ask(self, path, method="GET", body=None, accept="application/json"):
        """An answer of the service; the bytes, unless JSON was asked for."""
        request = urllib.request.Request(f"{self.project_url}/_apis/build/{path}", method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(f":{self.token}".encode()).decode())
        request.add_header("Accept", f"{accept};api-version=7.1")
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=10) as answer:
            content = answer.read()
        return json.loads(content) if accept == "application/json" else content

    def inside(self, name):
        """`journal`, `builds` or `problems`, without moving the simulated time."""
        with urllib.request.urlopen(f"{self.origin}/_simulator/{name}", timeout=10) as answer:
            return json.load(answer)

    def cancel_after_polls(self, polls, patience=30):
        """What somebody does who cancels the first run on its page."""
        deadline = time.monotonic() + patience
        while sum(is_poll(exchange) for exchange in self.inside("journal")) < polls:
            if time.monotonic() > deadline:
                raise SystemExit("the run that was to be canceled was not followed")
            time.sleep(0.01)
        self.ask("builds/1", "PATCH", {"status": "cancelling"})

    def finish(self):
        """Lets the runs that nobody follows any more come to their end."""
        for build in self.inside("builds"):
            for _ in range(10_000):
                if self.ask(f"builds/{build['id']}")["status"] == "completed":
                    break
            else:
                raise SystemExit(f"run {build['id']} does not end")
            # The last logs come a moment later.
            self.ask(f"builds/{build['id']}")

    def step_lines(self):
        """Every line of every step's log, of all runs."""
        lines = []
        for build in self.inside("builds"):
            timeline = self.ask(f"builds/{build['id']}/timeline")
            steps = [r for r in timeline["records"] if r["type"] == "Task" and r["log"]]
            for step in sorted(steps, key=lambda record: record["log"]["id"]):
                path = f"builds/{build['id']}/logs/{step['log']['id']}"
                text = self.ask(path, accept="text/plain").decode("utf-8-sig")
                lines += text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        return lines


def is_poll(exchange):
    """Whether a request asked for the first run itself."""
    return exchange["method"] == "GET" and exchange["path"].split("?")[0].endswith("/builds/1")


@contextlib.contextmanager
def serving(binary, scenario):
    """A simulator that must have met nothing unexpected when it is left."""
    with Simulator(binary, scenario) as simulator:
        yield simulator
        problems = simulator.inside("problems")
        if problems:
            raise SystemExit(f"{scenario}: {problems}")
