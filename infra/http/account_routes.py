"""The calls about accounts, tokens and sessions, and by which somebody signs in."""

from typing import Final

from pydantic import BaseModel

from domain.access import Role
from infra.http import access_log, accounts, outside_sign_in, own_account, session, tokens
from infra.http.route import (
    ACCOUNT_ENDERS,
    ACCOUNT_READERS,
    ADMINISTRATORS,
    CAPACITY,
    CREATED,
    ENDED,
    GRANTERS,
    LEFT,
    NOTHING,
    OPENED,
    PEOPLE,
    PUBLIC,
    READING_READERS,
    SECRETS_SET,
    SIGNED_IN,
    Answered,
    Handler,
    Route,
)
from infra.identity.accounts import DetailsWanted


def _account_command(
    verb: str, handler: Handler, roles: frozenset[Role], summary: str, body: type[BaseModel], answered: Answered = ENDED
) -> Route:
    return Route(
        "POST", f"/api/v1/accounts/{{account_id}}{verb}", handler, roles, summary, body=body, answered=answered
    )


ACCOUNTS: Final = (
    Route("GET", "/api/v1/accounts", accounts.list_accounts, ACCOUNT_READERS, "Accounts, their roles and deputies"),
    Route(
        "POST",
        "/api/v1/accounts",
        accounts.open_account,
        ADMINISTRATORS,
        "Open an account, which has no role yet",
        body=DetailsWanted,
        answered=OPENED,
    ),
    Route("GET", "/api/v1/accounts/{account_id}", accounts.show_account, ACCOUNT_READERS, "One account"),
    _account_command("/details", accounts.change_details, ADMINISTRATORS, "Change who it is", DetailsWanted),
    _account_command(
        "/invite",
        accounts.invite,
        ADMINISTRATORS,
        "A short link that signs the person in, once",
        accounts.Invitation,
        OPENED,
    ),
    _account_command("/roles", accounts.grant_role, GRANTERS, "Grant a role with its bounds", accounts.RoleWanted),
    _account_command(
        "/roles/withdraw", accounts.withdraw_role, GRANTERS, "Withdraw a role; its sessions end", accounts.RoleWanted
    ),
    _account_command(
        "/deputies", accounts.name_deputy, PEOPLE, "Name a deputy, for the days given", accounts.DeputyWanted
    ),
    _account_command("/deputies/end", accounts.end_deputy, PEOPLE, "End a deputy", accounts.DeputyGone),
    _account_command("/disable", accounts.disable, ACCOUNT_ENDERS, "Disable it; its sessions end", accounts.Disabling),
    _account_command("/enable", accounts.enable, ADMINISTRATORS, "Enable it again", accounts.Nothing),
    Route(
        "POST",
        "/api/v1/accounts/{account_id}/second-factor/remove",
        own_account.remove_secrets,
        GRANTERS,
        "Forget password and second factor: for somebody who lost the telephone",
        answered=NOTHING,
    ),
    Route(
        "POST",
        "/account/secrets",
        own_account.set_secrets,
        PEOPLE,
        "Set the own password and second factor",
        body=own_account.SecretsWanted,
        answered=SECRETS_SET,
    ),
    Route("GET", "/api/v1/tokens", tokens.list_tokens, ADMINISTRATORS, "Tokens that have not expired"),
    Route(
        "POST",
        "/api/v1/tokens/{token_id}/revoke",
        tokens.revoke_token,
        ADMINISTRATORS,
        "Revoke a token, and end the sessions that were opened with it",
        answered=NOTHING,
    ),
    Route("GET", "/api/v1/sessions", tokens.list_sessions, PEOPLE, "Open sessions: the own ones, or all for operators"),
    Route(
        "POST",
        "/api/v1/sessions/{session_id}/end",
        tokens.end_session,
        PEOPLE,
        "End a session",
        answered=NOTHING,
    ),
    Route(
        "GET",
        "/api/v1/access-log",
        access_log.list_accesses,
        READING_READERS,
        "Who signed in or out and who was refused on one day, the newest first",
        query=access_log.AccessQuery,
    ),
)

SIGNING_IN: Final = (
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
        by_token_alone=True,
    ),
    Route(
        "GET",
        "/sign-in/with/{provider}",
        outside_sign_in.leave,
        PUBLIC,
        "To an OpenID Connect provider of the settings, by its number",
        answered=LEFT,
    ),
    Route(
        "GET",
        "/sign-in/back",
        outside_sign_in.come_back,
        PUBLIC,
        "Back from the provider, with its code",
        query=outside_sign_in.CameBack,
        answered=LEFT,
    ),
    Route("GET", "/session", session.show_session, PUBLIC, "Whether this browser is signed in"),
    Route(
        "POST",
        "/session/capacity",
        session.change_capacity,
        PEOPLE,
        "Act in another of the own roles",
        body=session.CapacityWanted,
        answered=CAPACITY,
    ),
    Route("POST", "/session/close", session.close_session, PUBLIC, "Sign out of the browser", answered=NOTHING),
)
