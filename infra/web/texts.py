"""Every word on the pages, in Chinese and English."""

from enum import StrEnum
from typing import Final

Words = tuple[str, str]
"""Chinese, English."""


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


TEXTS: Final[dict[str, Words]] = {
    "title": ("招标投标诚信监测", "Tender-integrity monitor"),
    "clues": ("线索", "Clues"),
    "synthetic": ("页面上的单位、人员和项目均为虚构", "Every firm, person and project here is invented"),
    "suspicion": (
        "线索只是疑点，未经核查不作结论。",
        "A clue is a suspicion. Nothing is concluded before an investigation.",
    ),
    "live": ("实时", "Live"),
    "connecting": ("正在连接", "Connecting"),
    "lost": ("连接中断，正在重试", "Connection lost, trying again"),
    "sign_out": ("退出", "Sign out"),
    "skip": ("跳到线索", "Skip to the clues"),
    "language": ("English", "中文"),
    "needs_you": ("待处理", "Needs you"),
    "new": ("新线索", "New"),
    "acknowledged_group": ("已确认收到", "Acknowledged"),
    "investigated_group": ("核查中", "Under investigation"),
    "closed_group": ("已办结或撤回", "Closed or withdrawn"),
    "nothing": ("暂无线索。新线索出现时会自动显示在这里。", "No clues. New ones appear here by themselves."),
    "more": ("还有更早的线索未显示", "Older clues are not shown"),
    "lead": ("项目负责人", "Project lead"),
    "bidder": ("投标人", "Bidder"),
    "lot": ("标段", "Lot"),
    "jurisdiction": ("辖区", "Jurisdiction"),
    "opened": ("开标", "Opened"),
    "raised": ("发现", "Raised"),
    "revised": ("更新", "Revised"),
    "rule": ("规则", "Rule"),
    "evidence": ("证据", "Evidence"),
    "show_evidence": ("查看证据", "Show the evidence"),
    "loading": ("正在读取证据……", "Reading the evidence…"),
    "failed": ("未能完成，请重试。", "That did not work. Please try again."),
    "changed_meanwhile": ("线索状态已有变化，现按最新状态显示。", "The clue had changed; it is shown as it is now."),
    "open_page": ("单独打开（可打印）", "Open on its own page (prints well)"),
    "all_clues": ("全部线索", "All clues"),
    "by_month": ("逐月比对", "Month by month"),
    "month": ("月份", "Month"),
    "opening_day": ("开标日", "Opening day"),
    "payer": ("社保缴纳单位", "Insurance payer"),
    "registration": ("注册单位", "Registration unit"),
    "no_payment": ("无缴费", "No payment"),
    "not_due": ("未到期", "Not due yet"),
    "no_registration": ("无有效注册", "None valid"),
    "paid_back": ("开标后补缴", "Paid after the opening"),
    "paid_on": ("缴于", "paid"),
    "certificates": ("证照（开标日状态）", "Certificates on the opening day"),
    "valid_until": ("有效期至", "valid to"),
    "no_end": ("长期", "no end"),
    "history": ("经过", "History"),
    "notices_sent": ("已告知", "Told"),
    "read": ("已读", "read"),
    "unread": ("未读", "not read"),
    "what_to_do": ("处置", "Decide"),
    "acknowledge": ("确认收到", "Acknowledge"),
    "investigate": ("启动核查", "Investigate"),
    "confirm": ("核查属实", "Confirm"),
    "clear": ("排除疑点", "Clear"),
    "explain": ("提交说明", "Explain"),
    "reason": ("理由（请勿填写身份证号）", "Reason (no ID numbers, please)"),
    "investigate_note": (
        "启动核查后，该负责人的诚信档案暂停对外提供。",
        "While it runs, the lead's integrity file is suspended.",
    ),
    "evidence_changed": ("核查期间证据有变化", "The evidence changed meanwhile"),
    "caused_by": ("起因", "caused by"),
    "by_time": ("到期", "time passing"),
    "sign_in": ("登录", "Sign in"),
    "sign_in_how": (
        "请使用管理员发给您的登录链接打开本页。链接中的令牌只保存在您的浏览器里。",
        "Open this page with the sign-in link your operator gave you. The token in it stays in your browser.",
    ),
    "sign_in_token": ("或粘贴令牌", "Or paste a token"),
    "signing_in": ("正在登录……", "Signing in…"),
    "sign_in_refused": (
        "令牌无效或已过期，请向管理员索取新的链接。",
        "The token is not valid any more. Ask your operator for a new link.",
    ),
    "not_your_page": ("您的角色没有线索页面。", "Your role has no clue page."),
    "not_found": ("没有这条线索，或不在您的权限范围内。", "There is no such clue, or it is not yours to see."),
    "needs_script": ("实时更新和处置需要启用 JavaScript。", "Live updates and decisions need JavaScript."),
    "interface": ("接口说明", "Interface"),
    # Severity
    "severity": ("级别", "Severity"),
    "high": ("高", "High"),
    "medium": ("中", "Medium"),
    "low": ("低", "Low"),
    "info": ("提示", "Info"),
    # Outcome of an employer comparison
    "same": ("一致", "Same"),
    "probably_same": ("疑似一致", "Probably same"),
    "branch_or_group": ("分支或集团", "Branch or group"),
    "different": ("不一致", "Different"),
    "unknown": ("无法确认", "Unknown"),
    # Status of a clue
    "status_raised": ("待处理", "New"),
    "status_acknowledged": ("已确认收到", "Acknowledged"),
    "status_under-investigation": ("核查中", "Under investigation"),
    "status_confirmed": ("核查属实", "Confirmed"),
    "status_cleared": ("疑点已排除", "Cleared"),
    "status_withdrawn": ("已自动撤回", "Withdrawn"),
    # Roles
    "role_supervisor": ("监管部门", "Supervisor"),
    "role_tenderer": ("招标人", "Tenderer"),
    "role_bidder": ("投标人", "Bidder"),
    "role_investigator": ("核查人员", "Investigator"),
    "role_auditor": ("审计人员", "Auditor"),
    "role_operator": ("运行维护", "Operator"),
    "role_source": ("数据源", "Data source"),
    # Schemes
    "pension": ("养老", "pension"),
    "medical": ("医疗", "medical"),
    "unemployment": ("失业", "unemployment"),
    "injury": ("工伤", "injury"),
    "maternity": ("生育", "maternity"),
    "housing-fund": ("公积金", "housing fund"),
    # Kinds of certificates
    "safety-production-licence": ("安全生产许可证", "Safety-production licence"),
    "safety-assessment-b": ("安全生产考核合格证（B 证）", "Safety certificate B"),
    "valid": ("有效", "Valid"),
    "invalid": ("无效", "Not valid"),
    # What happened to a clue
    "event_raised": ("发现线索", "Raised"),
    "event_revised": ("证据或结论更新", "Revised"),
    "event_evidence-changed": ("核查期间证据有变化", "Evidence changed"),
    "event_withdrawn": ("自动撤回", "Withdrawn"),
    "event_reopened": ("再次出现", "Raised again"),
    "event_candidate-announced": ("投标人被公示为中标候选人", "Bidder announced as a winning candidate"),
    "event_candidacy-retracted": ("中标候选人公示撤回", "Candidacy taken back"),
    "event_candidate": ("中标候选人线索", "Clue about a winning candidate"),
    "event_handed-over": ("移交", "Handed over"),
    "event_acknowledged": ("确认收到", "Acknowledged"),
    "event_explained": ("提交说明", "Explained"),
    "event_investigation-opened": ("启动核查", "Investigation opened"),
    "event_confirmed": ("核查属实", "Confirmed"),
    "event_cleared": ("疑点排除", "Cleared"),
}


def text(key: str, language: Language) -> str:
    zh, en = TEXTS[key]
    return zh if language is Language.ZH else en


def word(key: str, language: Language) -> str:
    """The word for a code; a code that has none stands for itself."""
    return text(key, language) if key in TEXTS else key
