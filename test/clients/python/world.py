"""What a story has around it: a node, three people, a folder of its own, and bytes to publish."""

import os
import random
import shutil
import tempfile
from pathlib import Path

from huggingface_hub import HfApi


class World:
    def __init__(self, story):
        self.endpoint = os.environ["HF_ENDPOINT"]
        self.token = os.environ["AYNI_TOKEN"]
        self.read_token = os.environ["AYNI_READ_TOKEN"]
        self.user = os.environ["AYNI_USER"]
        self.organisation = os.environ["AYNI_ORGANISATION"]
        self.other_user = os.environ["AYNI_OTHER_USER"]
        self.api = HfApi(token=self.token)
        self.reader = HfApi(token=self.read_token)
        self.other = HfApi(token=os.environ["AYNI_OTHER_TOKEN"])
        self.anonymous = HfApi(token=False)
        self.data = Path(os.environ["AYNI_TEST_DATA"]) if "AYNI_TEST_DATA" in os.environ else None
        self._name = story.replace("_", "-")
        self._repositories = 0

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ayni-story-"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def name(self):
        """An id that no other story uses."""
        self._repositories += 1
        return f"{self.user}/{self._name[:80]}-{self._repositories}"

    def repository(self, files=None, **options):
        """A new repository with some small files."""
        name = self.name()
        self.api.create_repo(name, **options)
        for path, content in (files or {}).items():
            self.api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=name, repo_type=options.get("repo_type"))
        return name

    def write(self, path, content):
        """A file below this story's folder."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def stored_bytes(self):
        """What the node keeps of large files on its disk."""
        xorbs = Path(os.environ["AYNI_DATA_FOLDER"]).rglob("xorbs/*/*/*")
        return sum(path.stat().st_size for path in xorbs if path.is_file())


def random_bytes(seed, length):
    """Incompressible, always the same for a seed."""
    return random.Random(seed).randbytes(length)


def weights(seed, length):
    """Like bfloat16 weights around zero: random mantissas, few exponents."""
    source = bytearray(random_bytes(seed, length))
    source[1::2] = bytes(0x3A + (byte & 0x83) for byte in source[1::2])
    return bytes(source)


def contents(folder):
    """Every file below a folder by its path, leaving out what the clients keep for themselves."""
    paths = (path for path in Path(folder).rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def same(actual, expected):
    assert actual == expected, f"got {actual!r}, wanted {expected!r}"


def same_bytes(actual, expected):
    """Like `same`, without printing megabytes."""
    assert actual == expected, f"{len(actual)} bytes differ from the {len(expected)} that were sent"


def same_files(actual, expected):
    same(sorted(actual), sorted(expected))
    for path, content in expected.items():
        assert actual[path] == content, f"{path}: {len(actual[path])} bytes differ from the {len(content)} that were sent"


def refused(kind, action, *, status=None, saying=None):
    """Runs an action that must raise exactly this exception; returns it."""
    try:
        action()
    except kind as error:
        assert type(error) is kind or kind is Exception, f"raised {type(error).__name__}: {error}"
        if status is not None:
            same(error.response.status_code, status)
        if saying is not None:
            assert saying in str(error), f"{saying!r} is not in {str(error)!r}"
        return error
    raise AssertionError(f"{kind.__name__} was not raised")
