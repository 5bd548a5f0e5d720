#!/usr/bin/env python3
"""Shows that a replay finds what is neither as recorded nor as declared, and nothing else."""

import unittest

import deviations
import judge
import recording
from comparison import compare
from doubles import Echo, Given, Parrot, Unable, Willing, answer, differences, record, table
from names import Names
from replay import PAGE
from wire import Answer

RECORDS = recording.load()


def verdict(recorded, found, *rows):
    """The verdict on one answer, with these rows in the table."""
    return judge.Judge(Given(found), table(*rows)).judge(record(recorded))


def played(table, change=None, native=Willing):
    player = Parrot(Echo(change), ("admin", "Adm1n-pass"), native(), wait=lambda seconds: None)
    player.prepare()
    court = judge.Judge(player, table)
    return court, {made["n"]: court.judge(made) for made in RECORDS}


class Declaring(unittest.TestCase):
    def test_an_undeclared_difference_fails(self):
        self.assertEqual(verdict({"a": 1}, answer({"a": 2})).word, judge.FAILED)
        self.assertEqual(verdict({"a": 1}, answer({"a": 1})).word, judge.AS_RECORDED)

    def test_another_answer_passes_if_it_is_as_declared(self):
        row = '| 1, 2 | 404 | `{"detail": "*"}` | section 12: so it is |'
        self.assertEqual(verdict({"a": 1}, answer({"detail": "x"}, 404), row).word, judge.DECLARED)
        for bad in (answer({"a": 2}), answer({}, 404), answer("no", 404), answer({}, 403)):
            self.assertEqual(verdict({"a": 1}, bad, row).word, judge.FAILED)

    def test_without_a_pattern_any_body_is_fine(self):
        found = verdict({"a": 1}, answer("", 204), "| 1 | 204 | | why |")
        self.assertEqual(found.word, judge.DECLARED)

    def test_declared_parts_are_not_compared_and_all_else_is(self):
        row = "| 1 | as recorded | `results[].scope`, `b` | why |"
        recorded = {"results": [{"scope": "a", "x": 1}], "b": {"c": 1}}
        fine = {"results": [{"scope": "z", "x": 1}], "b": {"c": 2}}
        self.assertEqual(verdict(recorded, answer(fine), row).word, judge.DECLARED)
        fine["results"][0]["x"] = 2
        self.assertEqual(verdict(recorded, answer(fine), row).reasons[0][:12], "results[0].x")

    def test_a_part_is_a_whole_name(self):
        found = differences({"scopes": 1}, {"scopes": 2}, ["scope"])
        self.assertEqual((len(found.differences), found.seen), (1, set()))

    def test_missing_keys_and_headers_can_be_declared(self):
        found = differences({"a": 1, "b": 2}, {"b": 2}, ["a"])
        self.assertEqual((found.differences, found.seen), ([], {"a"}))
        made = record({})
        made["response"]["headers"]["Allow"] = "GET"
        found = compare(Names(), made, Answer.recorded(made["response"]), answer({}), ["Allow"])
        self.assertEqual((found.differences, found.seen), ([], {"Allow"}))

    def test_nothing_is_learnt_from_declared_parts(self):
        self.assertEqual(differences({"user": 1}, {"user": 2}, ["user"]).fresh, [])

    def test_what_is_declared_and_not_seen_fails(self):
        for row in ("| 1 | 404 | | why |", "| 1 | as recorded | `a` | why |"):
            found = verdict({"a": 1}, answer({"a": 1}), row)
            self.assertEqual(found.word, judge.FAILED)
            self.assertIn("declared but not seen", found.reasons[0])

    def test_each_declared_part_must_be_seen(self):
        row = "| 1 | as recorded | `a`, `b` | why |"
        found = verdict({"a": 1, "b": 1}, answer({"a": 2, "b": 1}), row)
        self.assertEqual(found.reasons, ["deviation declared but not seen: b"])

    def test_what_may_happen_need_not(self):
        for row in ("| 1 | 404 | | may: why |", "| 1 | as recorded | `a` | may: why |"):
            self.assertEqual(verdict({"a": 1}, answer({"a": 1}), row).word, judge.AS_RECORDED)

    def test_reasons_of_our_own_are_limited(self):
        whys = {"ours": True, "section 12: x": False, "may: hardening: x": False}
        for why, counted in whys.items():
            found = verdict({"a": 1}, answer({}, 404), f"| 1 | 404 | | {why} |")
            self.assertEqual((found.word, found.counted), (judge.DECLARED, counted))

    def test_a_table_that_cannot_be_read_is_refused(self):
        for row in (
            "| 4 | 404 | | there is no record 4 |",
            "| x | 404 | | why |",
            "| 1 | fine | | why |",
            "| 1 | 404 | {} | no backticks |",
            "| 1 | 404 | `[]` | no object |",
            "| 1 | 404 | `{` | no JSON |",
            "| 1 | as recorded | | no parts |",
            "| 1 | as recorded | scope | no backticks |",
            "| 1 | 404 | | |",
            "| 1 | 404 | why |",
            "| 1, 1 | 404 | | twice |",
        ):
            with self.subTest(row), self.assertRaises(deviations.BadTable):
                table(row)
        with self.assertRaises(deviations.BadTable):
            deviations.read("# A page without the table\n", {1})

    def test_a_bar_in_a_cell_is_escaped(self):
        read = table('| 1 | 404 | `{"detail": "a\\|b"}` | why |')
        self.assertEqual(read[1].other.pattern, {"detail": "a|b"})


class Replaying(unittest.TestCase):
    def test_a_server_that_answers_as_recorded_passes(self):
        court, verdicts = played({})
        self.assertEqual({n: v for n, v in verdicts.items() if v.word != judge.AS_RECORDED}, {})
        self.assertEqual(court.objections(may_skip=False), [])
        self.assertEqual(
            court.summary(), "301 as recorded, 0 declared, 0 failed, 0 skipped of 301"
        )

    def test_it_fails_where_the_page_declares_that_it_deviates(self):
        page = deviations.read(PAGE.read_text(encoding="utf-8"), {made["n"] for made in RECORDS})

        def must_deviate(declared):
            row = declared.other
            return not deviations.may_miss(row) if row else bool(declared.unseen(set()))

        must = {number for number, declared in page.items() if must_deviate(declared)}
        _, verdicts = played(page)
        self.assertEqual({n for n, v in verdicts.items() if v.word == judge.FAILED}, must)

    def test_one_wrong_answer_fails_one_record(self):
        def wrong(response):
            response["body"] = response["body"].replace("alice", "malice")

        court, verdicts = played({}, {53: wrong})
        self.assertEqual([n for n, v in verdicts.items() if v.word == judge.FAILED], [53])
        self.assertEqual(court.objections(may_skip=True), ["a record failed"])

    def test_a_declared_answer_is_repaired_and_passes(self):
        def missing(response):
            response |= {"status": 404, "body": '{"detail":"No"}'}

        declared = table('| 110 | 404 | `{"detail": "No"}` | section 12: x |', numbers=[110])
        court, verdicts = played(declared, {110: missing})
        self.assertEqual(verdicts[110].word, judge.DECLARED)
        self.assertEqual(court.objections(may_skip=False), [])

    def test_a_state_that_is_not_reached_skips_what_needs_it(self):
        court, verdicts = played({}, native=Unable)
        skipped = [n for n, v in verdicts.items() if v.word == judge.SKIPPED]
        self.assertEqual(skipped, [391, 392, 393, 412, 413])
        self.assertEqual(court.objections(may_skip=False), ["a record was skipped"])
        self.assertEqual(court.objections(may_skip=True), [])

    def test_more_than_a_few_reasons_of_our_own_are_too_many(self):
        numbers = [made["n"] for made in RECORDS if made["response"]["status"] == 400][:7]
        change = {n: lambda response: response.update(status=422) for n in numbers}
        for count, objections in ((6, 0), (7, 1)):
            declared = table(f"| {str(numbers[:count])[1:-1]} | 422 | | ours |", numbers=numbers)
            court, _ = played(declared, {n: change[n] for n in numbers[:count]})
            self.assertEqual(len(court.objections(may_skip=False)), objections)


if __name__ == "__main__":
    unittest.main()
