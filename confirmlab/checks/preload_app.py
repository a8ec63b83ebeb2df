"""Warm caches before any fork: compile the app's templates, load the skeleton and the parser."""

import gc

import confirmlab.checks.preload  # noqa: F401
from confirmlab.base import paths
from confirmlab.checks.sandbox import tasks  # noqa: F401
from confirmlab.course import skeleton
from confirmlab.site import page, template_cache

skeleton.contents()
for app in ("app_skeleton", "solutions/app"):
    template_cache.compile_ahead(paths.in_kit(app, "app", "templates"))
page.parse_html("<p>&amp;")  # the first entity makes Beautiful Soup build tables of all entities
gc.freeze()
