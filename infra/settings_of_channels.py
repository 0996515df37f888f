"""The settings of the channels by which people are told: ``[channels]``."""

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from domain.facts.fact import Jurisdiction

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Address = Annotated[SecretStr, Field(min_length=10)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class MailSettings(_Section):
    """A mail server. ``security = "none"`` is for a server on this machine."""

    name: Name = "mail"
    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    sender: Annotated[str, Field(pattern=r"^[^@\r\n]+@[^@\r\n]+$")]
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    per_minute: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.security == "none" and not _is_this_machine(self.host):
            raise ValueError("mail to another machine is encrypted: security is starttls or tls")
        return self


class RobotSettings(_Section):
    """A robot of a group chat. ``url`` holds its key; ``secret`` signs, where the maker's robots sign.

    ``jurisdiction`` is the place that its group looks after.
    """

    name: Name
    url: Address
    secret: SecretStr | None = None
    jurisdiction: Jurisdiction | None = None
    language: Literal["zh", "en"] = "zh"
    private_addresses: bool = False


class SmsSettings(_Section):
    """A gateway: ``body`` is a template with phone, text and letter_id."""

    name: Name = "sms"
    url: Address
    body: str
    headers: Mapping[str, SecretStr] = Field(default_factory=dict)
    accepted_field: str | None = None
    accepted_value: str = "0"
    per_minute: Annotated[int, Field(ge=1)] | None = None
    private_addresses: bool = False


class Channels(_Section):
    """``templates`` is a folder whose texts replace those of the program, file by file."""

    templates: Path | None = None
    mail: tuple[MailSettings, ...] = ()
    wecom: tuple[RobotSettings, ...] = ()
    dingtalk: tuple[RobotSettings, ...] = ()
    feishu: tuple[RobotSettings, ...] = ()
    sms: tuple[SmsSettings, ...] = ()

    @model_validator(mode="after")
    def _one_of_each_name(self) -> Self:
        twice = [name for name, count in Counter(self.names()).items() if count > 1]
        if twice:
            raise ValueError(f"two channels have one name: {', '.join(twice)}")
        return self

    def names(self) -> Iterator[str]:
        for group in (self.mail, self.wecom, self.dingtalk, self.feishu, self.sms):
            yield from (each.name for each in group)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
