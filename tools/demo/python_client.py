"""Fetches what the demo published with huggingface_hub as it is, compares every byte, publishes the model once more.

Arguments: namespace/name of the model, of the data set, folder sent for each, id for the second publication, scratch folder.
The node and the token are in HF_ENDPOINT and HF_TOKEN, as for any user.
"""

import filecmp
import os
import sys

from huggingface_hub import HfApi, __version__, snapshot_download


def same(sent, got):
    names = sorted(os.listdir(sent))
    _, different, missing = filecmp.cmpfiles(sent, got, names, shallow=False)
    if different or missing:
        sys.exit("came back different: %s" % ", ".join(different + missing))
    return len(names)


def main(model, dataset, model_folder, dataset_folder, again, scratch):
    api = HfApi()
    got = snapshot_download(model, local_dir=os.path.join(scratch, "model"))
    count = same(model_folder, got)
    got = snapshot_download(dataset, repo_type="dataset", local_dir=os.path.join(scratch, "dataset"))
    count += same(dataset_folder, got)
    print("huggingface_hub %s fetched %d files, every byte as sent" % (__version__, count))
    api.create_repo(again, exist_ok=True)
    api.upload_folder(repo_id=again, folder_path=model_folder, commit_message="Publish the example from Python")
    same(model_folder, snapshot_download(again, local_dir=os.path.join(scratch, "again")))
    print("huggingface_hub %s published %s and fetched it back" % (__version__, again))


if __name__ == "__main__":
    main(*sys.argv[1:])
