"""Tells stories on request: reads a story's name per line on stdin, answers with one JSON line each.

One process tells all stories of a file, since importing huggingface_hub takes longer than most of them.
"""

import importlib.util
import json
import os
import sys
import traceback

from world import World


def load(path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tell(stories, name):
    story = getattr(stories, name)
    with World(f"{stories.__name__}-{name}") as world:
        try:
            story(world)
        except BaseException:
            return {"name": name, "error": traceback.format_exc()}
    return {"name": name}


def main():
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the libraries print must not mix with the answers
    stories = load(sys.argv[1])
    for line in sys.stdin:
        name = line.strip()
        answers.write(json.dumps(tell(stories, name)) + "\n")


main()
