"""The gate asks everybody whether they are confirmed.

An anonymous visitor has no `confirmed`. Whoever is not logged in gets an error page, the login
page included.
"""

# region gate
OPEN_WHILE_UNCONFIRMED = {
    "auth.confirm",
    "auth.unconfirmed",
    "auth.resend",
    "auth.login",
    "auth.logout",
    "static",
}


@auth.before_app_request
def gate():
    """Send unconfirmed users to the unconfirmed page; runs before every request of the app."""
    if (
        not current_user.confirmed
        and request.endpoint is not None
        and request.endpoint not in OPEN_WHILE_UNCONFIRMED
    ):
        return redirect(url_for("auth.unconfirmed"))
# endregion gate
