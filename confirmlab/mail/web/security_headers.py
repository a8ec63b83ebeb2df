"""The security headers of the inbox page: mails come from strangers, and their HTML is shown."""

from flask import Response

from confirmlab.base import templating

PAGE_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src data:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)
# A mail that is opened in a tab of its own is restricted as in the frame.
MAIL_POLICY = (
    f"{templating.POLICY}; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the path contains the key
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def add(response: Response) -> Response:
    """Add the headers that a response does not set itself."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
