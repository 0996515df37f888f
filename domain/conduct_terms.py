"""How long conduct records are published for objection, and how long they have effect: a jurisdiction's settings."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

WorkingDayCount = Annotated[int, Field(ge=1, le=250)]
Months = Annotated[int, Field(ge=1, le=120)]


class ConductTerms(BaseModel):
    """Periods of public notice in working days, terms of effect in months.

    Defaults: 建筑市场信用管理暂行办法 (建市〔2017〕241号) and 川建办发〔2017〕169号, as docs/records.md lists them.
    ``report_days``: good conduct must be reported so many working days after it happened at the latest. Of bad
    conduct and the blacklist a term lies between ``fewest_bad_months``, which also counts where the authority
    named none, and ``most_bad_months``; ``good_months`` is the longest of good conduct. Rectification shortens a
    term to no less than ``fewest_restored_months``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    report_days: WorkingDayCount = 30
    good_notice_days: WorkingDayCount = 30
    bad_notice_days: WorkingDayCount = 15
    performance_notice_days: WorkingDayCount = 15
    back_filled_notice_days: WorkingDayCount = 10
    blacklist_notice_days: WorkingDayCount = 15
    good_months: Months = 36
    fewest_bad_months: Months = 6
    most_bad_months: Months = 36
    fewest_restored_months: Months = 3
