"""Judges one record after the other, and counts."""

import collections
import dataclasses

from comparison import compare
from deviations import Declared, may_miss
from wire import BROKEN, Answer, Unmet

# Of the records that were played, so many may deviate for reasons of our own.
LIMIT = 0.02

AS_RECORDED, DECLARED, FAILED, SKIPPED = "as recorded", "declared", "FAILED", "skipped"


@dataclasses.dataclass
class Verdict:
    """What came out of a record. `counted` deviations count against the limit."""

    word: str
    reasons: list = dataclasses.field(default_factory=list)
    counted: bool = False


class Judge:
    """Plays the records with a player and compares the answers; `table` is what is declared."""

    def __init__(self, player, table):
        self.player, self.table = player, table
        self.words, self.counted = collections.Counter(), 0

    def judge(self, record):
        """The verdict on a record."""
        verdict = self._verdict(record)
        self.words[verdict.word] += 1
        self.counted += verdict.counted
        return verdict

    def summary(self):
        order = (AS_RECORDED, DECLARED, FAILED, SKIPPED)
        counts = ", ".join(f"{self.words[word]} {word.lower()}" for word in order)
        return f"{counts} of {self.words.total()}"

    def objections(self, may_skip):
        """Why the whole is not good enough."""
        played = self.words.total() - self.words[SKIPPED]
        found = []
        if self.words[FAILED]:
            found.append("a record failed")
        if self.words[SKIPPED] and not may_skip:
            found.append("a record was skipped")
        if not played:
            found.append("no record was played")
        if self.counted > LIMIT * played:
            share = f"{self.counted} of {played} records deviate for reasons of our own"
            found.append(f"{share}; {LIMIT:.0%} may")
        return found

    def _verdict(self, record):
        number, player = record["n"], self.player
        trouble = player.before(number)
        if number in player.skipped:
            return Verdict(SKIPPED, [player.skipped[number]])
        try:
            found = player.request(record)
        except Unmet as error:
            return Verdict(FAILED, [trouble or str(error)])
        except BROKEN as error:
            return Verdict(FAILED, [f"no answer: {error!r}"])
        verdict = self._answered(record, found)
        if verdict.word == FAILED and trouble:
            verdict.reasons.append(f"before it: {trouble}")
        return verdict

    def _answered(self, record, found):
        wanted = Answer.recorded(record["response"])
        declared = self.table.get(record["n"], Declared())
        lost = self.player.keep(record, wanted, found)
        findings = compare(self.player.names, record, wanted, found, declared.paths())
        # Where a request was to fail, nothing was to be kept of its answer.
        if found.status == wanted.status < 400:
            findings.differences += [f"no value for {name}" for name in lost]
        if declared.other and findings.differences:
            return self._otherwise(record["n"], declared, findings, found)
        self._learn(wanted, found, findings)
        if findings.differences:
            return Verdict(FAILED, findings.differences)
        return _as_declared(declared, findings.seen)

    def _otherwise(self, number, declared, findings, found):
        """The verdict on an answer that is not as recorded, where another one is declared."""
        if not declared.other.accepts(found):
            said = f"not as declared: {found.status} {found.text[:200]}"
            return Verdict(FAILED, [said, *findings.differences])
        trouble = self.player.repair(number)
        if trouble:
            return Verdict(FAILED, [f"as declared, but then: {trouble}"])
        return Verdict(DECLARED, [declared.other.why], declared.counts(None))

    def _learn(self, wanted, found, findings):
        """A wrong page of a list would teach wrong names, a wrong single object can't."""
        right = not findings.differences or '"results":' not in wanted.text
        if found.status == wanted.status and right:
            self.player.names.learn(findings.fresh)


def _as_declared(declared, seen):
    """The verdict on an answer that is as recorded, but for declared parts."""
    if declared.other and not may_miss(declared.other):
        return Verdict(FAILED, [f"deviation declared but not seen: {declared.other.status}"])
    unseen = declared.unseen(seen)
    if unseen:
        return Verdict(FAILED, [f"deviation declared but not seen: {', '.join(unseen)}"])
    if not seen:
        return Verdict(AS_RECORDED)
    whys = [row.why for row in declared.parts if seen & set(row.parts)]
    return Verdict(DECLARED, whys, declared.counts(seen))
