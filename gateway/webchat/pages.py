"""The widget as one script, and in the demo a page of a shop that uses it."""

import gzip
from pathlib import Path

import jinja2
import orjson
from aiohttp import web

from channels.webchat.channel import WebChatChannel
from channels.webchat.identity import sign_claims
from gateway.headers import CONTENT_SECURITY_POLICY
from gateway.keys import SERVICES

FOLDER = Path(__file__).parent
IDENTITY_SECONDS = 3600

routes = web.RouteTableDef()

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "demo"), autoescape=True, undefined=jinja2.StrictUndefined
)


PARTS = ("words", "shelf", "frame", "parts", "thread", "asking", "leaving", "ways", "sending", "files", "line")
"""The pieces of the widget in the order in which they run; they share one scope, and nothing with the page."""


def _bundle() -> bytes:
    """The script with its style inside: one request, nothing of the page's own style gets in."""
    style = " ".join((FOLDER / "widget" / "widget.css").read_text().split())
    lines = [line.strip() for part in PARTS for line in (FOLDER / "widget" / f"{part}.js").read_text().splitlines()]
    script = "\n".join(line for line in lines if line and not line.startswith("//"))
    script = script.replace('"__STYLE__"', orjson.dumps(style).decode())
    return f'// The Huiliu web chat\n(() => {{\n"use strict";\n{script}\n}})();\n'.encode()


WIDGET = _bundle()
_PACKED = gzip.compress(WIDGET, mtime=0)


@routes.get("/webchat/widget.js")
async def widget(request: web.Request) -> web.Response:
    """The widget."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    encoding = {"Content-Encoding": "gzip"} if packed else {}
    return web.Response(
        body=_PACKED if packed else WIDGET,
        content_type="text/javascript",
        charset="utf-8",
        headers={
            "Cache-Control": "public, max-age=300",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Vary": "Accept-Encoding",
            **encoding,
        },
    )


@routes.get("/webchat/demo.css")
async def demo_style(request: web.Request) -> web.FileResponse:
    """How the shop of the demo looks."""
    return web.FileResponse(FOLDER / "demo" / "demo.css")


@routes.get("/webchat/demo")
async def demo(request: web.Request) -> web.Response:
    """A shop with the widget, where one may be signed in; only in the demo."""
    services = request.app[SERVICES]
    account = request.query.get("account", "")
    endpoint = services.accounts.get(account)
    if not services.settings.demo or endpoint is None or not isinstance(endpoint.channel, WebChatChannel):
        raise web.HTTPNotFound(reason="There is no such demo.")
    claims = orjson.dumps(
        {
            "user": "10086",
            "name": "李雷",
            "phone": "+8613800138000",
            "email": "lilei@customer.example",
            "language": "zh-CN",
            "exp": int(services.clock().timestamp()) + IDENTITY_SECONDS,
        }
    ).decode()
    html = _environment.get_template("demo.html").render(
        account=account,
        language="en" if request.query.get("language") == "en" else "zh-CN",
        signed_in="customer" in request.query,
        identity=claims,
        signature=sign_claims(endpoint.channel.config.site_secret, claims),
    )
    lab = f"http://{services.settings.host}:{services.settings.lab_port}"
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {lab}")
    return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})
