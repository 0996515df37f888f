"""What the page of a month says, and how far an area is covered, in Chinese and English."""

from typing import Final

from infra.texts.language import Words

COVERAGE_STATUSES: Final[dict[str, Words]] = {
    "closed": ("已报送完毕", "closed"),
    "open": ("未到期", "open"),
    "late": ("逾期未报", "late"),
    "never": ("未接入", "never connected"),
}
MONTH_CLOSE_TEXTS: Final[dict[str, Words]] = {
    "months": ("月度核对", "Closing a month"),
    "month_is_complete": (
        "{month}所需的{required}项数据均已报送完毕，可以比对。",
        "All {required} that the rules need for {month} is there: the month can be judged.",
    ),
    "month_is_lacking": (
        "{month}所需的{required}项数据尚缺{lacking}项。所缺数据涉及的规则不作判断，不会因此产生线索。",
        "Of {required} that the rules need for {month}, {lacking} lack. Rules that need them say nothing meanwhile.",
    ),
    "month_needs_nothing": (
        "{month}没有需要的数据：尚无开标或办件。",
        "Nothing is needed for {month}: no bids were opened and no cases handled.",
    ),
    "month_required": ("所需数据", "What the rules need"),
    "month_delivered": ("本月报送", "Delivered for this month"),
    "month_people": ("人数", "People"),
    "month_status": ("状态", "State"),
    "month_closed_by": ("依据", "By"),
    "month_enquiries": ("下载待查询名单", "Fetch the list of enquiries"),
    "month_enquiries_how": (
        "本单位不能整月报送的，可按名单逐人查询；填好的名单在“数据报送”页面上传。",
        "Where a bureau hands over no whole months, ask it about people. Hand its answer in on the page Deliveries.",
    ),
    **{f"coverage_{status}": words for status, words in COVERAGE_STATUSES.items()},
}
