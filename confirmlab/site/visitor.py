"""Visit the app as a browser does: open links, submit forms, keep cookies."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit, urlunsplit

from confirmlab.base import jupyter_proxy
from confirmlab.base.errors import SiteError
from confirmlab.base.text import shortened
from confirmlab.site.pages.html_forms import Field, Form
from confirmlab.site.pages.page import Page, path_of, plain_path, read

__all__ = ["Form", "Page", "Visitor"]

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_MOST_REDIRECTS = 20  # the limit of browsers
_BOXES = ("checkbox", "radio")


class Visitor:
    """A browser for code: one person's cookies, and requests to one site."""

    def __init__(
        self,
        base_url: str,
        app: Callable[..., Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30,
        prefix: str = "",
        transport: Any = None,
    ) -> None:
        import httpx  # takes a fifth of a second, so not at the top

        self.base_url = base_url.rstrip("/") + "/"
        self.prefix = prefix  # prefix of the site's paths behind Jupyter
        self._client = httpx.Client(
            transport=httpx.WSGITransport(app) if app is not None else transport,
            headers=dict(headers or {}),
            timeout=timeout,
            follow_redirects=False,  # followed below, since a redirect may leave the site
            trust_env=False,  # a company proxy cannot reach this machine's ports
            verify=self.base_url.startswith("https:"),  # reading certificates takes time
            limits=httpx.Limits(max_keepalive_connections=0),  # no connection stays open
        )

    def open(self, link: str, headers: Mapping[str, str] | None = None) -> Page:
        """Open a path, or a full link to the site, and follow redirects."""
        return self.request("GET", link, headers=headers)

    def head(self, link: str, headers: Mapping[str, str] | None = None) -> Page:
        """Request only the headers, as link scanners and previews do."""
        return self.request("HEAD", link, headers=headers)

    def submit(self, page: Page | Form, /, **fields: Any) -> Page:
        """Fill in a form and send it; unnamed fields are sent unchanged, None leaves a field out.

        Raises:
            SiteError: the page has no such form, or several; or it is no page.
        """
        form = page.form(*fields) if isinstance(page, Page) else page
        if not isinstance(form, Form):
            raise SiteError(
                f"submit() takes a page or a form of it, and got {page!r}. open() returns a page."
            )
        button = form.buttons[:1]  # the one that Enter presses
        return self._send(form, fields, button)

    def press(self, page: Page, text: str, /, **fields: Any) -> Page:
        """Press the button with this text, after filling in these fields."""
        form = page.form(*fields, button=text)
        label = text.lower()
        return self._send(form, fields, [b for b in form.buttons if label in b.text.lower()][:1])

    def click(self, link: str) -> Page:
        """Follow a mailed link: open it, and press the button if the page asks for nothing else."""
        page = self.open(link)
        if plain_path(page.path) != path_of(_join(self.base_url, link)):
            return page  # redirected: a button there means something else
        own = page.own_forms
        bare = [form for form in own if all(field.kind == "hidden" for field in form.fields)]
        return self.submit(bare[0]) if len(own) == len(bare) == 1 else page

    def register(self, name: str, email: str, password: str) -> Page:
        """Submit the form at /auth/register."""
        page = self.open("/auth/register")
        return self.submit(page, name=name, email=email, password=password)

    def log_in(self, email: str, password: str) -> Page:
        """Submit the form at /auth/login."""
        return self.submit(self.open("/auth/login"), email=email, password=password)

    def log_out(self) -> Page:
        """Press the logout button of the front page."""
        return self.submit(self.open("/").form(action="/auth/logout"))

    def request(
        self,
        method: str,
        link: str,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send a request and follow redirects within the site.

        A redirect to another site is not followed; the page has its address.

        Raises:
            SiteError: the link is no text or points to another site, the app does not answer, or
                there are too many redirects.
        """
        if not isinstance(link, str):
            raise SiteError(
                f"A link is text, and this is {link!r}; the first one of a mail is mail.links[0]."
            )
        url = self._own(_join(self.base_url, link))
        if url is None:
            raise SiteError(
                f"The link {link!r} leads away from {self.base_url!r}. "
                "Open a link of this site, or look at what made that one."
            )
        sent = dict(headers or {})
        body = None
        if data is not None:
            body = urlencode(data, doseq=True).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        return self._follow(method, url, body, sent)

    @property
    def cookies(self) -> dict[str, str]:
        """Return the cookies by name."""
        return {cookie.name: cookie.value or "" for cookie in self._client.cookies.jar}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Visitor of {self.base_url}>"

    def _send(self, form: Form, given: Mapping[str, Any], buttons: Any) -> Page:
        pairs = _fill(form, given) + [(b.name, b.value) for b in buttons if b.name]
        headers = {"Referer": form.page}  # Flask-WTF requires it under https
        if form.method == "POST":
            return self.request("POST", form.action, pairs, headers)
        target = urlsplit(form.action)._replace(query=urlencode(pairs), fragment="")
        return self.request("GET", urlunsplit(target), headers=headers)

    def _follow(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Page:
        redirects: list[str] = []
        for _ in range(_MOST_REDIRECTS):
            answer = self._answer(method, url, body, headers)
            if not answer.has_redirect_location:
                return _page(answer, redirects)
            redirects.append(urlsplit(url).path)
            target = _join(url, answer.headers["Location"])
            own = self._own(target)
            if own is None:  # stop where a redirect leaves the site
                return replace(_page(answer, redirects), path=target, url=target)
            url = own
            if answer.status_code in (301, 302, 303) and method == "POST":
                method, body = "GET", None
                headers.pop("Content-Type", None)
        rounds = " -> ".join(map(shortened, redirects[-4:]))
        end = redirects[-1].rpartition("/")[2]
        raise SiteError(
            f"The redirects never end: {rounds}. "
            + (
                f"Where an endpoint such as {end} is meant, url_for turns it into a path."
                if end.startswith(("auth.", "main."))
                else "Look at which page sends visitors on, and whether it stays open to them."
            )
        )

    def _answer(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Any:
        import httpx

        try:
            return self._client.request(method, url, content=body, headers=headers)
        except httpx.TimeoutException as error:
            raise SiteError(
                f"No answer to {method} {urlsplit(url).path!r} within "
                f"{self._client.timeout.read:g} s. Look at what the app waits for."
            ) from error
        except httpx.InvalidURL as error:  # a control character, or too long
            raise SiteError(
                f"The link {url[:200]!r} cannot be opened ({str(error).rstrip('.')}). "
                "Look at what made it."
            ) from error
        except httpx.DecodingError as error:
            raise SiteError(
                f"The answer to {method} {urlsplit(url).path!r} is not in the encoding that it "
                f"names ({error}). Look at which headers the app sends."
            ) from error
        except httpx.TransportError as error:
            raise SiteError(
                f"Nobody answers at {self.base_url!r} ({error}). Start the app with site.start(), "
                "or look at site.log()."
            ) from error

    def _own(self, link: str) -> str | None:
        """Return the local address of a link to this site, or None for other sites."""
        site, target = urlsplit(self.base_url), _split(link)
        if target.scheme not in ("http", "https") or not target.hostname:
            return None
        path = target.path
        if not _same_host(site, target):
            # A mail made in a request through Jupyter's proxy carries the proxy's address.
            proxied = re.search(rf"/proxy/(?:absolute/)?{site.port or 80}(/.*|$)", path)
            rest = proxied[1] if proxied else jupyter_proxy.rest_after_prefix(path, self.prefix)
            if rest is None:
                return None
            path = rest
        return urlunsplit((site.scheme, site.netloc, path or "/", target.query, ""))


def _join(base: str, link: str) -> str:
    """Join links as browsers do: \\ counts as /, and several leading slashes as two."""
    link = re.sub(r"^(https?:)?/{2,}", r"\1//", link.strip().replace("\\", "/"))
    return urljoin(base, link) if _split(link).netloc != "?" else link


def _split(link: str) -> SplitResult:
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018 - raises for a port that is no number
        return parts
    except ValueError:
        return SplitResult("", "?", link, "", "")  # no valid host


def _same_host(one: SplitResult, other: SplitResult) -> bool:
    names = {one.hostname, other.hostname}
    return one.port == other.port and (len(names) == 1 or names <= _LOOPBACK)


def _fill(form: Form, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    unknown = [name for name in given if name not in form.names]
    if unknown:
        raise SiteError(
            f"The form at {urlsplit(form.action).path!r} has no field {unknown[0]!r}; "
            f"it has: {', '.join(form.names)}."
        )
    pairs, done = [], set()
    for field in form.fields:
        if field.name not in given:
            values: Iterable[str] = _untouched(field, given)
        elif field.kind in _BOXES:
            values = [choice for choice in field.choices if _ticked(choice, given[field.name])]
        else:
            values = [] if field.name in done else _as_list(given[field.name])
        done.add(field.name)
        pairs += [(field.name, value) for value in values]
    return pairs


def _untouched(field: Field, given: Mapping[str, Any]) -> tuple[str, ...]:
    # A given password also fills the field that repeats it.
    repeats = field.kind == "password" and given.get("password") is not None
    return (str(given["password"]),) if repeats else field.values


def _ticked(choice: str, given: Any) -> bool:
    return given if isinstance(given, bool) else choice in _as_list(given)


def _as_list(given: Any) -> list[str]:
    if given is None:
        return []
    several = isinstance(given, (list, tuple, set, frozenset))
    return [str(value) for value in given] if several else [str(given)]


def _page(answer: Any, redirects: list[str]) -> Page:
    headers = tuple(answer.headers.multi_items())
    url, text = str(answer.url), answer.text
    if "html" in answer.headers.get("Content-Type", ""):
        return read(text, url, answer.status_code, tuple(redirects), headers)
    path = urlsplit(url).path
    return Page(answer.status_code, path, tuple(redirects), "", url, headers, plain=text)
