"""The pages: a view asks one question, and a template shows the answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Connection

from alerts.inbox import last_notice_id
from domain.access import Actor, Role
from domain.clues.context import ClueStatus
from domain.errors import NotFound
from domain.facts import MESSAGES, OUTSIDE
from domain.rule import RULEBOOK
from infra.documents.clue_detail import ClueDetail
from infra.documents.clues import named
from infra.http.clues import clue_id_of, read_detail
from infra.http.keys import ACCESS, ACTOR, INSTALLATION
from infra.http.openapi import DOCUMENT
from infra.http.problems import Problem
from infra.http.reading import read
from infra.http.session import SESSION_COOKIE
from infra.identity.access import NotAuthenticated
from infra.identity.vault import UNKNOWN_PERSON
from infra.web.presentation import (
    WITH_REASON,
    evidence_of,
    in_language,
    kind_of,
    moment,
    numbers_of,
    place_name,
    verbs_for,
)
from infra.web.texts import Language, text, word
from projections.questions import clue_queries
from projections.questions.clue_queries import Filters, ShownClue

TEMPLATES: Final = Path(__file__).parent / "templates"
LANGUAGE_COOKIE: Final = "lang"
A_YEAR_SECONDS: Final = 365 * 24 * 3600
OPEN_SHOWN: Final = 100
CLOSED_SHOWN: Final = 20
FACTS_SHOWN: Final = 30
TOLD: Final = frozenset({Role.SUPERVISOR, Role.TENDERER, Role.BIDDER})


@dataclass(frozen=True, slots=True)
class Group:
    """Clues shown under one heading; ``more`` when not all of them are."""

    key: str
    title: str
    clues: tuple[ShownClue, ...]
    more: bool


class Pages:
    """The templates, in either language; everything that is shown is escaped."""

    def __init__(self) -> None:
        self._environments = {language: _environment(language) for language in Language}

    def render(self, template: str, language: Language, **values: Any) -> str:
        return self._environments[language].get_template(template).render(**values)


PAGES = web.AppKey("pages", Pages)


async def show_clues(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return sign_in_page(request, "sign_in_how")
    if actor.role is Role.SOURCE:
        return sign_in_page(request, "not_your_page")
    groups, last_notice = await read(request, lambda connection, _: _overview(request, connection, actor))
    live = actor.role in TOLD
    return page(request, "clues.html", actor, groups=groups, live=live, last_notice=last_notice)


async def show_clue(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    try:
        detail = await read_detail(request, actor, clue_id_of(request))
    except (NotFound, Problem):
        return page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="not_found")
    return page(request, "clue.html", actor, **_detail_values(actor, detail))


async def clues_fragment(request: web.Request) -> web.Response:
    actor = request[ACTOR]
    groups, _ = await read(request, lambda connection, _: _overview(request, connection, actor))
    return html(request, "_clues.html", groups=groups)


async def evidence_fragment(request: web.Request) -> web.Response:
    actor = request[ACTOR]
    detail = await read_detail(request, actor, clue_id_of(request))
    return html(request, "_evidence.html", **_detail_values(actor, detail))


async def show_sign_in(request: web.Request) -> web.Response:
    return sign_in_page(request, "sign_in_how")


async def show_docs(request: web.Request) -> web.Response:
    document = request.app[DOCUMENT]
    schemas = document["components"]["schemas"]
    operations = [
        {**operation, "method": method.upper(), "path": path, "body": _media_types(operation)}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    messages = {data.type_name(): schemas[MESSAGES[data.type_name()].__name__] for data in OUTSIDE}
    values = {"version": document["info"]["version"], "operations": operations, "messages": messages}
    return page(request, "docs.html", signed_in(request), **values)


def _media_types(operation: dict[str, Any]) -> list[str]:
    return list(operation.get("requestBody", {}).get("content", ()))


def _overview(request: web.Request, connection: Connection, actor: Actor) -> tuple[list[Group], int]:
    """Open clues first, the gravest on top; what is decided or withdrawn comes last, and only the newest."""
    vault = request.app[INSTALLATION].vault

    def group(key: str, title: str, statuses: Iterable[ClueStatus], most: int) -> Group:
        pages = [clue_queries.clues(connection, actor, Filters(statuses=(status,)), limit=most) for status in statuses]
        found = named(connection, vault, actor, tuple(clue for page in pages for clue in page.items))
        newest = sorted(found, key=lambda clue: clue.revised_at, reverse=True)[:most]
        return Group(key, title, tuple(newest), len(found) > most or any(page.next for page in pages))

    groups = [
        _gravest_first(group("needs_you", "needs_you", (ClueStatus.RAISED,), OPEN_SHOWN)),
        _gravest_first(group("acknowledged", "acknowledged_group", (ClueStatus.ACKNOWLEDGED,), OPEN_SHOWN)),
        _gravest_first(group("investigated", "investigated_group", (ClueStatus.UNDER_INVESTIGATION,), OPEN_SHOWN)),
        group("closed", "closed_group", (status for status in ClueStatus if not status.is_open), CLOSED_SHOWN),
    ]
    return groups, last_notice_id(connection)


def _gravest_first(group: Group) -> Group:
    ranks = {"high": 0, "medium": 1, "low": 2, "info": 3}
    return Group(group.key, group.title, tuple(sorted(group.clues, key=lambda clue: ranks[clue.severity])), group.more)


def _detail_values(actor: Actor, detail: ClueDetail) -> dict[str, Any]:
    clue = detail.clue
    verbs = verbs_for(actor, ClueStatus(clue.status), evidence_changed=clue.evidence_changed)
    return {
        "clue": clue,
        "evidence": evidence_of(detail.evidence) if detail.evidence else None,
        "told": detail.notices,
        "verbs": verbs,
        "verbs_with_reason": [verb for verb in verbs if verb in WITH_REASON],
    }


def signed_in(request: web.Request) -> Actor | None:
    cookie = request.cookies.get(SESSION_COOKIE)
    try:
        return request.app[ACCESS].authenticate_session(cookie) if cookie else None
    except NotAuthenticated:
        return None


def sign_in_page(request: web.Request, message: str, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return page(request, "sign_in.html", None, status=status, message=message)


def page(
    request: web.Request, template: str, actor: Actor | None, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
) -> web.Response:
    cookie = request.cookies.get(SESSION_COOKIE)
    response = html(
        request,
        template,
        status=status,
        actor=actor,
        place=place_name(actor.jurisdiction) if actor else "",
        csrf=request.app[ACCESS].csrf_for(cookie) if actor and cookie else None,
        synthetic=request.app[INSTALLATION].settings.synthetic,
        other_language=_in_other_language(request),
        **values,
    )
    chosen = request.query.get(LANGUAGE_COOKIE)
    if chosen in set(Language):
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=A_YEAR_SECONDS, httponly=True, samesite="Strict")
    return response


def html(request: web.Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> web.Response:
    body = request.app[PAGES].render(template, _language(request), **values)
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8")


def _in_other_language(request: web.Request) -> str:
    """The address of this page in the language it is not shown in."""
    other = Language.ZH if _language(request) is Language.EN else Language.EN
    return str(request.rel_url.update_query({LANGUAGE_COOKIE: other.value}))


def _language(request: web.Request) -> Language:
    """Chosen in the address, remembered in a cookie; Chinese first."""
    chosen = request.query.get(LANGUAGE_COOKIE) or request.cookies.get(LANGUAGE_COOKIE)
    return Language.EN if chosen == Language.EN else Language.ZH


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = lambda key: text(key, language)
    environment.globals["language"] = language.value
    environment.globals["alone"] = False
    environment.globals["title_of"] = lambda code: _rule_title(code, language)
    environment.globals["said"] = lambda words: in_language(words.zh, words.en, language)
    environment.globals["person_of"] = _person
    environment.globals["numbers_of"] = numbers_of
    environment.globals["FACTS_SHOWN"] = FACTS_SHOWN
    environment.filters["word"] = lambda key: word(key, language)
    environment.filters["place"] = place_name
    environment.filters["kind"] = kind_of
    environment.filters["moment"] = moment
    return environment


def _person(clue: ShownClue) -> str:
    """The masked name, where one is known and may be seen; else the beginning of the pseudonym."""
    masked = clue.person_masked
    return masked if masked and masked != UNKNOWN_PERSON else f"{(clue.person_id or '')[:12]}…"


def _rule_title(code: str, language: Language) -> str:
    rule = RULEBOOK.get(code)
    return in_language(rule.title_zh, rule.title, language) if rule else code
