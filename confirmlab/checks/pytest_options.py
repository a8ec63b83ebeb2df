"""Options that make pytest fast in a child: without plugins and reports that it does not need."""

_WITHOUT = (
    *("cacheprovider", "doctest", "junitxml", "pastebin", "stepwise", "faulthandler"),
    *("unraisableexception", "threadexception", "setuponly", "setupplan", "warnings"),
)
LEAN = (
    *("--tb=no", "-q", "--capture=no"),
    *(word for name in _WITHOUT for word in ("-p", f"no:{name}")),
)
