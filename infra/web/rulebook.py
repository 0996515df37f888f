"""The rulebook for everybody: what each rule compares, and why."""

from aiohttp import web

from domain.rule import RULEBOOK
from infra.http.problems import not_found
from infra.rulebook.sheet import RuleSheet, grouped, rule_sheet
from infra.texts.language import Language
from infra.web.pages import language_of, page, signed_in
from streams.threads import in_thread


async def show_rules(request: web.Request) -> web.Response:
    return await page(request, "rules.html", signed_in(request), groups=await in_thread(grouped))


async def show_rule(request: web.Request) -> web.Response:
    sheet = await in_thread(_sheet, request.match_info["code"], language_of(request))
    if sheet is None:
        raise not_found()
    return await page(request, "rule.html", signed_in(request), sheet=sheet)


def _sheet(code: str, language: Language) -> RuleSheet | None:
    rule = RULEBOOK.get(code)
    return rule_sheet(rule, language) if rule else None
