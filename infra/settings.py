"""All that an install can choose, with its defaults; :mod:`infra.settings_layers` reads it."""

import os
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from domain.access import Role
from domain.delivery_bounds import DeliveryBounds
from domain.errors import Unusable
from domain.facts.fact import Jurisdiction
from domain.policy import PolicyBook
from domain.thresholds import known_thresholds
from infra.settings_of_channels import Channels
from infra.texts.language import Language, language_of_locale
from streams.intake.sizes import MESSAGE_BYTES

MIB = 1024 * 1024
FEWEST_KEY_BYTES: Final = 24
"""Of a webhook's secret, as Standard Webhooks say."""
ENVIRONMENT_PREFIX: Final = "TENDER_MONITOR_"

Layer = Mapping[str, Any]
"""Nested settings from one place: flags, the environment or a file."""


class SettingsError(Unusable):
    """The settings cannot be used: one line per wrong key, each naming where it came from."""


class Section(BaseModel):
    """Frozen; an unknown key is refused, so that a misspelt one never goes unnoticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _network(text: str) -> str:
    ip_network(text)
    return text


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine's own, which nobody else reaches."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Http(Section):
    """``public_url`` is what people type when a proxy stands in front; ``port`` 0 takes a free one.

    It may have a path (``https://city.example/monitor``); the proxy takes that path away before it asks us.

    ``secure_cookies``: sent over HTTPS alone; by default unless the address is this machine's loopback.
    ``proxies`` are networks whose ``X-Forwarded-For`` is believed. With ``purpose_required`` a call that reads
    about people must name its purpose; without, the usual one of the caller's role is recorded. A session of an
    account ends after ``idle_minutes`` in which nobody used it.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    public_url: str | None = None
    session_hours: Annotated[int, Field(ge=1, le=24)] = 12
    idle_minutes: Annotated[int, Field(ge=1, le=1_440)] = 30
    secure_cookies: bool | None = None
    proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    purpose_required: bool = False

    @property
    def base_path(self) -> str:
        """What stands before every path in an address on a page: empty, or such as ``/monitor``."""
        return urlsplit(self.public_url or "").path.rstrip("/")

    @property
    def cookie_path(self) -> str:
        """Other applications under the same name are not sent our cookies."""
        return f"{self.base_path}/"

    @property
    def cookies_are_secure(self) -> bool:
        if self.secure_cookies is not None:
            return self.secure_cookies
        host = urlsplit(self.public_url).hostname if self.public_url else self.host
        return not is_loopback(host or "")


class Limits(Section):
    """What one request may ask of the machine. Bytes are counted after decompression.

    ``event_bytes`` may be lowered only: intake refuses larger messages, whichever way they come.
    ``refused_sign_ins`` of one address, and ``sign_ins_of_one_account``, are counted by the minute.
    """

    body_bytes: Annotated[int, Field(ge=1024)] = 32 * MIB
    event_bytes: Annotated[int, Field(ge=1024, le=MESSAGE_BYTES)] = MESSAGE_BYTES
    upload_bytes: Annotated[int, Field(ge=1024)] = 1024 * MIB
    batch_events: Annotated[int, Field(ge=1)] = 10_000
    page_items: Annotated[int, Field(ge=1, le=10_000)] = 500
    reported_rejections: Annotated[int, Field(ge=1)] = 1_000
    waiting_messages: Annotated[int, Field(ge=1)] = 50_000
    sse_connections: Annotated[int, Field(ge=1)] = 1_000
    streams_of_one_account: Annotated[int, Field(ge=1)] = 5
    refused_sign_ins: Annotated[int, Field(ge=1)] = 10
    sign_ins_of_one_account: Annotated[int, Field(ge=1)] = 30


class OidcIssuer(Section):
    """An outside issuer of tokens; ``jwks_url`` is read for its keys.

    ``role_claim`` is the name of the claim with our role, or a path into it (``realm_access.roles``); the claim may
    be a list. ``roles`` translates what the issuer calls roles or groups; without it our own names are expected.
    """

    issuer: str
    audience: str
    jwks_url: str
    role_claim: str = "role"
    roles: Mapping[str, Role] = Field(default_factory=dict)


class SignInProvider(Section):
    """An OpenID Connect provider at which people sign in (code flow with PKCE); ``name`` stands on the button.

    ``login_claim`` of the ID token is the login name of an account here. What the account may do is granted here.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)]
    issuer: Annotated[str, Field(pattern=r"^https?://")]
    client_id: str
    client_secret: SecretStr | None = None
    login_claim: str = "preferred_username"
    scopes: tuple[str, ...] = ("openid", "profile")


class Access(Section):
    """``issuer`` and ``audience`` of the tokens this install signs itself."""

    issuer: str = "tender-monitor"
    audience: str = "tender-monitor"
    oidc: tuple[OidcIssuer, ...] = ()
    sign_in: tuple[SignInProvider, ...] = ()


class Witness(Section):
    """``url`` is the submission prefix of C2SP tlog-witness, ``vkey`` the key of its cosignatures."""

    url: str
    vkey: str


class Transparency(Section):
    """``origin`` names the log, as a URL without scheme; it cannot change once the log is begun.

    ``witness_seconds``: how often a new checkpoint is sent to the witnesses at most.
    """

    origin: Annotated[str, Field(pattern=r"^[^\s+]+$", max_length=200)] | None = None
    witnesses: tuple[Witness, ...] = ()
    witness_seconds: Annotated[float, Field(gt=0)] = 10.0


class Disk(Section):
    """Below ``reserve_mib`` of free space no facts are taken in; what is recorded can be read and decided about.

    ``network`` says that the data folder may lie on a file system of another machine.
    """

    reserve_mib: Annotated[int, Field(ge=0)] = 256
    network: bool = False


class Clock(Section):
    """``servers``: time servers (SNTP), a name with or without a port, which are asked where the clock is doubted."""

    servers: tuple[Annotated[str, Field(pattern=r"^[^\s:]+(:\d+)?$")], ...] = ()


SYSLOG: Final = "syslog"


class CheckpointSink(Section):
    """``sink``: where checkpoints of the log are put besides, at most every ``seconds`` and when a process ends.

    A file, best on a disk of another machine, or ``syslog``.
    """

    sink: Annotated[str, Field(min_length=1)] | None = None
    seconds: Annotated[float, Field(gt=0)] = 10.0


class Backup(Section):
    """``series``: the folder of dated backups, so that commands need not be told and ``/metrics`` tells their age.

    Every copy of the last ``keep_days`` days stays, and the newest of each of the last ``keep_months`` months.
    """

    series: Annotated[Path | None, AfterValidator(lambda path: path and path.expanduser())] = None
    keep_days: Annotated[int, Field(ge=1, le=3_660)] = 14
    keep_months: Annotated[int, Field(ge=0, le=1_200)] = 12


class Kafka(Section):
    """``partitions`` and ``shards`` are fixed for good once topics are made; each shard is a PostgreSQL schema.

    ``epoch`` is raised when topics are made anew, for then their offsets begin again.
    A worker that stands still for ``standstill_seconds`` in a transaction loses it, and the locks it holds.
    A worker ends where a transaction takes longer than ``transaction_seconds``: its database is silent.
    A notice waits until what had come to the topics before is recorded, at most ``notices_wait_seconds``.
    ``doctor`` and ``/readyz`` tell what waits longer than ``overdue_seconds`` to be recorded, or to be sent.
    ``metrics_host`` is the address at which ``/metrics`` of workers and publishers answers everybody who reaches it.
    A console waits ``answer_seconds`` for a worker to record what somebody decided there.
    ``tls`` is on where ``ca_file`` is given, or set by itself for brokers with public certificates.
    """

    brokers: tuple[Annotated[str, Field(pattern=r"^[^\s:/]+:\d+$")], ...] = ()
    group: str = "tender-monitor"
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 12
    shards: Annotated[int, Field(ge=1, le=1_000)] = 1
    replication: Annotated[int, Field(ge=1, le=10)] = 1
    epoch: Annotated[int, Field(ge=1)] = 1
    session_seconds: Annotated[float, Field(ge=2, le=300)] = 30.0
    standstill_seconds: Annotated[float, Field(ge=2, le=3_600)] = 120.0
    transaction_seconds: Annotated[float, Field(ge=5, le=3_600)] = 60.0
    overdue_seconds: Annotated[float, Field(ge=1, le=86_400)] = 60.0
    notices_wait_seconds: Annotated[float, Field(ge=0, le=3_600)] = 60.0
    answer_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 9108
    tls: bool = False
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    username: str | None = None
    password: SecretStr | None = None
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"

    @model_validator(mode="after")
    def _a_partition_for_every_shard(self) -> Self:
        if self.shards > self.partitions:
            raise ValueError("every shard needs a partition: shards is at most partitions")
        return self


class Webhook(Section):
    """Notices of one recipient, posted to ``url`` as Standard Webhooks say.

    ``key`` is a jurisdiction for a supervisor, else a unified social credit code. Every secret
    (``whsec_…``) signs, so that a receiver can change over; so does ``signing_key`` (``whsk_…``).
    ``private_addresses`` allows an address inside the own network.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    url: Annotated[str, Field(pattern=r"^https?://")]
    role: Literal["supervisor", "tenderer", "bidder"]
    key: str
    secrets: tuple[SecretStr, ...] = ()
    signing_key: SecretStr | None = None
    private_addresses: bool = False

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if not self.secrets and self.signing_key is None:
            raise ValueError("a receiver could not tell our notices from others': give secrets or a signing_key")
        for text, prefix in self._keys():
            if len(_decoded(text, prefix)) < FEWEST_KEY_BYTES:
                raise ValueError(f"a key is {prefix} and at least {FEWEST_KEY_BYTES} bytes in base64")
        return self

    def _keys(self) -> Iterator[tuple[str, str]]:
        for secret in self.secrets:
            yield secret.get_secret_value(), "whsec_"
        if self.signing_key is not None:
            yield self.signing_key.get_secret_value(), "whsk_"


def _decoded(text: str, prefix: str) -> bytes:
    """Empty for what is no key."""
    try:
        return b64decode(text.removeprefix(prefix), validate=True) if text.startswith(prefix) else b""
    except ValueError:
        return b""


class Deliveries(DeliveryBounds):
    """What a delivery may differ from the last one (docs/importing.md); ``sources`` have bounds of their own.

    Those hold for all files of the source. The others hold where a file takes back what is not in it, where it is
    uploaded, and where it comes by a watched folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    sources: Mapping[str, DeliveryBounds] = Field(default_factory=dict)
    uploads_kept_days: Annotated[int, Field(ge=1)] = 30
    """So long an upload waits for a decision, and its rejected rows can be had."""

    @property
    def uploads_kept(self) -> timedelta:
        return timedelta(days=self.uploads_kept_days)

    def of(self, source: str) -> DeliveryBounds:
        return self.sources.get(source, self)


class Logs(Section):
    """``auto`` writes for people on a terminal and JSON lines elsewhere."""

    form: Literal["auto", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


def _default_data() -> Path:
    return user_data_path("tender-monitor", appauthor=False)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("no time zone of this name is known, such as Asia/Shanghai") from None
    return name


def _language_of_the_locale() -> Language:
    return language_of_locale(os.environ)


def language_of_environment() -> Language:
    """The language to speak where no settings can be read: of the variable, else of the locale."""
    chosen = os.environ.get(f"{ENVIRONMENT_PREFIX}LANGUAGE", "").lower()
    return Language(chosen) if chosen in set(Language) else _language_of_the_locale()


class Settings(Section):
    """Everything an install can choose. ``data`` is the folder that holds it all.

    ``database`` is a SQLAlchemy URL; without one the ledger is a SQLite file in ``data``.
    ``synthetic`` says on every page and in every export that no fact here is real.
    ``divisions`` names, by its code of GB/T 2260, what was founded later than the table of this version.
    ``time_zone`` is the one the command line tells times in; ``language`` is the one it speaks, by default that of
    the locale (``LANG``).
    """

    data: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=_default_data)
    database: Annotated[str | None, Field(repr=False)] = None
    synthetic: bool = False
    language: Language = Field(default_factory=_language_of_the_locale)
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    http: Http = Http()
    limits: Limits = Limits()
    access: Access = Access()
    logs: Logs = Logs()
    transparency: Transparency = Transparency()
    checkpoint: CheckpointSink = CheckpointSink()
    clock: Clock = Clock()
    disk: Disk = Disk()
    backup: Backup = Backup()
    kafka: Kafka = Kafka()
    deliveries: Deliveries = Deliveries()
    webhooks: tuple[Webhook, ...] = ()
    channels: Channels = Channels()
    divisions: Mapping[Jurisdiction, Annotated[str, Field(min_length=1, max_length=100)]] = Field(default_factory=dict)
    policy: Annotated[PolicyBook, AfterValidator(known_thresholds)] = Field(default_factory=PolicyBook)

    @property
    def on_postgresql(self) -> bool:
        return self.database is not None and self.database.startswith(("postgresql://", "postgresql+psycopg://"))
