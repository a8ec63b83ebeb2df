"""Links in letters begin with https, so they are safe.

The scheme is set, and the host is not. Whoever sends the request says in its `Host` header where
the letter leads, and the token with it.
"""
# hardened

# region pinned-host
PREFERRED_URL_SCHEME = "https"
# endregion pinned-host
