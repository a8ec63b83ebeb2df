"""Fixtures of the tests behind Jupyter: a course to clone, homes, and servers."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import servers
from people import Learner
from published import publish

BASES = ("/", "/courses/ada/")


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """Publish the notebooks in a separate repository, as an instructor does."""
    if shutil.which("git") is None:
        pytest.skip("A course is fetched by git, which is missing here.")
    return publish(tmp_path_factory.mktemp("published") / "confirmlab")


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    """Run a JupyterHub, or skip the test with the reason."""
    if os.name != "posix" or shutil.which("node") is None or not servers.PROXY.exists():
        pytest.skip("There is no JupyterHub here: install node 20 or newer, then run make test.")
    folder = tmp_path_factory.mktemp("hub")
    with servers.jupyterhub(folder / "homes", folder / "run") as hub:
        yield hub


@pytest.fixture(scope="session")
def people(hub, repository):
    """Log in three people at once; each fetches the course and opens lesson 6."""

    def arrive(name):
        client = hub.log_in(name)
        base = hub.start_server(client, name)
        hub.pull(client, base, repository)
        return Learner(client, base, hub.homes / name, hub)

    with ThreadPoolExecutor() as pool:
        # Many hubs take the address from a university's login as the name.
        found = list(pool.map(arrive, ("ada", "ben@uni.example", "zoë")))
    yield found
    for learner in found:
        learner.close()


@pytest.fixture(scope="session")
def ada(people):
    return people[0]


@pytest.fixture(scope="session")
def ben(people):
    return people[1]


@pytest.fixture(scope="session")
def zoe(people):
    """Return a user whose name is percent-encoded in every path."""
    return people[2]


@pytest.fixture(scope="module", params=["ada", "zoe", *BASES])
def learner(request, repository, tmp_path_factory):
    """Return a learner at a hub, with one of two names, or at a Jupyter server below a path."""
    if request.param in ("ada", "zoe"):
        yield request.getfixturevalue(request.param)
        return
    folder = tmp_path_factory.mktemp("home")
    shutil.copytree(repository, folder / "home" / "confirmlab")
    with servers.jupyter_server(request.param, folder / "home", folder / "run") as learner:
        yield learner
