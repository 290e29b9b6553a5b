"""A loopback server that replays ready-made answers of the platform: what is measured against it is
the tool, not the embedded platform.

``python replay.py N`` serves an estate of N projects billed to one org, in pages of 1000, and
prints its port.
"""

from __future__ import annotations

import asyncio
import json
import sys

PAGE = 1000
REGIONS = ("aws:us-east-1", "aws:eu-central-1", "azure:westeurope", "aws:ap-southeast-2")
ORG = {
    "id": "org-bench",
    "class": "org",
    "name": "Bench",
    "level": "ADMIN",
    "allowBillableActivities": True,
    "policies": {"restrictProjectTransfer": "ADMIN"},
    "permittedRegions": list(REGIONS),
    "defaultRegion": REGIONS[0],
}


def project_id(number: int) -> str:
    return f"project-{number:024d}"


def entry(number: int) -> dict[str, object]:
    return {
        "id": project_id(number),
        "level": "ADMINISTER",
        "public": False,
        "describe": {
            "id": project_id(number),
            "name": f"study {number}",
            "region": REGIONS[number % len(REGIONS)],
            "billTo": "org-bench",
            "level": "ADMINISTER",
            "created": 1_700_000_000_000 + number,
            "pendingTransfer": None,
            "properties": {"reconciler": f"bench/projects.p{number}"},
        },
    }


def pages(count: int) -> list[bytes]:
    """The answers of the list route, one a page, each pointing to the next."""
    found = []
    for start in range(0, max(count, 1), PAGE):
        following = start + PAGE
        answer = {
            "results": [entry(n) for n in range(start, min(following, count))],
            "next": str(following) if following < count else None,
        }
        found.append(json.dumps(answer, separators=(",", ":")).encode())
    return found


def workspace_toml(count: int, endpoint: str) -> str:
    head = f'workspace = "bench"\n\n[provider]\ntype = "dnanexus"\nendpoint = "{endpoint}"\n'
    table = '\n[projects.p{n}]\nname = "study {n}"\nregion = "{region}"\nbill_to = "org-bench"\n'
    return head + "".join(table.format(n=n, region=REGIONS[n % len(REGIONS)]) for n in range(count))


async def serve(count: int) -> None:
    listing = pages(count)
    org = json.dumps(ORG).encode()

    def answer(path: str, body: bytes) -> bytes:
        if path.endswith("/findProjects"):
            starting = json.loads(body).get("starting")
            return (
                listing[int(starting) // PAGE if starting else 0] if path.startswith("/org-") else listing[-1]
            )
        return org if path.startswith("/org-") else b'{"id":"user-alice","class":"user"}'

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lower = head.lower()
                length = int(lower.split("content-length:")[1].split("\r\n")[0])
                body = await reader.readexactly(length)
                content = answer(head.split(" ")[1], body)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Date: Thu, 15 Jan 2026 09:00:00 GMT\r\nX-Request-ID: 1768467600000-1\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(content) + content
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
