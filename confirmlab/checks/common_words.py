"""Words without which hardly a sentence is written, in the languages that learners may choose."""

from collections.abc import Iterable

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
    "att av din ditt det er för från har i jag på som till vi vil är og af "  # Nordic
    "bir bu da de için ile ve ya olan ja on ei se että sinun hogy az egy és nem a "
    "confirm click address link mail email account".split()
)


def is_language(words: Iterable[str]) -> bool:
    """Return whether some word is a common one, or written in other than Latin letters."""
    return any(word.lower() in _COMMON or any(ord(one) > 0x24F for one in word) for word in words)
