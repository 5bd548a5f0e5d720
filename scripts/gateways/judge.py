"""Judges the samples of examples/: each gateway as it is shipped, between a client and a service.

    judge.py --chancery PATH [--gateway NAME]... [--prove]

Prints a line for each check, and how many passed. `run` installs the gateways and calls this.
"""

import argparse
import concurrent.futures
import contextlib
import functools
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import threading

import gateways
import passing, headers, paths, outage  # noqa: E401, F401 - in the order in which they are judged
import prove
from lane import Lane, cases
from chancery import Program


# Tokens, which no log needs.
SECRET = re.compile(r"\btk[a-z]{2}_\w+")


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
            found = f": {type(error).__name__}: {SECRET.sub('…', str(error))[:400]}"
        with self.lock:
            self.total += 1
            self.passed += not found
            print(f"{'FAILED' if found else 'ok':7} {name}{found}", flush=True)


def judge_lane(judge, lane):
    """Every case, through one gateway."""
    lane.open()
    name = lane.gateway.name
    for number, sentence, named, question in cases:
        if named is None or name in named:
            lane.clear()
            judge.check(f"{number:10} {name:10} {sentence}", lambda: question(lane))


def in_lane(judge, question, gateway, chancery, folder):
    """Judges one gateway, and ends what was started for it."""

    def all_of_it():
        with contextlib.closing(Lane(gateway, chancery, folder)) as lane:
            question(judge, lane)

    judge.check(f"{'all':10} {gateway.name:10} could be judged", all_of_it)


def leave(folder, number, _):
    """Ends what was started here, when it is told to end itself."""
    Program.end_all()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(128 + number)


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--chancery", required=True)
    asked.add_argument("--gateway", action="append", choices=[found.name for found in gateways.ALL])
    asked.add_argument("--prove", action="store_true")
    asked = asked.parse_args()
    chosen = [found for found in gateways.ALL if found.name in (asked.gateway or [found.name])]
    judge, question = Judge(), prove.prove_lane if asked.prove else judge_lane
    with tempfile.TemporaryDirectory() as folder:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, functools.partial(leave, folder))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for gateway in chosen:
                place = pathlib.Path(folder) / gateway.name
                pool.submit(in_lane, judge, question, gateway, asked.chancery, place)
        Program.end_all()
    print(f"{judge.passed} of {judge.total} passed")
    sys.exit(judge.passed != judge.total)


if __name__ == "__main__":
    main()
