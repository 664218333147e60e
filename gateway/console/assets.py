"""Scripts and styles, under an address that changes with their content, so that browsers keep them for ever."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
VENDOR = Path(__file__).parents[2] / "build" / "static" / "vendor"

_KEEP = "public, max-age=31536000, immutable"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for folder in (STATIC, VENDOR):
        for path in sorted(folder.glob("*.*")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


ROOT = f"/static/{_fingerprint()}"


def is_built() -> bool:
    """Whether the libraries of the live pages were fetched from the registry."""
    return (VENDOR / "htm-preact.js").exists()


def add_routes(app: web.Application) -> None:
    """Serve both folders."""
    if is_built():
        app.router.add_static(f"{ROOT}/vendor", VENDOR)
    app.router.add_static(ROOT, STATIC)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell browsers that what lies under this address never changes."""
    response = await handler(request)
    if request.path.startswith(ROOT) and response.status == 200:
        response.headers["Cache-Control"] = _KEEP
    return response
