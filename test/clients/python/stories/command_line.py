"""The `hf` command line."""

import os
import subprocess
import sys
from pathlib import Path

from world import contents, random_bytes, same, same_files


def hf(world, *arguments, token=None, fails=False):
    program = Path(sys.executable).parent / "hf"
    env = os.environ | {"HF_TOKEN": token or world.token, "HF_HUB_DISABLE_UPDATE_CHECK": "1"}
    done = subprocess.run([program, *map(str, arguments)], env=env, capture_output=True, text=True)
    assert (done.returncode != 0) == fails, f"hf {arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def whoami(world):
    """tells who is signed in"""
    said = hf(world, "auth", "whoami")
    assert world.user in said and world.organisation in said, said


def up_and_down(world):
    """uploads and downloads a folder"""
    sent = {"README.md": b"# By hand\n", "weights.bin": random_bytes("hf", 400_000), "deep/er/a.txt": b"1"}
    for path, content in sent.items():
        world.write(f"out/{path}", content)
    name = world.name()
    hf(world, "repos", "create", name)
    assert f"{world.endpoint}/{name}" in hf(world, "upload", name, world.folder / "out", ".")
    hf(world, "download", name, "--local-dir", world.folder / "back")
    back = contents(world.folder / "back")
    same_files(back, sent | {".gitattributes": back[".gitattributes"]})


def one_file(world):
    """uploads and downloads one file"""
    name = world.repository()
    hf(world, "upload", name, world.write("a.bin", random_bytes("one", 90_000)), "placed/b.bin")
    hf(world, "download", name, "placed/b.bin", "--local-dir", world.folder / "back")
    same_files(contents(world.folder / "back"), {"placed/b.bin": random_bytes("one", 90_000)})


def manage(world):
    """makes branches and tags, changes settings, deletes"""
    name = world.name()
    hf(world, "repos", "create", name, "--type", "dataset", "--private")
    hf(world, "repos", "branch", "create", name, "dev", "--type", "dataset")
    hf(world, "repos", "tag", "create", name, "v1", "--type", "dataset")
    refs = world.api.list_repo_refs(name, repo_type="dataset")
    same(([ref.name for ref in refs.tags], len(refs.branches)), (["v1"], 2))
    hf(world, "repos", "settings", name, "--type", "dataset", "--gated", "auto")
    same(world.api.dataset_info(name).gated, "auto")
    hf(world, "repos", "delete", name, "--type", "dataset", "--yes")
    same(world.api.repo_exists(name, repo_type="dataset"), False)


def models(world):
    """lists models and shows one"""
    name = world.repository()
    assert name in hf(world, "models", "ls", "--author", world.user, "--search", name.split("/")[1], "--format", "json")
    assert name in hf(world, "models", "info", name)


def refusal(world):
    """says what it could not find"""
    said = hf(world, "download", f"{world.user}/never-made", fails=True)
    assert f"{world.user}/never-made' not found" in said, said
