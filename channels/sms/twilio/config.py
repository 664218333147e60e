"""Settings of a sender at Twilio."""

import re
from dataclasses import dataclass

from channels.config import number, setting
from channels.http import is_web_address
from channels.sms.config import common_problems, country_setting, in_doubt_setting, optout_setting
from channels.sms.twilio.twiml import LONGEST_WAIT

_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")


@dataclass(frozen=True, kw_only=True)
class TwilioConfig:
    """One number, or one Messaging Service, of a Twilio account."""

    account_sid: str = setting("Account SID, which begins with AC", example="AC0123456789abcdef0123456789abcdef")
    auth_token: str = setting("Auth Token of that account; it signs what Twilio tells us too", secret=True)
    from_number: str = setting(
        "Number or name that messages come from, such as +14155552671", default="", example="+15005550006"
    )
    messaging_service_sid: str = setting("Messaging Service instead of a number; it begins with MG", default="")
    webhook_url: str = setting(
        "This account's public webhook address, for receipts and the files that Twilio fetches; without it neither",
        default="",
        example="https://chat.example.com/webhooks/0199d5c0a2f37d4c8e1b000000000001",
    )
    passive_seconds: str = setting(
        "Seconds (up to 12) in which the first reply may be given as the answer to the customer's own message; "
        "0: never (TwiML)",
        default="0",
    )
    country: str = country_setting("US")
    in_doubt: str = in_doubt_setting()
    optout_words: str = optout_setting()
    api_url: str = setting("Address of Twilio's interface", default="https://api.twilio.com")

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        service = self.messaging_service_sid
        checks = {
            "account_sid: it is AC and 32 hexadecimal digits": bool(_ACCOUNT_SID.fullmatch(self.account_sid)),
            "from_number: give either from_number or messaging_service_sid": bool(self.from_number) != bool(service),
            "messaging_service_sid: it is MG and 32 hexadecimal digits": not service
            or bool(_SERVICE_SID.fullmatch(service)),
            "webhook_url: it is not an http(s) address": not self.webhook_url or is_web_address(self.webhook_url),
            f"passive_seconds: {self.passive_seconds!r} is not a number from 0 to {LONGEST_WAIT:g}": 0
            <= number(self.passive_seconds)
            <= LONGEST_WAIT,
            **common_problems(self),
            f"api_url: {self.api_url!r} is not an http(s) address": is_web_address(self.api_url),
        }
        return [problem for problem, fine in checks.items() if not fine]
