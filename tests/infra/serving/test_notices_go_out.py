"""A clue at an opening reaches the supervisor's mail, through a real server and a real mail server."""

import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from domain.access import Role
from tests.alerts.channels.mail_servers import Mailbox, mail_server
from tests.infra.http.served import Served, served
from tests.infra.http.test_accounts import granted, opened

SECONDS = 30


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return f"{letter['Subject']}\n{body.get_content() if body else ''}"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server(None) as found:
        yield found


@pytest.fixture
def server(tmp_path: Path, mailbox: Mailbox) -> Iterator[Served]:
    mail = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "sender": "monitor <monitor@city.example>"}
    with served(tmp_path / "data", channels={"mail": [mail]}) as found:
        yield found


def test_a_clue_reaches_those_whom_it_concerns_by_mail_and_nobody_else(server: Served, mailbox: Mailbox) -> None:
    for login, place in (("zhou", "440100"), ("wu", "440300")):
        account = opened(server, login=login, mail=f"{login}@city.example")
        granted(server, account, Role.SUPERVISOR, jurisdiction=place)
    opening = server.a_suspicious_opening()
    until = time.monotonic() + SECONDS
    letters: list[EmailMessage] = []
    while not letters and time.monotonic() < until:
        letters = [letter for letter in mailbox.got if opening.clue_id in text_of(letter)]
        time.sleep(0.05)
    assert [letter["To"] for letter in letters] == ["zhou@city.example"]
    assert opening.person_id not in text_of(letters[0])
    assert all(letter["To"] != "wu@city.example" for letter in mailbox.got)
