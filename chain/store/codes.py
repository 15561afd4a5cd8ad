"""Sentences of the codes with which a store refuses to work."""

from chain.errors import Sentence

CODES: dict[str, Sentence] = {
    "store.full": Sentence(
        "磁盘已满,这一步没有写入任何内容。已有的数据仍可读取。",
        "The disk is full; nothing of this step was written. What is stored can still be read.",
        "腾出空间后重试。",
        "Free some space, then try again.",
    ),
    "store.io": Sentence(
        "磁盘读写失败,这一步没有得到确认。",
        "The disk failed to read or write; this step is not acknowledged.",
        "检查磁盘、权限和文件大小限制;重新启动节点,它会从磁盘上的最后一步继续。",
        "Check the disk, the permissions and the file size limit; restart the node, which goes on from the last step on disk.",
    ),
    "store.tip.moved": Sentence(
        "另一个进程已经推进了这条链,这一步没有写入任何内容。",
        "Another process has moved this chain on; nothing of this step was written.",
        "一个数据文件夹只运行一个节点;停止另一个进程。",
        "Run one node per data folder; stop the other process.",
    ),
    "store.busy": Sentence(
        "另一个进程长时间占用着数据库。",
        "Another process has held the database for too long.",
        "一个数据文件夹只运行一个节点;等待备份或导出结束后重试。",
        "Run one node per data folder; wait for a backup or an export to end, then try again.",
    ),
    "store.damaged": Sentence(
        "数据库文件已损坏,有内容无法读取。",
        "The database file is damaged: something in it cannot be read.",
        "不要继续写入;运行 audit 找出损坏之处,然后从备份或其他节点恢复。",
        "Write no more to it; run audit to find the place, then restore from a backup or from another node.",
    ),
    "store.older": Sentence(
        "数据库比已经确认过的内容旧:它是旧备份,或者丢失了日志文件。",
        "The database is older than what was acknowledged: it is an old copy, or its log is lost.",
        "放回最新的数据库及其 -wal 文件;若确实只有旧备份,用 run --restored 启动,节点会谨慎地重新开始投票。",
        "Put back the newest database with its -wal file. If the old copy is all there is, start with run --restored.",
    ),
    "store.foreign": Sentence(
        "这个文件不是药溯链的数据库。",
        "This file is not a PharmaTrace database.",
        "检查数据文件夹的路径。",
        "Check the path of the data folder.",
    ),
    "store.version": Sentence(
        "数据库由更新版本的程序写成,本版本不能打开。",
        "The database was written by a newer version of the program; this version cannot open it.",
        "请更新程序。数据没有被改动。",
        "Update the program. The data have not been touched.",
    ),
    "store.closed": Sentence(
        "存储已经关闭。",
        "The store is closed.",
        "重新打开数据文件夹。",
        "Open the data folder again.",
    ),
    "store.commit": Sentence(
        "程序要求存储写入自相矛盾的内容,已被拒绝,没有写入任何内容。",
        "The program asked the store to write something that contradicts what is there; it was refused and nothing was written.",
        "这是程序错误,请连同日志一起报告。",
        "This is an error in the program; please report it with the log.",
    ),
}
"""Code -> sentence, for every code that `chain/store` raises."""
