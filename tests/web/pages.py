"""Reading a page in a test: its links, its text, its language."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


class Page(HTMLParser):
    """What a test looks at in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.links: list[str] = []
        self.assets: list[str] = []
        self.images_without_words: list[str] = []
        self.inline: list[str] = []
        self.words: list[str] = []
        self.headings: list[str] = []
        self.fields: dict[str, str] = {}
        self.labels: set[str] = set()
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._open.append(tag)
        if tag == "html":
            self.language = found.get("lang", "")
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in ("link", "img", "script", "use"):
            self.assets += [found[name] for name in ("href", "src") if name in found and found.get("rel") != "alternate"]
        if tag == "img" and "alt" not in found:
            self.images_without_words.append(found.get("src", ""))
        if tag == "label" and "for" in found:
            self.labels.add(found["for"])
        if tag in ("input", "select", "textarea") and found.get("type") != "hidden":
            self.fields[found.get("id", "")] = found.get("name", "")
        self.inline += [name for name in found if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        tag = next((tag for tag in reversed(self._open) if tag not in VOID), "")
        if tag in ("script", "style") and data.strip():
            self.inline.append(tag)
        if "h1" in self._open and data.strip():
            self.headings.append(data.strip())
        self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    @property
    def text(self) -> str:
        """All words of the page."""
        return " ".join(" ".join(self.words).split())

    def internal_links(self, base: str) -> set[str]:
        """Addresses on the same host, without fragments."""
        joined = (urlsplit(urljoin("http://localhost" + base, link)) for link in self.links)
        return {f"{each.path}?{each.query}" if each.query else each.path for each in joined if each.netloc == "localhost"}


VOID = {"meta", "link", "input", "img", "br", "hr", "use", "rect", "path"}
"""Elements without an end."""
