"""A person's dossier, every reading of which is recorded, and the integrity file 诚信档案."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy import Connection

from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import Knowledge
from infra.erasing import check_sealed, erase_identity
from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.parameters import DossierQuery, read_query
from infra.http.problems import not_found
from infra.http.reading import read
from infra.http.readings import purpose_of, record_readings
from projections.questions.as_of import AsOf
from projections.questions.dossier import Dossier, dossier
from projections.questions.integrity_file import IntegrityFile, integrity_file
from streams.node.commands import RecordErasure
from streams.threads import in_thread


async def show_dossier(request: web.Request) -> web.Response:
    """Shown only once the reading is on record: who, whose and why."""
    query, purpose = read_query(request, DossierQuery), purpose_of(request)
    installation = request.app[INSTALLATION]
    actor, person_id = request[ACTOR], request.match_info["person_id"]

    def question(connection: Connection, as_of: AsOf) -> Dossier:
        found = dossier(
            connection,
            as_of,
            actor,
            person_id,
            knowledge=Knowledge(known_at=query.known_at, known_by=query.known_by),
            valid_at=day_in_shanghai(query.valid_at) if query.valid_at else None,
            now=query.known_at or installation.clock(),
        )
        masked = installation.vault.masked(connection, person_id) if actor.may_see_person_names else None
        return replace(found, person_masked=masked)

    found = await read(request, question)
    await record_readings(request, actor, [person_id], purpose)
    return await in_thread(answer_json, found)


async def erase_person(request: web.Request) -> web.Response:
    """Remove a person's identity, for good, once that is on record; what is left is a pseudonym."""
    installation, person_id = request.app[INSTALLATION], request.match_info["person_id"]
    if not request[ACTOR].sees_every_jurisdiction:
        raise not_found()
    await in_thread(check_sealed, installation, person_id)
    await request.app[NODE].perform(RecordErasure(person_id, request[ACTOR], installation.clock()))
    erased = await in_thread(erase_identity, installation, person_id)
    return answer_json({"person_id": person_id, "erased": sum(erased.values())})


async def show_integrity_file(request: web.Request) -> web.Response:
    purpose = purpose_of(request)
    today = day_in_shanghai(request.app[INSTALLATION].clock())
    actor, person_id = request[ACTOR], request.match_info["person_id"]
    vault = request.app[INSTALLATION].vault

    def question(connection: Connection, as_of: AsOf) -> IntegrityFile:
        found = integrity_file(connection, as_of, actor, person_id, on=today)
        masked = vault.masked(connection, person_id) if actor.may_see_person_names else None
        return replace(found, person_masked=masked)

    found = await read(request, question)
    await record_readings(request, actor, [person_id], purpose)
    return await in_thread(answer_json, found)
