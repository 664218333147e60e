"""What handlers find in the application and in a request, by typed keys."""

from aiohttp import web

from runtime.services import Services
from storage.people import Session

SERVICES = web.AppKey("services", Services)

SESSION = web.RequestKey("session", Session)
