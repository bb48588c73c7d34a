"""What counts of what people have decided: by words of the rules, and over random histories."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.people.consent import Answer, Entry, Scope, Standing, Verb, cooling_off, decide

SARA, REZA = "@hampayam_bale_1:hs.test", "@hampayam_rubika_u0:hs.test"
DAY = 24 * 3600 * 1000


@dataclass
class History:
    """What Reza has decided about Sara and about Bale, in the order in which it was said."""

    person: Entry | None = None
    platform: Entry | None = None
    banned: bool = False
    said: int = 0

    def says(self, verb: Verb, scope: Scope = "person", at: int = 0) -> History:
        self.said += 1
        entry = Entry(self.said, at, verb, scope, REZA, SARA if scope == "person" else "bale", REZA, "desk")
        if scope == "person":
            self.person = entry
        else:
            self.platform = entry
        return self

    @property
    def answer(self) -> Answer:
        return decide(Standing(self.person, self.platform, self.banned))


def test_whoever_has_said_nothing_is_asked() -> None:
    assert History().answer is Answer.ASK


def test_an_accepted_person_may_write_until_it_is_over() -> None:
    reza = History().says("request").says("grant")
    assert reza.answer is Answer.YES
    assert reza.says("cancel").answer is Answer.ASK


def test_who_was_refused_can_ask_again_after_a_while() -> None:
    reza = History().says("deny", at=1000)
    assert reza.answer is Answer.ASK
    standing = Standing(reza.person)
    assert cooling_off(standing, 1000 + 7 * DAY - 1, 7 * DAY)
    assert not cooling_off(standing, 1000 + 7 * DAY, 7 * DAY)
    assert not cooling_off(Standing(), 1000, 7 * DAY)


def test_a_block_holds_whatever_is_said_about_the_messenger_later() -> None:
    reza = History().says("grant").says("revoke").says("grant", "platform")
    assert reza.answer is Answer.NO
    assert reza.says("grant").answer is Answer.YES


def test_a_messenger_that_is_allowed_need_not_ask() -> None:
    assert History().says("grant", "platform").answer is Answer.YES


def test_who_was_refused_is_asked_about_again_even_from_an_allowed_messenger() -> None:
    assert History().says("grant", "platform").says("deny").answer is Answer.ASK


def test_turning_a_messenger_off_ends_also_what_was_accepted_before() -> None:
    reza = History().says("grant").says("deny", "platform")
    assert reza.answer is Answer.NO
    assert reza.says("grant").answer is Answer.YES, "one person can be let in again"
    assert reza.says("deny", "platform").answer is Answer.NO


def test_who_is_banned_may_write_to_nobody() -> None:
    reza = History().says("grant")
    reza.banned = True
    assert reza.answer is Answer.NO


decisions = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["request", "grant", "deny", "revoke", "cancel"]), st.just("person")),
        st.tuples(st.sampled_from(["grant", "deny", "cancel"]), st.just("platform")),
    ),
    max_size=12,
)


@given(decisions, st.booleans())
def test_over_any_history_nothing_crosses_against_a_persons_last_word(
    said: list[tuple[Verb, Scope]], banned: bool
) -> None:
    reza = History()
    for verb, scope in said:
        reza.says(verb, scope)
    reza.banned = banned
    about_person = [verb for verb, scope in said if scope == "person"]
    about_bale = [verb for verb, scope in said if scope == "platform"]
    if banned or about_person[-1:] == ["revoke"]:
        assert reza.answer is Answer.NO
    if reza.answer is Answer.YES:
        assert "grant" in (about_person[-1:] + about_bale[-1:])
    if said and said[-1] == ("deny", "platform"):
        assert reza.answer is Answer.NO
    if said and said[-1][0] == "grant" and said[-1][1] == "person" and not banned:
        assert reza.answer is Answer.YES
    if "grant" not in about_person and "grant" not in about_bale:
        assert reza.answer is not Answer.YES
