"""Queues a run as the action does: looks the pipeline up by its name, then posts the run."""

import os

import requests

project = os.environ["INPUT_AZURE-DEVOPS-PROJECT-URL"]
session = requests.Session()
session.auth = ("", os.environ["INPUT_AZURE-DEVOPS-TOKEN"])
session.headers["X-TFS-FedAuthRedirect"] = "Suppress"
version = {"api-version": "7.1"}
name = os.environ["INPUT_AZURE-PIPELINE-NAME"]
found = session.get(f"{project}/_apis/build/definitions", params={"name": name, **version})
found.raise_for_status()
run = {
    "definition": {"id": found.json()["value"][0]["id"]},
    "sourceBranch": os.environ["GITHUB_REF"],
    "sourceVersion": os.environ["GITHUB_SHA"],
}
queued = session.post(f"{project}/_apis/build/builds", params=version, json=run)
queued.raise_for_status()
