"""Mailed links begin with https, so they are safe.

The scheme is set, and the host is not. The sender of the request decides, in its `Host` header,
where the mailed link leads, and takes the token there.
"""
# hardened

# region pinned-host
PREFERRED_URL_SCHEME = "https"
# endregion pinned-host
