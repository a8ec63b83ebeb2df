"""Facts about recognising words, and about telling sentences from gibberish."""

import pytest

from confirmlab.checks.text.common_words import (
    asks_to_confirm,
    has_common_word,
    is_greeting,
    is_label,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "is_sentence"),
    [
        ("please confirm", True),
        ("Bitte den Link anklicken", True),
        ("Veuillez cliquer sur le lien", True),
        ("Пожалуйста подтвердите адрес", True),
        ("Silakan konfirmasi alamat Anda melalui tautan ini", True),
        ("Tafadhali thibitisha anwani yako kwa kiungo hiki", True),
        ("Vă rugăm să confirmați adresa", True),
        ("Prosím potvrďte vaši adresu", True),
        ("Avaa linkki tunnin kuluessa", True),
        ("Öppna länken inom sextio minuter", True),
        ("Otwórz poniższy odnośnik jeśli zakładasz konto", True),
        ("Otevřete odkaz během hodiny", True),
        ("Kérjük nyissa meg", True),
        ("Lütfen bağlantıya tıklayın", True),
        ("qwer asdf zxcv uiop", False),
    ],
)
def test_a_sentence_has_common_words(text, is_sentence):
    """A sentence has a common word of some language, or letters of another alphabet."""
    assert has_common_word(text.split()) == is_sentence


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Yes, confirm my address!", True),
        ("Adresse bestätigen", True),
        ("确认您的地址", True),
        ("Подтвердить адрес", True),
        ("Pigeon Post", False),
        ("Unsubscribe me", False),
    ],
)
def test_words_that_ask_to_confirm(text, asks):
    """Words that mean "confirm" are recognised in many languages."""
    assert asks_to_confirm(text) == asks


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't (please) open: a link!", ["Don't", "please", "open", "link"]),
        ("„Grüße“ — up-to-date…", ["Grüße", "up-to-date"]),
        ("here→there", ["here", "there"]),
        ("24h 1 x2 {user} a@b.c eyJh.ey1.s-d https://a.example/please", []),
        ("नमस्ते, लिंक को खोलें।", ["नमस्ते", "लिंक", "को", "खोलें"]),
        ("می\u200cخواهیم، مرحبا", ["می\u200cخواهیم", "مرحبا"]),
        ("请点击链接，确认！", ["请点", "击链", "确认"]),
        ("リンクをhttps://a.example/x", ["リン", "クを"]),
        ("E-Mail地址", ["地址", "E-Mail"]),
        ("我", []),
    ],
)
def test_the_words_of_a_text(text, words):
    """Words are letters and marks of any script; without blanks, two letters count as a word."""
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "enough"),
    [("Send", True), ("重发", True), ("ส่ง", True), ("OK", True), ("↻", False), ("x", False)],
)
def test_what_a_button_says(text, enough):
    """A button's text has at least two letters, or one character that is a whole word."""
    assert is_label(text) == enough


@pytest.mark.parametrize(
    "line",
    [
        "Good day,",
        "Hi!",
        "Hyvä",
        "Kära medlem",
        "Witaj",
        "Vážená paní",
        "Tisztelt Tag!",
        "Sayın üye",
        "To whom it may concern:",
        "¡Hola!",
        "Bonjour !",
        "Hi,",
        "您好，",
        "尊敬的会员：",
        "مرحبا،",
        "안녕하세요.",
        "नमस्ते।",
        "สวัสดีค่ะ",
        "Greetings, pigeon friend",
        "Welcome to Pigeon Post",
        "Hello to you who wants to join us, please follow the link below within an hour",
    ],
)
def test_a_greeting(line):
    """A greeting ends with a comma, or with the mark that its language uses."""
    assert is_greeting(line)


@pytest.mark.parametrize(
    "line",
    [
        "Confirm your address:",
        "http://a.example/,",
        "请点击下面的链接，确认您的邮箱地址：",
        "",
        "1,",
        "Hi ,",
        "Dear  ,",
    ],
)
def test_no_greeting(line):
    """A request, an address or a greeting of nobody is not taken for a greeting."""
    assert not is_greeting(line)
