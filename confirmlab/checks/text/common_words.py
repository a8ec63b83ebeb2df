"""Recognise the words of a text in any script, sentences, greetings and requests to confirm."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_COMMON = frozenset(
    "an and are at be before by can do for from get has have if in into is it just me my not now "
    "of on once one only or our out please so that the then there this to until up us was we wait "
    "welcome will with you your "  # English
    "aber als am auf aus bei bis bitte da das dein deine dem den der des die dir du ein eine für "
    "hat ich ihr ihre im ist mit nach nicht noch nur oder sie sind uns und vom von vor wir zu zum "
    "au aux avant ce cette dans de du elle en est et il je la le les mais merci mon nous par pas "
    "plus pour que qui sur ton un une vos votre vous "  # German, French
    "con del el es esta este hay los las lo más mi no para por se si su sus te tu una ya "
    "che ci da gli il ma nel non per più sei si sono ti tuo uno della questo "  # Spanish, Italian
    "aan bij deze een hebt het je jouw met naar niet om ons op te uw van voor wij zijn "
    "ao com da de do em eu não na nos o os para por que seu sua um uma você "  # Dutch, Portuguese
    "dla do jest na nie od po proszę się to twój w z za ze aby ale ktoś "  # Polish
    "czy jak jeśli już który które kliknij linku oraz przez swój tego ten twoje tym żeby "
    "att av din ditt det er för från har i jag på som till vi vil är og af "  # Nordic
    "bir bu da de için ile ve ya olan ja on ei se että sinun hogy az egy és nem a "  # Turkish …
    "ole olet olemme tai jos jotta kun mutta myös niin sinä sinun tämä tästä tätä avaa linkki "
    "linkkiä linkin osoite kiitos ole hyvä tunnin kuluessa jälkeen "  # Finnish
    "att eller inte detta denna här kan om så att vill öppna länken länk "  # Swedish
    "aby ale až jako jsi když kde klikněte nebo odkaz otevřete pokud prosím této tento tuto "
    "váš vaší vám "  # Czech
    "ezt ezen erre ha hogy itt kattints kérjük kérem linkre meg vagy való van önnek "  # Hungarian
    "ama bağlantı bağlantıya bunu daha eğer gibi lütfen sen siz sizin tıkla tıklayın var veya "
    "anda dan di ini itu untuk yang ang ng sa kwa ni hii "  # Indonesian, Tagalog, Swahili
    "pro že jsme vás vaše vaši vašu je jste să și pe la din dumneavoastră "  # Czech, Romanian
    "smo vam vaš vašu ste bo për të dhe një ir jūsų kad un jūsu lai teie oma ning "
    "confirm click address link mail email account below tap sign signup finish press open done "
    "follow visit verify thank thanks join ".split()
)
# Beginnings of words that mean "confirm", in many languages.
_CONFIRM = (
    *("confirm", "konfirm", "bestätig", "bekräft", "bekreft", "bevestig", "vahvist", "potvrd"),
    *("potvrď", "potwierd", "megerős", "patvirt", "apstiprin", "staðfest", "kinnit", "berrets"),
    *("verif", "valid", "activ", "aktiv", "conferm", "onayl", "doğrul", "подтверд", "підтверд"),
    "επιβεβαι",
)
# The same for languages without spaces between words, or without a common beginning.
_CONFIRM_SIGNS = ("确认", "確認", "验证", "驗證", "認証", "확인", "تأكيد", "पुष्टि", "ยืนยัน")
# Beginnings of words about a mail and its request.
_ASKED = (
    *_CONFIRM,
    *("klik", "clic", "mail", "e-mail", "email", "adres", "address", "osoit"),
    *("sähköpost", "címe", "direc", "enderec", "endereç", "indiriz", "indirizz", "lien", "enlace"),
)
# Beginnings of greetings, which count with or without a punctuation mark after them.
_HELLO = frozenset(
    "greetings welcome hello hi hey dear hallo moin servus liebe lieber guten hola buenos ciao "
    "salve salut bonjour bonsoir cher chère olá oi bom hoi beste dag hej hejsan tjena hei moi "
    "terve halló sæl tere labas sveiki szia kedves jó ahoj čau dobrý cześć dzień zdravo bok "
    "pozdrav merhaba selam bună salutare kaixo xin habari hyvä hyvää heippa hei tervehdys god "
    "kära käre bästa witaj witam szanowny szanowna vážený vážená milý milá üdv üdvözlöm tisztelt "
    "sayın sevgili".split()
)


_ADDRESS = re.compile(r"(?<![a-z])[a-z]{1,20}://\S+", re.IGNORECASE)
_INNER_MARKS = "'’/-"  # allowed between the letters of a word
_CODE_CHARACTERS = "{}@#/\\%&"  # text with these characters is not a word
_GREETING = 12  # maximum of letters and spaces in a greeting without a final punctuation mark
_JOINERS = "\u200c\u200d"  # within words of Persian or of Hindi
# Han, kana, Thai and others, which put no blanks between words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u9fff"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff]+"
)


def words_of(text: str) -> list[str]:
    """Return the words of a text, without addresses, numbers and single letters.

    Where words have no blanks between them, each two letters count as one.
    """
    plain = "".join(map(_spaced, _ADDRESS.sub(" ", text)))
    parts = (part.strip("".join(filter(_is_mark, part))) for part in plain.split())
    return [word for part in parts if _is_word(part) for word in _cut(part)]


def is_label(text: str) -> bool:
    """Return whether a text is enough for a button: two letters, or one East Asian character."""
    letters = [char for char in text if unicodedata.category(char).startswith("L")]
    return len(letters) > 1 or any(char > "\u2e80" for char in letters)


def is_greeting(line: str) -> bool:
    """Return whether a line begins like "Hi there" or ends like "Good day,".

    In other than Latin letters a short line will do, with a full stop, a colon or nothing after it.
    "Hi ," is none: the name in it is empty.
    """
    if lacks_name(line):
        return False
    first = re.match(r"\W*([^\W\d_]+)", line)
    if first and first[1].lower() in _HELLO:
        return True
    if line.lower().startswith("to whom it may concern"):
        return True
    short = line.rstrip(".:。：।")
    is_foreign = all(char > "\u02ff" and _is_letter(char) or char == " " for char in short)
    is_short = 1 < len(short) <= _GREETING and is_foreign
    return is_short or bool(re.fullmatch(r"[¡¿]?[^\W\d_][^/]{1,40}[,!，！、،]", line))


def lacks_name(line: str) -> bool:
    """Return whether a line ends with a blank and a comma, where a name should be."""
    return bool(re.search(r"\s,$", line))


def has_common_word(words: Iterable[str]) -> bool:
    """Return whether a word is a common one, or written in other than Latin letters."""
    return any(
        word.lower() in _COMMON
        or word.lower().startswith(_ASKED)
        or any(ord(char) > 0x24F for char in word)
        for word in words
    )


def asks_to_confirm(text: str) -> bool:
    """Return whether a text has a word that means "confirm"."""
    low = text.lower()
    words = re.findall(r"\w+", low)
    return any(word.startswith(_CONFIRM) for word in words) or any(
        sign in low for sign in _CONFIRM_SIGNS
    )


def _spaced(one: str) -> str:
    """Return a character, with spaces around it if it is another script's punctuation mark."""
    return f" {one} " if not one.isascii() and _is_mark(one) and one not in _INNER_MARKS else one


def _is_mark(one: str) -> bool:
    kinds = "P" if one.isascii() else "PS"  # symbols such as arrows, too
    return one in "<>" or unicodedata.category(one)[0] in kinds and one not in _CODE_CHARACTERS


def _is_word(part: str) -> bool:
    pieces = re.split(f"[{_INNER_MARKS}]", part)
    is_whole = all(piece and all(map(_is_letter, piece)) for piece in pieces)
    return is_whole and len("".join(pieces)) > 1


def _is_letter(one: str) -> bool:
    return unicodedata.category(one)[0] in "LM" or one in _JOINERS


def _cut(word: str) -> Iterator[str]:
    """Yield a word, or each pair of letters in a script without spaces between words."""
    for run in _UNSPACED.findall(word):
        yield from (run[at : at + 2] for at in range(0, len(run) - 1, 2))
    if len(rest := _UNSPACED.sub("", word)) > 1:
        yield rest
