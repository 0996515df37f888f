"""The pages and who may open them, in one table; a public page shows nothing without a session."""

from typing import Final

from infra.http.route import CLUE_READERS, PUBLIC, Route
from infra.web import clue_list, record, rulebook, views

PAGES: Final = (
    Route("GET", "/docs", views.show_docs, PUBLIC, "This interface, for people"),
    Route("GET", "/", clue_list.show_clues, PUBLIC, "The clue page; without a session it shows how to sign in"),
    Route("GET", "/clues", clue_list.show_clues, PUBLIC, "The same; one group of clues, page by page"),
    Route(
        "GET", "/clues/{clue_id}", views.show_clue, PUBLIC, "One clue on a page of its own, for reading and printing"
    ),
    Route("GET", "/clues/{clue_id}/record", record.show_clue_record, PUBLIC, "One clue as a sheet with a QR code"),
    Route("GET", "/approvals/{case_id}/record", record.show_case_record, PUBLIC, "One approval case as such a sheet"),
    Route(
        "GET",
        "/verify",
        record.show_verification,
        PUBLIC,
        "What a scanned code leads to: whether the log holds the entry",
        query=record.StampQuery,
    ),
    Route("GET", "/public/rules", rulebook.show_rules, PUBLIC, "The rulebook, in Chinese and English"),
    Route("GET", "/public/rules/{code}", rulebook.show_rule, PUBLIC, "One rule; every clue links to its own"),
    Route("GET", "/fragments/clues", clue_list.clues_fragment, CLUE_READERS, "The list of the clue page"),
    Route("GET", "/fragments/clues/{clue_id}", views.evidence_fragment, CLUE_READERS, "Evidence, for the clue page"),
    Route("GET", "/sign-in", views.show_sign_in, PUBLIC, "Takes the token out of the link's fragment"),
)
