"""Python's azure-devops against the simulator, in both of its forms: released calls (7.0) and previews (7.1)."""

import datetime
import os
import pathlib
import sys
import unittest
import warnings

from azure.devops.connection import Connection
from azure.devops.exceptions import AzureDevOpsAuthenticationError, AzureDevOpsServiceError
from msrest.authentication import BasicAuthentication

PROJECT = "Fabrikam Fiber"
ORGANIZATION_URL = os.environ["AZURE_PROJECT_URL"].rpartition("/")[0]


class Counting:
    """A client as it is, whose calls are counted when they have returned."""

    calls = 0

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        method = getattr(self._client, name)

        def call(*arguments, **named):
            result = method(*arguments, **named)
            Counting.calls += 1
            return result

        return call


def connect(token=os.environ["AZURE_TOKEN"]):
    return Connection(base_url=ORGANIZATION_URL, creds=BasicAuthentication("", token))


class BuildClient:
    """The tests of both forms."""

    @classmethod
    def setUpClass(cls):
        cls.tokens = []
        cls.client = cls.factory().get_build_client()
        # The client drops the continuation token; its configuration lets a caller look at the answer.
        cls.client.config.hooks.append(lambda response, *_, **__: cls.tokens.append(token_of(response)))
        cls.build_client = Counting(cls.client)
        cls.test_client = Counting(cls.factory().get_test_client())

    def queue(self, definition=21, **more):
        build = self.models.Build(definition=self.models.DefinitionReference(id=definition), **more)
        return self.build_client.queue_build(build, PROJECT)

    def finish(self, build):
        for _ in range(20):
            build = self.build_client.get_build(PROJECT, build.id)
            if build.status == "completed":
                return build
        self.fail(f"run {build.id} does not end")

    def list(self, **filters):
        return [build.id for build in self.build_client.get_builds(PROJECT, **filters)]

    def test_queue_and_get(self):
        queued = self.queue(source_branch="refs/heads/topic", source_version="1" * 40, parameters='{"who": "me"}')
        self.assertEqual(queued.status, "notStarted")
        self.assertEqual(queued.definition.name, "App CI")
        self.assertEqual(queued.source_branch, "refs/heads/topic")
        self.assertEqual(queued.source_version, "1" * 40)
        self.assertEqual(queued.project.name, PROJECT)
        self.assertIsInstance(queued.queue_time, datetime.datetime)
        self.assertIn("buildId=", queued._links.additional_properties["web"]["href"])
        build = self.finish(queued)
        self.assertEqual((build.id, build.result), (queued.id, "succeeded"))
        self.assertLess(build.start_time, build.finish_time)
        self.assertEqual(build.reason, "manual")

    def test_a_wrong_id_is_an_error_with_the_service_s_words(self):
        with self.assertRaisesRegex(AzureDevOpsServiceError, "The requested build 99999 could not be found"):
            self.build_client.get_build(PROJECT, 99999)

    def test_a_wrong_token_is_an_authentication_error(self):
        with self.assertRaises(AzureDevOpsAuthenticationError):
            connect("wrong").authenticate()

    def test_list_with_filters(self):
        branch = f"refs/heads/filters-{self.version}"
        good, bad = self.finish(self.queue(source_branch=branch)), self.finish(self.queue(22, source_branch=branch))
        going = self.queue(23, source_branch=branch)
        self.build_client.add_build_tag(PROJECT, good.id, "filtered")
        repository = self.build_client.get_definition(PROJECT, 21).repository
        ascending = {"query_order": "queueTimeAscending"}
        cases = [
            ({}, [good, bad, going]),
            ({"definitions": [21]}, [good]),
            ({"definitions": [21, 22]}, [good, bad]),
            ({"status_filter": "completed"}, [good, bad]),
            ({"result_filter": "failed"}, [bad]),
            ({"tag_filters": ["filtered"]}, [good]),
            ({"reason_filter": "manual"}, [good, bad, going]),
            ({"reason_filter": "schedule"}, []),
            ({"build_ids": [good.id, bad.id]}, [good, bad]),
            ({"build_number": good.build_number}, [good]),
            ({"build_number": good.build_number[:8] + "*"}, [good, bad, going]),
            ({"requested_for": "user1@example.com"}, [good, bad, going]),
            ({"requested_for": "nobody@example.com"}, []),
            ({"repository_id": repository.id, "repository_type": repository.type}, [good, bad, going]),
            ({"repository_id": "octo/another", "repository_type": "GitHub"}, []),
            ({"queues": [good.queue.id]}, [good, bad, going]),
            ({"queues": [999999]}, []),
            ({"max_builds_per_definition": 1}, [good, bad, going]),
            ({"deleted_filter": "onlyDeleted"}, []),
            (ascending | {"min_time": bad.queue_time}, [bad, going]),
            (ascending | {"max_time": good.queue_time}, [good]),
            (ascending | {"top": 1}, [good]),
        ]
        for filters, wanted in cases:
            with self.subTest(**filters):
                self.assertEqual(sorted(self.list(branch_name=branch, **filters)), [build.id for build in wanted])
        self.build_client.update_build(self.models.Build(status="cancelling"), PROJECT, going.id)

    def test_list_in_pages(self):
        branch = f"refs/heads/pages-{self.version}"
        wanted = [self.queue(source_branch=branch).id for _ in range(5)]
        for order, ids in (("queueTimeAscending", wanted), ("queueTimeDescending", wanted[::-1])):
            found, token = [], None
            for _ in range(9):
                page = self.list(branch_name=branch, query_order=order, top=2, continuation_token=token)
                found += page
                token = self.tokens[-1]
                if token is None:
                    break
                self.assertEqual(len(page), 2)
            self.assertEqual(found, ids)

    def test_timeline(self):
        build = self.finish(self.queue(22))
        timeline = self.build_client.get_build_timeline(PROJECT, build.id)
        records = {record.id: record for record in timeline.records}
        task = next(record for record in timeline.records if record.name == "Compile")
        self.assertEqual((task.type, task.state, task.result), ("Task", "completed", "failed"))
        self.assertEqual([records[task.parent_id].type, task.error_count], ["Job", 1])
        self.assertEqual(task.issues[0].type, "error")
        self.assertEqual(task.issues[0].data["linenumber"], "3")
        self.assertIsNone(next(r for r in timeline.records if r.type == "Stage").parent_id)
        again = self.build_client.get_build_timeline(PROJECT, build.id, timeline.id)
        self.assertEqual(len(again.records), len(timeline.records))

    def test_logs(self):
        build = self.finish(self.queue())
        self.build_client.get_build(PROJECT, build.id)  # the last log comes a moment later
        timeline = self.build_client.get_build_timeline(PROJECT, build.id)
        log = next(record.log.id for record in timeline.records if record.name == "Compile")
        logs = {item.id: item for item in self.build_client.get_build_logs(PROJECT, build.id)}
        self.assertEqual(logs[log].line_count, 7)
        lines = self.build_client.get_build_log_lines(PROJECT, build.id, log)
        self.assertEqual(len(lines), 7)
        self.assertTrue(lines[1].endswith("Z line 1"))
        part = self.build_client.get_build_log_lines(PROJECT, build.id, log, start_line=3, end_line=4)
        self.assertEqual(part, lines[2:4])
        self.assertEqual(self.build_client.get_build_log_lines(PROJECT, build.id, log, start_line=6), lines[5:])
        self.assertFalse(self.build_client.get_build_log_lines(PROJECT, build.id, log, start_line=8))
        text = b"".join(self.build_client.get_build_log(PROJECT, build.id, log, start_line=2, end_line=3)).decode()
        self.assertEqual(text.splitlines(), lines[1:3])

    def test_cancel(self):
        build = self.queue(23)
        self.build_client.get_build(PROJECT, build.id)
        canceled = self.build_client.update_build(self.models.Build(status="cancelling"), PROJECT, build.id)
        self.assertEqual((canceled.id, canceled.status), (build.id, "cancelling"))
        self.assertEqual(self.finish(build).result, "canceled")

    def test_tags(self):
        build = self.queue()
        call = self.build_client
        self.assertEqual(call.get_build_tags(PROJECT, build.id), [])
        self.assertEqual(call.add_build_tag(PROJECT, build.id, "one"), ["one"])
        self.assertEqual(sorted(call.add_build_tags(["two", "three"], PROJECT, build.id)), ["one", "three", "two"])
        self.assertEqual(sorted(call.get_build_tags(PROJECT, build.id)), ["one", "three", "two"])
        self.assertEqual(sorted(call.delete_build_tag(PROJECT, build.id, "one")), ["three", "two"])
        change = self.models.UpdateTagParameters(tags_to_add=["a/b: c"], tags_to_remove=["two"])
        self.assertEqual(sorted(call.update_build_tags(change, PROJECT, build.id)), ["a/b: c", "three"])
        self.assertEqual(sorted(call.get_build(PROJECT, build.id).tags), ["a/b: c", "three"])

    def test_tags_of_the_project(self):
        build = self.queue()
        self.build_client.add_build_tag(PROJECT, build.id, f"known-{self.version}")
        self.assertIn(f"known-{self.version}", self.build_client.get_tags(PROJECT))

    def test_definitions(self):
        call = self.build_client

        def names(**filters):
            return [item.name for item in call.get_definitions(PROJECT, **filters)]

        self.assertEqual(sorted(names()), ["App CI", "App nightly", "Soak"])
        self.assertEqual(names(name="App CI"), ["App CI"])
        self.assertEqual(sorted(names(name="app*")), ["App CI", "App nightly"])
        self.assertEqual(names(path="\\nightly"), ["App nightly"])
        self.assertEqual(names(definition_ids=[23]), ["Soak"])
        self.assertEqual(names(query_order="definitionNameDescending"), ["Soak", "App nightly", "App CI"])
        self.assertEqual(names(query_order="definitionNameAscending", top=2), ["App CI", "App nightly"])
        token = self.tokens[-1]
        self.assertIsNotNone(token)
        self.assertEqual(names(query_order="definitionNameAscending", top=2, continuation_token=token), ["Soak"])
        definition = call.get_definition(PROJECT, 22)
        self.assertEqual((definition.name, definition.path), ("App nightly", "\\nightly"))
        self.assertEqual(definition.queue_status, "enabled")
        self.assertEqual(definition.repository.type, "GitHub")

    def test_artifacts(self):
        build = self.finish(self.queue())
        artifacts = self.build_client.get_artifacts(PROJECT, build.id)
        self.assertEqual([item.name for item in artifacts], ["drop"])
        artifact = self.build_client.get_artifact(PROJECT, build.id, "drop")
        self.assertEqual(artifact.resource.type, "PipelineArtifact")
        self.assertIn("drop", artifact.resource.download_url)

    def test_test_results(self):
        build = self.finish(self.queue())
        runs = self.test_client.get_test_runs(PROJECT, build_uri=build.uri, include_run_details=True)
        self.assertEqual([(run.total_tests, run.passed_tests) for run in runs], [(3, 2)])
        run = self.test_client.get_test_run_by_id(PROJECT, runs[0].id)
        self.assertEqual(run.build.id, str(build.id))
        results = self.test_client.get_test_results(PROJECT, run.id)
        self.assertEqual(sorted(result.outcome for result in results), ["Failed", "Passed", "Passed"])
        failed = self.test_client.get_test_results(PROJECT, run.id, outcomes=["Failed"])
        self.assertEqual([result.outcome for result in failed], ["Failed"])
        page = self.test_client.get_test_results(PROJECT, run.id, skip=1, top=1)
        self.assertEqual([result.id for result in page], [results[1].id])


def token_of(response):
    return response.headers.get("x-ms-continuationtoken")


class Released(BuildClient, unittest.TestCase):
    version = "7.0"
    factory = staticmethod(lambda: connect().clients)
    from azure.devops.v7_0.build import models


class Preview(BuildClient, unittest.TestCase):
    version = "7.1"
    factory = staticmethod(lambda: connect().clients_v7_1)
    from azure.devops.v7_1.build import models


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    program = unittest.main(exit=False)
    pathlib.Path(os.environ["CALLS"]).write_text(str(Counting.calls))
    sys.exit(not program.result.wasSuccessful())
