"""What an error says to a person at a terminal: the sentence of its code, expected and found, what to do next."""

import os
from collections.abc import Mapping

from chain.errors import ChainError, Sentence
from trace.sentences import sentence

CODES: Mapping[str, Sentence] = {
    "ledger.folder": Sentence(
        "这个文件夹里没有账本,或无法使用。",
        "There is no ledger in this folder, or it cannot be used.",
        "用 --data 指定账本的文件夹;新建账本用 `run --genesis 文件`,演示用 `demo`。",
        "Name the ledger's folder with --data; found a new one with `run --genesis FILE`, or see the demonstration with `demo`.",
    ),
    "ledger.exists": Sentence(
        "这个文件夹里已有账本。", "There is a ledger in this folder already.", "换一个文件夹。", "Choose another folder."
    ),
    "ledger.busy": Sentence(
        "另一个进程正在写这个账本。",
        "Another process is writing to this ledger.",
        "先停止它,或用 --url 经由它办理。",
        "Stop it first, or go through it with --url.",
    ),
    "ledger.serials": Sentence(
        "序列号文件无法读写。",
        "The file of serials cannot be read or written.",
        "序列号只保存在建批的机器上;检查 --data。",
        "Serials are kept only where the batch was made; check --data.",
    ),
    "ledger.wait": Sentence(
        "交易已保存,但尚未进块。",
        "The transaction is stored but not in a block yet.",
        "稍后再查;或用 `mine` 立即出块。",
        "Look again later, or seal a block with `mine`.",
    ),
    "config.setting": Sentence(
        "设置的值不合要求。", "A setting has a value that does not fit.", "改正该设置。", "Correct the setting that is named."
    ),
    "cli.batch": Sentence(
        "这批药的资料不全或不合要求。",
        "What was said about the batch is incomplete or does not fit.",
        "按提示补充选项。",
        "Add or correct the option that is named.",
    ),
    "cli.server": Sentence(
        "服务器没有给出可用的回答。",
        "The server gave no usable answer.",
        "检查 --url,稍后再试。",
        "Check --url, or try again later.",
    ),
    "demo.folder": Sentence(
        "这个文件夹里的东西不是演示,不会被覆盖。",
        "What lies in this folder is no demonstration and will not be overwritten.",
        "用 --data 另选文件夹。",
        "Choose another folder with --data.",
    ),
    "demo.event": Sentence(
        "演示中的一步与预期不符。",
        "A step of the demonstration did not go as it should.",
        "这是程序的错误,请报告。",
        "This is an error of the program; please report it.",
    ),
}
"""Codes that the data folder, the settings and the commands raise."""


def speaks_chinese(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the terminal's language is Chinese."""
    environment = os.environ if environment is None else environment
    chosen = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return chosen.lower().startswith("zh")


def explain(error: ChainError) -> list[str]:
    """The lines that say what went wrong: sentence, code, place, what was expected and found, what to do next."""
    chinese = speaks_chinese()
    words = CODES.get(error.code) or sentence(error.code)
    where = "".join([f" {error.field}" if error.field else "", f" (line {error.line})" if error.line is not None else ""])
    lines = [f"{'错误' if chinese else 'error'}: {words.zh if chinese else words.en} [{error.code}]{where}"]
    lines += [f"  {'应为' if chinese else 'expected'}: {error.expected}"] if error.expected else []
    lines += [f"  {'实为' if chinese else 'found'}: {error.found}"] if error.found else []
    lines.append(f"  {words.next_zh if chinese else words.next_en}")
    return lines
