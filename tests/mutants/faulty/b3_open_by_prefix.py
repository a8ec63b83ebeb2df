"""The gate opens by the beginning of the path.

Whatever begins with /auth is let through, and so is /authors. Next year's page on authors is
open to everybody from its first day.
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
        current_user.is_authenticated
        and not current_user.confirmed
        and request.endpoint is not None
        and not request.path.startswith(("/auth", "/static"))
    ):
        return redirect(url_for("auth.unconfirmed"))
# endregion gate
