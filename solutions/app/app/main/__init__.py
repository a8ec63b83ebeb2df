"""The pages of the club."""

from .views import main
