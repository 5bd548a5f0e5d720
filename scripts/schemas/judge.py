"""Runs Schemathesis over each document, as a superuser and as a stranger."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import server as servers

HERE = pathlib.Path(__file__).resolve().parent
FACES = HERE.parent.parent / "crates/faces/src"
# Each document, and the token with which the superuser asks: good everywhere, or where a team is needed, in one.
DOCUMENTS = [
    ("/v0/docs/openapi.json", "bound"),
    ("/v1/openapi.json", "personal"),
    ("/api/openapi.json", "personal"),
    ("/authority/v1/openapi.json", "personal"),
    ("/oauth/openapi.json", "personal"),
    ("/check.openapi.json", "personal"),
    ("/letters.openapi.json", "personal"),
]


def hidden(text):
    """Without the secrets that the server made."""
    return re.sub(r"\b(tk[a-z]{2}_)[0-9A-Za-z._-]{20,}", r"\1…", text)


def run(server, document, token, examples, folder):
    values, spared, tokens = servers.furnish(server)
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "SCHEMAS_VALUES": json.dumps(values),
        "SCHEMAS_SPARED": json.dumps(spared),
    }
    config = (HERE / "schemathesis.toml").read_text()
    if token:
        config += '\n[auth.openapi.bearer]\nbearer = "${SCHEMAS_TOKEN}"\n'
        environment["SCHEMAS_TOKEN"] = tokens[token]
    (folder / "schemathesis.toml").write_text(config)
    command = [
        pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", folder / "schemathesis.toml",
        "--no-color", "run", server.base + document, "--seed", "1", "--max-examples", str(examples),
        "--continue-on-failure", "--no-shrink", "--generation-database", "none", "--request-timeout", "20",
        "--report", "ndjson", "--report-ndjson-path", folder / "report.ndjson",
    ]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    return done, server.asks("GET", "/check", token=tokens[token or "personal"])[0] == 204


def judge(chancery, document, token, examples):
    """Whether the document is true in this mode, and how many requests were made."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with servers.Server(chancery, folder) as server:
            done, good = run(server, document, token, examples, folder)
        report = (folder / "report.ndjson").read_text() if (folder / "report.ndjson").exists() else ""
        said = server.said()
    statuses = re.findall(r'"status_code": ?(\d+)', report)
    made = re.search(r"(\d+) generated", done.stdout)
    cases = int(made[1]) if made else 0
    told_yes = sum(status.startswith("2") for status in statuses)
    panics = [line for line in said.splitlines() if "panicked" in line]
    fine = done.returncode == 0 and good and server.status == 0 and cases > 0 and not panics
    who = "superuser" if token else "stranger"
    lines = [f"{'ok' if fine else 'FAILED':6}  {document:28} {who:9}  {cases:6} cases, {told_yes} told yes"]
    if not good:
        lines.append("    | the run has ended its own token, or the server")
    if not fine:
        text = hidden(done.stdout + done.stderr + "\n".join(panics))
        lines += [f"    | {line}" for line in text.splitlines()]
    print("\n".join(lines), flush=True)
    return fine, cases


def every_document_is_here():
    """Each face has one; a face that is new is not forgotten."""
    faces = {path.name for path in FACES.iterdir() if path.is_dir()} - {"kit"}
    served = {path for path in re.findall(r'"(/[^" ]*openapi\.json)"', "".join(
        file.read_text() for file in FACES.rglob("*.rs") if "tests" not in file.parts and file.name != "tests.rs"))}
    ours = {document for document, _ in DOCUMENTS}
    missing = {path for path in served if not any(document.endswith(path) for document in ours)}
    if missing or len(faces) != len(ours):
        sys.exit(f"{len(faces)} faces, {len(ours)} documents; not here: {sorted(missing)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chancery", required=True)
    parser.add_argument("--examples", type=int, required=True)
    parser.add_argument("--only", default="", help="a part of a document's path")
    asked = parser.parse_args()
    every_document_is_here()
    print("not judged: whether a well-formed request is granted; schemathesis.toml says why")
    runs = [
        (asked.chancery, document, mode, asked.examples)
        for document, token in DOCUMENTS
        for mode in (token, None)
        if asked.only in document
    ]
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        results = list(two.map(judge, *zip(*runs)))
    failed = sum(not fine for fine, _ in results)
    print(f"\n{sum(cases for _, cases in results)} cases, {len(results) - failed} passed, {failed} failed")
    sys.exit(bool(failed))


main()
