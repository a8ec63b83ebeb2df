"""The gate holds the stylesheet back as well.

`static` is an endpoint like any other. The waiting room arrives without its looks, since the
browser is sent there for the stylesheet too.
"""

# region gate
OPEN_WHILE_UNCONFIRMED = {
    "auth.confirm",
    "auth.unconfirmed",
    "auth.resend",
    "auth.login",
    "auth.logout",
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
