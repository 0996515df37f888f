"""The pages and who may open them, in one table; a public page shows nothing without a session."""

from typing import Final

from infra.http.route import CLUE_READERS, OWN_PAGE, PAGE, PUBLIC, READINGS, VERIFIED, Route
from infra.web import accounts, clue_list, deliveries, record, rulebook, views

PAGES: Final = (
    Route("GET", "/docs", views.show_docs, PUBLIC, "This interface, for people", answered=PAGE),
    Route(
        "GET",
        "/",
        clue_list.show_clues,
        PUBLIC,
        "The clue page; without a session it shows how to sign in",
        answered=PAGE,
    ),
    Route("GET", "/clues", clue_list.show_clues, PUBLIC, "The same; one group of clues, page by page", answered=PAGE),
    Route(
        "GET",
        "/clues/{clue_id}",
        views.show_clue,
        PUBLIC,
        "One clue on a page of its own, for reading and printing",
        answered=OWN_PAGE,
    ),
    Route(
        "GET",
        "/clues/{clue_id}/record",
        record.show_clue_record,
        PUBLIC,
        "One clue as a sheet with a QR code",
        answered=OWN_PAGE,
    ),
    Route(
        "GET",
        "/approvals/{case_id}/record",
        record.show_case_record,
        PUBLIC,
        "One approval case as such a sheet",
        answered=OWN_PAGE,
    ),
    Route(
        "GET",
        "/verify",
        record.show_verification,
        PUBLIC,
        "What a scanned code leads to: whether the log holds the entry",
        query=record.StampQuery,
        answered=VERIFIED,
    ),
    Route(
        "GET",
        "/readings",
        views.show_readings,
        PUBLIC,
        "Who read about whom on one day, for auditors",
        query=views.PageOfReadings,
        answered=READINGS,
    ),
    Route(
        "GET",
        "/deliveries",
        deliveries.show_deliveries,
        PUBLIC,
        "Files that were delivered, and where to hand in the next; for sources and operators",
        answered=READINGS,
    ),
    Route(
        "GET",
        "/account",
        accounts.show_own_account,
        PUBLIC,
        "The own account: roles, password and second factor, deputies, sessions",
        answered=READINGS,
    ),
    Route(
        "GET",
        "/uploads/{upload_id}",
        deliveries.show_upload,
        PUBLIC,
        "What would come of a file, to be accepted or rejected, or what came of it",
        answered=READINGS,
    ),
    Route(
        "GET",
        "/accounts",
        accounts.show_accounts,
        PUBLIC,
        "Accounts, sessions and tokens, for those who administer; who signed in, for auditors",
        answered=READINGS,
    ),
    Route("GET", "/public/rules", rulebook.show_rules, PUBLIC, "The rulebook, in Chinese and English", answered=PAGE),
    Route(
        "GET",
        "/public/rules/{code}",
        rulebook.show_rule,
        PUBLIC,
        "One rule; every clue links to its own",
        answered=PAGE,
    ),
    Route(
        "GET", "/fragments/clues", clue_list.clues_fragment, CLUE_READERS, "The list of the clue page", answered=PAGE
    ),
    Route(
        "GET",
        "/fragments/clues/{clue_id}",
        views.evidence_fragment,
        CLUE_READERS,
        "Evidence, for the clue page",
        answered=PAGE,
    ),
    Route("GET", "/sign-in", views.show_sign_in, PUBLIC, "Takes the token out of the link's fragment", answered=PAGE),
)
