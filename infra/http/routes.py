"""The calls of programs and who may use them, in one table."""

from typing import Final

from pydantic import BaseModel

from domain.access import Role
from infra.http import (
    approvals,
    clues,
    comparison,
    composite,
    coverage,
    dossier,
    events,
    health,
    log,
    notices,
    notifications,
    openapi,
    parameters,
    quarantine,
    rules,
    session,
    sources,
)
from infra.http.asyncapi import show_asyncapi
from infra.http.route import (
    ADMINISTRATORS,
    BYTES,
    CASE_READERS,
    CLUE_READERS,
    CREATED,
    DECIDED,
    DECIDERS,
    ENDED,
    ERASERS,
    EXPLAINERS,
    FEEDS,
    JSON,
    LOG_READERS,
    LOT_READERS,
    METRICS,
    NOTHING,
    NOTIFICATION_READERS,
    PUBLIC,
    READY,
    SHEET,
    SIGNED_IN,
    SOURCE_READERS,
    STREAM,
    TAKEN,
    TEXT,
    TOLD,
    Answered,
    Handler,
    Route,
)
from projections.questions.composite import Subject


def _clue_command(verb: str, roles: frozenset[Role], summary: str) -> Route:
    path = f"/api/v1/clues/{{clue_id}}/{verb}"
    return Route("POST", path, clues.command(verb), roles, summary, body=clues.Reason, answered=DECIDED)


def _findings(plural: str, parameter: str, subject: Subject, what: str) -> Route:
    path, handler = f"/api/v1/{plural}/{{{parameter}}}/findings", composite.composite_of(subject, parameter)
    return Route(
        "GET", path, handler, CLUE_READERS, f"All findings about {what}, worst first", query=parameters.CompositeQuery
    )


def _log_routes(path: str, pattern: str, what: str) -> tuple[Route, ...]:
    def route(
        under: str,
        handler: Handler,
        summary: str,
        *,
        query: type[BaseModel] | None = None,
        roles: frozenset[Role] | None = PUBLIC,
        within: str | None = None,
        answered: Answered = JSON,
    ) -> Route:
        full = pattern + (within or under)
        return Route("GET", path + under, handler, roles, summary, query=query, pattern=full, answered=answered)

    return (
        route(
            "/checkpoint",
            log.show_checkpoint,
            f"The signed size and root of {what}",
            query=log.CheckpointQuery,
            answered=TEXT,
        ),
        route(
            "/tile/{tile}",
            log.show_tile,
            f"A tile of {what} (C2SP tlog-tiles)",
            within="/tile/{tile:.+}",
            answered=BYTES,
        ),
        route(
            "/entries/{position}",
            log.show_entry,
            f"The exact bytes of a leaf of {what}",
            roles=LOG_READERS,
            answered=BYTES,
        ),
        route("/proof/inclusion", log.show_inclusion, f"That an entry is in {what}", query=log.InclusionQuery),
        route(
            "/proof/consistency",
            log.show_consistency,
            f"That {what} has only grown between two sizes",
            query=log.ConsistencyQuery,
        ),
    )


API: Final = (
    Route("POST", "/api/v1/events", events.post_events, FEEDS, "Record facts, in any CloudEvents form", answered=TAKEN),
    Route("GET", "/api/v1/clues", clues.list_clues, CLUE_READERS, "Clues", query=parameters.ClueFilters),
    Route("GET", "/api/v1/clues/{clue_id}", clues.show_clue, CLUE_READERS, "One clue, with its evidence and history"),
    _clue_command("acknowledge", DECIDERS, "Say that the clue has been seen"),
    _clue_command("investigate", DECIDERS, "Open an investigation"),
    _clue_command("explain", EXPLAINERS, "Put an explanation on record"),
    _clue_command("confirm", DECIDERS, "Close the investigation: the suspicion is confirmed"),
    _clue_command("clear", DECIDERS, "Close the clue: the suspicion is not confirmed"),
    Route(
        "GET",
        "/api/v1/tenders/{tender_id}/lots/{lot_id}/comparison",
        comparison.show_comparison,
        LOT_READERS,
        "Bidders and leads of a lot, compared",
        query=parameters.InTwoTimes,
    ),
    Route(
        "GET",
        "/api/v1/approvals",
        approvals.list_approvals,
        LOT_READERS,
        "Approval cases with their lights, opened first first; also as CSV",
        query=approvals.ApprovalQuery,
        answered=SHEET,
    ),
    Route(
        "GET",
        "/api/v1/approval-statistics",
        approvals.show_statistics,
        LOT_READERS,
        "What departments decided, month by month, beside the published limits; also as CSV",
        query=approvals.StatisticsQuery,
        answered=SHEET,
    ),
    Route(
        "GET",
        "/api/v1/approvals/{case_id}",
        approvals.show_approval,
        LOT_READERS,
        "One approval case: steps with working days used and left",
        query=approvals.CaseQuery,
    ),
    Route(
        "GET",
        "/api/v1/approvals/{case_id}/history",
        approvals.show_history,
        LOT_READERS,
        "What was recorded about a case, with positions and proofs",
        query=parameters.AsKnown,
    ),
    Route(
        "GET",
        "/api/v1/people/{person_id}/dossier",
        dossier.show_dossier,
        CASE_READERS,
        "The evidence about a person; the reading itself is recorded",
        query=parameters.DossierQuery,
    ),
    Route(
        "GET",
        "/api/v1/people/{person_id}/integrity-file",
        dossier.show_integrity_file,
        CASE_READERS | {Role.SOURCE},
        "What the trading system may show; suspended while an investigation runs",
    ),
    Route(
        "POST",
        "/api/v1/people/{person_id}/erase",
        dossier.erase_person,
        ERASERS,
        "Remove name and number of a person from the vault, for good; the erasure itself is recorded",
        answered=DECIDED,
    ),
    Route("GET", "/api/v1/notices", notices.list_notices, TOLD, "Own notices", query=parameters.NoticeQuery),
    Route(
        "GET",
        "/api/v1/notices/stream",
        notices.stream_notices,
        TOLD,
        "Own notices as they come (server-sent events `start`, `notice`, `reset`; resumes by Last-Event-ID)",
        query=parameters.StreamQuery,
        headers=("Last-Event-ID",),
        answered=STREAM,
    ),
    Route(
        "POST",
        "/api/v1/notices/{notice_id}/read",
        notices.mark_read,
        TOLD,
        "Say that a notice has been read",
        answered=NOTHING,
    ),
    Route(
        "GET",
        "/api/v1/notifications",
        notifications.list_notifications,
        NOTIFICATION_READERS,
        "Notices that did not arrive: to parties whose credit code is not known",
        query=parameters.NotificationQuery,
    ),
    Route(
        "GET",
        "/api/v1/coverage",
        coverage.show_coverage,
        LOT_READERS,
        "What was stated to be complete, by kind, area and month; and which rules can speak",
        query=coverage.CoverageQuery,
    ),
    Route(
        "GET",
        "/api/v1/enquiries",
        coverage.list_enquiries,
        LOT_READERS,
        "Leads to ask a bureau about; also as CSV, with names and numbers for supervisors and investigators alone; "
        "each reading of these is recorded",
        query=coverage.EnquiryQuery,
        answered=SHEET,
    ),
    Route(
        "GET",
        "/api/v1/quarantine",
        quarantine.list_quarantine,
        FEEDS,
        "Messages that were rejected",
        query=parameters.QuarantineQuery,
    ),
    Route(
        "POST",
        "/api/v1/quarantine/{quarantine_id}/resubmit",
        quarantine.resubmit,
        FEEDS,
        "Try a rejected message again, corrected (a structured event as body) or as it was (empty body)",
        answered=TAKEN,
    ),
    _findings("tenders", "tender_id", Subject.TENDER, "a tender"),
    _findings("bidders", "uscc", Subject.BIDDER, "a bidder (by credit code)"),
    _findings("people", "person_id", Subject.PERSON, "a person"),
    Route("GET", "/api/v1/rules", rules.list_rules, PUBLIC, "The rulebook: what is compared, by which numbers"),
    Route(
        "GET",
        "/api/v1/sources",
        sources.list_sources,
        SOURCE_READERS,
        "The registry of sources; missing numbers and silence of sources",
    ),
    Route(
        "POST",
        "/api/v1/sources",
        sources.register_source,
        ADMINISTRATORS,
        "Register a source, or grant it other bounds",
        body=sources.SourceWanted,
        answered=DECIDED,
    ),
    Route(
        "POST",
        "/api/v1/sources/end",
        sources.end_source,
        ADMINISTRATORS,
        "End the grant of a source: from now on it may say nothing",
        body=sources.SourceEnded,
        answered=ENDED,
    ),
    *_log_routes("/api/v1/log", "/api/v1/log", "the log"),
    *_log_routes("/api/v1/shards/{shard}/log", r"/api/v1/shards/{shard:\d{1,4}}/log", "the log of a cluster's shard"),
    Route("GET", "/api/v1/openapi.json", openapi.show_openapi, PUBLIC, "This interface as OpenAPI 3.1"),
    Route("GET", "/asyncapi.json", show_asyncapi, PUBLIC, "The Kafka topics as AsyncAPI 3.0"),
    Route("GET", "/healthz", health.healthz, PUBLIC, "The process is alive"),
    Route("GET", "/readyz", health.readyz, PUBLIC, "Facts can be recorded", answered=READY),
    Route(
        "GET", "/metrics", health.metrics, PUBLIC, "Numbers for Prometheus; none is about a person", answered=METRICS
    ),
    Route(
        "POST",
        "/session",
        session.open_session,
        PUBLIC,
        "Exchange a token or code for a browser session",
        body=session.SignIn,
        answered=SIGNED_IN,
    ),
    Route(
        "POST",
        "/sign-in-links",
        session.make_link,
        frozenset(Role),
        "A short link that signs the bearer of the token in, once",
        body=session.LinkWanted,
        answered=CREATED,
    ),
    Route("GET", "/session", session.show_session, PUBLIC, "Whether this browser is signed in"),
    Route("POST", "/session/close", session.close_session, PUBLIC, "Sign out of the browser", answered=NOTHING),
)
