// Queues a run as the action does: looks the pipeline up by its name, then posts the run.

const environment = process.env;
const project = environment["INPUT_AZURE-DEVOPS-PROJECT-URL"];
const credential = Buffer.from(`:${environment["INPUT_AZURE-DEVOPS-TOKEN"]}`).toString("base64");
const headers = { Authorization: `Basic ${credential}`, "X-TFS-FedAuthRedirect": "Suppress" };

async function call(path, query, options = {}) {
  const address = `${project}/_apis/build/${path}?${new URLSearchParams({ ...query, "api-version": "7.1" })}`;
  const response = await fetch(address, { ...options, headers: { ...headers, ...options.headers } });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

const found = await call("definitions", { name: environment["INPUT_AZURE-PIPELINE-NAME"] });
const run = {
  definition: { id: found.value[0].id },
  sourceBranch: environment.GITHUB_REF,
  sourceVersion: environment.GITHUB_SHA,
};
await call("builds", {}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(run),
});
