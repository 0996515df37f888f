"""Channels and what goes out by them: what failed, sending it again, a test."""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints

from alerts import receipts
from alerts.outgoing import State
from alerts.receipts import Receipt
from domain.access import Role
from domain.errors import NotAllowed, NotEntitled, NotFound
from domain.instants import instant_text
from infra.channels import channel_named, channels_of
from infra.http.answers import answer_json
from infra.http.body import read_model
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import NotificationQuery
from infra.installation import Installation
from projections.boards.accounts import account
from streams.threads import in_thread


class MessageWanted(BaseModel):
    """To whom, where the channel sends to accounts; without it to the caller's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    account_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None
    language: Literal["zh", "en"] = "zh"


async def list_failed(request: web.Request, query: NotificationQuery) -> web.Response:
    """What failed for good, in the order of writing; ``after`` is the number of rows to leave out."""
    installation, actor = request.app[INSTALLATION], request[ACTOR]
    if actor.role is Role.SUPERVISOR:
        raise NotEntitled("operators and auditors see what failed")
    limit = min(query.limit, installation.settings.limits.page_items)
    found = await in_thread(failed, installation, skip=query.after, limit=limit)
    following = query.after + limit if len(found) == limit else None
    return answer_json({"items": [_document(each) for each in found], "next": following})


def failed(installation: Installation, *, skip: int, limit: int) -> list[Receipt]:
    """Those of all shards, one shard after the other."""
    found: list[Receipt] = []
    for database in installation.logs:
        with database.read() as connection:
            found += receipts.receipts(connection, state=State.FAILED, limit=skip + limit)
    return found[skip : skip + limit]


async def resend(request: web.Request) -> web.Response:
    """Under its id; answers with the row as it stands now."""
    installation, row_id = request.app[INSTALLATION], request.match_info["notification_id"]
    return answer_json(_document(await in_thread(resent, installation, row_id)))


def resent(installation: Installation, row_id: str) -> Receipt:
    """Raises NotFound, or NotAllowed where it has not failed."""
    for database in installation.logs:
        with database.transaction() as connection:
            try:
                return receipts.resend(connection, row_id, installation.clock())
            except NotFound:
                continue
    raise NotFound("notification")


async def send_test(request: web.Request) -> web.Response:
    """Answers before it is sent: the list of failures tells where it did not arrive."""
    wanted, installation = await read_model(request, MessageWanted), request.app[INSTALLATION]
    channel = channel_named(installation.settings.channels, request.match_info["name"])
    account_id = (wanted.account_id or request[ACTOR].account) if channel.reaches else None
    if channel.reaches and account_id is None:
        raise NotAllowed("this channel sends to accounts: name one")
    row_id = await in_thread(_queue_test, installation, channel.name, account_id, wanted.language)
    return answer_json({"notification_id": row_id, "channel": channel.name}, status=202)


def _queue_test(installation: Installation, channel: str, account_id: str | None, language: str) -> str:
    # All accounts of a cluster are kept by its first shard.
    with installation.logs[0].transaction() as connection:
        if account_id is not None and account(connection, account_id) is None:
            raise NotFound("account")
        return receipts.queue_test(connection, channel, account_id, language, installation.clock())


async def list_channels(request: web.Request) -> web.Response:
    """Those of the settings, with the number of rows by state."""
    installation = request.app[INSTALLATION]
    return answer_json({"items": await in_thread(channel_documents, installation)})


def channel_documents(installation: Installation) -> list[dict[str, Any]]:
    counts: dict[tuple[str, str], int] = {}
    for database in installation.logs:
        with database.read() as connection:
            for key, count in receipts.counts(connection).items():
                counts[key] = counts.get(key, 0) + count
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "reaches": each.reaches,
            "per_minute": each.per_minute,
            **{str(state): counts.get((each.name, state), 0) for state in State},
        }
        for each in channels_of(installation.settings.channels)
    ]


def _document(found: Receipt) -> dict[str, Any]:
    return {
        "notification_id": found.row_id,
        "status": str(found.state),
        "reason": found.error,
        "channel": found.channel,
        "account_id": found.account_id,
        "occasion": found.occasion,
        "notice": found.notice,
        "tries": found.tries,
        "created_at": instant_text(found.queued_at),
        "due_at": instant_text(found.due_at),
        "accepted_at": instant_text(found.accepted_at) if found.accepted_at else None,
    }
