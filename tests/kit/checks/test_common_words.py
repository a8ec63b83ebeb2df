"""Facts about words that tell a sentence from gibberish."""

import pytest

from confirmlab.checks.common_words import is_language


@pytest.mark.parametrize(
    ("text", "is_sentence"),
    [
        ("please confirm", True),
        ("Bitte den Link anklicken", True),
        ("Veuillez cliquer sur le lien", True),
        ("Пожалуйста подтвердите адрес", True),
        ("qwer asdf zxcv uiop", False),
    ],
)
def test_a_sentence_has_common_words(text, is_sentence):
    """A sentence has a common word of some language, or letters of another alphabet."""
    assert is_language(text.split()) == is_sentence
