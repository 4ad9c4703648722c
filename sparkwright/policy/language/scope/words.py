"""Words of scopes: what stands before, behind and between the names of queues, teams, users and workloads."""

import re
from typing import Final

from sparkwright.policy.language.vocabulary import mixed

NAME = r"(?:'[^']{1,120}'|\"[^\"]{1,120}\"|`[^`]{1,120}`|“[^”]{1,120}”|‘[^’]{1,120}’|«\s?[^»]{1,120}?\s?»|„[^“”]{1,120}[“”]|[\w*-](?:[\w.*/@:+-]*[\w*/-])?)"
# `a/b` is one name, and split afterwards: were its stroke a joint, too, each would double the ways to read a list.
AND = r"(?:\s*,\s*(?:and |or |und |oder |et |ou |y |o )?|\s+(?:and|or|und|oder|et|ou|y|o|as well as|sowie|&)\s+|\s*&\s*|\s+/\s+)"
LIST = rf"{NAME}(?:{AND}(?:the )?{NAME})*"
NOUNS: Final = {kind: mixed(f"noun_{kind}") for kind in ("queues", "teams", "users", "workloads")}
STARTING: Final = mixed("starting")
ENDING: Final = mixed("ending")
HOLDING: Final = mixed("holding")
LIKE: Final = mixed("like")
CALLED = r"(?:named|called|with (?:the )?names?|known as|namens|genannt|nomme[es]*|appele[es]*|llamad[oa]s?|:|=)"
ARTICLES: Final = frozenset(mixed("articles").split())
WIDE = r"(?:all|every|any|each|alle|jede[rns]?|tous|toutes|todos|todas|chaque|cada)"
PLATFORM_WORDS: Final = {one: mixed(f"platform_{one}") for one in ("yarn", "kubernetes", "standalone", "local")}
OTHER_PLATFORMS = re.compile(r"\b(?:mesos|databricks|emr|dataproc|nomad|synapse)\b")
FRENCH = re.compile(
    r"\b(?:les?|la|des|du|executeurs?|memoire|peut|peuvent|doit|doivent|coeurs?|aucune?|mais|aussi|pour|chaque|dans|sur)\b"
)
EXCEPT: Final = re.compile(mixed("excepted"))
