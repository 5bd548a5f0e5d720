"""Judges the samples of examples/: each gateway as it is shipped, between a client and a service.

    judge.py --chancery PATH --folder DIR [--gateway NAME]... [--prove]

Prints a line for each check, and how many passed. `run` installs the gateways and calls this.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import threading

import gateways
import passing, headers, paths, outage  # noqa: E401, F401 - in the order in which they are judged
import prove
from lane import Lane, cases


class Judge:
    """Counts what passed."""

    def __init__(self):
        self.passed = self.total = 0
        self.lock = threading.Lock()

    def check(self, name, question):
        """Passes if the question finds nothing wrong."""
        try:
            question()
            found = ""
        except Exception as error:  # Whatever goes wrong is this check's failure.
            found = f": {type(error).__name__}: {str(error)[:400]}"
        with self.lock:
            self.total += 1
            self.passed += not found
            print(f"{'FAILED' if found else 'ok':7} {name}{found}", flush=True)


def judge_lane(judge, lane):
    """Every case, through one gateway."""
    lane.open()
    for number, sentence, question in cases:
        lane.clear()
        judge.check(f"{number:10} {lane.gateway.name:10} {sentence}", lambda: question(lane))


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--chancery", required=True)
    asked.add_argument("--folder", type=pathlib.Path, required=True)
    asked.add_argument("--gateway", action="append", choices=[found.name for found in gateways.ALL])
    asked.add_argument("--prove", action="store_true")
    asked = asked.parse_args()
    judge, chosen = Judge(), asked.gateway or [found.name for found in gateways.ALL]

    def lane(gateway):
        lane = Lane(gateway, asked.chancery, asked.folder / gateway.name)
        try:
            (prove.prove_lane if asked.prove else judge_lane)(judge, lane)
        finally:
            lane.end()

    with concurrent.futures.ThreadPoolExecutor() as pool:
        for done in [pool.submit(lane, found) for found in gateways.ALL if found.name in chosen]:
            try:
                done.result()
            except Exception as error:
                judge.check("a gateway could be judged", lambda: sys.exit(str(error)))
    print(f"{judge.passed} of {judge.total} passed")
    sys.exit(judge.passed != judge.total)


if __name__ == "__main__":
    main()
