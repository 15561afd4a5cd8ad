"""Why a text is not a code that we read. Every parser of this package raises `CodeError` and nothing else."""

from chain.errors import Malformed, Sentence

LONGEST_SHOWN = 60
"""Characters of a foreign text that an error repeats; a scan may be a whole web page."""


class CodeError(Malformed):
    """A text that is no code of the form asked for; `field` is the Application Identifier concerned, where there is one."""

    def __init__(self, code: str, expected: object = "", found: object = "", *, identifier: str | None = None) -> None:
        """`identifier` is the Application Identifier whose value is wrong."""
        super().__init__(code, expected, str(found)[:LONGEST_SHOWN], field=identifier)


class PictureError(CodeError):
    """A picture that cannot be opened or holds no code (`trace/images.py`)."""


CODES: dict[str, Sentence] = {
    "gs1.check_digit": Sentence(
        "校验位不对。",
        "The check digit is wrong.",
        "核对数字,可能输错或未扫全。",
        "Compare the digits; one may be mistyped or missing.",
    ),
    "gs1.gtin.format": Sentence(
        "商品编号须为 8、12、13 或 14 位数字。",
        "A product number has 8, 12, 13 or 14 digits.",
        "重新扫描,或照盒上输入。",
        "Scan again, or type it as printed.",
    ),
    "gs1.gtin.indicator": Sentence(
        "指示符 9 表示变量商品,不是药品。",
        "Indicator 9 marks goods of variable measure, not medicines.",
        "扫另一个码。",
        "Scan the other code.",
    ),
    "gs1.identifier.unknown": Sentence(
        "应用标识符不存在。",
        "No such Application Identifier.",
        "重新扫描;分隔符可能丢失。",
        "Scan again; a separator may be lost.",
    ),
    "gs1.value.length": Sentence(
        "数据长度不对。",
        "The value has the wrong length.",
        "重新扫描;分隔符可能丢失。",
        "Scan again; a separator may be lost.",
    ),
    "gs1.value.character": Sentence(
        "数据含有不允许的字符。",
        "The value has a character that is not allowed.",
        "检查扫描器的键盘设置。",
        "Check the scanner's keyboard setting.",
    ),
    "gs1.value.date": Sentence(
        "日期不存在。",
        "There is no such day.",
        "核对印刷的日期。",
        "Compare the printed date.",
    ),
    "gs1.value.rule": Sentence(
        "数据不符合 GS1 规则。",
        "The value breaks a GS1 rule.",
        "核对印刷的内容。",
        "Compare with what is printed.",
    ),
    "gs1.element.empty": Sentence(
        "码中没有数据。",
        "The code holds no data.",
        "重新扫描。",
        "Scan again.",
    ),
    "gs1.element.syntax": Sentence(
        "括号写法不完整。",
        "The bracketed form is not complete.",
        "写作 (01)…(10)…(21)…。",
        "Write it as (01)…(10)…(21)….",
    ),
    "gs1.element.repeated": Sentence(
        "同一标识符出现两次且不同。",
        "The same identifier stands twice with different values.",
        "一次只扫一个码。",
        "Scan one code at a time.",
    ),
    "gs1.element.excluded": Sentence(
        "这两个标识符不能同用。",
        "These two identifiers exclude each other.",
        "扫盒上的另一个码。",
        "Scan the other code on the pack.",
    ),
    "gs1.element.missing": Sentence(
        "缺少必需的标识符。",
        "A required identifier is missing.",
        "扫盒上的另一个码。",
        "Scan the other code on the pack.",
    ),
    "gs1.link.form": Sentence(
        "不是 GS1 数字链接。",
        "Not a GS1 Digital Link.",
        "扫盒上的二维码。",
        "Scan the square code on the pack.",
    ),
    "gs1.link.character": Sentence(
        "链接含有不允许的字符。",
        "The link has a character that a URI may not have.",
        "重新扫描,不要手工改动。",
        "Scan again; do not edit the link.",
    ),
    "gs1.link.key": Sentence(
        "链接中没有商品编号。",
        "The link has no product number.",
        "扫盒上的二维码。",
        "Scan the square code on the pack.",
    ),
    "gs1.link.order": Sentence(
        "链接中标识符的次序不对。",
        "The identifiers in the link are not in the order of the standard.",
        "扫盒上的二维码。",
        "Scan the square code on the pack.",
    ),
    "gs1.link.origin": Sentence(
        "不是网站地址。",
        "Not the address of a site.",
        "写作 https://主机名。",
        "Write it as https://HOST.",
    ),
    "gs1.symbology": Sentence(
        "扫描器前缀不识。",
        "The scanner's prefix is not known.",
        "检查扫描器设置。",
        "Check the scanner's setting.",
    ),
    "gs1.chinese.form": Sentence(
        "追溯码须为以 8 开头的 20 位数字。",
        "A Chinese trace code has 20 digits and begins with 8.",
        "重新扫描。",
        "Scan again.",
    ),
    "gs1.scan.empty": Sentence(
        "没有扫到内容。",
        "Nothing was scanned.",
        "重新扫描。",
        "Scan again.",
    ),
    "gs1.scan.length": Sentence(
        "内容过长,不是药码。",
        "Too long for a medicine code.",
        "扫盒上的二维码。",
        "Scan the square code on the pack.",
    ),
    "gs1.scan.unknown": Sentence(
        "不是我们读的码。",
        "Not a code that we read.",
        "扫盒上的二维码。",
        "Scan the square code on the pack.",
    ),
    "gs1.scan.several": Sentence(
        "一次扫了几个不同的码。",
        "Several different codes in one scan.",
        "一次只扫一个码。",
        "Scan one code at a time.",
    ),
    "picture.size": Sentence("图片文件过大。", "The picture's file is too large.", "拍近一点,或缩小后再传。", "Send a smaller picture."),
    "picture.pixels": Sentence("图片像素过多。", "The picture has too many pixels.", "缩小后再传。", "Send a smaller picture."),
    "picture.format": Sentence("打不开这张图片。", "The picture cannot be opened.", "请传 JPEG、PNG 或 WebP。", "Send JPEG, PNG or WebP."),
    "picture.none": Sentence(
        "图中没有找到码。",
        "No code was found in the picture.",
        "对准方形码,拍清楚,再试一次。",
        "Hold the camera closer to the square code and try again.",
    ),
}
"""The sentences of the codes that this package and `trace/images.py` raise."""
