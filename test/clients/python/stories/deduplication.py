"""What is sent and stored only once. Each upload is a process of its own, with a cache of its own or a shared one."""

import os
import subprocess
import sys

from world import contents, random_bytes, same, same_bytes

UPLOAD = """
import sys
from huggingface_hub import HfApi
HfApi(token=sys.argv[1]).upload_file(path_or_fileobj=sys.argv[4], path_in_repo=sys.argv[3], repo_id=sys.argv[2])
"""


def upload(world, name, path, content, cache, token=None):
    """Uploads in a process of its own; returns how many bytes more the node stores."""
    before = world.stored_bytes()
    env = os.environ | {"HF_HOME": str(world.folder / cache), "HF_XET_CACHE": str(world.folder / cache / "xet")}
    source = world.write(f"out/{path}", content)
    subprocess.run([sys.executable, "-c", UPLOAD, token or world.token, name, path, source], env=env, check=True)
    return world.stored_bytes() - before


def edited(content, edits):
    """A copy with some bytes changed in ten places, and some inserted in the middle.

    The beginning stays: by a file's first chunk a client that forgot everything finds what the node holds.
    """
    changed = bytearray(content)
    for number in range(10):
        start = number * len(content) // 10 + 612_345
        changed[start : start + len(content) // 1000] = random_bytes(f"{edits} {number}", len(content) // 1000)
    middle = len(changed) // 2
    return bytes(changed[:middle]) + random_bytes(f"{edits} more", 100_000) + bytes(changed[middle:])


def check(world, name, path, content):
    back = world.api.hf_hub_download(name, path, cache_dir=world.folder / "check")
    same_bytes(open(back, "rb").read(), content)


def kept_cache(world):
    """stores little of a changed copy when the client kept its cache"""
    content = random_bytes("kept", 20_000_000)
    name = world.repository()
    first = upload(world, name, "first.bin", content, "one")
    second = upload(world, name, "second.bin", edited(content, 1), "one")
    assert first >= 20_000_000 and second <= first * 0.15, f"{first} bytes first, {second} bytes second"
    check(world, name, "second.bin", edited(content, 1))


def cleared_cache(world):
    """stores little of a changed copy when the client forgot everything"""
    content = random_bytes("cleared", 20_000_000)
    name = world.repository()
    first = upload(world, name, "first.bin", content, "one")
    second = upload(world, name, "second.bin", edited(content, 2), "two")
    assert first >= 20_000_000 and second <= first * 0.15, f"{first} bytes first, {second} bytes second"
    check(world, name, "second.bin", edited(content, 2))


def same_file(world):
    """stores the same file in another repository without storing it again"""
    content = random_bytes("same", 5_000_000)
    one, other = world.repository(), world.repository()
    first = upload(world, one, "a.bin", content, "one")
    second = upload(world, other, "b.bin", content, "two")
    assert second <= first * 0.02, f"{first} bytes first, {second} bytes second"
    check(world, other, "b.bin", content)


def other_doors(world):
    """deduplicates across Xet and LFS"""
    content = random_bytes("doors", 8_000_000)
    name = world.repository()
    first = upload(world, name, "xet.bin", content, "one")
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    try:
        second = upload(world, name, "lfs.bin", content + b"the end", "two")
    finally:
        del os.environ["HF_HUB_DISABLE_XET"]
    assert second <= first * 0.05, f"{first} bytes first, {second} bytes second"
    check(world, name, "lfs.bin", content + b"the end")


def after_deletion(world):
    """takes a file again that was deleted with its repository"""
    content = random_bytes("again", 3_000_000)
    name = world.repository()
    upload(world, name, "a.bin", content, "one")
    world.api.delete_repo(name)
    world.api.create_repo(name)
    upload(world, name, "a.bin", content, "one")
    check(world, name, "a.bin", content)


def compressed(world):
    """stores text smaller than it is, and gives it back whole"""
    content = b"the same words again and again, with a number\n" * 120_000
    name = world.repository()
    assert upload(world, name, "text.bin", content, "one") < len(content) / 3
    check(world, name, "text.bin", content)
    same(sorted(contents(world.folder / "out")), ["text.bin"])
