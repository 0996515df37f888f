"""What an import tells people, in Chinese and English."""

from typing import Final

from infra.texts.language import Words

COUNTED: Final[Words] = (
    "入账{accepted:,}条，重复{duplicates:,}条，拒收{rejected:,}条",
    "{accepted:,} accepted, {duplicates:,} duplicates, {rejected:,} rejected",
)
REJECTED_TO: Final[Words] = ("{file}中被拒收的行：{kept}", "rejected lines of {file}: {kept}")
REASON: Final[Words] = ("第{line}行{where}：{reason}", "line {line}{where}: {reason}")
IN_COLUMN: Final[Words] = ("“{column}”列", ", column {column}")
IN_FIELD: Final[Words] = ("“{field}”", ", {field}")
FURTHER: Final[Words] = ("另有{count:,}行，见上述文件", "{count:,} more lines in that file")
WAITING: Final[Words] = (
    "等待{seconds}秒，直至现场人员的数据到齐（待比对{people:,}项）；按Ctrl-C则留待下一个写入此处的命令处理",
    (
        "waiting {seconds} s until nothing more comes about people on sites ({people:,} to be judged); "
        "Ctrl-C leaves them to the next command that writes here"
    ),
)
