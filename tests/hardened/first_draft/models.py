"""The model of the usual first draft, repaired only as far as needed to run."""

# region confirmed-column
confirmed: Mapped[bool] = mapped_column(default=False)
# endregion confirmed-column


# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    expiration_time = datetime.utcnow() + timedelta(seconds=expiration_sec)
    claims = {"exp": expiration_time, "confirm_id": self.id}
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")


# endregion generate-token


# region confirm-token
def confirm(self, token):
    try:
        claims = jwt.decode(token, current_app.secret_key, algorithms=["HS512"])
    except (jwt.ExpiredSignatureError, jwt.InvalidSignatureError):
        return False
    if claims.get("confirm_id") != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True


# endregion confirm-token
