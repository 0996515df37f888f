"""Why somebody reads about a person 查阅目的: one of a list, for words of one's own say too much or nothing."""

from enum import StrEnum
from typing import Final

from domain.access import Role

PURPOSE_HEADER: Final = "Reading-Purpose"
"""By which a call names its purpose: never in the address, which is logged and kept by many."""


class Purpose(StrEnum):
    """The purposes; the values are stored for ever."""

    CLUE = "clue"
    """线索办理"""
    INVESTIGATION = "investigation"
    """核查"""
    COMPLAINT = "complaint"
    """投诉举报处理"""
    BID_REVIEW = "bid-review"
    """评标定标核对"""
    OWN_CASE = "own-case"
    """本单位线索"""
    ENQUIRY = "enquiry"
    """向社保机构查询"""
    DATA_QUALITY = "data-quality"
    """数据核对更正"""
    PERSON_REQUEST = "person-request"
    """本人查询"""
    AUDIT = "audit"
    """审计检查"""
    OPERATION = "operation"
    """系统运维"""


USUAL: Final = {
    Role.SUPERVISOR: Purpose.CLUE,
    Role.INVESTIGATOR: Purpose.INVESTIGATION,
    Role.TENDERER: Purpose.OWN_CASE,
    Role.BIDDER: Purpose.OWN_CASE,
    Role.AUDITOR: Purpose.AUDIT,
    Role.OPERATOR: Purpose.OPERATION,
    Role.SOURCE: Purpose.BID_REVIEW,
    Role.SECURITY_OFFICER: Purpose.OPERATION,
}
"""What each role reads for on the pages, until the reader chooses otherwise there."""
