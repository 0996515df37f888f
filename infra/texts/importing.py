"""What an import tells people, in Chinese and English."""

from typing import Final

from infra.texts.language import Words

COUNTED: Final[Words] = (
    "入账{accepted:,}条，重复{duplicates:,}条，拒收{rejected:,}条",
    "{accepted:,} accepted, {duplicates:,} duplicates, {rejected:,} rejected",
)
READ_IN_PART: Final[Words] = (
    "；其中{partial:,}条有未能识别的内容，其余内容已入账",
    "; of {partial:,} accepted, parts could not be read",
)
REGISTERED: Final[Words] = (
    "已登记数据源{source}，可报送全国范围的{types}（由数据文件夹所有者授权）",
    "registered {source} for {types} of the whole country, on the authority of whoever owns the data folder",
)
FIRST_USE: Final[Words] = (
    "尚无人为数据源作过授权决定，故首次使用即登记；执行tender-monitor source add后，只接收已登记的数据源",
    "nobody has decided on a source here yet: the first use registers, until tender-monitor source add is used",
)
VERDICT: Final[Words] = ("标段{lot}，{bidder}：{verdict}{rules}", "lot {lot}, {bidder}: {verdict}{rules}")
BEHIND: Final[Words] = ("（{rules}）", " ({rules})")
NO_BIDDER: Final[Words] = ("投标人未能识别", "a bidder who could not be read")
FURTHER_VERDICTS: Final[Words] = (
    "另有{count:,}份投标的比对结果，见“comparison”",
    "{count:,} more bids: see `comparison`",
)
BID_OUTCOMES: Final[dict[str, Words]] = {
    "consistent": ("一致", "consistent"),
    "suspect": ("存疑", "suspect"),
    "mismatch": ("不符", "mismatch"),
    "unknown": ("暂无数据可比对", "unknown"),
}
READ_AS_CSV: Final[Words] = (
    "{file}：按{encoding}编码、{delimiter}分隔读取，表头在第{row}行",
    "{file}: read as {encoding}, {delimiter} between cells, the names of columns in line {row}",
)
READ_AS_SHEET: Final[Words] = (
    "{file}：读取工作表“{sheet}”，表头在第{row}行",
    "{file}: sheet {sheet} read, the names of columns in row {row}",
)
DELIMITERS: Final[dict[str, Words]] = {
    ",": ("逗号", "commas"),
    "\t": ("制表符", "tabs"),
    ";": ("分号", "semicolons"),
    "|": ("竖线", "bars"),
    "，": ("全角逗号", "full-width commas"),
}
SUGGESTED: Final[Words] = (
    "建议按{type}导入（把握{confidence:.0%}），请核对后使用：",
    "suggested: {type} (confidence {confidence:.0%}); look through it before you use it",
)
COLUMN_FOUND: Final[Words] = (
    "“{column}”→ {field}（把握{confidence:.0%}）{sample}",
    "{column} → {field} (confidence {confidence:.0%}) {sample}",
)
UNKNOWN_VALUES: Final[Words] = (
    "样本中有{count:,}行的取值不在对照表中，请在values中补充",
    "{count:,} rows of the sample have other values: add them to `values`",
)
COLUMN_MISSING: Final[Words] = ("缺少{field}：请填写列名或固定值", "missing: {field}; give a column or a constant")
COLUMNS_UNREAD: Final[Words] = ("未使用的列：{columns}", "columns not used: {columns}")
ROW_COLUMN: Final[Words] = ("原行号", "line")
REASON_COLUMN: Final[Words] = ("拒收原因", "reason")
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
