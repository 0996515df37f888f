"""An installation of the national suite 国密: what is recorded, signed and handed out is so by SM2, SM3 and SM4."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from infra.bundles.bundle import read_bundle
from infra.bundles.exporting import bundle_of
from infra.bundles.verifying import BundleCheck
from infra.checks import Mark
from infra.identity.identities import IDENTITIES
from infra.identity.keys import KeyUnusable
from infra.identity.suites import NATIONAL, choose_suite
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from infra.transparency.audit import Audit
from infra.transparency.notes import VerifierKey
from infra.transparency.reader import LogReader
from infra.transparency.suite import SHA256_ED25519, SM3_SM2
from projections.boards.clue_board import CLUES
from tests.builders import RIVAL, SOMEONE_ELSE, a_bid, a_bid_opening, a_payment
from tests.infra.bundles.test_single_file import alone
from tests.monitor import Monitor, said


@pytest.fixture
def national(tmp_path: Path) -> Iterator[Monitor]:
    """With a clue about a lead insured by a rival."""
    choose_suite(tmp_path / "keys", NATIONAL.name)
    monitor = Monitor(Settings(data=tmp_path))
    opening = a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE)))
    monitor.send_each(said(a_payment(payer=RIVAL), "paid"), said(opening, "opening"))
    yield monitor
    monitor.close()


def test_ledger_log_and_tables_are_whole_also_after_a_restart(national: Monitor) -> None:
    national.reopen()
    national.send(said(a_payment(month="2025-04", payer=RIVAL), "april"))
    key = national.installation.log_identity.verifier()
    assert key.suite is SM3_SM2
    with national.installation.database.read() as connection:
        assert Audit(connection, key).run().checkpoints > 2
    Rebuilding(national.installation).rebuild()


def test_identities_are_sealed_by_it(national: Monitor) -> None:
    with national.installation.database.read() as connection:
        sealed = connection.execute(select(IDENTITIES.c.sealed)).scalars().all()
    assert all(each[:1] == NATIONAL.seal_format for each in sealed)


def test_what_is_signed_does_not_verify_by_the_other_suite(national: Monitor) -> None:
    with national.installation.database.read() as connection:
        log = LogReader(connection, SM3_SM2)
        assert log.root(log.size) != LogReader(connection, SHA256_ED25519).root(log.size)


def test_a_bundle_is_verified_by_the_program_and_by_the_single_file(national: Monitor) -> None:
    (clue,) = (row for row in national.rows(CLUES) if row.rule == "T402")
    written = bundle_of(national.installation, clue.clue_id).written()
    key = national.installation.log_identity.published.read_text(encoding="utf-8").strip()
    checks = list(BundleCheck(read_bundle(written), VerifierKey.parse(key)).run())
    assert {check.result for check in checks} == {Mark.OK}
    assert len([step() for step in alone.Check(written, key, []).steps()]) == 6
    changed = written.replace(b'"suite":"sm3-sm2"', b'"suite":"sha256-ed25519"')
    (refused,) = BundleCheck(read_bundle(changed), VerifierKey.parse(key)).run()
    assert refused.result is Mark.WRONG
    with pytest.raises(alone.Wrong, match="another suite"):
        alone.Check(changed, key, [])


def test_without_the_choice_beside_its_keys_it_does_not_open(national: Monitor) -> None:
    national.close()
    chosen = national.settings.data / "keys" / "suite"
    chosen.rename(chosen.with_name("lost"))
    with pytest.raises(KeyUnusable):
        Monitor(national.settings)
    chosen.with_name("lost").rename(chosen)
    national.reopen()
