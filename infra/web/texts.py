"""Every word on the pages, in Chinese and English."""

from enum import StrEnum
from typing import Final

from infra.web.code_texts import CODES, Words
from infra.web.problem_texts import PROBLEMS


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


_SENTENCES: Final[dict[str, Words]] = {
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
    "skip": ("跳到正文", "Skip to the content"),
    "language": ("English", "中文"),
    "needs_you": ("待签收", "To do"),
    "needs_you_bidder": ("可提交说明", "You may explain"),
    "needs_you_tenderer": ("供知悉", "For your information"),
    "new": ("新线索：", "New clues: "),
    "acknowledged_group": ("已签收", "Acknowledged"),
    "investigated_group": ("核查中", "Under investigation"),
    "closed_group": ("已办结或撤回", "Closed or withdrawn"),
    "nothing": ("暂无线索。新线索出现时会自动显示在这里。", "No clues. New ones appear here by themselves."),
    "of_candidates": ("其中中标候选人 {count}", "{count} about winning candidates"),
    "order_gravest": (
        "中标候选人在前，再按级别和时间排列",
        "Winning candidates first, then by severity and time",
    ),
    "order_changed": ("最近变更的在前", "Changed last first"),
    "whole_group": ("查看全部 {count} 条", "See all {count}"),
    "first_page": ("第一页", "First page"),
    "next_page": ("下一页", "Next page"),
    "candidate": ("中标候选人", "Winning candidate"),
    "clue_of": ("线索：{rule}", "Clue: {rule}"),
    "standing_decided": (
        "本线索已由{office}核查，结论见“经过”。",
        "{office} has investigated this clue; the conclusion stands under History.",
    ),
    "standing_withdrawn": ("本线索已根据最新数据撤回。", "This clue was withdrawn on the latest data."),
    "the_supervisor": ("监管部门", "The supervisor"),
    "colon": ("：", ": "),
    "comma": ("，", ", "),
    "lead": ("项目负责人", "Project lead"),
    "person": ("人员", "Person"),
    "bidder": ("投标人", "Bidder"),
    "contractor": ("施工单位", "Contractor"),
    # What a clue is about, by kind of case
    "about_appointments": ("标段", "Lot"),
    "about_lots": ("标段", "Lot"),
    "about_sites": ("工程", "Project"),
    "about_approvals": ("审批件", "Approval case"),
    "about_payers": ("缴纳单位", "Paying organisation"),
    "about_departments": ("审批部门", "Department"),
    "jurisdiction": ("辖区", "Jurisdiction"),
    "opened": ("开标", "Opened"),
    "happened": ("事实发生时间", "Happened"),
    "raised": ("线索生成时间", "Clue raised"),
    "evidence": ("证据", "Evidence"),
    "show_evidence": ("查看证据", "Show the evidence"),
    "loading": ("正在读取证据……", "Reading the evidence…"),
    "failed": (
        "未能完成。请稍后再试；如仍不成功，请联系运维人员并告知代码",
        "That did not work. Try again later; if it fails again, tell your operator this code",
    ),
    "changed_meanwhile": ("线索状态已有变化，现按最新状态显示。", "The clue had changed; it is shown as it is now."),
    "open_page": ("单独打开（可打印）", "Open on its own page (prints well)"),
    "all_clues": ("全部线索", "All clues"),
    "by_month": ("逐月比对", "Month by month"),
    "month": ("月份", "Month"),
    "opening_day": ("开标日", "Opening day"),
    "payer": ("社保缴纳单位", "Insurance payer"),
    "registration": ("注册单位", "Registered employer"),
    "another_firm": ("其他单位", "Another organisation"),
    "no_payment": ("无缴费", "No payment"),
    "not_due": ("未到期", "Not due yet"),
    "no_registration": ("无有效注册", "None valid"),
    "paid_back": ("开标后补缴", "Paid after the opening"),
    "paid_on": ("缴于", "paid"),
    "certificates": ("证照（开标日状态）", "Certificates on the opening day"),
    "valid_until": ("有效期至", "valid to"),
    "no_end": ("长期", "no end"),
    "facts": ("依据的事实", "Based on these facts"),
    "and_more": ("其余未列出：", "More that are not listed:"),
    "thresholds": ("判定阈值", "Judged by"),
    "history": ("经过", "History"),
    "notices_sent": ("通知情况", "Notices sent"),
    "read": ("已读", "read"),
    "unread": ("未读", "not read"),
    "what_to_do": ("处置", "Decide"),
    "acknowledge": ("签收", "Acknowledge"),
    "investigate": ("启动核查", "Investigate"),
    "confirm": ("认定属实", "Confirm"),
    "clear": ("认定疑点排除", "Clear"),
    "explain": ("提交说明", "Explain"),
    "reason": ("理由（请勿填写身份证号码）", "Reason (no ID numbers, please)"),
    "reason_explain": ("情况说明（请勿填写身份证号码）", "Explanation (no ID numbers, please)"),
    "decide_note": (
        "结论作出后不可撤销；仅在证据发生变化时可以重新启动核查。",
        "A conclusion cannot be taken back. Only changed evidence allows a new investigation.",
    ),
    "investigate_note": (
        "启动核查后，该人员的诚信档案暂停对外提供。",
        "While it runs, the person's integrity file is suspended.",
    ),
    "evidence_changed": ("核查期间证据有变化", "The evidence changed meanwhile"),
    "caused_by": ("触发事实：{cause}", "caused by {cause}"),
    "by_time": ("期限届满", "time passing"),
    "sign_in": ("登录", "Sign in"),
    "sign_in_how": (
        "请打开管理员发给您的登录链接。每个链接只能使用一次。登录后回到您要打开的页面。",
        "Open the sign-in link your operator gave you; each works once. You will come back to the page you asked for.",
    ),
    "sign_in_token": ("或粘贴令牌", "Or paste a token"),
    "signing_in": ("正在登录……", "Signing in…"),
    "sign_in_refused": (
        "令牌无效或已过期，请向管理员索取新的链接。",
        "The token is not valid any more. Ask your operator for a new link.",
    ),
    "sign_in_used_up": (
        "这个登录链接已使用过或已过期，请向管理员索取新的链接。",
        "This sign-in link has been used or has expired. Ask your operator for a new one.",
    ),
    "sign_in_unreachable": ("无法连接服务器，请稍后再试。", "The server cannot be reached. Try again later."),
    "sign_in_go_on": ("本浏览器已登录，继续查看", "This browser is signed in: go on"),
    "not_your_page": ("当前账号无权查看线索。", "This account may not see clues."),
    "not_found": ("未找到该线索，或您无权查看。", "There is no such clue, or you may not see it."),
    "needs_script": ("实时更新和处置需要启用 JavaScript。", "Live updates and decisions need JavaScript."),
    "interface": ("接口说明", "Interface"),
    # Record sheets and their checking
    "record": ("记录", "Record"),
    "record_of_clue": ("线索记录", "Record of a clue"),
    "record_of_case": ("审批件记录", "Record of an approval case"),
    "record_facts": ("所依据的事实", "Based on these facts"),
    "record_source": ("来源", "Source"),
    "record_happened": ("发生时间", "Happened"),
    "record_recorded": ("记录时间", "Recorded"),
    "record_department": ("审批部门", "Department"),
    "record_project": ("项目代码", "Project code"),
    "record_address": ("核验地址", "To check it"),
    "print_record": ("打印记录", "Print the record"),
    "position": ("序号", "Entry"),
    "printed_at": ("打印于", "Printed"),
    "scan": ("扫码核验", "Scan to check"),
    "leaf_index": ("存证序号", "Leaf index"),
    "tree_size": ("存证总数", "Tree size"),
    "leaf_hash": ("存证校验值", "Leaf hash"),
    "verification": ("记录核验", "Checking a record"),
    "verify_how": (
        "请扫描记录单上的二维码；或者把记录单末尾所印的各项填在下面。",
        "Scan the code on the record sheet, or enter what is printed at the end of the sheet.",
    ),
    "verify_wrong": ("以下各项未填写或格式不正确：", "Missing, or not in the right form: "),
    "verify_record": ("记录编号", "Record id"),
    "verify_index": ("存证序号", "Leaf index"),
    "verify_size": ("存证总数", "Tree size"),
    "verify_leaf": ("存证校验值（64位十六进制）", "Leaf hash (64 hexadecimal digits)"),
    "verify_shard": ("分片编号（记录单上没有则不填）", "Shard (only if the sheet names one)"),
    "verify_do": ("核验", "Check"),
    "in_the_log": ("存证日志中有这条记录。", "The log holds this entry."),
    "not_in_the_log": ("存证日志中没有这样的记录。", "The log holds no such entry."),
    "checkpoint": ("签名检查点", "Signed checkpoint"),
    "witnessed": ("已由外部见证方联署", "countersigned by a witness"),
    "not_witnessed": ("尚无外部见证方联署", "not countersigned yet"),
    "whole_proof": ("完整证明", "The whole proof"),
    "what_it_shows": (
        "核验只说明日志中存有该条记录；纸面文字是否与之相符，请对照导出的证据包。",
        "This shows that the log holds the entry. An exported bundle tells whether its words are those on paper.",
    ),
}

TEXTS: Final[dict[str, Words]] = {**_SENTENCES, **CODES, **PROBLEMS}


def text(key: str, language: Language) -> str:
    zh, en = TEXTS[key]
    return zh if language is Language.ZH else en


def word(key: str, language: Language) -> str:
    """The word for a code; a code that has none stands for itself."""
    return text(key, language) if key in TEXTS else key
