"""At the door: what gets in is checked and pseudonymised, what does not is told why, and nobody is named."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from domain.facts.attendance import SiteInspected
from domain.facts.messages import OUTSIDE
from domain.follow_ups.follow_up import FOLLOW_UP_SOURCE
from infra.identity.identities import IDENTITIES
from infra.settings import Settings
from streams.intake.intake import encode
from streams.intake.prepared import FieldError, seen_key
from streams.intake.sizes import MESSAGE_BYTES, PREPARED_BYTES
from streams.shard.deduplication import _says_the_same
from tests import outsized
from tests.builders import (
    BIDDER,
    LEAD,
    a_bid_opening,
    a_licence,
    a_message,
    a_payment,
    a_registration,
    a_safety_certificate,
    an_exemption,
)
from tests.monitor import OPERATOR, SOURCE, Monitor, as_bytes, correction, said
from tests.site_builders import a_lead_change

NAME = "诸葛青云"


def an_id_number(place: str = "440106", born: str = "19900307", sequence: str = "851") -> str:
    stem = place + born + sequence
    return stem + str(ric.calc_check_digit(f"{stem}0"))


def in_fifteen_characters(number: str) -> str:
    return number[:6] + number[8:17]


ID_NUMBER = an_id_number()


def at_the_door(message: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The person of a message as a source names one."""
    message["data"]["person"] = {"name": NAME, "id_number": ID_NUMBER, **given}
    return message


def a_payment_at_the_door(id: str = "p1", **given: Any) -> dict[str, Any]:
    return at_the_door(said(a_payment(), id), **given)


def refused(monitor: Monitor, message: dict[str, Any] | bytes) -> tuple[FieldError, ...]:
    """Why the message does not get in."""
    receipt = monitor.send(message)
    assert receipt.accepted == receipt.duplicates == 0
    ((refusal, _),) = receipt.quarantined
    return refusal.errors


def only_error(monitor: Monitor, message: dict[str, Any] | bytes) -> tuple[str, str]:
    (error,) = refused(monitor, message)
    return error.field, error.code


def stored_bytes(folder: Path) -> bytes:
    """Everything the data folder holds, but for the keys."""
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


def test_a_person_enters_under_a_pseudonym(monitor: Monitor) -> None:
    assert monitor.send(a_payment_at_the_door()).accepted == 1
    (fact,) = monitor.facts()
    assert fact["data"]["person"].keys() == {"person_id", "name_key"}
    with monitor.read() as connection:
        identity = monitor.installation.vault.identity(connection, fact["data"]["person"]["person_id"])
    assert identity is not None
    assert (identity.number, identity.names) == (ID_NUMBER, (NAME,))


def test_both_people_of_a_changed_lead_enter_under_pseudonyms_at_the_door_and_in_a_correction(monitor: Monitor) -> None:
    changed = said(a_lead_change(), "c1")
    people = {
        "old": {"name": NAME, "id_number": ID_NUMBER},
        "new": {"name": NAME, "id_number": an_id_number(sequence="858")},
    }
    changed["data"] |= people
    corrected = correction("c2", "c1", a_lead_change())
    corrected["data"]["replacement"]["data"] |= {name: dict(person) for name, person in people.items()}
    monitor.send(changed, corrected)
    first, second = (fact["data"] for fact in monitor.facts())
    for data in (first, second["replacement"]["data"]):
        assert data["old"].keys() == data["new"].keys() == {"person_id", "name_key"}
        assert data["old"]["person_id"] != data["new"]["person_id"]


def test_neither_name_nor_number_is_stored_in_the_clear(monitor: Monitor) -> None:
    opening = said(a_bid_opening(), "b1")
    opening["data"]["bids"][0]["lead"]["person"] = {"name": NAME, "id_number": ID_NUMBER}
    monitor.send(opening, a_payment_at_the_door(), a_payment_at_the_door("p2", id_number=ID_NUMBER[:-1] + "0"))
    stored = stored_bytes(monitor.settings.data)
    assert b"p2" in stored
    assert ID_NUMBER.encode() not in stored
    assert NAME.encode() not in stored


def test_a_number_of_fifteen_characters_is_the_same_person(monitor: Monitor) -> None:
    monitor.send(a_payment_at_the_door("p1"), a_payment_at_the_door("p2", id_number=in_fifteen_characters(ID_NUMBER)))
    one, other = (fact["data"]["person"]["person_id"] for fact in monitor.facts())
    assert one == other


@pytest.mark.parametrize("written", [f" {ID_NUMBER} ", ID_NUMBER.lower()])
def test_a_number_is_read_however_it_is_written(monitor: Monitor, written: str) -> None:
    monitor.send(a_payment_at_the_door("p1"), a_payment_at_the_door("p2", id_number=written))
    one, other = (fact["data"]["person"]["person_id"] for fact in monitor.facts())
    assert one == other


def test_the_same_number_on_another_kind_of_document_is_another_person(monitor: Monitor) -> None:
    monitor.send(a_payment_at_the_door("p1"), a_payment_at_the_door("p2", id_type=3))
    one, other = (fact["data"]["person"]["person_id"] for fact in monitor.facts())
    assert one != other


def test_what_a_source_adds_about_a_person_is_sealed_with_the_name(monitor: Monitor) -> None:
    monitor.send(a_payment_at_the_door(phone="13800138000"))
    (fact,) = monitor.facts()
    assert fact["data"]["person"].keys() == {"person_id", "name_key"}
    assert b"13800138000" not in stored_bytes(monitor.settings.data)
    with monitor.read() as connection:
        identity = monitor.installation.vault.identity(connection, fact["data"]["person"]["person_id"])
    assert identity is not None
    assert identity.extra == ({"phone": "13800138000"},)


def test_a_source_may_send_pseudonyms_of_its_own_but_not_both_forms(monitor: Monitor) -> None:
    assert monitor.send(said(a_payment(), "p1")).accepted == 1
    person = {"person_id": "a1" * 32, "name": NAME}
    field, code = only_error(monitor, at_the_door(said(a_payment(), "p2"), **person))
    assert (field, code) == ("data.person", "person_form")


def with_unknown_fields(message: dict[str, Any]) -> dict[str, Any]:
    message["extension"] = "kept"
    message["data"] |= {"note": {"remark": "复核人甲", "list": [1, None, True]}}
    message["data"]["payer"] |= {"person_id": "备注", "size": 3}
    return message


def test_unknown_fields_are_kept_sealed_with_their_digest_in_the_ledger(monitor: Monitor) -> None:
    monitor.send(with_unknown_fields(a_payment_at_the_door("p1")))
    (fact,) = monitor.facts()
    with monitor.installation.database.read() as connection:
        (kept,) = monitor.installation.vault.said(connection, [fact["unknownfields"]]).values()
    assert json.loads(kept) == {
        "extension": "kept",
        "data.note": {"remark": "复核人甲", "list": [1, None, True]},
        "data.payer.person_id": "备注",
        "data.payer.size": 3,
    }
    assert "复核人甲".encode() not in stored_bytes(monitor.settings.data)


def test_unknown_fields_are_erased_with_the_person(monitor: Monitor) -> None:
    monitor.send(with_unknown_fields(a_payment_at_the_door("p1")))
    (fact,) = monitor.facts()
    with monitor.installation.database.transaction() as connection:
        assert monitor.installation.vault.erase(connection, fact["data"]["person"]["person_id"]) == 3
    with monitor.installation.database.read() as connection:
        assert monitor.installation.vault.said(connection, [fact["unknownfields"]]) == {}


def test_the_same_unknown_fields_again_are_a_duplicate_and_others_a_conflict(monitor: Monitor) -> None:
    monitor.send(with_unknown_fields(a_payment_at_the_door("p1")))
    assert monitor.send(with_unknown_fields(a_payment_at_the_door("p1"))).duplicates == 1
    other = with_unknown_fields(a_payment_at_the_door("p1")) | {"extension": "changed"}
    assert only_error(monitor, other) == ("id", "conflict")


def test_what_an_earlier_version_kept_in_clear_is_no_conflict(monitor: Monitor) -> None:
    new = monitor.prepared(with_unknown_fields(said(a_payment(), "p1")))
    old = encode(with_unknown_fields(said(a_payment(), "p1")))
    assert _says_the_same(new.states[0], b'{"subjectkeys":"0",' + old[1:])


@pytest.mark.parametrize("levels", [33, 900])
def test_what_is_nested_too_deep_to_be_written_out_again_is_refused(monitor: Monitor, levels: int) -> None:
    nested: Any = "x"
    for _ in range(levels):
        nested = [nested]
    message = said(a_payment(), "p1")
    message["data"]["note"] = nested
    assert only_error(monitor, message) == ("", "too_deep")


def test_every_kind_an_outside_source_may_say_has_a_model() -> None:
    assert len({kind.KIND for kind in OUTSIDE}) == len(OUTSIDE) >= 21


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (ID_NUMBER[:17] + "0", "check_digit"),
        (an_id_number(born="19900230"), "birth_date"),
        (ID_NUMBER[:16], "length"),
        ("9" + ID_NUMBER[1:], "unknown_code"),
        (ID_NUMBER[:10] + "XXXX" + ID_NUMBER[14:], "characters"),
        (ID_NUMBER[:4], "string_too_short"),
        (440106199003078, "string_type"),
    ],
)
def test_a_wrong_id_number_is_told_by_field_and_code(monitor: Monitor, number: object, code: str) -> None:
    assert only_error(monitor, a_payment_at_the_door(id_number=number)) == ("data.person.id_number", code)


def test_the_place_of_a_wrong_field_is_told_in_lists_too(monitor: Monitor) -> None:
    opening = said(a_bid_opening(), "b1")
    bids = opening["data"]["bids"]
    bids.append(json.loads(json.dumps(bids[0])))
    bids[1]["lead"]["person"] = {"name": NAME, "id_number": ID_NUMBER[:17] + "0"}
    ((refusal, _),) = monitor.send(opening).quarantined
    assert [(error.field, error.code) for error in refusal.errors] == [
        ("data.bids[1].lead.person.id_number", "check_digit")
    ]


def test_the_place_of_a_wrong_field_does_not_tell_which_model_was_tried(monitor: Monitor) -> None:
    certificate = said(a_safety_certificate(), "c1")
    certificate["data"]["holder"] = {"name": NAME, "id_number": "1"}
    assert only_error(monitor, certificate) == ("data.holder.id_number", "string_too_short")
    licence = said(a_licence(), "l1")
    licence["data"]["holder"]["uscc"] = "x"
    field, _ = only_error(monitor, licence)
    assert field == "data.holder.uscc"
    corrected = correction("c2", "p1", a_payment())
    corrected["data"]["replacement"]["data"]["month"] = "2025-13"
    assert only_error(monitor, corrected) == ("data.replacement.data.month", "string_pattern_mismatch")


def test_all_that_is_wrong_is_told_at_once(monitor: Monitor) -> None:
    message = said(a_payment(), "p1")
    del message["data"]["month"]
    message["data"]["scheme"] = "lottery"
    message["time"] = "yesterday"
    assert {error.field for error in refused(monitor, message)} == {"data.month", "data.scheme", "time"}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        (lambda m: m.update(specversion="0.3"), "specversion", "literal_error"),
        (lambda m: m.pop("id"), "id", "missing"),
        (lambda m: m.update(id=""), "id", "string_too_short"),
        (lambda m: m.update(time="2025-06-18T12:00:00"), "time", "timezone_aware"),
        (lambda m: m.update(time=1_750_000_000), "time", "datetime_format"),
        (lambda m: m.update(type="tender-integrity.unheard-of.v1"), "type", "unknown_type"),
        (lambda m: m.update(type="tender-integrity.lead-appointed.v1"), "type", "unknown_type"),
        (lambda m: m.pop("type"), "type", "unknown_type"),
        (lambda m: m["data"].update(paid_on=20250518), "data.paid_on", "date_format"),
        (lambda m: m["data"].update(payer="公司"), "data.payer", "model_type"),
    ],
)
def test_a_wrong_envelope_or_value_is_told_by_field_and_code(
    monitor: Monitor, change: Callable[[dict[str, Any]], Any], field: str, code: str
) -> None:
    message = said(a_payment(), "p1")
    change(message)
    assert only_error(monitor, message)[0] == field
    assert code in {error.code for error in refused(monitor, message)} | {"model_attributes_type"}


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b'"text"', b"{", b'{"id": "\xff"}', b'{"id": "\\ud800"}', b'{"a": NaN}', b"[" * 50_000],
    ids=lambda raw: raw[:12].decode("latin-1"),
)
def test_what_is_no_message_is_refused_and_kept(monitor: Monitor, raw: bytes) -> None:
    (error, *_) = refused(monitor, raw)
    assert error.code in ("unreadable", "model_attributes_type")
    with monitor.read() as connection:
        (entry,) = monitor.quarantined()
        assert monitor.installation.quarantine.opened(connection, entry.quarantine_id, OPERATOR) == raw


def test_one_bad_message_does_not_keep_its_neighbours_out(monitor: Monitor) -> None:
    receipt = monitor.send(said(a_payment(), "p1"), b"{", a_payment_at_the_door("p2"), {"id": "p3"})
    assert receipt.accepted == 2
    assert [refusal.index for refusal, _ in receipt.quarantined] == [1, 3]


def test_a_message_that_is_too_large_is_refused(monitor: Monitor) -> None:
    message = said(a_payment(), "p1")
    message["data"]["note"] = "x" * MESSAGE_BYTES
    assert only_error(monitor, message) == ("", "too_large")


@pytest.mark.parametrize(
    ("grown", "field"),
    [
        (outsized.an_opening_message("o1", bids=2, staff=7_200), "data.bids"),
        (outsized.a_correction_of_an_opening("c1", "o1", bids=2, staff=7_200), "data.replacement.data.bids"),
    ],
    ids=["a fact", "a correction"],
)
def test_a_message_that_grows_too_large_under_pseudonyms_is_refused_by_field_and_bound(
    monitor: Monitor, grown: bytes, field: str
) -> None:
    """It could not be sent to another shard, and would stand in the outbox for ever."""
    assert len(grown) < MESSAGE_BYTES
    (error,) = refused(monitor, grown)
    assert (error.field, error.code) == (field, "prepared_too_large")
    assert f"{PREPARED_BYTES:,}" in error.message
    (entry,) = monitor.quarantined()
    with monitor.read() as connection:
        assert monitor.installation.quarantine.opened(connection, entry.quarantine_id, OPERATOR) == grown


def test_an_opening_of_the_most_bids_still_gets_in(monitor: Monitor) -> None:
    assert monitor.send(outsized.a_correction_of_an_opening("c1", "o1", staff=10)).accepted == 1


def test_a_feed_speaks_for_its_own_source_only(monitor: Monitor) -> None:
    batch = monitor.prepared(said(a_payment(), "p1"), allowed_source="urn:another")
    (refusal,) = batch.refusals
    assert [(error.field, error.code) for error in refusal.errors] == [("source", "foreign_source")]
    assert len(monitor.prepared(said(a_payment(), "p1"), allowed_source=SOURCE)) == 1


@pytest.mark.parametrize("source", [FOLLOW_UP_SOURCE, "urn:tender-monitor:readings", "urn:tender-monitor:"])
def test_nobody_outside_speaks_for_the_monitor(monitor: Monitor, source: str) -> None:
    assert only_error(monitor, said(a_payment(), "p1", source=source)) == ("source", "reserved_source")


@pytest.mark.parametrize("attribute", ["recordedat", "submittedby", "subjectkeys"])
def test_a_source_does_not_say_what_is_ours_to_say(monitor: Monitor, attribute: str) -> None:
    forged = said(a_payment(), "p1", **{attribute: "2020-01-01T00:00:00.000000+00:00"})
    assert only_error(monitor, forged) == (attribute, "reserved_attribute")


def test_a_character_postgresql_cannot_keep_is_refused(monitor: Monitor) -> None:
    opening = said(a_bid_opening(title="测试\0路"), "b1")
    opening["data"]["bids"][0]["bidder"]["name"] = "\0"
    errors = {(error.field, error.code) for error in refused(monitor, opening)}
    assert errors == {("data.title", "characters"), ("data.bids[0].bidder.name", "characters")}
    assert monitor.send(said(a_bid_opening(title="反斜杠\\u0000"), "b2")).accepted == 1


WRITTEN: dict[str, Callable[[str], str]] = {
    "with blanks": lambda number: f"{number[:6]} {number[6:14]} {number[14:]}",
    "with hyphens": "-".join,
    "with characters without width": "\u200b".join,
    "in fifteen characters": in_fifteen_characters,
    "in fifteen with a T": lambda number: f"T{in_fifteen_characters(number)}",
    "after another number": lambda number: f"2025 {number}",
}


@pytest.mark.parametrize("field", ["id", "subject"])
@pytest.mark.parametrize("way", WRITTEN)
def test_an_id_number_is_found_however_it_is_written(monitor: Monitor, way: str, field: str) -> None:
    message = said(a_payment(), "p1") | {field: WRITTEN[way](ID_NUMBER)}
    ((refusal, _),) = monitor.send(message).quarantined
    assert [(error.field, error.code) for error in refusal.errors] == [(field, "personal_data")]
    assert refusal.id in ("p1", None)


@pytest.mark.parametrize("text", [f"{NAME}", f"经办：{NAME}，同意", "电话138 0013 8000", "护照号E12345678"])
def test_a_text_with_a_name_of_the_message_or_a_number_is_refused_by_its_field(monitor: Monitor, text: str) -> None:
    message = a_payment_at_the_door("p1") | {"subject": text}
    assert only_error(monitor, message) == ("subject", "personal_data")


def test_an_id_made_of_a_name_is_not_shown_in_quarantine(monitor: Monitor) -> None:
    ((refusal, _),) = monitor.send(a_payment_at_the_door(f"pay-{NAME}", id_number=ID_NUMBER[:17] + "0")).quarantined
    assert refusal.id is None


def test_a_firm_may_bear_the_name_of_a_person_but_not_be_that_name_alone(monitor: Monitor) -> None:
    named = a_payment_at_the_door("p1")
    named["data"]["payer"] = {"name": f"{NAME}建筑设计事务所"}
    assert monitor.send(named).accepted == 1
    alone = a_payment_at_the_door("p2")
    alone["data"]["payer"] = {"name": NAME}
    assert only_error(monitor, alone) == ("data.payer.name", "personal_data")


HIDING_PLACES: dict[str, Callable[[dict[str, Any], str], Any]] = {
    "an unknown field": lambda message, number: message["data"].update(note=number),
    "amid a text": lambda message, number: message["data"].update(note=f"身份证{number}号"),
    "deep inside": lambda message, number: message["data"].update(note={"list": [{"id": number}]}),
    "a key": lambda message, number: message["data"].update({number: 1}),
    "an attribute": lambda message, number: message.update(subject=number),
    "the message id": lambda message, number: message.update(id=f"pay-{number}-05"),
    "behind a letter, as trade certificates have it": lambda m, number: m["data"].update(note=f"T{number}"),
    "behind a word": lambda message, number: message["data"].update(note=f"id{number}"),
    "before a word": lambda message, number: message["data"].update(note=f"{number}abc"),
    "the name of an employer": lambda message, number: message["data"]["payer"].update(name=number),
    "full-width digits": lambda m, n: m["data"].update(note=n.translate({ord(d): ord(d) + 0xFEE0 for d in n})),
}


@pytest.mark.parametrize("place", HIDING_PLACES)
@pytest.mark.parametrize("number", [ID_NUMBER, an_id_number(sequence="858")])
def test_an_id_number_outside_its_field_is_refused(monitor: Monitor, place: str, number: str) -> None:
    message = said(a_payment(), "p1")
    HIDING_PLACES[place](message, number)
    receipt = monitor.send(message)
    ((refusal, _),) = receipt.quarantined
    assert [error.code for error in refusal.errors] == ["personal_data"]
    assert number not in repr((refusal.errors, refusal.id, refusal.source))
    assert number.encode() not in stored_bytes(monitor.settings.data)


def test_an_id_number_written_as_a_number_is_refused(monitor: Monitor) -> None:
    number = next(n for n in map(an_id_number_of_sequence, range(100, 200)) if n.isdigit())
    message = said(a_payment(), "p1")
    message["data"]["note"] = int(number)
    assert only_error(monitor, message) == ("data.note", "personal_data")


def an_id_number_of_sequence(sequence: int) -> str:
    return an_id_number(sequence=f"{sequence:03d}")


@pytest.mark.parametrize("number", ["2506440100040110000", ID_NUMBER[:17] + "0", "91440101MA5000001X", "1" * 18])
def test_other_long_numbers_are_not_taken_for_id_numbers(monitor: Monitor, number: str) -> None:
    message = said(a_payment(), "p1")
    message["data"]["note"] = number
    assert monitor.send(message).accepted == 1


def test_a_pseudonym_that_looks_like_an_id_number_inside_is_let_in(monitor: Monitor) -> None:
    message = said(a_payment(), "p1")
    digits_only = next(n for n in map(an_id_number_of_sequence, range(100, 200)) if n.isdigit())
    message["data"]["person"] = {"person_id": f"a{digits_only}".ljust(64, "b")}
    assert monitor.send(message).accepted == 1


def test_preparing_again_gives_the_same_columns(monitor: Monitor) -> None:
    messages = [as_bytes(message) for message in (a_payment_at_the_door(), said(a_registration(), "r1"))]
    one, other = monitor.intake.prepare(messages), monitor.installation.intake().prepare(messages)
    assert one.states == other.states
    assert one.seen_keys.tolist() == other.seen_keys.tolist() == [seen_key(SOURCE, "p1"), seen_key(SOURCE, "r1")]
    assert one.subject_keys.tolist() == other.subject_keys.tolist()


def test_members_in_another_order_are_the_same_message(monitor: Monitor) -> None:
    message = a_payment_at_the_door()
    monitor.send(message)
    assert monitor.send(dict(reversed(message.items()))).duplicates == 1


names = st.sampled_from(["诸葛青云", "欧阳明日", "Zhuge Qingyun", "令狐冲虚"])
birthdays = st.dates(date(1950, 1, 1), date(2005, 1, 1)).map(lambda day: f"{day:%Y%m%d}")
sequences = st.integers(0, 999).map(lambda number: f"{number:03d}")
id_numbers = st.builds(lambda born, sequence: an_id_number(born=born, sequence=sequence), birthdays, sequences)


@st.composite
def malformed(draw: st.DrawFn) -> tuple[dict[str, Any], str, str]:
    """A message about a person with one to three things spoilt, some by the personal data itself."""
    name, number = draw(names), draw(id_numbers)
    data = draw(st.sampled_from([a_payment(), a_registration(), a_safety_certificate(), a_bid_opening()]))
    message = a_message(data, id="m1", source=SOURCE)
    written = draw(st.sampled_from([number, number[:17] + "?", number[:15], "", number * 2]))
    _put_person(message["data"], {"name": name, "id_number": written})
    values = st.sampled_from([number, name, name + number, {"note": number}, [name], int(number[:17]), None, "", {}])
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(sorted(_places(message))))
        _spoil(message, place, deepcopy(draw(values)))
    return message, name, number


def _put_person(data: dict[str, Any], person: dict[str, Any]) -> None:
    if "bids" in data:
        data["bids"][0]["lead"]["person"] = person
    else:
        data["holder" if "holder" in data else "person"] = person


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield tuple(map(str, (*path, key)))
        yield from _places(item, (*path, key))


def _spoil(message: Any, place: tuple[str, ...], value: object) -> None:
    """Put ``value`` where the path leads, unless an earlier spoiling has blocked it."""
    *path, last = place
    target = message
    for part in path:
        if isinstance(target, list):
            target = target[int(part)]
        elif isinstance(target, dict):
            target = target.get(part)
    if isinstance(target, list):
        target[int(last)] = value
    elif isinstance(target, dict):
        target[last] = value


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    opened = Monitor(Settings(data=tmp_path_factory.mktemp("intake")))
    yield opened
    opened.close()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(malformed())
def test_no_error_echoes_a_name_or_a_number(
    long_lived: Monitor, capfd: pytest.CaptureFixture[str], spoilt: tuple[dict[str, Any], str, str]
) -> None:
    message, name, number = spoilt
    receipt = long_lived.send(message)
    told = repr([(refusal.errors, quarantine_id) for refusal, quarantine_id in receipt.quarantined])
    shown = repr([(refusal.id, refusal.source) for refusal, _ in receipt.quarantined])
    for personal in (name, number, number[:17], number[6:14]):
        assert personal not in told
    assert number not in shown
    for refusal, _ in receipt.quarantined:
        assert refusal.errors
        assert all(error.code and error.message for error in refusal.errors)
    recorded = b"".join(state for _, _, state in long_lived.ledger())
    assert number.encode() not in recorded
    captured = capfd.readouterr()
    assert number not in captured.out + captured.err
    assert name not in captured.out + captured.err


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=100).map(str.encode),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_bytes_whatever_break_the_intake(long_lived: Monitor, raw: bytes) -> None:
    receipt = long_lived.send(raw)
    assert len(receipt.quarantined) == 1
    assert receipt.accepted == 0


def test_identities_of_one_person_under_two_names_are_both_kept(monitor: Monitor) -> None:
    monitor.send(a_payment_at_the_door("p1"), a_payment_at_the_door("p2", name="诸葛清云"))
    rows = monitor.rows(IDENTITIES)
    assert len({row.person_id for row in rows}) == 1
    assert len(rows) == 2


def test_an_opening_may_name_its_bidder_by_name_alone(monitor: Monitor) -> None:
    opening = said(a_bid_opening(), "b1")
    del opening["data"]["bids"][0]["bidder"]["uscc"]
    assert monitor.send(opening).accepted == 1
    assert BIDDER.name in json.dumps(monitor.facts(), ensure_ascii=False)


def test_a_certificate_number_made_of_an_id_number_is_kept_as_a_pseudonym(monitor: Monitor) -> None:
    for id in ("c1", "c2"):
        message = said(a_safety_certificate(), id)
        message["data"] |= {"certificate_no": f"T{ID_NUMBER}", "kind": "special-operations"}
        assert monitor.send(message).accepted == 1
    first, second = (fact["data"]["certificate_no"] for fact in monitor.facts())
    assert first == second
    assert first.startswith("T")
    assert ID_NUMBER not in first


def test_an_official_enters_under_a_pseudonym_however_the_message_comes(monitor: Monitor) -> None:
    """Also in what a correction puts in another's place, and in messages that have no shape."""
    inspected = SiteInspected(
        project_code="2506-440100-04-01-100001",
        person=LEAD,
        inspected_at=datetime(2025, 8, 1, 10, tzinfo=UTC),
        inspector=NAME,
        present=True,
    )
    by_shape, by_model = at_the_door(said(inspected, "i1")), said(inspected, "i2", subject=None)
    corrected = correction("c1", of="i1")
    corrected["data"]["replacement"] = {"type": inspected.type_name(), "data": by_model["data"]}
    assert monitor.send(by_shape, by_model, corrected).accepted == 3
    assert NAME not in json.dumps(monitor.facts(), ensure_ascii=False)
    one, other, third = monitor.facts()
    assert one["data"]["inspector"] == other["data"]["inspector"] == third["data"]["replacement"]["data"]["inspector"]


def an_exemption_at_the_door(born: str, sequence: str, **given: Any) -> dict[str, Any]:
    message = said(an_exemption(ground="retired", payer=None, valid_from="2025-01-01"), f"retired {sequence}")
    message["data"] |= given
    return at_the_door(message, id_number=an_id_number(born=born, sequence=sequence))


@pytest.mark.parametrize(
    ("born", "sequence", "old_enough"),
    [
        ("19750101", "851", True),
        ("19750102", "851", False),
        ("19800101", "852", True),
        ("19800102", "852", False),
        ("19940307", "851", False),
    ],
    ids=["a man of 50", "a man of 49", "a woman of 45", "a woman of 44", "a man of 30"],
)
def test_of_somebody_retired_it_is_noted_whether_the_law_allows_it_and_no_birthday_is_kept(
    monitor: Monitor, born: str, sequence: str, old_enough: bool
) -> None:
    monitor.send(an_exemption_at_the_door(born, sequence))
    (fact,) = monitor.facts()
    assert fact["data"]["of_retirement_age"] is old_enough
    assert born.encode() not in stored_bytes(monitor.settings.data)


def test_a_source_does_not_say_itself_that_somebody_is_old_enough(monitor: Monitor) -> None:
    monitor.send(an_exemption_at_the_door("19940307", "851", of_retirement_age=True))
    by_pseudonym = said(an_exemption(ground="retired", payer=None), "pseudonym")
    by_pseudonym["data"]["of_retirement_age"] = True
    monitor.send(by_pseudonym)
    assert [fact["data"].get("of_retirement_age") for fact in monitor.facts()] == [False, None]


def test_an_integer_attribute_is_the_same_as_a_number_and_as_text(monitor: Monitor) -> None:
    """JSON writes it as a number, headers as text; what an unknown attribute says counts as well."""
    monitor.send({**said(a_payment(), "1"), "sequence": 7, "priority": 3, "urgent": True})
    again = monitor.send({**said(a_payment(), "1"), "sequence": "7", "priority": "3", "urgent": "true"})
    assert (again.accepted, again.duplicates) == (0, 1)
    assert [fact["sequence"] for fact in monitor.facts()] == ["7"]


@pytest.mark.parametrize("sequence", [1.5, True, [1], {"a": 1}])
def test_an_attribute_that_is_no_integer_and_no_text_is_refused(monitor: Monitor, sequence: object) -> None:
    monitor.send({**said(a_payment(), "1"), "sequence": sequence})
    assert monitor.facts() == []


def test_an_id_number_in_a_numbering_is_refused_also_as_a_number(monitor: Monitor) -> None:
    digits_only = next(n for n in map(an_id_number_of_sequence, range(100, 200)) if n.isdigit())
    monitor.send({**said(a_payment(), "1"), "sequence": int(digits_only)})
    (entry,) = monitor.quarantined()
    assert [error.code for error in entry.errors] == ["personal_data"]
