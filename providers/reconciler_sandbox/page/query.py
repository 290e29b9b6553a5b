"""What the page is asked to show: what stands behind the question mark of its address."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec import Struct, structs

_LONGEST = 200


class Query(Struct, frozen=True):
    """What the page was asked for; "" where nothing was. ``calls``: "refused" leaves the others out."""

    payer: str = ""
    region: str = ""
    name: str = ""
    calls: str = ""

    @staticmethod
    def of(given: Mapping[str, str]) -> Query:
        return Query(**{key: given.get(key, "").strip()[:_LONGEST] for key in Query.__struct_fields__})

    @property
    def narrowed(self) -> bool:
        return bool(self.payer or self.region or self.name)

    def link(self, **changed: str) -> str:
        fields = structs.asdict(structs.replace(self, **changed))
        asked = urlencode({key: value for key, value in fields.items() if value})
        return f"/?{asked}" if asked else "/"
