"""Prints what the released binary is made of, as CycloneDX 1.5.

    cargo metadata --format-version 1 --locked --filter-platform TARGET | python3 sbom.py

Only what is linked: neither what tests need nor what runs while building.
"""

import json
import sys

metadata = json.load(sys.stdin)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
root = next(p["id"] for p in metadata["packages"] if p["name"] == "run-azure-pipeline")


def linked(package):
    """The packages that one links, but for macros, which run in the compiler."""
    for dependency in nodes[package]["deps"]:
        is_normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
        kinds = {kind for target in packages[dependency["pkg"]]["targets"] for kind in target["kind"]}
        if is_normal and "proc-macro" not in kinds and dependency["pkg"] != package:
            yield dependency["pkg"]


def reference(package):
    return f"pkg:cargo/{packages[package]['name']}@{packages[package]['version']}"


def component(package, kind):
    entry = {
        "type": kind,
        "bom-ref": reference(package),
        "name": packages[package]["name"],
        "version": packages[package]["version"],
        "purl": reference(package),
    }
    if packages[package]["license"]:
        # Cargo once took a slash for "or".
        entry["licenses"] = [{"expression": packages[package]["license"].replace("/", " OR ")}]
    return entry


found = {root}
waiting = [root]
while waiting:
    new = set(linked(waiting.pop())) - found
    found |= new
    waiting.extend(new)

order = sorted(found, key=reference)
json.dump(
    {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root, "application")},
        "components": [component(package, "library") for package in order if package != root],
        "dependencies": [
            {"ref": reference(package), "dependsOn": sorted(reference(d) for d in set(linked(package)))} for package in order
        ],
    },
    sys.stdout,
    indent=1,
)
print()
