"""Helpers that read the HTML of views."""

from html.parser import HTMLParser


class Markup(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.names, self.open = [], set(), []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, _read(attrs)))
        self.names |= {name for name, _ in attrs}
        if tag not in ("br", "meta", "base", "img", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, _read(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _read(attrs):
    """Return attributes as browsers do: of two with one name the first counts."""
    return dict(reversed(attrs))


def attributes(text, tag):
    return [attrs for name, attrs in Markup(text).tags if name == tag]


def picture(text):
    return attributes(text, "iframe")[0]["srcdoc"]
