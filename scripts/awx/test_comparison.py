#!/usr/bin/env python3
"""Shows that a comparison finds what differs, and nothing else."""

import unittest

from comparison import compare
from doubles import answer, differences, record
from names import Names
from wire import Answer

MASK = "*" * 12


class Comparing(unittest.TestCase):
    def differ(self, recorded, found, *expected, **options):
        texts = differences(recorded, found, **options).differences
        self.assertEqual([text.split(":")[0] for text in texts], list(expected), texts)

    def test_an_equal_answer_has_no_differences(self):
        self.differ({"a": [1, None, True, {"b": "c"}]}, {"a": [1, None, True, {"b": "c"}]})

    def test_each_difference_has_its_path(self):
        self.differ({"a": [{"b": 1}], "c": 2}, {"a": [{"b": 3}], "c": 4}, "a[0].b", "c")

    def test_missing_and_unexpected_keys_are_found(self):
        self.differ({"a": 1, "b": {"c": 1}}, {"b": {"c": 1, "d": 2}}, "a", "b.d")

    def test_the_order_of_keys_counts(self):
        self.differ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "(order)")
        self.differ({"actions": {"a": 1, "b": 2}}, {"actions": {"b": 2, "a": 1}})

    def test_types_count(self):
        self.differ({"a": 1, "b": True, "c": None}, {"a": "1", "b": 1, "c": 0}, "a", "b", "c")

    def test_a_list_is_as_long_as_recorded(self):
        self.differ({"results": [1, 2]}, {"results": [1]}, "results")
        self.differ({"results": [1]}, {"results": [1, 2]}, "results")

    def test_another_status_is_all_that_is_said(self):
        made = record({"a": 1})
        found = compare(Names(), made, Answer.recorded(made["response"]), answer({"a": 2}, 404))
        self.assertEqual(found.differences, ["status: 200 expected, 404 found"])

    def test_times_are_times(self):
        time, other = "2026-11-21T17:52:26.695366Z", "2027-01-01T00:00:00.000001Z"
        self.differ({"created": time}, {"created": other})
        self.differ({"created": time}, {"created": "yesterday"}, "created")

    def test_a_short_life_is_as_long_as_recorded(self):
        def token(expires):
            return {"created": "2026-11-21T17:52:00Z", "expires": f"2026-11-21T17:{expires}Z"}

        self.differ(token("53:00"), token("53:04"))
        self.differ(token("53:00"), token("53:06"), "expires")

    def test_a_masked_secret_that_is_shown_in_the_clear_is_found(self):
        texts = differences({"token": MASK}, {"token": "tk_clear"}).differences
        self.assertEqual(texts, ["token: a mask expected, something else found"])

    def test_a_secret_is_neither_a_mask_nor_empty(self):
        self.differ({"token": "aB3"}, {"token": "another_1"})
        for bad in (MASK, "", "two words"):
            self.differ({"token": "aB3"}, {"token": bad}, "token")

    def test_a_secret_is_another_one_each_time(self):
        both = {"token": "one", "refresh_token": "two"}
        self.differ(both, {"token": "x", "refresh_token": "y"})
        self.differ(both, {"token": "x", "refresh_token": "x"}, "refresh_token")

    def test_ids_are_a_bijection(self):
        def token(number, user):
            return {"id": number, "type": "o_auth2_access_token", "user": user}

        two = [token(1, 2), token(2, 2)]
        self.differ({"results": two}, {"results": [token(7, 5), token(9, 5)]})
        self.differ({"results": two}, {"results": [token(7, 5), token(7, 5)]}, "results[1].id")
        self.differ({"results": two}, {"results": [token(7, 5), token(9, 6)]}, "results[1].user")

    def test_what_was_learnt_holds_later(self):
        names = Names()
        names.bind("users", 2, 5)
        self.differ({"user": 2}, {"user": 5}, names=names)
        self.differ({"user": 2}, {"user": 2}, "user", names=names)
        self.differ({"user": 3}, {"user": 5}, "user", names=names)

    def test_ids_of_different_kinds_are_apart(self):
        self.differ({"user": 1, "application": 1}, {"user": 2, "application": 3})

    def test_ids_in_urls_belong_to_the_bijection(self):
        names = Names()
        names.bind("tokens", 1, 7)
        self.differ({"url": "/api/v2/tokens/1/"}, {"url": "/api/v2/tokens/7/"}, names=names)
        self.differ({"url": "/api/v2/tokens/1/"}, {"url": "/api/v2/tokens/8/"}, "url", names=names)
        self.differ({"url": "/api/v2/tokens/1/"}, {"url": "/api/v2/users/7/"}, "url", names=names)

    def test_links_that_only_a_full_awx_has_may_be_missing(self):
        user = {"related": {"tokens": "/api/v2/users/2/tokens/", "jobs": "/api/v2/users/2/jobs/"}}
        self.differ(user, {"related": {"tokens": "/api/v2/users/2/tokens/"}})
        self.differ(user, {"related": {"jobs": "/api/v2/users/2/jobs/"}}, "related.tokens")

    def test_of_a_cut_body_what_is_left_is_compared(self):
        cut = '{"count":2,"results":[{"scope":"read","desc...[99 chars]'
        self.differ(cut, {"count": 2, "results": [{"scope": "read", "description": ""}, {}]})
        self.differ(cut, {"count": 2, "results": [{"scope": "write"}]}, "results[0].scope")
        self.differ(cut, {"count": 2, "results": []}, "results")


if __name__ == "__main__":
    unittest.main()
