"""Mail to a real server, which wants STARTTLS."""

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.channels.channel import Accepted, Answer, Failed, Later, Letter
from alerts.channels.mail import MailServer
from tests.alerts.channels.mail_servers import Mailbox, mail_server
from tests.kafka.certificates import CA_FILE

LETTER = Letter("id-1", "新线索 E110", "标段 <L1>\nhttps://city.example/clues/1", "li@example.org")


def server_of(mailbox: Mailbox, certificates: Path | None) -> MailServer:
    file = certificates / CA_FILE if certificates else None
    return MailServer("mail", "127.0.0.1", mailbox.port, "Monitor <monitor@city.example>", ca_file=file)


async def send(server: MailServer, *letters: Letter) -> list[Answer]:
    async with server.opened() as opened:
        return [await opened.send(letter) for letter in letters]


async def test_a_letter_arrives_encrypted_as_text_and_html_under_its_id(certificates: Path) -> None:
    with mail_server(certificates) as mailbox:
        assert await send(server_of(mailbox, certificates), LETTER, LETTER) == [Accepted(), Accepted()]
        first, second = mailbox.got
    assert mailbox.encrypted == [True, True]
    assert first["Message-ID"] == second["Message-ID"] == "<id-1@city.example>"
    assert first["Subject"] == "新线索 E110"
    text, html = first.get_body(("plain",)), first.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "标段 <L1>" in text.get_content()
    assert "标段 &lt;L1&gt;" in html.get_content()
    assert 'href="https://city.example/clues/1"' in html.get_content()


async def test_a_server_without_starttls_or_with_a_wrong_certificate_gets_nothing(certificates: Path) -> None:
    with mail_server(None) as mailbox:
        assert await send(server_of(mailbox, certificates), LETTER) == [Later("no-starttls")]
        assert not mailbox.got
    with mail_server(certificates) as mailbox:
        assert await send(server_of(mailbox, None), LETTER) == [Later("certificate")]
        assert not mailbox.got


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        ("450 greylisted", "later"),
        ("550 no such user", "failed"),
        ("421 too busy", "whole"),
    ],
)
async def test_a_reply_about_one_address_concerns_that_letter_alone(
    certificates: Path, reply: str, meaning: str
) -> None:
    with mail_server(certificates, refusals={"li@example.org": reply}) as mailbox:
        other = replace(LETTER, address="wang@example.org")
        refused, taken = await send(server_of(mailbox, certificates), LETTER, other)
    assert taken == Accepted()
    if meaning == "failed":
        assert refused == Failed("smtp-550")
    else:
        assert isinstance(refused, Later)
        assert refused.whole_channel is (meaning == "whole")


async def test_a_line_break_in_an_address_adds_no_header(certificates: Path) -> None:
    with mail_server(certificates) as mailbox:
        broken = replace(LETTER, address="li@example.org\r\nBcc: all@example.org")
        assert await send(server_of(mailbox, certificates), broken) == [Failed("address-unusable")]
        assert not mailbox.got


async def test_nobody_there_is_tried_again(certificates: Path) -> None:
    with mail_server(certificates) as mailbox:
        server = server_of(mailbox, certificates)
    assert await send(server, LETTER) == [Later("unreachable")]
