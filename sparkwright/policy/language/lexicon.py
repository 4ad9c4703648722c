"""Words for properties, directions and periods in English, German, French and Spanish, as patterns over folded text.

Folded is lower case without accents. A pattern of a property is tried from the longest phrase to the shortest.
"""

import re
from typing import Final

MAX: Final = re.compile(
    r"(?:<=|≤)|"
    r"\b(?:at (?:the )?most|at max|no(?:t|thing)? (?:\w+ )?(?:more|larger|bigger|greater|higher|longer) than|up to|max(?:imum|imal)?\b(?: of)?"
    r"|cap(?:s|ped|ping)?\b|limit(?:s|ed|ing)?\b|(?:not|never|n't|nothing|cannot|no \w+|nobody|none)\b[^.;]{0,60}?\b(?:exceed\w*|above\b|over\b|beyond|more than|greater than"
    r"|larger than|bigger than|higher than|longer than|surpass\w*|(?:go|get|grow|run|goes|gets|pass\w*|move) ?(?:past|beyond|over)|past(?= \d)|top)|(?:larger|bigger|greater|higher|more|longer) than[^.;]{0,40}?\b(?:forbidden|not allowed|prohibited|disallowed|banned|denied|rejected)"
    r"|(?:forbid|prohibit|disallow|reject|deny|refuse|ban|block)\w*\b[^.;]{0,60}?\b(?:above|over\b|beyond|more than|larger than|bigger than|greater than|higher than|exceed\w*)"
    r"|(?:longer|more) than[^.;]{0,40}?\b(?:given back|released?|removed?|killed|shut down|terminated|returned|freed|stopped)|without exceeding|the most|(?:is|are) (?:the|our|a) (?:max\w*|limit|ceiling|cap|top)|\broof|(?:held|kept|bound|confined) (?:to|at|down to)|(?:stops?|ends?|tops? out|maxes out|peaks?) at|(?:clear|free) of (?:anything|everything|all) (?:over|above|beyond|bigger than|larger than|more than)|where it (?:ends|stops)|(?:is|are) (?:plenty|enough|sufficient|all \w+ gets?)|nothing (?:on top|more|beyond|else|above that)|not more(?! than)|nicht mehr(?! als)|no further|and no (?:more|further)|not (?:a|one) \w+ more|or (?:less|fewer|smaller|lower|below)|and no more|no more|tops|ceiling|upper (?:limit|bound)|stay(?:s)? (?:below|under\b|within|at or below)|keep\w* (?:\w+ ){0,6}?(?:below|under\b|within|at or below)|restrict(?:s|ed)?"
    r"|within|must not go (?:over|above)|(?:is|are) allowed|there (?:may|can) be|may (?:use|have|get|request|ask for|take|hold|spend|run|cost|allocate|claim|grab|reserve)(?! (?:no|at least|more than))|can (?:use|have|get|request|take|spend)(?! (?:no|at least|more than))"
    r"|get(?:s)? only|only get|just|only"
    r"|hochstens|maximal|nicht mehr als|nicht uber|nie uber|niemals uber|keinesfalls mehr als|allerhochstens|hoher als|begrenz\w*|beschrank\w*|bis zu|keine? \w* ?mehr als|nicht uberschreiten|uberschreit\w*|obergrenze|nie mehr als|mehr als[^.;]{0,30}verboten|nicht grosser als|darf[^.;]{0,60}mehr als"
    r"|au plus|tout au plus|jamais plus de|au grand maximum|pas au-dela de|au maximum|maximum|pas plus de|pas depasser|ne (?:doit|doivent|peut|peuvent) pas (?:depasser|exceder)|plafonn\w*|limit\w*|jusqu'a|depass\w*|ne \w+ (?:pas|jamais) (?:plus de|depasser)"
    r"|como maximo|como mucho|a lo mas|maximo de|tope de|ni un[oa] mas|(?:no|ning\w+|nadie)\b[^.;]{0,40}?\b(?:pasar|pase|pasen|exced\w*|rebasar) (?:de )?|a lo sumo|no mas de|maximo|no (?:puede|pueden|debe|deben) (?:superar|exceder|usar mas de|tener mas de)|limita\w*|hasta|super(?:ar|e|en)|nunca mas de"
    r"|al massimo|najwyzej|maksymalnie|non piu di|no maximo|ao maximo|non (?:puo|possono|deve|devono) superare|massimo|no maximo|nao mais de|hoogstens|maximaal|niet meer dan)"
)
STRICT_MAX: Final = re.compile(
    r"<(?!=)|(?<!no )(?<!not )(?<!never )(?<!nothing )\b(?:less than|fewer than|smaller than|lower than|below|under\b|shorter than|weniger als|unter|kleiner als|moins de|inferieure?s? a|menos de|por debajo de|inferior a|meno di|minder dan)"
)
MIN: Final = re.compile(
    r"(?:>=|≥)|"
    r"\b(?:at (?:the very )?least|no(?:t|thing)? (?:less|fewer|smaller|lower|shorter) than|min(?:imum|imal)?\b(?: of)?(?! ?executors)|not (?:go |fall |drop |be )?(?:below|under)|never (?:go |fall |drop |be |less than)?(?:below|under\b|less than|fewer than|smaller than)"
    r"|or (?:more|higher|larger|greater|above\b|longer|bigger)|floor|lower (?:limit|bound)|no less|(?:not|never|n't|nobody|no \w+|cannot)\b[^.;]{0,60}?\b(?:below|less than|fewer than|smaller than|lower than|under(?= \d)|shorter than|drop to)"
    r"|(?:forbid|prohibit|disallow|reject|deny|refuse|ban|block)\w*\b[^.;]{0,60}?\b(?:below|less than|fewer than|smaller than|under\b|lower than)"
    r"|mindestens|wenigstens|minimal|nicht weniger als|nicht unter|nie unter|niemals unter|nie weniger als|minimum|untergrenze|nicht kleiner als"
    r"|au moins|au minimum|pas moins de|minimum|jamais moins de|como minimo|al menos|por lo menos|no menos de|minimo|almeno|minimo|pelo menos|minstens|ten minste|co najmniej|niet minder dan)"
)
STRICT_MIN: Final = re.compile(
    r">(?!=)|\b(?:more than|greater than|larger than|bigger than|higher than|longer than|above\b|over\b|exceed\w*|mehr als|uber|grosser als|plus de|superieure?s? a|mas de|superior a)"
)
NEGATED: Final = re.compile(
    r"\b(?:no|not|never|n't|cannot|cant|nobody|none|nothing|without|neither|nor|forbid\w*|prohibit\w*|disallow\w*|reject\w*|den(?:y|ies|ied)|refus\w*|ban(?:s|ned)?|block\w*|nicht|kein\w*|nie|niemand|darf nicht|verbot\w*|verbiet\w*|untersag\w*|ne|pas|jamais|aucun\w*|interdi\w*|no|nunca|nadie|ningun\w*|prohib\w*)\b|n't\b"
)
FORBID: Final = re.compile(
    r"\b(?:leave\b.{0,80}\balone|hands off|taboo|a no-?go|out of bounds|not up for grabs|forbid(?:s|den)?|forbade|prohibit(?:s|ed)?|disallow(?:s|ed)?|ban(?:s|ned)?|den(?:y|ies|ied)|off[- ]limits|block(?:s|ed)?|reject(?:s|ed)?|refuse[sd]?"
    r"|(?:must|may|can|should|shall|do|does|is|are|to be|will|ought)(?: not| never|n't)\b|cannot|can't|mustn't|shouldn't|don't|isn't|aren't|never|nobody|neither|nor|no one|no-one|not (?:be )?(?:allowed|permitted)|no (?!more|less|fewer|larger|smaller|bigger|greater|later)\w+|without"
    r"|verboten|untersagt|verbiet\w*|nicht erlaubt|(?:darf|durfen|soll|sollen|kann|konnen)\b(?:[^.;]|\.(?=\w)){0,80}?\b(?:nicht|kein\w*|nirgends|nirgendwo|nie|niemals)|niemand|nirgends|keinesfalls|kein\w*|nicht zulassig|nie(?:mals)?"
    r"|interdi\w*|ne (?:doit|doivent|peut|peuvent) (?:pas|jamais)|pas autoris\w*|aucun\w*|personne ne|proscri\w*"
    r"|prohib\w*|(?:no se) (?:permite|puede|pueden)|no (?:puede|pueden|debe|deben)|nadie|ningun\w*|vietat\w*|proibi\w*|verboden)\b"
)
REQUIRE: Final = re.compile(
    r"\b(?:must|always|required?|requires|requiring|non-?optional|not optional|a must|mandatory|mandate[sd]?|enforce[sd]?|has to|have to|shall|needs? to|set|fixed|fix|pin(?:s|ned)?|force[sd]?|exactly|make sure|ensure|is to be|are to be|obligatory|compulsory|use|should|turn(?:ed)?|keep|switch(?:ed)?|default(?:s)? to|insist|equals?"
    r"|muss|mussen|immer|stets|vorgeschrieben|pflicht|verpflichtend|genau|fest|soll|sollen|setze|gesetzt|erzwing\w*|vorgegeben|obligatorisch|zwingend|verwende\w*"
    r"|doi(?:t|vent)|toujours|obligatoire\w*|exactement|exige\w*|fixe[rs]?|impos\w*|utilis\w*"
    r"|debe[n]?|siempre|obligatori\w*|exactamente|exige\w*|tiene[n]? que|fij\w*|usar|deve|sempre|moet)\b|="
)
ON: Final = re.compile(
    r"\b(?:einschalten|aktivieren|activer|activar|habilitar|attivare|enabling|activat\w+|on|enabled?|enable|active|activated?|switched on|turned on|true|used|an|eingeschaltet|aktiviert|aktiv|an sein|eingeschaltet sein|active[re]?s?|activee?s?|activad[oa]s?|encendid[oa]|habilitad[oa]s?|attiv\w*|ingeschakeld)\b"
)
OFF: Final = re.compile(
    r"\b(?:ausschalten|abschalten|deaktivieren|desactiver|desactivar|deshabilitar|disattivare|disabling|deactivat\w+|off(?![- ]?heap)|disabled?|disable|deactivated?|inactive|switched off|turned off|false|ausgeschaltet|deaktiviert|aus|abgeschaltet|desactive[re]?s?|desactivee?s?|eteint\w*|desactivad[oa]s?|apagad[oa]|deshabilitad[oa]s?|disattivat\w*|uitgeschakeld)\b"
)

_X = r"[ -]?"
_MEM = r"(?:memory|mem|heap(?: size)?|ram|heap space|speicher|memoire|memoria|heapgrosse|geheugen|pamieci|pamiec)"
_CORE = r"(?:cores?|cpus?|vcores?|vcpus?|kerne?n?|c(?:oe|œ)urs?|nucleos?|threads?)"
_EXEC = r"(?:executors?|executoren|executeurs?|ejecutor(?:es)?|executores|esecutori|executor's|executors')"
_DRIVER = r"(?:drivers?|treiber|pilote|controlador|driver's)"
_PER = r"(?:per|each|for each|for every|in each|in every|of each|of every|of an|of the|of|for|a|an|pro|je|jedes|par|chaque|por|cada|de|des|del|de l'|de los|der|den|fur|on)(?: the| an| any| one| all| each)?"

PROPERTIES: Final[list[tuple[re.Pattern[str], str]]] = [
    (re.compile(pattern), name)
    for pattern, name in [
        (rf"{_EXEC}{_X}(?:memory{_X})?overhead{_X}factor|(?:memory{_X})?overhead{_X}factor(?: {_PER} {_EXEC})?", "spark.executor.memoryOverheadFactor"),
        (rf"{_DRIVER}{_X}(?:memory{_X})?overhead{_X}factor|overhead{_X}factor {_PER} {_DRIVER}", "spark.driver.memoryOverheadFactor"),
        (rf"{_DRIVER}{_X}(?:memory{_X})?overhead|(?:memory{_X})?overhead {_PER} {_DRIVER}", "spark.driver.memoryOverhead"),
        (rf"(?:{_EXEC}{_X})?(?:memory{_X}|speicher{_X}|ram{_X})?overhead(?:{_X}memory|speicher)?(?: {_PER} {_EXEC})?|off-jvm memory", "spark.executor.memoryOverhead"),
        (rf"(?:py{_X}spark|python)(?: worker)?s?{_X}{_MEM}(?: {_PER} {_EXEC})?|{_MEM} {_PER} (?:py{_X}spark|python)(?: workers?)?|(?:py{_X}spark|python)-?speicher|python (?:workers?|processes)", "spark.executor.pyspark.memory"),
        (rf"off{_X}heap(?:{_X}{_MEM}|{_X}size| space| storage)?(?: size)?", "spark.memory.offHeap.size"),
        (rf"{_DRIVER}{_X}(?:max(?:imum)? )?result{_X}sizes?|max(?:imum)?{_X}result{_X}size|results? (?:size )?(?:collected|fetched|returned|brought back|sent back|pulled) (?:to|by|into|on|at) the {_DRIVER}|collected results?|result{_X}sizes?|ergebnisgrosse|results? (?:sent )?to the driver|serialized results?", "spark.driver.maxResultSize"),
        (rf"{_DRIVER}{_X}{_MEM}|{_MEM} {_PER} {_DRIVER}|{_DRIVER}speicher|{_DRIVER} size", "spark.driver.memory"),
        (rf"{_DRIVER}{_X}{_CORE}|{_CORE} {_PER} {_DRIVER}|{_DRIVER}kerne", "spark.driver.cores"),
        (rf"{_EXEC}{_X}{_MEM}|{_MEM} {_PER} {_EXEC}|{_EXEC}speicher|{_EXEC}{_X}size|size of (?:an |the |each )?{_EXEC}", "spark.executor.memory"),
        (rf"{_EXEC}{_X}{_CORE}|{_CORE} {_PER} {_EXEC}|{_EXEC}kerne", "spark.executor.cores"),
        (rf"{_CORE} {_PER} (?:tasks?|tache|tarea)|tasks?{_X}{_CORE}|task cpus", "spark.task.cpus"),
        (rf"shuffle{_X}partition(?:s|en)?|shuffle{_X}partitions?(?: count| number)?|partitions? (?:for|in|of|after) (?:a |the |each )?shuffles?|partitions de shuffle|particiones de shuffle|number of shuffle partitions", "spark.sql.shuffle.partitions"),
        (rf"cached{_X}{_EXEC}{_X}idle{_X}time-?(?:out)?|idle{_X}time-?(?:out)? (?:of|for) cached {_EXEC}|{_EXEC} (?:with|holding) cached (?:data|blocks)[^.;,]{{0,20}}idle", "spark.dynamicAllocation.cachedExecutorIdleTimeout"),
        (rf"{_EXEC}{_X}idle{_X}time-?(?:out)?|idle{_X}time-?out(?: {_PER} {_EXEC})?|idle {_EXEC}|{_EXEC} (?:may |can |that |which )?(?:be |are |is |stay |sit |remain |staying |sitting )?idle", "spark.dynamicAllocation.executorIdleTimeout"),
        (rf"shuffle{_X}tracking{_X}time-?out|time-?out (?:of|for) shuffle{_X}tracking", "spark.dynamicAllocation.shuffleTracking.timeout"),
        (rf"shuffle{_X}tracking", "spark.dynamicAllocation.shuffleTracking.enabled"),
        (rf"(?:external )?shuffle{_X}service", "spark.shuffle.service.enabled"),
        (rf"dynamic(?:ally)?{_X}(?:allocation|allocated|scaling)(?:'s)?|dynamische[rn]? (?:allokation|allocation|zuweisung|ressourcenzuteilung)|allocation dynamique|asignacion dinamica|alocacao dinamica|dynamische allocatie|dynamiczna alokacja|auto-?scaling|allocazione dinamica", "spark.dynamicAllocation.enabled"),
        (rf"(?:adaptive{_X}(?:query{_X}execution|execution|queries|sql)|\baqe\b|adaptive[n]? (?:abfrageausfuhrung|ausfuhrung)|execution adaptative|ejecucion adaptativa)", "spark.sql.adaptive.enabled"),
        (rf"skew{_X}joins?(?: handling| optimi[sz]ation)?", "spark.sql.adaptive.skewJoin.enabled"),
        (r"coalesc\w+ (?:of )?(?:shuffle )?partitions|partition coalescing", "spark.sql.adaptive.coalescePartitions.enabled"),
        (rf"(?:auto{_X})?broadcast{_X}(?:join{_X})?threshold|broadcast{_X}joins?(?: threshold| size)?|auto{_X}broadcast(?: join)?|tables? (?:that are )?broadcast|broadcast(?:ed)? tables?", "spark.sql.autoBroadcastJoinThreshold"),
        (rf"broadcast{_X}time-?out", "spark.sql.broadcastTimeout"),
        (rf"max(?:imum)?{_X}partition{_X}(?:bytes|size)|file partition(?:s| size)?|(?:input |read )partition size|partition bytes|size of (?:an? )?(?:input |file )partitions?", "spark.sql.files.maxPartitionBytes"),
        (r"advisory partition size", "spark.sql.adaptive.advisoryPartitionSizeInBytes"),
        (rf"network{_X}time-?out", "spark.network.timeout"),
        (rf"heart{_X}beats?(?: interval)?", "spark.executor.heartbeatInterval"),
        (rf"memory{_X}fraction", "spark.memory.fraction"),
        (rf"storage{_X}fraction", "spark.memory.storageFraction"),
        (rf"default{_X}parallelism", "spark.default.parallelism"),
        (rf"task{_X}(?:max{_X})?(?:failures?|attempts?|retries)|max(?:imum)?{_X}task{_X}failures|(?:failures|attempts|retries) {_PER} tasks?", "spark.task.maxFailures"),
        (rf"kryo(?:serializer)?{_X}buffer(?: max(?:imum)?| size)?", "spark.kryoserializer.buffer.max"),
        (rf"locality{_X}wait", "spark.locality.wait"),
        (rf"speculat(?:ive{_X}execution|ion|ive tasks?)|spekulative ausfuhrung|execution speculative|ejecucion especulativa|especulacion|spekulation", "spark.speculation"),
        (rf"event{_X}log(?:s|ging)?|ereignisprotokoll\w*|journal des evenements|journalisation(?: des evenements)?|registro de eventos", "spark.eventLog.enabled"),
        (r"ansi(?: mode| sql)?", "spark.sql.ansi.enabled"),
        (r"(?:network|rpc|in-transit) encryption|encryption (?:in transit|of (?:network|rpc) traffic)", "spark.network.crypto.enabled"),
        (r"(?:io|i/o|disk|local disk|spill|shuffle) encryption|encryption (?:of|for) (?:shuffle|spill|local disk|temporary)[ \w]*", "spark.io.encryption.enabled"),
        (r"rpc authentication|spark authentication|\bauthentication\b", "spark.authenticate"),
        (rf"executors? gpus?|gpus? {_PER} {_EXEC}", "spark.executor.resource.gpu.amount"),
        (rf"(?:event{_X}log )compress\w*", "spark.eventLog.compress"),
        (rf"shuffle{_X}compression", "spark.shuffle.compress"),
        (r"(?:rdd)[- ]compression", "spark.rdd.compress"),
        (r"(?:spark )?(?:web )?ui\b", "spark.ui.enabled"),
        (r"serializer|serialization|serialisation|kryo(?! ?(?:serializer)?[ -]?buffer)|serialisierung|serialiseur|serializador|serializzatore", "spark.serializer"),
        (r"(?:parquet )compression(?: codec)?", "spark.sql.parquet.compression.codec"),
        (r"(?:io |i/o |block )?compression codec|io compression", "spark.io.compression.codec"),
        (rf"scheduler{_X}mode|(?:fair|fifo) schedul\w+", "spark.scheduler.mode"),
        (r"extra java options|(?:jvm|java) options? (?:of|for|on) (?:the )?executors?|executor (?:jvm|java) options?", "spark.executor.extraJavaOptions"),
        (r"driver (?:jvm|java) options?", "spark.driver.extraJavaOptions"),
        (rf"container{_X}images?|docker{_X}images?", "spark.kubernetes.container.image"),
        (rf"deploy(?:ment)?{_X}mode|(?:cluster|client)(?: deploy)? mode", "spark.submit.deployMode"),
        (r"sql extensions?|session extensions?", "spark.sql.extensions"),
        (r"extra (?:jars?|packages?)|\bmaven packages?|\bpackages\b", "spark.jars.packages"),
        (r"\bjars\b|jar files", "spark.jars"),
    ]
]  # fmt: skip
SWITCH_OF: Final = {"spark.memory.offHeap.size": "spark.memory.offHeap.enabled"}
"""Where a switch is said of something that has a size, too."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP: Final = _words(
    """
    save do nowhere you they he honestly frankly really actually niet nichts nothing anything everything please
    some certain several various thanks pls thx pyspark
    a aber above access account accounts across after al all alle allocation allow allowed allows also am an and
    another anwendung anwendungen any anybody anyone app application applications applied applies apply applying
    apps are aren't as ask asks at au auf aux avec be before begin beginnen beginning begins bei bekommt belong
    belonging belongs below benutzer between both budget budgets business but by cada called can can't cannot cap
    capacity capped caps chaque cluster clusters code cola colas come coming con configuration contain containing
    contains cores cost costs could d' dans darf das day days de debe deben defaults defined del dem den der deren
    des die dienstag doesn't doit doivent don't donnerstag dont down driver drivers du durfen during dynamic each
    ein eine einem einen einer either el en end ending ends enforce entire equipe equipo equipos es est et every
    everybody everyone exceed exceeds executor executors fair fewer file for forbid forbidden freitag fri friday
    from fur get gets gmt go goes going group groups haben had has hat have he heap her here his hochstens hour
    hours id ids if im in inside is isn't ist it its itself jamais je jede jeder jedes job jobs k8s kann keep keeps
    kein keine keinen konnen kubernetes l' la las launch launches le least les less let level levels like limit
    limited limits local los mais manager managers mas match matches matching max maximal maximum may member members
    memory menos might min mindestens minimum mit mittwoch mode moins mon monday monday-friday montag month months
    more most muss mussen must my name named namen names namespace namespaces ne never new nicht night nights no
    nobody none not nur nutzen nutzer o oder of on only option options or other ou our outside over overhead own
    owned owner par para parameter parameters partition partitions pas people per permitted pero person peut peuvent
    pipeline pipelines platform please plus policies policy por pour prefix prefixed pro production-grade properties
    property puede pueden que queries query queue queues qui quota quotas request requests require required requires
    resource resources rule rules run running runs same samstag sat saturday session sessions set sets setting
    settings shall she should shuffle sind size sizes soll sollen someone son sonntag sont spark specific spend
    spends standalone start started starting starts stay stays submit submits submitted submitting suffix sun sunday
    sur take takes task tasks team teams than that the their them then there these they this those through thu thur
    thurs thursday till time to todo todos too total tous toutes trabajo trabajos tue tues tuesday un una und under
    une unos until up us usage use used user users uses using usuario usuarios utc utilisateur utilisateurs value
    values verwenden via von warteschlange we wed wednesday week weekday weekdays weekend weekends weeks werden when
    which while who whole whose will wird with within work workload workloads works would y yarn your zone zu zum
    zur
    """
)
"""Words that name no queue, team, user or workload."""
