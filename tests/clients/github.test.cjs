// What the action sends to GitHub, and what the simulator answers, beside GitHub's own OpenAPI descriptions.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { after, before, test } = require("node:test");
const Ajv = require("ajv").default;

const projectUrl = process.env.AZURE_PROJECT_URL;
const simulator = new URL(projectUrl).origin;
const descriptions = path.join(path.dirname(require.resolve("@octokit/openapi")), "generated");

// Each request that the action can send; the test fails where one of them was not seen.
const expected = [
  "delete /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "get /repos/{owner}/{repo}/commits/{ref}/check-runs",
  "get /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "get /repos/{owner}/{repo}/pulls/{pull_number}",
  "get /user",
  "patch /repos/{owner}/{repo}/check-runs/{check_run_id}",
  "patch /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "post /repos/{owner}/{repo}/check-runs",
  "post /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "post /repos/{owner}/{repo}/statuses/{sha}",
];
const exchanges = [];
// Called with an exchange and its socket before it is answered.
let meddle = () => {};
let relay;

before(async () => {
  relay = http.createServer(pass);
  await new Promise((resolve) => relay.listen(0, "127.0.0.1", resolve));
});

after(() => {
  relay.close();
  fs.writeFileSync(process.env.CALLS, String(exchanges.length));
});

// Passes a request on to the simulator, and its answer back.
async function pass(request, response) {
  const exchange = { method: request.method.toLowerCase(), url: new URL(request.url, simulator) };
  const sent = await read(request);
  if (sent) exchange.sent = JSON.parse(sent);
  const headers = { ...request.headers, "accept-encoding": "identity" };
  const options = { method: request.method, headers };
  const answer = await new Promise((resolve, reject) => {
    http.request(exchange.url, options, resolve).on("error", reject).end(sent);
  });
  exchange.status = answer.statusCode;
  const text = await read(answer);
  if (text) exchange.answer = JSON.parse(text);
  exchanges.push({ ...exchange });
  meddle(exchange, response);
  response.writeHead(answer.statusCode, { "content-type": "application/json" });
  response.end(text && JSON.stringify(exchange.answer));
}

async function read(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}

// A step for an event; its exit code.
async function step(event, payload, inputs) {
  const directory = fs.mkdtempSync(path.join(path.dirname(process.env.CALLS), "github-"));
  const file = path.join(directory, "event.json");
  fs.writeFileSync(file, JSON.stringify(payload));
  const env = {
    GITHUB_ACTIONS: "true", GITHUB_API_URL: `http://127.0.0.1:${relay.address().port}/api/v3`, GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: file, GITHUB_REF: "refs/heads/main", GITHUB_REPOSITORY: "octo/demo",
    GITHUB_SERVER_URL: "https://github.com", GITHUB_SHA: "1".repeat(40), NO_PROXY: "127.0.0.1",
    "INPUT_AZURE-DEVOPS-PROJECT-URL": projectUrl, "INPUT_AZURE-DEVOPS-TOKEN": process.env.AZURE_TOKEN,
    "INPUT_AZURE-PIPELINE-NAME": "App CI", "INPUT_GITHUB-TOKEN": "ghs_simulated", "INPUT_PULL-REQUEST-REF": "head",
    INPUT_REPORT: "commit-status, check-run, pull-request-comment", ...inputs,
  };
  const child = spawn(process.env.ACTION_BINARY, [], { env, stdio: ["ignore", "pipe", "inherit"] });
  const log = read(child.stdout);
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 1, await log);
  assert.doesNotMatch(await log, /^::warning.*not up to date/m);
}

const asked = {
  action: "created", issue: { number: 7, pull_request: {} }, comment: { author_association: "OWNER" },
};

test("steps send every kind of request", async () => {
  // The answer about the new check run is lost.
  let isLost = false;
  meddle = ({ method, url }, response) => {
    if (!isLost && method === "post" && url.pathname.endsWith("/check-runs")) {
      isLost = true;
      response.destroy();
    }
  };
  await step("issue_comment", asked);
  // Another step has written its comment meanwhile.
  let isHidden = false;
  meddle = (exchange) => {
    if (!isHidden && exchange.method === "get" && exchange.url.pathname.endsWith("/comments")) {
      isHidden = true;
      exchange.answer = [];
    }
  };
  await step("issue_comment", asked);
  meddle = () => {};
});

// OpenAPI 3.0 in terms of JSON Schema: what may be null has that for a type.
function schemas(value) {
  if (Array.isArray(value)) return value.map(schemas);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([name]) => name !== "nullable" && name !== "example" && name !== "examples");
  const schema = Object.fromEntries(entries.map(([name, inner]) => [name, schemas(inner)]));
  return value.nullable === true ? { anyOf: [{ type: "null" }, schema] } : schema;
}

for (const name of ["api.github.com", "ghes-3.17"]) {
  test(`they are as ${name} describes them`, () => {
    const document = schemas(JSON.parse(fs.readFileSync(path.join(descriptions, `${name}.json`), "utf8")));
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    ajv.addSchema(document, name);
    const check = (pointer, value, what) => {
      const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")));
      const validate = ajv.getSchema(`${name}#/${escaped.join("/")}`);
      assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value, null, 1)}`);
    };
    const seen = new Set();
    for (const { method, url, sent, status, answer } of exchanges) {
      const route = url.pathname.replace("/api/v3", "");
      const template = Object.keys(document.paths).find(
        (known) => document.paths[known][method] && new RegExp(`^${known.replace(/\{\w+\}/g, "[^/]+")}$`).test(route),
      );
      assert.ok(template, `${method} ${route} is not described`);
      seen.add(`${method} ${template}`);
      const operation = document.paths[template][method];
      const parameters = (operation.parameters ?? []).map((parameter) => resolved(document, parameter));
      for (const query of url.searchParams.keys()) {
        const isKnown = parameters.some((parameter) => parameter.in === "query" && parameter.name === query);
        assert.ok(isKnown, `${method} ${template} has no ${query}`);
      }
      const at = ["paths", template, method];
      const json = ["content", "application/json", "schema"];
      if (sent !== undefined) check([...at, "requestBody", ...json], sent, `${method} ${route}`);
      const described = operation.responses[status];
      assert.ok(described, `${method} ${template} does not answer ${status}`);
      if (answer === undefined) continue;
      const place = described.$ref ? described.$ref.slice(2).split("/") : [...at, "responses", String(status)];
      check([...place, ...json], answer, `${status} of ${method} ${route}`);
    }
    assert.deepEqual([...seen].sort(), expected);
  });
}

function resolved(document, { $ref, ...value }) {
  return $ref ? $ref.slice(2).split("/").reduce((inner, part) => inner[part], document) : value;
}
