"""The sentence for every stable code: the web's own table, and those of the packages whose codes reach a reader."""

from collections.abc import Mapping

from chain.errors import Sentence
from trace import sentences

WEB: Mapping[str, Sentence] = {
    "web.request": Sentence(
        "看不懂这个请求。", "This request could not be understood.", "检查地址和参数后重试。", "Check the address and its parameters."
    ),
    "web.parameter": Sentence(
        "参数的值不合要求。", "A parameter has a value that does not fit.", "按提示改正该参数。", "Correct the parameter that is named."
    ),
    "web.not_found": Sentence(
        "这里什么都没有。",
        "There is nothing at this address.",
        "检查地址,或从首页重新开始。",
        "Check the address, or start again from the first page.",
    ),
    "web.method": Sentence(
        "这个地址不接受这种请求方式。", "This address does not accept that method.", "用允许的方式。", "Use an allowed method."
    ),
    "web.not_acceptable": Sentence(
        "没有所要求的格式。", "The form that was asked for does not exist.", "改要 HTML 或 JSON。", "Ask for HTML or JSON."
    ),
    "web.timeout": Sentence("请求来得太慢。", "The request arrived too slowly.", "请重试。", "Try again."),
    "web.length": Sentence("请求没有说明长度。", "The request does not say its length.", "加上 Content-Length。", "Send a Content-Length."),
    "web.too_large": Sentence(
        "上传的内容太大。",
        "What was sent is too large.",
        "照片请小于 12 MB;批量请分几次发送。",
        "Photos up to 12 MB; send bulk data in parts.",
    ),
    "web.address": Sentence("地址太长。", "The address is too long.", "缩短地址。", "Use a shorter address."),
    "web.media_type": Sentence(
        "不支持这种内容类型。",
        "This content type is not supported.",
        "用 application/json 或 application/x-ndjson。",
        "Use application/json or application/x-ndjson.",
    ),
    "web.range": Sentence("没有所要求的那一段。", "The range that was asked for does not exist.", "请求整个内容。", "Ask for the whole."),
    "web.host": Sentence(
        "本机不以此名称应答。", "This machine does not answer to that name.", "用正确的主机名。", "Use the right host name."
    ),
    "web.headers": Sentence("请求头太大。", "The request's headers are too large.", "缩短请求头。", "Send smaller headers."),
    "web.unavailable": Sentence(
        "账本暂时不可用。", "The ledger is not available at the moment.", "稍后再试,或换一个节点。", "Try later, or use another node."
    ),
    "web.internal": Sentence(
        "服务出错了,这不说明药品有问题。",
        "The service failed. This says nothing about the pack.",
        "稍后再试;问题已记录。",
        "Try later; the problem was logged.",
    ),
    "web.json": Sentence("内容不是合格的 JSON。", "The content is not valid JSON.", "检查格式。", "Check its syntax."),
}
"""Codes of `trace/web` itself."""


def tables() -> tuple[Mapping[str, Sentence], ...]:
    """All tables, the web's first."""
    return (WEB, *sentences.TABLES)


def find_sentence(code: str) -> Sentence | None:
    """The sentence of a code, or None where no table has it."""
    return WEB.get(code) or sentences.find_sentence(code)


def sentence_of(code: str) -> Sentence:
    """The sentence of a code; a general one where no table has it."""
    return find_sentence(code) or sentences.UNKNOWN
