"""The gate catches the page that it sends people to.

The waiting room is not in the set of open endpoints. The browser is sent in circles until it
gives up.
"""

# region gate
OPEN_WHILE_UNCONFIRMED = {
    "auth.confirm",
    "auth.resend",
    "auth.login",
    "auth.logout",
    "static",
}


@auth.before_app_request
def gate():
    """Send unconfirmed users to the unconfirmed page; runs before every request of the app."""
    if (
        current_user.is_authenticated
        and not current_user.confirmed
        and request.endpoint is not None
        and request.endpoint not in OPEN_WHILE_UNCONFIRMED
    ):
        return redirect(url_for("auth.unconfirmed"))
# endregion gate
