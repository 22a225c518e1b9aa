"""Telling a person's browser from a robot that fetches a link to draw its preview."""

from __future__ import annotations

import re
from functools import lru_cache

from traceapp.services.lists import Agent

# Messengers fetch what people send each other, and search engines what they find. None of them
# held a bottle in its hand. A browser inside a messenger names the messenger too ("Zalo android",
# "FBAN"), so that only the robots' own names stand here.
_ROBOTS = re.compile(
    r"""facebookexternalhit | facebot | facebookcatalog | meta-externalagent
      | zalo[\w. /-]{0,20}(?:preview|bot|crawler) | whatsapp/ | telegrambot | twitterbot | slackbot
      | slack-imgproxy | discordbot | linkedinbot | skypeuripreview | viber/?(?:bot|preview)
      | googlebot | google-inspectiontool | bingbot | bingpreview | applebot | yandexbot
      | coc_?coc(?:bot|-web) | (?<!cu)bot\b | crawler | spider | preview""",
    re.IGNORECASE | re.VERBOSE,
)

LONGEST = 1000  # characters of a User-Agent that are looked at


@lru_cache(maxsize=1024)
def agent_of(user_agent: str) -> Agent:
    """Who sent a look, by what it calls itself. Nobody is refused for it."""
    return Agent.PREVIEW if _ROBOTS.search(user_agent[:LONGEST]) else Agent.PERSON
