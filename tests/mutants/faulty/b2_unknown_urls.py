"""The gate catches addresses that do not exist.

Without a look at the endpoint, which is None for an unknown address, a typing error leads to
the waiting room. What should be a 404 looks like a page.
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
        and request.endpoint not in OPEN_WHILE_UNCONFIRMED
    ):
        return redirect(url_for("auth.unconfirmed"))
# endregion gate
