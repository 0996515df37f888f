"""At the door a value is read as it is meant: codes through their artefacts, signs for nothing as nothing."""

import json
from copy import deepcopy
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.facts.bidding import AwardAnnounced
from domain.facts.employers import EmployerRenamed
from domain.identifiers import organisation_key
from infra.identity.keys import Keys
from infra.identity.vault import Vault
from streams.intake.intake import Intake
from streams.intake.prepared import PreparedBatch
from streams.intake.tidying import tidy
from tests.approval_builders import an_entry
from tests.artefacts import SIGNS_FOR_NOTHING, disguised
from tests.builders import (
    BIDDER,
    a_bid_opening,
    a_check_in,
    a_licence,
    a_message,
    a_payment,
    a_registration,
    a_renaming,
    an_exemption,
)
from tests.monitor import correction

KEYS = Keys(vault=bytes(32), pseudonyms=b"p" * 32, pseudonyms_version=1, tokens=b"t" * 32)
MOMENT = datetime(2025, 6, 30, tzinfo=UTC)
PERSON = {"name": "诸葛青云", "id_number": "11010519491231002X"}
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def prepared(*messages: dict[str, Any]) -> PreparedBatch:
    return Intake(Vault(KEYS).pseudonymiser()).prepare([json.dumps(each).encode() for each in messages])


def state(message: dict[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a message that is accepted."""
    batch = prepared(message)
    assert not batch.refusals, batch.refusals[0].errors
    kept: dict[str, Any] = json.loads(batch.states[0])
    return kept


def refusals(message: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error.field, error.code) for refusal in prepared(message).refusals for error in refusal.errors}


def a_payment_with(**payer: Any) -> dict[str, Any]:
    message = a_message(a_payment(), id="p-1")
    message["data"]["person"] = dict(PERSON)
    message["data"]["payer"] = {"name": BIDDER.name, "uscc": BIDDER.uscc} | payer
    return message


@unhurried
@given(st.data())
def test_a_message_in_artefacts_is_the_message_itself(data: st.DataObject) -> None:
    """Its row in the ledger and its keys are the same to the byte, so it is a duplicate and no conflict."""
    clean = a_message(a_registration(), id="r-1")
    clean["data"]["person"] = dict(PERSON)
    worn = deepcopy(clean)
    worn["data"]["person"]["id_number"] = data.draw(disguised(PERSON["id_number"]))
    worn["data"]["employer"]["uscc"] = data.draw(disguised(clean["data"]["employer"]["uscc"]))
    worn["data"]["certificate_no"] = data.draw(disguised(clean["data"]["certificate_no"])).replace("-", "")
    ours, theirs = prepared(clean), prepared(worn)
    for column in fields(PreparedBatch):
        if column.name == "identities":  # the seal is made anew each time
            continue
        one, other = getattr(ours, column.name), getattr(theirs, column.name)
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other, column.name


@pytest.mark.parametrize("sign", SIGNS_FOR_NOTHING)
def test_a_sign_for_nothing_in_an_optional_field_is_no_field(sign: str) -> None:
    by_name = a_payment_with()
    del by_name["data"]["payer"]["uscc"]
    assert state(a_payment_with(uscc=sign)) == state(by_name)


@pytest.mark.parametrize("sign", SIGNS_FOR_NOTHING)
def test_a_sign_for_nothing_in_a_required_field_is_refused_for_that_reason(sign: str) -> None:
    ((refusal),) = prepared(a_payment_with(name=sign)).refusals
    (error,) = refusal.errors
    assert (error.field, error.code) == ("data.payer.name", "missing")
    assert "nothing" in error.message


@pytest.mark.parametrize("sign", ["/", "无", "NULL", ""])
def test_dates_numbers_and_lists_may_say_nothing_too(sign: str) -> None:
    registration = a_message(a_registration(valid_to="2030-01-01"), id="r-1")
    registration["data"]["valid_to"] = sign
    registration["data"]["employer"]["aliases"] = [sign, "华兴建设"]
    kept = state(registration)["data"]
    assert "valid_to" not in kept
    assert kept["employer"]["aliases"] == ["华兴建设"]
    opening = a_message(a_bid_opening(), id="b-1")
    opening["data"]["bids"][0]["price"] = sign
    opening["data"]["building_codes"] = [sign]
    kept = state(opening)["data"]
    assert "price" not in kept["bids"][0]
    assert kept["building_codes"] == []


def test_an_optional_organisation_of_which_nothing_is_left_is_absent() -> None:
    exemption = a_message(an_exemption(), id="x-1")
    exemption["data"]["payer"] = {"name": "/", "uscc": "/"}
    assert "payer" not in state(exemption)["data"]


def test_fields_that_no_model_knows_stay_as_they_are() -> None:
    message = a_payment_with(remark="/")
    message["data"]["further"] = "无"
    tidy(message)
    kept = message["data"]
    assert (kept["payer"]["remark"], kept["further"]) == ("/", "无")


@pytest.mark.parametrize("code", ["440101000123456", "MA59ABCD-1", "ＭＡ５９ＡＢＣＤ１"])
def test_an_older_code_rejects_no_fact(code: str) -> None:
    kept = state(a_payment_with(uscc=code))["data"]["payer"]["uscc"]
    assert kept in ("440101000123456", "MA59ABCD1")


def test_a_rename_is_kept_under_the_clean_code() -> None:
    renaming = a_message(a_renaming(), id="n-1")
    clean = renaming["data"]["uscc"]
    renaming["data"]["uscc"] = f"'{clean.lower()} "
    batch = prepared(renaming)
    assert json.loads(batch.states[0])["data"]["uscc"] == clean
    assert EmployerRenamed.model_validate(json.loads(batch.states[0])["data"]).subjects[0] == f"org:{clean}"


def a_correction_to(payment: dict[str, Any]) -> dict[str, Any]:
    message = correction("k-1", of="p-0")
    message["data"]["replacement"] = {"type": payment["type"], "data": payment["data"]}
    return message


def test_what_a_correction_puts_in_its_place_is_tidied_as_well() -> None:
    kept = state(a_correction_to(a_payment_with(uscc="'" + str(BIDDER.uscc).lower())))
    assert kept["data"]["replacement"]["data"]["payer"]["uscc"] == BIDDER.uscc
    assert ("data.replacement.data.payer.name", "missing") in refusals(a_correction_to(a_payment_with(name="无")))


def a_licence_of(holder: dict[str, Any]) -> dict[str, Any]:
    message = a_message(a_licence(), id="l-1")
    message["data"]["holder"] = holder
    return message


def test_a_holder_with_two_columns_is_the_one_that_says_something() -> None:
    firm = {"name": BIDDER.name, "uscc": BIDDER.uscc}
    assert state(a_licence_of(firm | {"id_number": "/"})) == state(a_licence_of(firm))
    assert state(a_licence_of(PERSON | {"uscc": "无"})) == state(a_licence_of(dict(PERSON)))


def test_a_person_whose_number_says_nothing_does_not_become_an_organisation() -> None:
    assert refusals(a_licence_of({"name": "诸葛青云", "id_number": "/"})) == {("data.holder.id_number", "missing")}


def test_an_id_number_in_a_certificate_number_is_hidden_however_it_is_written() -> None:
    for number in ("T11010519491231002X", "Ｔ１１０１０５１９４９１２３１００２Ｘ", "T110105 19491231 002X"):
        message = a_licence_of(dict(PERSON))
        message["data"] |= {"kind": "special-operations", "certificate_no": number}
        kept = state(message)["data"]["certificate_no"]
        assert kept == state(message)["data"]["certificate_no"]
        assert "19491231" not in kept
        assert kept.startswith("T")


@pytest.mark.parametrize(
    "written", ["20250422", "1745300000", "1745300000.5", "-1", "2025-04-22", "45769", "2025/04/22 09:30+08:00"]
)
def test_digits_are_no_seconds_since_1970(written: str) -> None:
    opening = a_message(a_bid_opening(), id="b-1")
    opening["data"]["opened_at"] = written
    assert refusals(opening) == {("data.opened_at", "datetime_format")}
    payment = a_payment_with() | {"time": written}
    assert refusals(payment) == {("time", "datetime_format")}


@pytest.mark.parametrize("written", ["1745280000", "20250422", "45769", "2025-4-22", "2025.04.22"])
def test_digits_are_no_day_either(written: str) -> None:
    message = a_payment_with()
    message["data"]["paid_on"] = written
    assert refusals(message) == {("data.paid_on", "date_format")}


@pytest.mark.parametrize("written", ["1.2E+7", "1e3", "1_000", "1,000", "Infinity", "0x10"])
def test_an_amount_has_all_its_digits(written: str) -> None:
    award = a_message(AwardAnnounced(tender_id="T", lot_id="1", awarded_at=MOMENT, bidder=BIDDER), id="w-1")
    award["data"]["amount"] = written
    assert refusals(award) == {("data.amount", "money_format")}


def test_what_the_ledger_holds_from_earlier_versions_stays_readable() -> None:
    said = {"tender_id": "T", "lot_id": "1", "awarded_at": "1745300000", "bidder": {"name": "甲公司"}, "amount": "1e3"}
    assert AwardAnnounced.model_validate(said).amount == 1000


def test_no_refusal_repeats_what_was_written() -> None:
    secret = "4.40106E+17"
    message = a_payment_with()
    message["data"]["person"]["id_number"] = secret
    (refusal,) = prepared(message).refusals
    assert [error.code for error in refusal.errors] == ["scientific_notation"]
    assert secret not in repr(refusal.errors)


def test_a_jurisdiction_is_read_through_its_artefacts() -> None:
    opening = a_message(a_bid_opening(), id="b-1")
    opening["data"]["jurisdiction"] = "'４４０１０６"
    assert state(opening)["data"]["jurisdiction"] == "440106"
    approval = a_message(an_entry(), id="a-1")
    approval["data"]["jurisdiction"] = "/"
    assert "jurisdiction" not in state(approval)["data"]


def test_a_check_in_whose_device_says_nothing_is_accepted_without_it() -> None:
    message = a_message(a_check_in(device="gate-1"), id="c-1")
    message["data"]["person"] = dict(PERSON)
    message["data"] |= {"device": "-", "lat": "", "trade": "暂无"}
    assert not state(message)["data"].keys() & {"device", "lat", "trade"}


def test_the_subjects_of_a_firm_by_an_older_code_are_its_code_and_its_name() -> None:
    by_code = prepared(a_licence_of({"name": BIDDER.name, "uscc": "MA59ABCD-1"}))
    by_name = prepared(a_licence_of({"name": organisation_key(BIDDER.name)}))
    assert by_name.subject_keys[0] in by_code.subject_keys
    assert len(by_code.subject_keys) == 2
