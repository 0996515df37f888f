"""Why a command stopped, in Chinese; the English texts stand where each error is raised."""

import re
from typing import Final

from infra.texts.language import Language

_CHINESE: Final = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        # Deliveries
        (r"delivery (\S+) is of another source or another kind", "报送{0}属于其他数据源或其他类别"),
        (r"delivery (\S+) was replaced by (\S+)", "报送{0}已被{1}替换"),
        (r"there is no delivery (\S+)", "没有编号为{0}的报送"),
        ("only a snapshot can be all there is of its area and period", "只有全量报送才能说明该地区、该期间已报送完毕"),
        (r"there are no snapshots of (\S+)", "{0}不支持全量报送"),
        (r"the period of (\S+) is a month YYYY-MM", "{0}的期间应为月份，请写成2026-03"),
        (
            r"what the delivery takes back, or that it is all, was refused \((.+)\)",
            "撤回被替换的数据或者说明报送完毕时被拒收（{0}），报送未完成",
        ),
        # Bundles
        (
            "(.+): no JSON document; a bundle is the file that export-bundle writes",
            "{0}：不是JSON文档；证据包是export-bundle写出的文件",
        ),
        (
            r"(.+): no document of the format (\S+); a bundle is the file that export-bundle writes",
            "{0}：不是{1}格式的文档；证据包是export-bundle写出的文件",
        ),
        # Files that are fetched
        (r"(\S+): cannot be fetched \((.+)\)", "{0}：无法取得（{1}）"),
        (r"(\S+): a file cannot be fetched \((.+)\)", "{0}：有一个文件无法取得（{1}）"),
        (r"(\S+): a file changed while it was fetched", "{0}：有一个文件在取的过程中发生变化，下次再取"),
        (r"(\S+): silent for (\d+) seconds", "{0}：{1}秒没有响应"),
        (r"(\S+): answers (\d+)", "{0}：返回{1}"),
        (r"(\S+): more than ([\d,]+) bytes \(limits.upload_bytes\)", "{0}：超过{1}字节（limits.upload_bytes）"),
        (r"(\S+): the answer names no next cursor, .+", "{0}：答复中没有下一游标，无法继续查询"),
        (r"(\S+): the answer is no JSON document", "{0}：答复不是JSON文档"),
        (r"(\S+): the answer has no list in '(.+)'", "{0}：答复的{1}中没有列表"),
        (r"(\S+): (.+): cannot be read; remove it to begin anew", "{0}：{1}无法读取；删除后将从头取起"),
        # Files to be imported, and their mappings
        (
            r"several rows are one message, and there are more than ([\d,]+) rows",
            "多行合为一份报文的表格不得超过{0}行",
        ),
        ("the file has no header line", "文件没有表头行"),
        ("the file has a column that the mapping reads more than once: (.+)", "映射所用的列在文件中重复出现：{0}"),
        ("the file has the column (.+) more than once", "文件中有重复的列：{0}"),
        (
            "the file has no column (.+?): its first line must name .+",
            "文件中没有列{0}：表头应有left和right两列（可另有left_uscc和right_uscc）",
        ),
        ("the file has no column (.+?): (.+)", "文件中没有列{0}：{1}"),
        ("(.+): files of this kind are not read; save the table as CSV", "{0}：不支持此类文件，请将表格另存为CSV"),
        ("this is (.+); a CSV file is expected", "此文件不是CSV（{0}），请将表格另存为CSV"),
        (
            r"the mapping reads columns that the file does not have: (.+) \(read as (.+)\)",
            "文件中没有映射所用的列：{0}（读取方式：{1}）",
        ),
        ("the mapping reads columns that the file does not have: (.+)", "文件中没有映射所用的列：{0}"),
        (r"the file is not text in the encoding (\S+)", "文件不是{0}编码的文本"),
        ("(.+): cannot be unpacked, it is broken", "{0}：无法解压，文件已损坏"),
        ("(.+): packed in an unknown way, or locked by a password", "{0}：压缩方式未知，或者文件设有密码"),
        ("not readable as Parquet: a part of the file is broken", "无法按Parquet读取：文件的一部分已损坏"),
        ("the workbook is broken: a part of it cannot be unpacked", "电子表格已损坏：其中一部分无法解压"),
        ("the file is not readable as a workbook, or is locked by a password", "无法按电子表格读取，或者文件设有密码"),
        (
            r"a workbook may have ([\d,]+) bytes unpacked; save the table as CSV",
            "电子表格解压后不得超过{0}字节；请另存为CSV",
        ),
        ("the workbook is too large for the memory; save the table as CSV", "电子表格超出可用内存；请另存为CSV"),
        ("the workbook has no sheet with rows", "电子表格中没有含数据的工作表"),
        (r"the workbook has no sheet (.+); it has (.+)", "没有工作表{0}；有：{1}"),
        (
            r"several sheets have these columns \((.+)\); name one with --sheet",
            "有多个工作表含有这些列（{0}）；请用--sheet指明其中一个",
        ),
        (
            "(.+): a web page under the name of a table; open it and save it as XLSX or CSV",
            "{0}：内容是网页而不是表格；请打开后另存为XLSX或CSV",
        ),
        (
            "(.+): no row near the beginning names three known columns; .+",
            "{0}：前20行中没有已知的表头；请用--header-row指明，或者手工编写映射",
        ),
        ("(.+): a mapping is suggested for CSV and workbooks only", "{0}：只能为CSV和电子表格建议映射"),
        ("(.+): not readable as a zip file", "{0}：无法按zip读取"),
        ("(.+): the zip file is locked by a password; unpack it first", "{0}：压缩包设有密码；请先解压"),
        (
            r"(.+): a zip file holds 1 to ([\d,]+) files; this one has ([\d,]+)",
            "{0}：压缩包应有1至{1}个文件，此包有{2}个",
        ),
        (
            r"(\w+) needs a mapping of its columns \(--mapping FILE.toml\)",
            "{0}文件须给出列的映射（--mapping 文件.toml）",
        ),
        ("Parquet is read from a file, not from a stream", "Parquet须从文件读取，不能从标准输入读取"),
        ("(.+): not readable as Parquet", "{0}：无法按Parquet读取"),
        (r"(.+): cannot be read \((.+)\)", "{0}：无法读取（{1}）"),
        (r"(.+): not valid TOML \((.+)\)", "{0}：不是有效的TOML（{1}）"),
        (r"the gzip stream is broken behind line (\d+)", "gzip压缩内容在第{0}行之后损坏"),
        (r"the gzip stream is broken", "gzip压缩内容已损坏"),
        ("zone: (.+) is neither an offset such as .+", "zone：{0}既不是+08:00这样的时差，也不是已知的时区"),
        ("no such person", "没有此人员，或您无权查看"),
        (
            "a person_id is wanted: .+",
            "此处须给出人员编号（person_id，64位），不能用姓名或证件号码；开标应答和clues --json中有",
        ),
        # Backups
        (r"(.+) holds no backup that this program can read", "{0}中没有本程序能读取的备份"),
        (r"the oldest backup in (.+) was made at (.+), later than that", "{0}中最早的备份是{1}的，晚于所给时间"),
        (r"the backup in (.+) was made at (.+), later than that", "{0}中的备份是{1}的，晚于所给时间"),
        (r"another backup is being made in (.+)", "{0}中正在进行另一次备份"),
        (r"the audit of the backup finds: (.+)", "备份核验发现问题：{0}"),
        (
            "the role of the database may make no database to try the backup in",
            "数据库角色无权新建数据库（CREATEDB），无法演练恢复",
        ),
        (
            r"put it back with program (.+), which made it, and upgrade then",
            "请用制作备份的程序版本{0}恢复，然后再升级",
        ),
        (r"table (.+) of schema (.+) is not empty", "模式{1}的表{0}不是空表"),
        (
            r"the backup has tables of version (.+), which this program does not know",
            "备份的数据表版本为{0}，本程序不识别该版本",
        ),
        (r"the backup is of schemas (.+); the settings name others", "备份包含的模式为{0}，与设置中的不同"),
        (
            r"the backup is of (.+), and the settings name another kind of database",
            "备份来自{0}，而设置中是另一种数据库",
        ),
        (r"the last batch ends at (.+), the ledger at (.+)", "最后一批止于第{0}条，而账本止于第{1}条"),
        (
            r"the ledger has (.+) rows at positions (.+) to (.+): some are missing",
            "账本有{0}条记录，位置为{1}至{2}：有缺失",
        ),
        (r"the manifest does not name (.+)", "备份清单中没有{0}"),
        ("the vault key is not the one the identities were sealed with", "vault.key不是封存身份信息时所用的密钥"),
        (
            r"(.+) does not hold the keys; without them nobody can be told from the ledger",
            "{0}中没有密钥；没有密钥就无法从账本得知人员身份",
        ),
        (r"(\S+) is damaged: (.+)", "{0}已损坏：{1}"),
        (r"(\S+) is missing or not what was written", "{0}缺失，或者与写入时不同"),
        (r"(\S+) is not a database that can be read", "{0}不是可读取的数据库"),
        (r"(\S+) is not empty", "{0}不是空文件夹"),
        (r"(.+) names no file, so nothing in (.+) can be checked", "{0}中没有列出文件，无法核对{1}"),
        # Passwords and tokens
        (
            "a password has five different characters at least, and does not hold the login name",
            "口令至少应有五个不同的字符，且不得包含登录名",
        ),
        (r"a password has (.+) to (.+) characters", "口令长度为{0}至{1}个字符"),
        (r"a token of this role lives (.+) days at most", "此角色的令牌有效期最长为{0}天"),
        ("locked after too many wrong tries", "尝试错误次数过多，已锁定"),
        ("no such sign-in code", "没有此登录代码"),
        ("the code does not fit", "验证码不正确"),
        ("sign-in refused", "登录被拒绝"),
        # Keys, folders, servers, databases
        (
            "what is sealed cannot be opened: .+",
            "无法打开封存的身份信息：keys中的vault.key不是封存时所用的密钥，或者内容已损坏",
        ),
        ("these shares give no key: (.+)", "所给份额无法还原密钥：{0}"),
        ("this is not the key that was (.+): nothing was written", "还原出的不是原来的密钥{0}，未写入任何文件"),
        (
            "the database is open on (.+): stop every .+",
            "数据库正被{0}上的程序使用：请先停止worker、publisher和控制台",
        ),
        # The machine
        (
            "(.+) belongs to (.+), and this runs as (.+): run it as .+",
            "{0}属于用户{1}，而本程序以{2}运行：请改以{1}运行，或者将整个文件夹交给同一用户（chown -R）",
        ),
        (
            "cannot listen on (.+) port (.+): (.+); .+",
            "无法监听{0}的端口{1}（{2}）；请用--port另选，0为任一空闲端口",
        ),
        (
            "the clock of this machine says (.+) UTC, (.+) ahead of (.+); nothing is recorded until .+",
            "本机时钟为{0}（UTC），超前过多，暂停记录；请校准，或确认无误：tender-monitor clock confirm --reason 理由",
        ),
        (
            "the last record is of (.+) UTC, (.+) ahead of the clock of this machine; .+",
            "最后一条记录（{0} UTC）晚于本机时钟：请校准；如无误，恢复此前备份，再执行：tender-monitor clock recover",
        ),
        (
            "the disk of the data folder has (.+) MiB left, and (.+) are kept in reserve: .+",
            "数据文件夹所在磁盘仅剩{0} MiB，低于预留的{1} MiB：腾出空间之前不再接收数据，已记录的内容仍可查询",
        ),
        ("the disk of the database is full: .+", "数据库所在磁盘已满：请腾出空间，再重新报送未记录的内容"),
        ("the database cannot be written: .+", "数据库无法写入：文件系统或文件为只读"),
        ("the disk of the database fails or is gone: (.+)", "数据库所在磁盘出错或已断开：{0}"),
        (
            "(.+) is missing: what is recorded cannot be read or continued .+",
            "缺少密钥文件{0}：没有它无法读取或继续记录；请放回另行保管的文件，或用份额恢复（tender-monitor keys join）",
        ),
        (
            "(.+) is not the key that this database was filled with; .+",
            "{0}不是此数据库所用的密钥；请放回原来的密钥文件，或者改用与此密钥对应的数据文件夹或数据库",
        ),
        ("(.+) has keys of the suite (.+), and it never changes", "{0}已有算法套件{1}的密钥，选定后不能更改"),
        ("(.+) names no suite: (.+)", "{0}没有写明可用的算法套件（{1}）"),
        ("the suite (.+) needs the package (.+), which is not installed .+", "算法套件{0}需要本机未安装的软件包{1}"),
        ("the suite (.+) needs (.+), which the OpenSSL .+", "算法套件{0}需要本机Python的OpenSSL所没有的{1}"),
        ("(.+): others may read it; make it 0600", "{0}：他人可读取此密钥文件，请将其权限改为0600"),
        ("(.+): a key has 32 bytes", "{0}：密钥文件应为32字节"),
        ("the server did not take the messages in (.+) tries", "服务器{0}次均未接收报文"),
        ("the server answered (.+): (.+)", "服务器答复{0}：{1}"),
        ("the database did not do what was asked: (.+)", "数据库未能执行：{0}"),
        ("the brokers did not do what was asked: (.+)", "Kafka未能执行：{0}"),
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
