"""What went wrong and what to do about it, by the code of the problem, in Chinese and English."""

from typing import Final

from infra.texts.language import Language, Words

PREFIX: Final = "problem_"
PROBLEMS: Final[dict[str, Words]] = {
    # Of a whole page
    "problem_not_found": (
        "没有这个页面，或您无权查看。请核对地址。",
        "There is no such page, or you may not see it. Please check the address.",
    ),
    "problem_forbidden": ("当前账号无权办理此事项。", "This account may not do this."),
    "problem_unauthenticated": ("登录已失效，请重新登录。", "You are not signed in any more. Please sign in again."),
    "problem_invalid": (
        "地址或所填内容不完整或格式不正确。",
        "The address or what was entered is not complete, or has the wrong form.",
    ),
    "problem_method_not_allowed": ("这个地址不能在浏览器中直接打开。", "This address cannot be opened in a browser."),
    "problem_internal": (
        "系统未能处理这次请求，已记入运行日志。请稍后再试；如仍不成功，请联系运维人员。",
        "The request could not be answered, and the log says why. Try again later, then ask your operator.",
    ),
    "problem_other": ("未能完成这次请求。", "The request could not be answered."),
    # Of something a person decided or wrote
    "problem_personal_data": (
        "填写的内容中含有身份证号码、手机号码或当事人姓名，请删除后再提交。",
        "The text holds an ID number, a mobile number or the person's name. Take it out and submit again.",
    ),
    "problem_string_too_long": ("内容过长，请控制在2000字以内。", "The text is too long: 2,000 characters at most."),
    "problem_no_reason": (
        "请先填写理由。没有理由，不能作出结论。",
        "Please give the reason first. Nothing is concluded without one.",
    ),
    "problem_no_explanation": ("请先填写情况说明。", "Please write the explanation first."),
    "problem_not_allowed": (
        "当前状态不允许此项操作。请核对后重新载入页面。",
        "The state of things does not allow this. Check it, and load the page again.",
    ),
    "problem_weak_password": (
        "密码须有12至200个字符，至少含5种不同字符，且不含登录名。",
        "A password has 12 to 200 characters, five different ones at least, and does not hold the login name.",
    ),
    "problem_code_refused": (
        "动态口令不正确。请等应用显示下一个口令后再试。",
        "The one-time code does not fit. Wait for the next one.",
    ),
    "problem_csrf": ("页面已过期，请重新载入后再提交。", "This page is out of date. Load it again, then submit."),
    "problem_unanswered": (
        "负责记录的程序没有响应，本次操作未作任何记录。请稍后再试。",
        "The program that records this did not answer, and nothing was recorded. Try again later.",
    ),
    "problem_disk_full": (
        "服务器磁盘空间不足，本次操作未作记录。请联系运维人员。",
        "The disk of the server is full, and this was not recorded. Ask your operator.",
    ),
    "problem_clock_ahead": (
        "服务器时钟异常，本次操作未作记录。请联系运维人员。",
        "The clock of the server is wrong, and this was not recorded. Ask your operator.",
    ),
    "problem_disk_read_only": (
        "服务器磁盘无法写入，本次操作未作记录。请联系运维人员。",
        "The disk of the server cannot be written, and this was not recorded. Ask your operator.",
    ),
    "problem_disk_failed": (
        "服务器磁盘出错，本次操作未作记录。请联系运维人员。",
        "The disk of the server fails, and this was not recorded. Ask your operator.",
    ),
    "problem_overloaded": ("系统繁忙，请稍后再试。", "The system is busy. Try again in a moment."),
    "problem_not_loaded": (
        "未能读取。请检查网络后重新打开。",
        "This could not be read. Check the connection and open it again.",
    ),
    "problem_unreachable": (
        "无法连接服务器，本次操作是否已记录尚不确定。请检查网络，重新载入页面后核对。",
        "The server cannot be reached; it may have recorded this or not. Load the page again once you are connected.",
    ),
}


def problem_key(code: str) -> str:
    """The text for a problem's code; one for all that have none of their own."""
    return PREFIX + code if PREFIX + code in PROBLEMS else PREFIX + "other"


def problems(language: Language) -> dict[str, str]:
    """Each text by its code, for the script of the page."""
    return {key.removeprefix(PREFIX): language.of(words) for key, words in PROBLEMS.items()}
