"""What the platform holds, as frozen records: each has an ``id`` that is unique among those of its type.

Must not know where they are kept or how they travel. A dictionary or list inside a record is never
changed in place: a change is a new record.
"""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from msgspec import Struct

Level = Literal["NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"]

LEVELS: tuple[Level, ...] = ("NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER")
RANK: dict[str, int] = {level: rank for rank, level in enumerate(LEVELS)}

PUBLIC = "PUBLIC"

FLAGS = (
    "protected",
    "restricted",
    "downloadRestricted",
    "externalUploadRestricted",
    "previewViewerRestricted",
    "containsPHI",
    "databaseUIViewOnly",
)
"""Names of the boolean settings of a project, as the platform's API spells them."""

Spending = Literal["ok", "exceeded"]


class Region(Struct, frozen=True):
    """A region of the platform's catalogue; ``retired``: nothing new is created there."""

    name: str = ""
    retired: bool = False


class User(Struct, frozen=True):
    """A user. ``permitted_regions`` and ``default_region`` None: the key is missing in a describe.
    ``installed``: names of apps."""

    id: str
    bill_to: str
    first: str = ""
    middle: str = ""
    last: str = ""
    email: str = ""
    permitted_regions: tuple[str, ...] | None = None
    default_region: str | None = None
    pricing: dict[str, object] | None = None
    billable: bool = True
    spending: Spending = "ok"
    installed: tuple[str, ...] = ()

    phi: ClassVar[bool] = False
    """Users have no PHI features of their own: only an organisation's contract brings them."""
    expired: ClassVar[bool] = False


class Member(Struct, frozen=True, rename="camel"):
    """Membership in an organisation. ``project_access`` caps what sharing with the org gives."""

    level: Literal["ADMIN", "MEMBER"] = "MEMBER"
    allow_billable_activities: bool = False
    project_access: Level = "CONTRIBUTE"
    app_access: bool = True

    @property
    def may_bill(self) -> bool:
        return self.level == "ADMIN" or self.allow_billable_activities

    @property
    def cap(self) -> Level:
        return "ADMINISTER" if self.level == "ADMIN" else self.project_access


class Org(Struct, frozen=True):
    """An organisation with its members by user id; None for a region field as for a user."""

    id: str
    name: str
    members: dict[str, Member]
    policies: dict[str, object]
    permitted_regions: tuple[str, ...] | None = None
    default_region: str | None = None
    pricing: dict[str, object] | None = None
    billable: bool = True
    expired: bool = False
    spending: Spending = "ok"
    phi: bool = False


Payer = User | Org


class Project(Struct, frozen=True, gc=False):
    """A project. ``members``: level by user, org or PUBLIC. Times in ms since the Unix epoch.

    ``flags`` holds the names of the boolean settings that are on; ``extras`` the other settings
    that were ever set, by the platform's names.
    """

    id: str
    name: str
    region: str
    bill_to: str
    created_by: str
    created: int
    modified: int
    members: dict[str, str]
    properties: dict[str, str]
    tags: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    summary: str = ""
    description: str = ""
    version: int = 1
    pending_transfer: str | None = None
    extras: dict[str, object] | None = None
    folders: tuple[str, ...] = ()


class Container(Struct, frozen=True):
    """A container that the platform made: the ``resources`` of an app in one region, the
    ``workspace`` of a run. ``region`` is that of what it belongs to."""

    id: str
    name: str
    region: str
    bill_to: str
    kind: Literal["resources", "workspace"]
    created: int
    modified: int
    project: str | None = None
    app: str | None = None
    folders: tuple[str, ...] = ()


Holder = Project | Container
"""What holds data objects. ``folders``: full paths of all but the root, sorted, parents included."""

DataClass = Literal["record", "file", "applet", "workflow"]
DATA_CLASSES: tuple[DataClass, ...] = ("record", "file", "applet", "workflow")


class Part(Struct, frozen=True):
    """A part of a file that is being uploaded. ``md5`` in hex, ``content`` the SHA-256 of what came."""

    size: int
    md5: str
    content: str | None = None


class DataObject(Struct, frozen=True):
    """A data object, as far as it is the same in every container that holds it: see Copy.

    ``links``: ids of the objects that ``details`` links to. ``content``: SHA-256 of a closed file's
    bytes, ``size`` their number. ``spec``: what makes an applet or workflow, by the platform's names.
    """

    id: str
    created_by: str
    created: int
    modified: int
    state: Literal["open", "closing", "closed"] = "open"
    hidden: bool = False
    types: tuple[str, ...] = ()
    details: object = {}
    links: tuple[str, ...] = ()
    media: str = ""
    size: int = 0
    content: str | None = None
    parts: dict[str, Part] = {}
    spec: dict[str, object] = {}

    @property
    def data_class(self) -> str:
        return self.id.partition("-")[0]

    @property
    def contents(self) -> set[str]:
        """Ids of the contents that it needs: of its bytes, and of parts that have arrived."""
        found = {part.content for part in self.parts.values() if part.content is not None}
        return found if self.content is None else {self.content, *found}


class Copy(Struct, frozen=True):
    """A data object in one container: name, folder, tags and properties belong to the pair."""

    object: str
    holder: str
    name: str
    folder: str = "/"
    properties: dict[str, str] = {}
    tags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return copy_id(self.object, self.holder)


def copy_id(object: str, holder: str) -> str:
    return f"{object}/{holder}"


class Content(Struct, frozen=True):
    """Bytes of files. ``id``: their SHA-256 in hex."""

    id: str
    data: bytes


class Enabled(Struct, frozen=True):
    """An app in one region. ``executable``: the applet or workflow behind it; ``resources``: a
    container's id; ``options``: the rest of what regionalOptions said."""

    executable: str
    resources: str | None = None
    options: dict[str, object] = {}


class App(Struct, frozen=True):
    """One version of an app or global workflow. ``published`` in ms, None: not yet. ``regions``: by
    region. ``spec``: the rest of what creation was given, by the platform's names."""

    id: str
    name: str
    version: str
    bill_to: str
    created_by: str
    created: int
    modified: int
    regions: dict[str, Enabled]
    published: int | None = None
    tags: tuple[str, ...] = ()
    spec: dict[str, object] = {}

    @property
    def series(self) -> str:
        return f"{self.id.partition('-')[0]}-{self.name}"


class Series(Struct, frozen=True):
    """What all versions of an app (``app-bwa``) or global workflow share. ``aliases``: the version's
    id by tag (``default`` …); version numbers are no tags."""

    id: str
    created_by: str
    developers: tuple[str, ...] = ()
    authorized: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    aliases: dict[str, str] = {}


class Job(Struct, frozen=True):
    """A job or an analysis. ``executable``: what was run; ``applet``: what runs, where that is known.
    ``extras``: other fields of its describe, by the platform's names."""

    id: str
    name: str
    executable: str
    project: str
    region: str
    bill_to: str
    state: str
    launched_by: str
    created: int
    modified: int
    applet: str | None = None
    workspace: str | None = None
    folder: str = "/"
    input: dict[str, object] = {}
    output: dict[str, object] | None = None
    tags: tuple[str, ...] = ()
    properties: dict[str, str] = {}
    extras: dict[str, object] = {}

    @property
    def kind(self) -> str:
        return self.id.partition("-")[0]


class Nonce(Struct, frozen=True):
    """An answer kept for replay until ``expires`` (ms). ``id``: what the nonce is unique for."""

    id: str
    user: str
    route: str
    nonce: str
    input_sha256: str
    answer: dict[str, object]
    expires: int


Record = User | Org | Project | Container | DataObject | Copy | Content | App | Series | Job | Nonce

OTHERS: tuple[type[Record], ...] = get_args(Record)[3:]
"""What is neither user, org nor project, in the order in which a world is built: an object comes
before its copies."""
