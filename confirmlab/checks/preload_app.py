"""Compile, once and before any fork, what the apps of a class have in common."""

import gc

import confirmlab.checks.preload  # noqa: F401
from confirmlab.base import paths
from confirmlab.checks.sandbox import tasks  # noqa: F401
from confirmlab.course import skeleton
from confirmlab.site import page, template_cache

skeleton.contents()
for app in ("app_skeleton", "solutions/app"):
    template_cache.compile_ahead(paths.in_kit(app, "app", "templates"))
page.read("<p>&amp; <form><input name=a><button>b</button></form>", "/")
gc.freeze()
