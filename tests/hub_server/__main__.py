"""A small stand-in for the Hub: enough of its API to push, tag, list, download and propose.

`python tests/hub_server` serves on a free port of this machine, prints its address as the first
line, and stops when its standard input is closed. `POST /_control` asks for faults or plants
repositories, `GET /_state` tells what is there; both are for tests alone.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from handler import HUB, NAME, Handler, route
from repositories import File, Refused, Repository


@route("POST", "/api/repos/create")
def create(request: Handler) -> None:
    wanted = request.json()
    kind = wanted.get("type", "model")
    prefix = "" if kind == "dataset" else f"{kind}s:"
    name = f"{prefix}{wanted['organization']}/{wanted['name']}"
    private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
    with HUB.lock:
        HUB.create(name, private, request.user())
    request.answer({"url": f"{address(request)}/{shown(name)}", "name": name})


@route("POST", "/api/validate-yaml")
def validate_yaml(request: Handler) -> None:
    request.body()
    request.answer({"errors": [], "warnings": []})


@route("GET", f"/api/datasets/{NAME}(/revision/(?P<revision>[^/]+))?")
def info(request: Handler, name: str, revision: str = "main") -> None:
    found = request.repository(name)
    sha = found.resolve(revision)
    siblings = [{"rfilename": path} for path in found.commits[sha]]
    request.answer({"id": name, "sha": sha, "private": found.private, "siblings": siblings})


@route("GET", f"/api/datasets/{NAME}/refs")
def refs(request: Handler, name: str) -> None:
    lists: dict[str, list[dict[str, str]]] = {"branches": [], "converts": [], "tags": []}
    kinds = {"refs/heads/": "branches", "refs/tags/": "tags", "refs/convert/": "converts"}
    for ref, sha in request.repository(name).refs.items():
        for prefix, kind in kinds.items():
            if ref.startswith(prefix):
                short = ref.removeprefix(prefix)
                lists[kind].append({"name": short, "ref": ref, "targetCommit": sha})
    request.answer(lists)


@route("GET", f"/api/datasets/{NAME}/tree/(?P<revision>[^/]+)(/(?P<folder>.+))?")
def tree(request: Handler, name: str, revision: str, folder: str = "") -> None:
    found = request.repository(name)
    files = found.commits[found.resolve(revision)]
    query = parse_qs(urlsplit(request.path).query)
    recursive = query.get("recursive", ["false"])[0].lower() in ("true", "1")
    start = folder.rstrip("/") + "/" if folder else ""
    inside = {path: file for path, file in files.items() if path.startswith(start)}
    if start and not inside:
        raise Refused(404, f"{folder} does not exist", "EntryNotFound")
    entries = folders(inside, start, recursive)
    for path, file in sorted(inside.items()):
        if recursive or "/" not in path.removeprefix(start):
            entries.append(file.described(path))
    request.answer(entries)


def folders(files: dict[str, File], start: str, recursive: bool) -> list[dict[str, object]]:
    names = set()
    for path in files:
        parts = path.removeprefix(start).split("/")[:-1]
        names |= {"/".join(parts[: n + 1]) for n in range(len(parts) if recursive else 1) if parts}
    return [
        {"type": "directory", "path": start + each, "size": 0, "oid": "0" * 40}
        for each in sorted(names)
    ]


@route("POST", f"/api/datasets/{NAME}/paths-info/(?P<revision>[^/]+)")
def paths_info(request: Handler, name: str, revision: str) -> None:
    body = request.body().decode()
    json_body = request.headers.get("Content-Type", "").startswith("application/json")
    wanted = json.loads(body)["paths"] if json_body else parse_qs(body).get("paths", [])
    found = request.repository(name)
    files = found.commits[found.resolve(revision)]
    entries = [files[path].described(path) for path in wanted if path in files]
    directories = [path for path in wanted if any(each.startswith(path + "/") for each in files)]
    entries += [{"type": "directory", "path": path, "oid": "0" * 40} for path in directories]
    request.answer(entries)


@route("POST", f"/api/datasets/{NAME}/preupload/(?P<revision>[^/]+)")
def preupload(request: Handler, name: str, revision: str) -> None:
    wanted = request.json()["files"]
    if not is_proposal(request):
        may_write(request, name, revision)
    found = request.repository(name)
    held = found.commits[found.resolve(revision)]
    entries = [
        {
            "path": each["path"],
            "uploadMode": "lfs" if each["path"].endswith(".parquet") else "regular",
            "shouldIgnore": False,
            "oid": held[each["path"]].etag if each["path"] in held else None,
        }
        for each in wanted
    ]
    request.answer({"files": entries})


@route("POST", f"/datasets/{NAME}\\.git/info/lfs/objects/batch")
def lfs_batch(request: Handler, name: str) -> None:
    wanted = request.json()["objects"]
    HUB.may_write(name, request.user())
    objects = []
    for each in wanted:
        upload = {"upload": {"href": f"{address(request)}/_large/{each['oid']}"}}
        known = each["oid"] in HUB.large
        objects.append(each if known else {**each, "actions": upload})
    request.answer({"transfer": "basic", "objects": objects})


@route("PUT", "/_large/(?P<oid>[0-9a-f]{64})")
def upload(request: Handler, oid: str) -> None:
    with HUB.lock:
        cut = HUB.fault("upload")
    if cut:
        request.rfile.read(16)
        request.cut_off()
        return
    content = request.body()
    if File(content, True).sha256 != oid:
        raise Refused(400, "the content is not what was announced")
    HUB.large[oid] = content
    request.answer({})


@route("POST", f"/api/datasets/{NAME}/commit/(?P<revision>[^/]+)")
def commit(request: Handler, name: str, revision: str) -> None:
    lines = [json.loads(line) for line in request.body().splitlines()]
    if is_proposal(request):
        propose(request, name, lines)
        return
    may_write(request, name, revision)
    found = request.repository(name)
    with HUB.lock:
        if HUB.fault("commit"):
            raise Refused(500, "Internal Server Error")
        if HUB.fault("race"):
            found.commit("refs/heads/main", found.commits[found.resolve("main")], "another's")
        header = lines[0]["value"]
        head = found.resolve(revision)
        if header.get("parentCommit", head) != head:
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
        files = changed(found.commits[head], lines[1:])
        ref = revision if revision.startswith("refs/") else f"refs/heads/{revision}"
        sha = found.commit(ref, files, header["summary"])
    url = f"{address(request)}/{shown(name)}/commit/{sha}"
    request.answer({"success": True, "commitOid": sha, "commitUrl": url})


def propose(request: Handler, name: str, lines: list[dict[str, Any]]) -> None:
    """Answer a commit that opens a pull request: anybody who is known may."""
    if request.user() is None:
        raise Refused(401, "Invalid username or password.")
    found = request.repository(name)
    with HUB.lock:
        files = changed(found.commits[found.resolve("main")], lines[1:])
        ref = found.propose(files, lines[0]["value"]["summary"], request.user())
    base, sha = f"{address(request)}/{shown(name)}", found.refs[ref]
    number = ref.rsplit("/", maxsplit=1)[-1]
    urls = {"commitUrl": f"{base}/commit/{sha}", "pullRequestUrl": f"{base}/discussions/{number}"}
    request.answer({"success": True, "commitOid": sha, **urls})


def may_write(request: Handler, name: str, revision: str) -> None:
    """Refuse who may not commit; to a pull request of their own anybody may who is known."""
    number = revision.removeprefix("refs/pr/")
    if number.isdigit() and request.user() == request.repository(name).authors[int(number) - 1]:
        return
    HUB.may_write(name, request.user())


@route("GET", "/api/whoami-v2")
def whoami(request: Handler) -> None:
    if request.user() is None:
        raise Refused(401, "Invalid username or password.")
    request.answer({"type": "user", "name": request.user()})


def is_proposal(request: Handler) -> bool:
    return parse_qs(urlsplit(request.path).query).get("create_pr") == ["1"]


def shown(name: str) -> str:
    """A repository's part of an address: that of a model has no kind in front."""
    kind, _, rest = name.rpartition(":")
    return {"": f"datasets/{rest}", "spaces": f"spaces/{rest}"}.get(kind, rest)


@route("GET", f"/api/datasets/{NAME}/discussions")
def discussions(request: Handler, name: str) -> None:
    found = request.repository(name)
    listed = [
        {
            "title": title,
            "num": number,
            "author": {"name": found.authors[number - 1]},
            "createdAt": "2026-01-01T00:00:00.000Z",
            "isPullRequest": True,
            "status": "open",
            "repo": {"name": name.rsplit(":", maxsplit=1)[-1], "type": "model"},
        }
        for number, title in enumerate(found.proposals, start=1)
    ]
    request.answer({"discussions": listed, "count": len(listed), "start": 0})


def changed(files: dict[str, File], lines: list[dict[str, Any]]) -> dict[str, File]:
    result = dict(files)
    for line in lines:
        value = line["value"]
        if line["key"] == "deletedFile":
            del result[value["path"]]
        elif line["key"] == "file":
            result[value["path"]] = File(base64.b64decode(value["content"]), False)
        else:
            result[value["path"]] = File(HUB.large[value["oid"]], True)
    return result


@route("POST", f"/api/datasets/{NAME}/tag/(?P<revision>[^/]+)")
def tag(request: Handler, name: str, revision: str) -> None:
    wanted = request.json()["tag"]
    HUB.may_write(name, request.user())
    found = request.repository(name)
    with HUB.lock:
        if HUB.fault("tag"):
            raise Refused(500, "Internal Server Error")
        if f"refs/tags/{wanted}" in found.refs:
            raise Refused(409, f"Tag {wanted} already exists")
        found.refs[f"refs/tags/{wanted}"] = found.resolve(revision)
    request.answer({})


@route("GET", f"/datasets/{NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
@route("HEAD", f"/datasets/{NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
def resolve(request: Handler, name: str, revision: str, path: str) -> None:
    sha, file = request.repository(name).file(revision, path)
    if request.command == "GET" and HUB.fault("download"):
        request.cut_off()
        return
    content, status, extra = file.content, 200, {}
    if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", "")):
        first, last = int(wanted[1]), int(wanted[2] or len(content) - 1)
        extra["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        content, status = content[first : last + 1], 206
    headers = {"ETag": f'"{file.etag}"', "X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
    request.answer(content, status, **headers, **extra)


@route("POST", "/_control")
def control(request: Handler) -> None:
    wanted = request.json()
    with HUB.lock:
        HUB.faults = wanted.get("faults", HUB.faults)
        for name, branches in wanted.get("plant", {}).items():
            found = HUB.repositories.setdefault(name, Repository(name))
            for ref, files in branches.items():
                large = {path: base64.b64decode(text) for path, text in files.items()}
                planted = {path: File(data, len(data) > 9999) for path, data in large.items()}
                found.commit(ref, planted, "planted")
        for name in wanted.get("hide", []):
            HUB.repositories[name].private = True
    request.answer({})


@route("GET", "/_state")
def state(request: Handler) -> None:
    with HUB.lock:
        told = {
            name: {
                "private": found.private,
                "refs": found.refs,
                "messages": found.messages,
                "files": {
                    sha: {path: file.sha256 for path, file in files.items()}
                    for sha, files in found.commits.items()
                },
            }
            for name, found in HUB.repositories.items()
        }
        request.answer({"repositories": told, "requests": HUB.requests})


def address(request: Handler) -> str:
    return f"http://{request.headers['Host']}"


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
