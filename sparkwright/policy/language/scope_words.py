"""Words of scopes: what stands before, behind and between the names of queues, teams, users and workloads."""

import re
from typing import Final

NAME = r"(?:'[^']{1,120}'|\"[^\"]{1,120}\"|`[^`]{1,120}`|“[^”]{1,120}”|‘[^’]{1,120}’|«\s?[^»]{1,120}?\s?»|„[^“”]{1,120}[“”]|[\w*-](?:[\w.*/@:+-]*[\w*/-])?)"
AND = r"(?:\s*,\s*(?:and |or |und |oder |et |ou |y |o )?|\s+(?:and|or|und|oder|et|ou|y|o|as well as|sowie|&)\s+|\s*&\s*|\s*/\s*)"
LIST = rf"{NAME}(?:{AND}(?:the )?{NAME})*"
NOUNS: Final = {
    "queues": r"(?:yarn |resource |scheduler )?(?:queues?|q(?= [\w*])|warteschlangen?|files? d'attente|files?(?= )|colas?|coda|kolejce|kolejka|kolejki|fila|filas|wachtrij(?:en)?|namespaces?|pools?)",
    "teams": r"(?:teams?(?: members?)?|groups?|gruppen?|equipes?|equipos?|departments?|abteilung|squads?|mannschaft|gruppo)",
    "users": r"(?:users?|accounts?|service accounts?|benutzer(?:in|s|n)?|nutzer(?:in|s|n)?|utilisateurs?|utilisatrices?|usuari[oa]s?|utenti|utente|people(?! \()|logins?|anwender(?:in|n|s)?)",
    "workloads": r"(?:workloads?|pipelines?|jobs?|applications?|apps?|anwendung(?:en)?|trabajos?|travaux|etl jobs?)",
}
STARTING = r"(?:(?:named |called )?(?:whose |with )?(?:(?:names?|ids?|identifiers?) )?(?:that |which )?(?:start(?:s|ing)?(?: with| in)?|begin(?:s|ning)?(?: with)?|prefixed(?: with| by)?|having (?:the )?prefix|with (?:the |a )?prefix|have the prefix)|(?:deren namen? |die |der )?mit(?= \S+ (?:beginn|anfang))|(?:deren namen? )?(?:beginnend mit|die mit)|(?:dont le nom |qui )?commen(?:ce|cent|cant) par|(?:que |cuyo nombre )?(?:empiez[ae]n?|comienz[ae]n?) (?:por|con))"
ENDING = r"(?:(?:named |called )?(?:whose |with )?(?:(?:names?|ids?|identifiers?) )?(?:that |which )?(?:end(?:s|ing)? (?:with|in|on)|suffixed with|with (?:the |a )?suffix|with the ending)|(?:die |deren namen? )?auf(?= \S+ end)|(?:qui |dont le nom )?(?:se )?(?:termin|finiss)\w+ par|(?:que )?termin\w+ en)"
HOLDING = r"(?:(?:named |called )?(?:whose |with )?(?:(?:names?|ids?|identifiers?) )?(?:that |which )?(?:contain(?:s|ing)?|including|with \S+ in (?:the|their) names?|that have)|(?:qui )?contien(?:nen|nent|t)|contenant|que contien\w+|enthalt\w*)"
LIKE = r"(?:(?:named |called )?(?:whose |with )?(?:(?:names?|ids?|identifiers?) )?(?:that |which )?(?:match(?:es|ing)?(?: the pattern)?|like|of the form|following the pattern|fitting))"
CALLED = r"(?:named|called|with (?:the )?names?|known as|namens|genannt|nomme[es]*|appele[es]*|llamad[oa]s?|:|=)"
ARTICLES = frozenset(
    {
        "the",
        "a",
        "an",
        "any",
        "all",
        "every",
        "each",
        "der",
        "die",
        "das",
        "le",
        "la",
        "les",
        "el",
        "los",
        "l'",
        "our",
        "both",
        "either",
    }
)
WIDE = r"(?:all|every|any|each|alle|jede[rns]?|tous|toutes|todos|todas|chaque|cada)"
PLATFORM_WORDS: Final = {
    "yarn": r"\b(?:yarn|hadoop(?: clusters?)?)\b",
    "kubernetes": r"\b(?:kubernetes|k8s|kube)\b",
    "standalone": r"\b(?:stand-?alone(?: clusters?| mode)?)\b",
    "local": r"\b(?:local[ -]mode|locally|in local|local only|only local|local (?:runs|jobs|applications|spark)|lokale[nrms]? (?:modus|jobs)|mode local|modo local|platform local)\b",
}
OTHER_PLATFORMS = re.compile(r"\b(?:mesos|databricks|emr|dataproc|nomad|synapse)\b")
FRENCH = re.compile(
    r"\b(?:les?|la|des|du|executeurs?|memoire|peut|peuvent|doit|doivent|coeurs?|aucune?|mais|aussi|pour|chaque|dans|sur)\b"
)
EXCEPT = re.compile(
    r"\b(?:all|every\w*|any\w*|alle|no|none|nobody|noone|no one) (?:\w+ )?but\b|^\W*only (?:the )?(?:teams?|users?|queues?|members?|people)\b[^.]*\b(?:more than|exceed|above|over|beyond)\b|\b(?:except(?: for)?|excluding|other than|apart from|save for|save(?= the)|with the exception of|besides|but not (?!too|so|excessive\w*|that|more|less|fewer|above|below|over|under|exceed|to|larger|smaller|bigger)|unless|outside (?:of )?(?:the )?(?:queue|team)|not in (?:the )?(?:queue|team)|auss?er|mit ausnahme|sauf|excepto|salvo|a excepcion)\b"
)
