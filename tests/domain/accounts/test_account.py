"""Accounts: each change is an event; nobody gives rights to themself; separate duties stay separate."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.access import Actor, Role
from domain.accounts.account import Account, Disabled, Enabled, Opened, RoleGranted, WhyDisabled, open_account
from domain.accounts.grants import DUTIES, GRANT, Deputy, Grant, capacities
from domain.errors import NotAllowed, NotEntitled

AT = datetime(2026, 1, 5, 4, tzinfo=UTC)
OPERATOR = Actor(Role.OPERATOR, "值班员")
OFFICER = Actor(Role.SECURITY_OFFICER, "保密员")
CITY = Grant(Role.SUPERVISOR, "440100")
ID = UUID("0" * 31 + "1")
OTHER = UUID("0" * 31 + "2")


def an_account(*grants: Grant, account_id: UUID = ID) -> Account:
    account = open_account(account_id, "digest", "login", OPERATOR, at=AT)
    for grant in grants:
        account.grant(grant, OFFICER, at=AT)
    return account


def himself(account: Account, role: Role) -> Actor:
    return Actor(role, account.account_id, account=account.account_id)


def test_each_change_is_an_event_that_names_who_made_it() -> None:
    account = an_account(CITY)
    account.disable(WhyDisabled.LEFT, OPERATOR, at=AT)
    account.enable(OPERATOR, at=AT)
    events = account.collect_events()
    assert [type(event) for event in events] == [Opened, RoleGranted, Disabled, Enabled]
    assert [getattr(event, "name", None) for event in events] == ["值班员", "保密员", "值班员", "值班员"]


def test_a_new_account_may_do_nothing() -> None:
    assert not list(capacities(an_account().grants.values(), ()))


def test_what_is_granted_already_is_no_event() -> None:
    account = an_account(CITY)
    account.collect_events()
    account.grant(CITY, OFFICER, at=AT)
    assert account.collect_events() == []


@pytest.mark.parametrize("duty", sorted(DUTIES))
def test_nobody_holds_two_of_the_separate_duties(duty: Role) -> None:
    account = an_account(Grant(duty))
    for other in DUTIES - {duty}:
        with pytest.raises(NotAllowed):
            account.grant(Grant(other), OFFICER, at=AT)
    account.grant(Grant(duty, "440100"), OFFICER, at=AT)


def test_an_operator_makes_accounts_and_grants_nothing() -> None:
    with pytest.raises(NotEntitled):
        an_account().grant(CITY, OPERATOR, at=AT)
    with pytest.raises(NotEntitled):
        open_account(ID, "digest", "login", OFFICER, at=AT)


def test_nobody_gives_rights_to_themself() -> None:
    account = an_account(Grant(Role.SECURITY_OFFICER))
    own = himself(account, Role.SECURITY_OFFICER)
    changes: tuple[Callable[[], None], ...] = (
        lambda: account.grant(CITY, own, at=AT),
        lambda: account.withdraw(Grant(Role.SECURITY_OFFICER), own, at=AT),
        lambda: account.disable(WhyDisabled.LEFT, own, at=AT),
        lambda: account.grant(CITY, replace(OFFICER, account=OTHER.hex, acting_for=account.account_id), at=AT),
    )
    for change in changes:
        with pytest.raises(NotEntitled):
            change()


def test_nobody_becomes_a_deputy_by_their_own_word() -> None:
    account, officer = an_account(CITY), replace(OFFICER, account=OTHER.hex)
    with pytest.raises(NotEntitled):
        account.name_deputy(a_deputy(), officer, at=AT)
    with pytest.raises(NotEntitled):
        account.name_deputy(a_deputy(), Actor(Role.SUPERVISOR, OTHER.hex, account=OTHER.hex), at=AT)
    account.name_deputy(a_deputy(), himself(account, Role.SUPERVISOR), at=AT)
    account.end_deputy(OTHER.hex, OFFICER, at=AT)
    assert not account.deputies


def test_who_stands_in_for_somebody_names_no_further_deputy() -> None:
    account = an_account(CITY)
    acting = Actor(Role.SUPERVISOR, "x", account=ID.hex, acting_for=OTHER.hex)
    with pytest.raises(NotEntitled):
        account.name_deputy(a_deputy(), acting, at=AT)


@pytest.mark.parametrize(
    "deputy",
    [
        Deputy(ID.hex, date(2026, 1, 5), date(2026, 1, 6)),
        Deputy(OTHER.hex, date(2026, 1, 6), date(2026, 1, 5)),
        Deputy(OTHER.hex, date(2026, 1, 6), date(2027, 2, 6)),
    ],
    ids=["himself", "backwards", "for more than a year"],
)
def test_a_deputy_is_another_person_for_a_year_at_most(deputy: Deputy) -> None:
    with pytest.raises(NotAllowed):
        an_account(CITY).name_deputy(deputy, OFFICER, at=AT)


def test_a_deputy_stands_in_on_the_first_and_on_the_last_day_in_shanghai() -> None:
    deputy = a_deputy()
    first, last = datetime(2026, 1, 4, 16, tzinfo=UTC), datetime(2026, 1, 6, 15, 59, tzinfo=UTC)
    assert deputy.covers(first)
    assert deputy.covers(last)
    assert not deputy.covers(first - timedelta(seconds=1))
    assert not deputy.covers(last + timedelta(minutes=1))


def test_whoever_holds_a_duty_gets_no_other_one_by_standing_in() -> None:
    lent = [(OTHER.hex, Grant(Role.AUDITOR)), (OTHER.hex, CITY), ("3" * 32, Grant(Role.OPERATOR))]
    held = [capacity.key for capacity in capacities([Grant(Role.OPERATOR)], lent)]
    assert held == ["operator", f"{OTHER.hex}/supervisor:440100", f"{'3' * 32}/operator"]
    borrowed = [capacity.grant.role for capacity in capacities([], lent)]
    assert borrowed == [Role.AUDITOR, Role.SUPERVISOR]


def test_a_record_names_the_deputy_and_whom_it_stands_in_for() -> None:
    (capacity,) = capacities([], [(OTHER.hex, CITY)])
    actor = capacity.actor(ID.hex)
    assert (actor.name, actor.account, actor.acting_for) == (f"{ID.hex} for {OTHER.hex}", ID.hex, OTHER.hex)
    assert (actor.role, actor.jurisdiction) == (Role.SUPERVISOR, "440100")


def test_a_disabled_account_is_neither_granted_nor_invited() -> None:
    account = an_account(CITY)
    account.disable(WhyDisabled.MISUSED, OFFICER, at=AT)
    with pytest.raises(NotAllowed):
        account.grant(Grant(Role.INVESTIGATOR), OFFICER, at=AT)
    with pytest.raises(NotAllowed):
        account.invite(AT + timedelta(days=1), OPERATOR, at=AT)
    with pytest.raises(NotAllowed):
        account.disable(WhyDisabled.LEFT, OPERATOR, at=AT)


def test_an_account_without_a_role_is_not_invited() -> None:
    with pytest.raises(NotAllowed):
        an_account().invite(AT + timedelta(days=1), OPERATOR, at=AT)


@pytest.mark.parametrize("wrong", [{"role": "source"}, {"role": "supervisor"}, {"role": "bidder"}, {"role": "king"}])
def test_a_role_is_granted_with_the_bound_that_it_needs_and_a_feed_has_no_account(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        GRANT.validate_python(wrong)


def a_deputy() -> Deputy:
    return Deputy(OTHER.hex, date(2026, 1, 5), date(2026, 1, 6))
