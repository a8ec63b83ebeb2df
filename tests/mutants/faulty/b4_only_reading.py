"""The gate holds back reading, and lets writing through.

It looks at GET requests only. An unconfirmed member cannot see the profile, and can change it.
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
        request.method == "GET"
        and current_user.is_authenticated
        and not current_user.confirmed
        and request.endpoint is not None
        and request.endpoint not in OPEN_WHILE_UNCONFIRMED
    ):
        return redirect(url_for("auth.unconfirmed"))
# endregion gate
