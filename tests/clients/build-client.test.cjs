// Node's azure-devops-node-api against the simulator. It asks for previews of 7.2 and sends enums as numbers.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const { after, before, test } = require("node:test");
const azure = require("azure-devops-node-api");
const {
  BuildQueryOrder, BuildReason, BuildResult, BuildStatus, DefinitionQueryOrder, QueryDeletedOption, TaskResult,
  TimelineRecordState,
} = require("azure-devops-node-api/interfaces/BuildInterfaces");
const { TestOutcome } = require("azure-devops-node-api/interfaces/TestInterfaces");

const project = "Fabrikam Fiber";
const organizationUrl = process.env.AZURE_PROJECT_URL.slice(0, process.env.AZURE_PROJECT_URL.lastIndexOf("/"));
let calls = 0;
let connection, build, testClient, testResults;

// A client as it is, whose calls are counted when they have returned.
function counting(client) {
  return new Proxy(client, {
    get(target, name) {
      const method = target[name];
      if (typeof method !== "function") return method;
      return async (...parameters) => {
        const result = await method.apply(target, parameters);
        calls += 1;
        return result;
      };
    },
  });
}

function connect(token = process.env.AZURE_TOKEN) {
  return new azure.WebApi(organizationUrl, azure.getPersonalAccessTokenHandler(token), { maxRetries: 0 });
}

before(async () => {
  connection = connect();
  build = counting(await connection.getBuildApi());
  testClient = counting(await connection.getTestApi());
  testResults = counting(await connection.getTestResultsApi());
});

after(() => fs.writeFileSync(process.env.CALLS, String(calls)));

const queue = (id = 21, more = {}) => build.queueBuild({ definition: { id }, ...more }, project);

async function finish(run) {
  for (let poll = 0; poll < 20; poll += 1) {
    run = await build.getBuild(project, run.id);
    if (run.status === BuildStatus.Completed) return run;
  }
  return assert.fail(`run ${run.id} does not end`);
}

// The filters by name; the client takes them by position.
async function list(filters) {
  const names = [
    "definitions", "queues", "buildNumber", "minTime", "maxTime", "requestedFor", "reasonFilter", "statusFilter",
    "resultFilter", "tagFilters", "properties", "top", "continuationToken", "maxBuildsPerDefinition", "deletedFilter",
    "queryOrder", "branchName", "buildIds", "repositoryId", "repositoryType",
  ];
  const runs = await build.getBuilds(project, ...names.map((name) => filters[name]));
  return runs.map((run) => run.id);
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);

test("connection data", async () => {
  const data = await connection.connect();
  assert.equal(data.authenticatedUser.providerDisplayName, "Test User 1");
  calls += 1;
});

test("a wrong token is refused", async () => {
  await assert.rejects(connect("wrong").connect(), { statusCode: 401 });
});

test("queue and get", async () => {
  const asked = { sourceBranch: "refs/heads/topic", sourceVersion: "1".repeat(40), parameters: '{"who": "me"}' };
  const queued = await queue(21, asked);
  assert.equal(queued.status, BuildStatus.NotStarted);
  assert.equal(queued.definition.name, "App CI");
  assert.equal(queued.sourceBranch, asked.sourceBranch);
  assert.ok(queued.queueTime instanceof Date);
  const run = await finish(queued);
  assert.deepEqual([run.id, run.result, run.reason], [queued.id, BuildResult.Succeeded, BuildReason.Manual]);
  assert.ok(run.startTime < run.finishTime);
});

test("a run that is not there", async () => {
  assert.equal(await build.getBuild(project, 99999), null);
});

test("list with filters", async (t) => {
  const branchName = "refs/heads/filters-node";
  const good = await finish(await queue(21, { sourceBranch: branchName }));
  const bad = await finish(await queue(22, { sourceBranch: branchName }));
  const going = await queue(23, { sourceBranch: branchName });
  await build.addBuildTag(project, good.id, "filtered");
  const { repository } = await build.getDefinition(project, 21);
  const ascending = { queryOrder: BuildQueryOrder.QueueTimeAscending };
  const cases = [
    [{}, [good, bad, going]],
    [{ definitions: [21] }, [good]],
    [{ definitions: [21, 22] }, [good, bad]],
    [{ statusFilter: BuildStatus.Completed }, [good, bad]],
    [{ statusFilter: BuildStatus.All }, [good, bad, going]],
    [{ statusFilter: BuildStatus.NotStarted }, [going]],
    [{ resultFilter: BuildResult.Failed }, [bad]],
    [{ tagFilters: ["filtered"] }, [good]],
    [{ reasonFilter: BuildReason.Manual }, [good, bad, going]],
    [{ reasonFilter: BuildReason.Schedule }, []],
    [{ buildIds: [good.id, bad.id] }, [good, bad]],
    [{ buildNumber: good.buildNumber }, [good]],
    [{ buildNumber: `${good.buildNumber.slice(0, 8)}*` }, [good, bad, going]],
    [{ requestedFor: "user1@example.com" }, [good, bad, going]],
    [{ requestedFor: "nobody@example.com" }, []],
    [{ repositoryId: repository.id, repositoryType: repository.type }, [good, bad, going]],
    [{ repositoryId: "octo/another", repositoryType: "GitHub" }, []],
    [{ queues: [good.queue.id] }, [good, bad, going]],
    [{ queues: [999999] }, []],
    [{ maxBuildsPerDefinition: 1 }, [good, bad, going]],
    [{ deletedFilter: QueryDeletedOption.OnlyDeleted }, []],
    [{ ...ascending, minTime: bad.queueTime }, [bad, going]],
    [{ ...ascending, maxTime: good.queueTime }, [good]],
    [{ ...ascending, top: 1 }, [good]],
  ];
  for (const [filters, wanted] of cases) {
    await t.test(JSON.stringify(filters), async () => {
      assert.deepEqual(sorted(await list({ branchName, ...filters })), wanted.map((run) => run.id));
    });
  }
  await build.updateBuild({ status: BuildStatus.Cancelling }, project, going.id);
});

test("list in pages", async () => {
  const branchName = "refs/heads/pages-node";
  const wanted = [];
  for (let count = 0; count < 5; count += 1) wanted.push((await queue(21, { sourceBranch: branchName })).id);
  // The client drops the continuation token; its HTTP client shows each answer.
  let token;
  const { client } = build.rest;
  const { get } = client;
  client.get = async (...parameters) => {
    const response = await get.apply(client, parameters);
    token = response.message.headers["x-ms-continuationtoken"];
    return response;
  };
  for (const [queryOrder, ids] of [
    [BuildQueryOrder.QueueTimeAscending, wanted],
    [BuildQueryOrder.QueueTimeDescending, [...wanted].reverse()],
  ]) {
    const found = [];
    let continuationToken;
    for (let page = 0; page < 9; page += 1) {
      found.push(...(await list({ branchName, queryOrder, top: 2, continuationToken })));
      continuationToken = token;
      if (token === undefined) break;
    }
    assert.deepEqual(found, ids);
  }
  client.get = get;
});

test("timeline", async () => {
  const run = await finish(await queue(22));
  const timeline = await build.getBuildTimeline(project, run.id);
  const task = timeline.records.find((record) => record.name === "Compile");
  assert.deepEqual([task.type, task.state, task.result], ["Task", TimelineRecordState.Completed, TaskResult.Failed]);
  assert.equal(timeline.records.find((record) => record.id === task.parentId).type, "Job");
  assert.equal(task.issues[0].data.linenumber, "3");
  assert.equal((await build.getBuildTimeline(project, run.id, timeline.id)).records.length, timeline.records.length);
});

test("logs", async () => {
  const run = await finish(await queue());
  await build.getBuild(project, run.id); // the last log comes a moment later
  const timeline = await build.getBuildTimeline(project, run.id);
  const { id } = timeline.records.find((record) => record.name === "Compile").log;
  const logs = await build.getBuildLogs(project, run.id);
  assert.equal(logs.find((log) => log.id === id).lineCount, 7);
  const lines = await build.getBuildLogLines(project, run.id, id);
  assert.equal(lines.length, 7);
  assert.match(lines[1], /Z line 1$/);
  assert.deepEqual(await build.getBuildLogLines(project, run.id, id, 3, 4), lines.slice(2, 4));
  assert.deepEqual(await build.getBuildLogLines(project, run.id, id, 6), lines.slice(5));
  assert.deepEqual(await build.getBuildLogLines(project, run.id, id, 8), []);
  let text = "";
  for await (const chunk of await build.getBuildLog(project, run.id, id, 2, 3)) text += chunk;
  assert.deepEqual(text.trimEnd().split("\n"), lines.slice(1, 3));
});

test("cancel", async () => {
  const run = await queue(23);
  await build.getBuild(project, run.id);
  const canceled = await build.updateBuild({ status: BuildStatus.Cancelling }, project, run.id);
  assert.equal(canceled.status, BuildStatus.Cancelling);
  assert.equal((await finish(run)).result, BuildResult.Canceled);
});

test("tags", async () => {
  const { id } = await queue();
  assert.deepEqual(await build.getBuildTags(project, id), []);
  assert.deepEqual(await build.addBuildTag(project, id, "one"), ["one"]);
  assert.deepEqual((await build.addBuildTags(["two", "three"], project, id)).sort(), ["one", "three", "two"]);
  assert.deepEqual((await build.getBuildTags(project, id)).sort(), ["one", "three", "two"]);
  assert.deepEqual((await build.deleteBuildTag(project, id, "one")).sort(), ["three", "two"]);
  const change = { tagsToAdd: ["a/b: c"], tagsToRemove: ["two"] };
  assert.deepEqual((await build.updateBuildTags(change, project, id)).sort(), ["a/b: c", "three"]);
  assert.deepEqual((await build.getBuild(project, id)).tags.sort(), ["a/b: c", "three"]);
});

test("tags of the project", async () => {
  const { id } = await queue();
  await build.addBuildTag(project, id, "known-node");
  assert.ok((await build.getTags(project)).includes("known-node"));
});

test("definitions", async () => {
  const names = async (...filters) => (await build.getDefinitions(project, ...filters)).map((item) => item.name);
  assert.deepEqual((await names()).sort(), ["App CI", "App nightly", "Soak"]);
  assert.deepEqual(await names("App CI"), ["App CI"]);
  assert.deepEqual((await names("app*")).sort(), ["App CI", "App nightly"]);
  const descending = DefinitionQueryOrder.DefinitionNameDescending;
  assert.deepEqual(await names(undefined, undefined, undefined, descending), ["Soak", "App nightly", "App CI"]);
  assert.deepEqual(await names(undefined, undefined, undefined, descending, 1), ["Soak"]);
  const definition = await build.getDefinition(project, 22);
  assert.deepEqual([definition.name, definition.path], ["App nightly", "\\nightly"]);
  assert.equal(definition.repository.type, "GitHub");
});

test("artifacts", async () => {
  const run = await finish(await queue());
  assert.deepEqual((await build.getArtifacts(project, run.id)).map((item) => item.name), ["drop"]);
  const artifact = await build.getArtifact(project, run.id, "drop");
  assert.equal(artifact.resource.type, "PipelineArtifact");
  assert.match(artifact.resource.downloadUrl, /drop/);
});

test("test results", async () => {
  const run = await finish(await queue());
  const runs = await testClient.getTestRuns(project, run.uri, undefined, undefined, undefined, true);
  assert.deepEqual(runs.map((item) => [item.totalTests, item.passedTests]), [[3, 2]]);
  const results = await testClient.getTestResults(project, runs[0].id);
  assert.deepEqual(results.map((result) => result.outcome).sort(), ["Failed", "Passed", "Passed"]);
  const { Failed } = TestOutcome;
  const failed = await testClient.getTestResults(project, runs[0].id, undefined, undefined, undefined, [Failed]);
  assert.deepEqual(failed.map((result) => result.outcome), ["Failed"]);
  const byBuild = await testResults.getTestResultsByBuild(project, run.id);
  assert.equal(byBuild.length, 3);
});

test("test summary", async () => {
  const run = await finish(await queue());
  const report = await testResults.queryTestResultsReportForBuild(project, run.id);
  assert.equal(report.aggregatedResultsAnalysis.totalTests, 3);
});
