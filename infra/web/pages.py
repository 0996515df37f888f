"""What every page shares: the templates, the reader's language, who is signed in, and signing in."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.notices import rule_url
from domain.access import Actor, Role
from domain.divisions import place_name
from domain.purposes import Purpose
from infra.http.keys import ACCESS, ACCOUNTS, ACTOR, INSTALLATION
from infra.http.outside_sign_in import PROVIDERS
from infra.http.problems import not_found
from infra.http.readings import purpose_on_pages
from infra.http.session import SESSION_COOKIE, remember_asked
from infra.identity.refused_tokens import NotAuthenticated
from infra.texts.language import Language, preferred_language
from infra.texts.problems import problems
from infra.web.presentation import (
    cause_of,
    for_role,
    in_language,
    kind_of,
    moment,
    numbers_of,
    person_of,
    rule_title,
    standing_of,
)
from infra.web.texts import text, word
from infra.web.visible import visible
from streams.threads import in_thread

TEMPLATES: Final = Path(__file__).parent / "templates"
_STATIC_FILES: Final = {file.name: file for file in Path(__file__).parent.joinpath("static").iterdir()}
LANGUAGE_COOKIE: Final = "lang"
A_YEAR_SECONDS: Final = 365 * 24 * 3600
FACTS_SHOWN: Final = 30
_SHOWN_IDS: Final = frozenset({Role.BIDDER, Role.TENDERER, Role.SOURCE, Role.AUDITOR})


class Pages:
    """The templates, in either language; everything that is shown is escaped."""

    def __init__(self) -> None:
        self._environments = {language: _environment(language) for language in Language}

    def render(self, template: str, language: Language, **values: Any) -> str:
        return self._environments[language].get_template(template).render(**values)


PAGES = web.AppKey("pages", Pages)


def signed_in(request: web.Request) -> Actor | None:
    cookie = request.cookies.get(SESSION_COOKIE)
    try:
        return request.app[ACCESS].authenticate_session(cookie) if cookie else None
    except NotAuthenticated:
        return None


async def sign_in_page(
    request: web.Request, message: str, *, status: HTTPStatus = HTTPStatus.OK, refused: str | None = None
) -> web.Response:
    """In the place of the page that was asked for; signing in leads back to it. ``refused`` says why it did not."""
    response = await page(
        request,
        "sign_in.html",
        None,
        status=status,
        message=message,
        resume=signed_in(request) is None,
        refused=refused,
        providers=request.app[PROVIDERS].names,
    )
    remember_asked(request, response)
    return response


async def outside_sign_in_refused(request: web.Request) -> web.Response:
    refused = "sign_in_outside_refused"
    return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED, refused=refused)


async def page(
    request: web.Request, template: str, actor: Actor | None, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
) -> web.Response:
    cookie = request.cookies.get(SESSION_COOKIE)
    response = await html(
        request,
        template,
        status=status,
        actor=actor,
        role=actor.role if actor else None,
        place=place_name(actor.jurisdiction) if actor else "",
        called=_called(request, actor)(actor.name) if actor else "",
        csrf=request.app[ACCESS].csrf_for(cookie) if actor and cookie else None,
        synthetic=request.app[INSTALLATION].settings.synthetic,
        other_language=_in_other_language(request),
        purpose=purpose_on_pages(request, actor) if actor else None,
        **values,
    )
    chosen, http = request.query.get(LANGUAGE_COOKIE), request.app[INSTALLATION].settings.http
    if chosen in set(Language):
        response.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=A_YEAR_SECONDS,
            path=http.cookie_path,
            secure=http.cookies_are_secure,
            httponly=True,
            samesite="Strict",
        )
    return response


async def html(
    request: web.Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
) -> web.Response:
    """Rendered beside the event loop: a list takes longer than the others should wait."""
    language, base = language_of(request), request.app[INSTALLATION].settings.http.base_path
    name_of = _called(request, values.get("actor") or request.get(ACTOR))
    body = await in_thread(request.app[PAGES].render, template, language, base=base, name_of=name_of, **values)
    headers = {"Content-Language": language.tag, "Vary": "Accept-Language, Cookie"}
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8", headers=headers)


def _called(request: web.Request, reader: Actor | None) -> Callable[[str], str]:
    """How the reader is shown whoever a record names: by name where the reader works for an office, else by id."""
    if reader is None or reader.role in _SHOWN_IDS:
        return lambda name: name
    return request.app[ACCOUNTS].name_of


async def show_static_file(request: web.Request) -> web.FileResponse:
    file = _STATIC_FILES.get(request.match_info["name"])
    if file is None:
        raise not_found()
    return web.FileResponse(file)


def _in_other_language(request: web.Request) -> str:
    """The address of this page in the language it is not shown in."""
    other = Language.ZH if language_of(request) is Language.EN else Language.EN
    base = request.app[INSTALLATION].settings.http.base_path
    return base + str(request.rel_url.update_query({LANGUAGE_COOKIE: other.value}))


def language_of(request: web.Request) -> Language:
    """Chosen in the address, remembered in a cookie, or what the browser asks for; Chinese first."""
    chosen = request.query.get(LANGUAGE_COOKIE) or request.cookies.get(LANGUAGE_COOKIE)
    return (
        Language(chosen) if chosen in set(Language) else preferred_language(request.headers.get("Accept-Language", ""))
    )


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "t": lambda key, **values: text(key, language).format_map(values) if values else text(key, language),
        "language": language.value,
        "language_tag": language.tag,
        "purposes": [(purpose, text(f"purpose_{purpose}", language)) for purpose in Purpose],
        "purpose_words": lambda said: text(f"purpose_{said}", language) if said in list(Purpose) else said,
        "alone": False,
        "title_of": lambda code: rule_title(code, language),
        "rule_url": rule_url,
        "said": lambda words: in_language(words.zh, words.en, language),
        "for_role": for_role,
        "person_of": person_of,
        "numbers_of": numbers_of,
        "cause_of": lambda cause, clue: cause_of(cause, clue, language),
        "standing_of": lambda clue: standing_of(clue, language),
        "problems": problems(language),
        "FACTS_SHOWN": FACTS_SHOWN,
    }
    environment.filters |= {
        "word": lambda key: word(key, language),
        "place": place_name,
        "kind": kind_of,
        "moment": moment,
    }
    return environment
