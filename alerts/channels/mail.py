"""Mail 邮件: SMTP with STARTTLS or TLS, as text and as HTML.

Connections stay open while there is something to send. Whoever answers 4xx wants it again later, 5xx never.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from alerts.channels.channel import SECONDS_FOR_A_LETTER, Accepted, Answer, Failed, Later, Letter

if TYPE_CHECKING:
    from aiosmtplib import SMTP

Security = Literal["starttls", "tls", "none"]
_AT_ONCE: Final = 4
_GREYLISTED: Final = timedelta(minutes=5)
"""A server that does not know us yet wants a second attempt after some minutes."""

_OF_THE_SERVER: Final = frozenset({454, 530, 534, 535})
"""It wants encryption or a password: every letter would hear the same."""


@dataclass(frozen=True, slots=True, repr=False)
class MailServer:
    """``sender`` stands in From. Without ``security`` nothing is encrypted: only to this machine."""

    name: str
    host: str
    port: int
    sender: str
    security: Security = "starttls"
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    per_minute: int | None = None
    kind: str = "mail"
    reaches: str = "mail"
    at_once: int = _AT_ONCE

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["OpenMail"]:
        opened = OpenMail(self)
        try:
            yield opened
        finally:
            await opened.close()


class OpenMail:
    """Connections to one server, each used by one letter at a time."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._idle: list[SMTP] = []

    async def send(self, letter: Letter) -> Answer:
        from aiosmtplib.errors import (
            SMTPAuthenticationError,
            SMTPException,
            SMTPRecipientsRefused,
            SMTPResponseException,
        )

        try:
            message = _message(self._server.sender, letter)
            async with asyncio.timeout(SECONDS_FOR_A_LETTER), self._connection() as connection:
                await connection.send_message(message)
        except SMTPRecipientsRefused as refused:
            return _answered(refused.recipients[0].code, of_address=True)
        except SMTPAuthenticationError as error:
            return Later(f"smtp-{error.code}")
        except SMTPResponseException as error:
            return _answered(error.code, of_address=False)
        except ssl.SSLError:
            return Later("certificate")
        except TimeoutError:
            return Later("timeout")
        except (SMTPException, OSError) as error:
            return Later(_why(error))
        except (ValueError, UnicodeError):
            return Failed("address-unusable")
        return Accepted()

    async def close(self) -> None:
        for connection in self._idle:
            with suppress(Exception):
                await connection.quit(timeout=1)
        self._idle.clear()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["SMTP"]:
        """One that is open. It is given back only after success: what went wrong on it may have left it half way."""
        connection = self._idle.pop() if self._idle else await self._connected()
        if not connection.is_connected:
            connection = await self._connected()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    async def _connected(self) -> "SMTP":
        from aiosmtplib import SMTP

        server = self._server
        context = None if server.security == "none" else ssl.create_default_context(cafile=server.ca_file)
        connection = SMTP(
            hostname=server.host,
            port=server.port,
            timeout=SECONDS_FOR_A_LETTER,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=context,
            username=server.username,
            password=server.password,
        )
        await connection.connect()
        return connection


def _why(error: Exception) -> str:
    if isinstance(error.__cause__, ssl.SSLError):
        return "certificate"
    return "no-starttls" if "STARTTLS" in str(error) else "unreachable"


def _answered(code: int, *, of_address: bool) -> Answer:
    """What a reply means: one about an address concerns that letter alone."""
    error = f"smtp-{code}"
    if code == 421 or (code in _OF_THE_SERVER and not of_address):
        return Later(error)
    if 400 <= code < 500:
        return Later(error, _GREYLISTED if of_address else None, whole_channel=False)
    return Failed(error)


def _message(sender: str, letter: Letter) -> EmailMessage:
    """``Message-ID`` is the letter's own, so that a second copy is known as one."""
    message = EmailMessage()
    message["From"], message["To"] = sender, letter.address
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{letter.letter_id}@{sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(_html(letter), subtype="html")
    return message


def _html(letter: Letter) -> str:
    lines = (_line(line) for line in letter.text.splitlines())
    return f'<!doctype html><html><body style="font-family:sans-serif">{"".join(lines)}</body></html>'


def _line(line: str) -> str:
    shown = escape(line)
    if line.startswith(("https://", "http://")) and " " not in line:
        shown = f'<a href="{shown}">{shown}</a>'
    return f"<p>{shown or '&nbsp;'}</p>"
