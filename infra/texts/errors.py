"""Why a command stopped, in Chinese; the English texts stand where each error is raised."""

import re
from typing import Final

from infra.texts.language import Language

_CHINESE: Final = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        # Files to be imported, and their mappings
        ("the file has no header line", "文件没有表头行"),
        ("the file has a column that the mapping reads more than once: (.+)", "映射所用的列在文件中重复出现：{0}"),
        (r"the file is not text in the encoding of the mapping \((.+)\)", "文件不是映射所定编码（{0}）的文本"),
        ("(.+): files of this kind are not read; save the table as CSV", "{0}：不读取这类文件，请将表格另存为CSV"),
        (r"a file in (\S+) may have ([\d,]+) bytes; save it in UTF-8", "{0}编码的文件不得超过{1}字节；请另存为UTF-8"),
        (r"the file is not text in the encoding of the mapping \((.+)\)", "文件不是映射所定编码（{0}）的文本"),
        ("the file has a column that the mapping reads more than once: (.+)", "文件中有重复的列：{0}"),
        ("the file has the column (.+) more than once", "文件中有重复的列：{0}"),
        (
            "the file has no column (.+?): its first line must name .+",
            "文件中没有列{0}：表头应有left和right两列（可另有left_uscc和right_uscc）",
        ),
        ("the file has no column (.+?): (.+)", "文件中没有列{0}：{1}"),
        ("(.+): files of this kind are not read; save the table as CSV", "{0}：不支持此类文件，请将表格另存为CSV"),
        ("this is (.+); a CSV file is expected", "此文件不是CSV（{0}），请将表格另存为CSV"),
        ("the file begins as (.+), and is not readable as such", "文件开头为{0}编码，但其后无法按此读取"),
        ("the mapping reads columns that the file does not have: (.+)", "文件中没有映射所用的列：{0}"),
        (
            r"(\w+) needs a mapping of its columns \(--mapping FILE.toml\)",
            "{0}文件须给出列的映射（--mapping 文件.toml）",
        ),
        ("Parquet is read from a file, not from a stream", "Parquet须从文件读取，不能从标准输入读取"),
        ("(.+): not readable as Parquet", "{0}：无法按Parquet读取"),
        (r"(.+): cannot be read \((.+)\)", "{0}：无法读取（{1}）"),
        (r"(.+): not valid TOML \((.+)\)", "{0}：不是有效的TOML（{1}）"),
        (r"the gzip stream is broken behind line (\d+)", "gzip压缩内容在第{0}行之后损坏"),
        ("zone: (.+) is neither an offset such as .+", "zone：{0}既不是+08:00这样的时差，也不是已知的时区"),
        ("no such person", "没有此人员，或您无权查看"),
        (
            "a person_id is wanted: .+",
            "此处须给出人员编号（person_id，64位），不能用姓名或证件号码；开标应答和clues --json中有",
        ),
        # Keys, folders, servers, databases
        (
            "what is sealed cannot be opened: .+",
            "无法打开封存的身份信息：keys中的vault.key不是封存时所用的密钥，或者内容已损坏",
        ),
        ("the server did not take the messages in (.+) tries", "服务器{0}次均未接收报文"),
        ("the server answered (.+): (.+)", "服务器答复{0}：{1}"),
        ("the database did not do what was asked: (.+)", "数据库未能执行：{0}"),
    )
)
_CAUSES: Final = {
    "database or disk is full": "磁盘已满",
    "attempt to write a readonly database": "数据库为只读",
    "database is locked": "数据库正被其他程序占用",
    "unable to open database file": "无法打开数据库文件",
    "disk I/O error": "磁盘读写出错",
    "No such file or directory": "没有这个文件或文件夹",
    "Permission denied": "没有权限",
    "Is a directory": "是文件夹，不是文件",
    "No space left on device": "磁盘已满",
    "Read-only file system": "文件系统为只读",
}
"""What SQLite and the operating system say, wherever it stands in a text."""


def error_words(said: str, language: Language) -> str:
    """An error's text for people; one that has no Chinese text stands as it is."""
    if not language.is_chinese:
        return said
    for english, chinese in _CHINESE:
        found = english.fullmatch(said)
        if found:
            said = chinese.format(*found.groups())
            break
    for cause, chinese in _CAUSES.items():
        said = said.replace(cause, chinese)
    return said
