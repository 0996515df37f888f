"""A real mail server: it wants STARTTLS, and answers as it is told."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiohttp.test_utils import unused_port
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.kafka.certificates import SERVER_FILE


@dataclass
class Mailbox:
    """``got`` are the messages, in order; ``refusals`` the replies to addresses, ``after_data`` that to a message."""

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    after_data: str = "250 OK"
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        content = envelope.content
        assert isinstance(content, bytes)
        if self.after_data.startswith("250"):
            self.encrypted.append(session.ssl is not None)
            self.got.append(message_from_bytes(content, policy=policy.default))
        return self.after_data


@contextmanager
def mail_server(certificates: Path | None, **given: Any) -> Iterator[Mailbox]:
    """With STARTTLS and nothing without it, where there are certificates."""
    mailbox, context = Mailbox(unused_port(), **given), None
    if certificates is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates / SERVER_FILE)
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=mailbox.port, tls_context=context, require_starttls=context is not None
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
