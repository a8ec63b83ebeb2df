# After the answers: the class that they belong to, its table, and what makes members.
class User(UserMixin, Confirmed, Generating, Confirming, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(256), default="")
    about: Mapped[str] = mapped_column(Text, default="")
    joined_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.now(timezone.utc)
    )


app.app_context().push()
db.create_all()


def add(name="Ada", **more):
    user = User(name=name, email=f"{name.lower()}@example.com", **more)
    db.session.add(user)
    db.session.commit()
    return user


def clean():
    db.session.rollback()
    db.session.execute(db.delete(User))
    db.session.commit()
