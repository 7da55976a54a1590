"""What `list` and `show` give is what `az pipelines runs` gives, key for key and value for value.

The command line reads answers into the models of its client, azure-devops 5.1.0b4 (api-version 5.0), and writes their
attributes: knack's `todict`, with the additional properties moved up a level. So it is done here, for every run.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from azure.devops.connection import Connection
from msrest.authentication import BasicAuthentication
from msrest.serialization import Model

PROJECT_URL = os.environ["AZURE_PROJECT_URL"]
ORGANIZATION_URL, _, PROJECT = PROJECT_URL.rpartition("/")
TOKEN = os.environ["AZURE_TOKEN"]


def written(value):
    """A value as the command line writes it."""
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [written(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if not isinstance(value, Model):
        return value
    attributes = {camel(key): written(item) for key, item in vars(value).items() if not key.startswith("_")}
    return attributes | attributes.pop("additionalProperties")


def camel(name):
    return re.sub(r"(?!^)_([a-zA-Z])", lambda match: match.group(1).upper(), name)


def action(**inputs):
    """The outputs of a step."""
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as outputs:
        environment = {f"INPUT_{name.upper().replace('_', '-')}": str(value) for name, value in inputs.items()}
        environment |= {"INPUT_AZURE-DEVOPS-PROJECT-URL": PROJECT_URL, "INPUT_AZURE-DEVOPS-TOKEN": TOKEN}
        environment |= {"GITHUB_OUTPUT": outputs.name, "NO_PROXY": "127.0.0.1"}
        subprocess.run([os.environ["ACTION_BINARY"]], env=environment, stdout=subprocess.DEVNULL, check=True)
        entries = re.findall(r"^(.*?)<<(ghadelimiter_\w+)\n(.*?)\n\2\n", outputs.read(), re.DOTALL | re.MULTILINE)
        return {name: json.loads(value) for name, _, value in entries}


class CommandLine(unittest.TestCase):
    maxDiff = None
    calls = 0

    @classmethod
    def setUpClass(cls):
        connection = Connection(base_url=ORGANIZATION_URL, creds=BasicAuthentication("", TOKEN))
        cls.client = connection.get_client("azure.devops.v5_0.build.build_client.BuildClient")

    def same(self, ours, theirs):
        """Ours has the page besides; keys are sorted in both."""
        page = ours.pop("webUrl")
        self.assertEqual(page, f"{PROJECT_URL}/_build/results?buildId={theirs['id']}")
        self.assertEqual(json.dumps(ours, indent=2), json.dumps(theirs, indent=2, sort_keys=True))
        CommandLine.calls += 1

    def test_list(self):
        theirs = [written(build) for build in self.client.get_builds(PROJECT)]
        self.assertGreaterEqual(len(theirs), 25)
        ours = action(command="list")["runs"]
        self.assertEqual([run["id"] for run in ours], [build["id"] for build in theirs])
        for run, build in zip(ours, theirs):
            with self.subTest(run=run["id"]):
                self.same(run, build)

    def test_filters(self):
        for ours, theirs in [
            ({"result": "FAILED"}, {"result_filter": "failed"}),
            ({"status": "inprogress"}, {"status_filter": "inProgress"}),
            ({"reason": "triggered"}, {"reason_filter": "triggered"}),
            ({"branch": "main", "top": 3}, {"branch_name": "refs/heads/main", "top": 3}),
            ({"tags": "production, v2"}, {"tag_filters": ["production", "v2"]}),
            ({"pipeline_ids": "7 31"}, {"definitions": [7, 31]}),
            ({"query_order": "starttimedesc", "top": 5}, {"query_order": "startTimeDescending", "top": 5}),
            ({"query_order": "FinishTimeAsc"}, {"query_order": "finishTimeAscending"}),
        ]:
            with self.subTest(**ours):
                wanted = [build.id for build in self.client.get_builds(PROJECT, **theirs)]
                self.assertEqual([run["id"] for run in action(command="list", **ours)["runs"]], wanted)
                self.assertTrue(wanted)
                CommandLine.calls += 1

    def test_show(self):
        for build in self.client.get_builds(PROJECT):
            # Each look moves the simulated time, which only runs that are not over can tell.
            if build.status == "completed":
                ours = action(command="show", run_id=build.id)["run"]
                self.same(ours, written(self.client.get_build(PROJECT, build.id)))

    def test_tags(self):
        add = {"command": "tag-add", "run_id": 1, "tags": "ready\n steady ,ready"}
        self.assertEqual(action(**add)["tags"], self.client.get_build_tags(PROJECT, 1))
        self.assertIn("steady", self.client.get_build_tags(PROJECT, 1))
        delete = {"command": "tag-delete", "run_id": 1, "tags": "ready,steady,never"}
        self.assertEqual(action(**delete)["tags"], self.client.get_build_tags(PROJECT, 1))
        self.assertEqual(action(command="tag-list", run_id=1)["tags"], self.client.get_build_tags(PROJECT, 1))
        CommandLine.calls += 3


if __name__ == "__main__":
    program = unittest.main(exit=False)
    pathlib.Path(os.environ["CALLS"]).write_text(str(CommandLine.calls))
    sys.exit(not program.result.wasSuccessful())
