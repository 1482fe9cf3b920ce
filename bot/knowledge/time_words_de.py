"""How German citizens name times, in folded spelling (ä = ae = a, ß = ss)."""

import re
from datetime import time

from bot.knowledge.time_words import DayPart, TimeWords, advent, easter, fixed, repentance_day, words

_NUMBERS = {
    **dict.fromkeys(("ein", "eins", "eine", "einer", "einem"), 1),
    **{"zwei": 2, "zwo": 2, "drei": 3, "vier": 4, "funf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9},
    **{"zehn": 10, "elf": 11, "zwolf": 12, "vierzehn": 14},
}
_WEEKDAYS = {
    **{"montag": 0, "dienstag": 1, "mittwoch": 2, "donnerstag": 3, "freitag": 4, "samstag": 5, "sonnabend": 5},
    **{"sonntag": 6},
}
_SHORT_WEEKDAYS = {"mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6}
_MONTHS = {
    **{"januar": 1, "janner": 1, "jan": 1, "februar": 2, "feber": 2, "feb": 2, "marz": 3, "mrz": 3, "april": 4},
    **{"apr": 4, "mai": 5, "juni": 6, "juno": 6, "jun": 6, "juli": 7, "jul": 7, "august": 8, "aug": 8},
    **{"september": 9, "sept": 9, "sep": 9, "oktober": 10, "okt": 10, "november": 11, "nov": 11},
    **{"dezember": 12, "dez": 12},
}
_ADVENT_SUNDAYS = (
    *((number, f"{number}.") for number in range(1, 5)),
    *((1, "ersten"), (2, "zweiten"), (3, "dritten"), (4, "vierten")),
)
_NAMED_DAYS = {
    **dict.fromkeys(("heiligabend", "heiligen abend", "heiliger abend", "heilig abend"), fixed((12, 24))),
    **dict.fromkeys(("silvester", "sylvester", "altjahrsabend", "jahreswechsel"), fixed((12, 31))),
    **dict.fromkeys(("neujahr", "neujahrstag"), fixed((1, 1))),
    **dict.fromkeys(("heilige drei konige", "heiligen drei konigen", "dreikonig", "dreikonigstag"), fixed((1, 6))),
    **dict.fromkeys(("weiberfastnacht", "altweiber", "altweiberfastnacht"), easter(-52)),
    "rosenmontag": easter(-48),
    **dict.fromkeys(("faschingsdienstag", "fastnachtsdienstag", "karnevalsdienstag", "veilchendienstag"), easter(-47)),
    **dict.fromkeys(("karneval", "fasching", "fastnacht"), easter(-52, -48, -47)),
    "aschermittwoch": easter(-46),
    "grundonnerstag": easter(-3),
    "karfreitag": easter(-2),
    "karsamstag": easter(-1),
    "ostersamstag": easter(-1),
    "ostersonntag": easter(0),
    "ostermontag": easter(1),
    **dict.fromkeys(("ostern", "osterfeiertage", "osterfeiertagen", "osterwochenende"), easter(-2, -1, 0, 1)),
    **dict.fromkeys(("tag der arbeit", "maifeiertag", "ersten mai", "erster mai"), fixed((5, 1))),
    "maria himmelfahrt": fixed((8, 15)),
    **dict.fromkeys(("christi himmelfahrt", "himmelfahrt", "vatertag"), easter(39)),
    "pfingstsonntag": easter(49),
    "pfingstmontag": easter(50),
    **dict.fromkeys(("pfingsten", "pfingstfeiertage", "pfingstfeiertagen"), easter(49, 50)),
    "pfingstwochenende": easter(48, 49, 50),
    "fronleichnam": easter(60),
    "tag der deutschen einheit": fixed((10, 3)),
    **dict.fromkeys(("reformationstag", "halloween"), fixed((10, 31))),
    "allerheiligen": fixed((11, 1)),
    **dict.fromkeys(("sankt martin", "st. martin", "martinstag"), fixed((11, 11))),
    **dict.fromkeys(("buss- und bettag", "buss und bettag"), repentance_day),
    **{f"{name} advent": advent(number) for number, name in _ADVENT_SUNDAYS},
    **dict.fromkeys(("nikolaus", "nikolaustag"), fixed((12, 6))),
    **dict.fromkeys(("ersten weihnachtstag", "erster weihnachtstag", "1. weihnachtstag"), fixed((12, 25))),
    **dict.fromkeys(("1. weihnachtsfeiertag", "ersten weihnachtsfeiertag"), fixed((12, 25))),
    **dict.fromkeys(("zweiten weihnachtstag", "zweiter weihnachtstag", "2. weihnachtstag"), fixed((12, 26))),
    **dict.fromkeys(("2. weihnachtsfeiertag", "zweiten weihnachtsfeiertag"), fixed((12, 26))),
    **dict.fromkeys(("weihnachten", "weihnachtstage", "weihnachtstagen"), fixed((12, 24), (12, 25), (12, 26))),
    **dict.fromkeys(("weihnachtsfeiertage", "weihnachtsfeiertagen"), fixed((12, 25), (12, 26))),
    "zwischen den jahren": fixed((12, 27), (12, 28), (12, 29), (12, 30), (12, 31)),
    "zwischen den feiertagen": fixed((12, 27), (12, 28), (12, 29), (12, 30), (12, 31)),
    "zwischen weihnachten und neujahr": fixed((12, 27), (12, 28), (12, 29), (12, 30), (12, 31)),
    "zwischen weihnachten und silvester": fixed((12, 27), (12, 28), (12, 29), (12, 30)),
}
_TODAY = {"heute": 0, "heut": 0, "heude": 0, "hete": 0, "heutige": 0, "ubermorgen": 2}
_RELATIVE_DAYS = _TODAY | {"morgen": 1, "morgn": 1, "morgne": 1}
_VOCABULARY = frozenset(
    (
        *_WEEKDAYS,
        *(f"{day}s" for day in _WEEKDAYS),
        *(f"{day}en" for day in _WEEKDAYS),
        *(name for name in _NAMED_DAYS if " " not in name),
        *("weihnachtstag", "weihnachtsfeiertag", "himmelfahrt"),
        *(month for month in _MONTHS if len(month) > 5),
        *("ubermorgen", "wochenende", "wochenenden", "feiertag", "feiertage", "feiertagen", "werktags", "werktagen"),
        *("nachste", "nachsten", "nachster", "nachstes", "kommende", "kommenden", "kommender", "kommendes"),
        *("ubernachste", "ubernachsten", "vormittag", "vormittags", "nachmittag", "nachmittags", "mittags"),
        *("mittagspause", "mittagszeit", "morgens", "abends", "momentan", "derzeit", "zurzeit", "mittag", "wochentags"),
        *_RELATIVE_DAYS,
    )
)
_DAY = words(_WEEKDAYS)
_ANY_DAY = f"{_DAY}|{words(_SHORT_WEEKDAYS)}"
_GOES_ON = r"(?:offen|auf|geoffnet|noch|um|von|ab|nach|vor|bis|zu|und|oder|da|kommen|vormittags?|nachmittags?|dieses)"
_NEXT = r"nachste[nmrs]?|kommende[nmrs]?"
_NUMBER = words(_NUMBERS)
_HOUR = r"\d{1,2}|ein(?=\suhr)|eins|zwei|zwo|drei|vier|funf|sechs|sieben|acht|neun|zehn|elf|zwolf"
_UNIT = (
    r"(?!\s?(?:%|€|§|jahr|tag|woch|monat|minut|stund|euro|prozent|person|kind|leut|mal\b|kg\b|km\b|m\b|qm\b|cent|liter"
    r"|st(?:u|uc)ck|\w*seite|\.\s?(?:klasse|geburtstag|lebensjahr|stock)))"
)
_LUNCH = re.compile(r"\b(?:in\sder\s|uber\sdie\s)?mittag(?:s?pause|szeit|sstunde)\b|\b(?:am\s|uber\s|gegen\s)?mittags?\b")
_EARLY = re.compile(r"\b(?:fruh)?morgens\b|\b(?:am\s)?(?:fruhen\s)?morgen\b|\bin\sder\sfruh\w?\b")

GERMAN = TimeWords(
    vocabulary=_VOCABULARY,
    greeting=re.compile(
        r"\b(?:gut(?:e[nsr]?)?|schone[nsr]?|frohe[snr]?|frohliche)\s+(?:morg(?:en|n)|tag|abend|nachmittag|nacht|wochenende"
        r"|weihnacht(?:en|stage|sfeiertage)|ostern|osterfeiertage|pfingsten|feiertage|(?:neue[sn]?\s)?jahr)\b"
        r"|^\s?morgen\s?[,!]\s?(?=\w)"
    ),
    named_days=_NAMED_DAYS,
    named_day=re.compile(rf"\b(?P<name>{words(_NAMED_DAYS).replace('.', chr(92) + '.')})\b(?:\s(?P<year>20\d\d)\b)?"),
    relative_days=_RELATIVE_DAYS,
    relative_day=re.compile(
        rf"\b(?P<name>{words(_TODAY)}"
        r"|(?<!am )(?<!jeden )(?<!heute )(?<!tag )(?<!woch )(?<!abend )(?<!fruhen )(?:morgen|morgn|morgne))\b"
    ),
    in_days=re.compile(rf"\bin\s(?P<count>\d{{1,3}}|{_NUMBER})\s(?P<unit>tag|woche)(?:en|n)?\b"),
    numbers=_NUMBERS,
    months=_MONTHS,
    month_dates=(
        re.compile(
            rf"(?<![\d.,])(?P<day>\d{{1,2}})(?:\.|ten|\b)\s?(?P<month>{words(_MONTHS)})\b\.?(?:\s(?P<year>\d{{4}})\b)?"
        ),
    ),
    day_of_month=re.compile(rf"\b(?:am|den|dem|zum)\s(?P<day>\d{{1,2}})\.(?!\s?\d)(?=\s?(?:$|[?!,\0]|{_GOES_ON}\b))"),
    week=re.compile(rf"\b(?:in\sder\s)?(?:(?P<next>{_NEXT})|(?P<after>ubernachste[nr]?)|diese[rn]?)\swoche\b"),
    weekend=re.compile(
        rf"\b(?:(?P<every>jedes|an)\s|(?:am|ubers|uber\sdas|diese[sm])\s)?(?:(?P<next>{_NEXT})\s)?woch(?:en)?ende(?P<plural>n?)\b"
    ),
    workdays=(
        (re.compile(r"\b(?:an\s)?werktag(?:s|en|e)\b"), (0, 1, 2, 3, 4, 5)),
        (re.compile(r"\b(?:wochentags|an\swochentagen|unter\sder\swoche)\b"), (0, 1, 2, 3, 4)),
    ),
    holidays=re.compile(r"\b(?:(?:an|am|uber)\s)?(?:(?:den|die|einem|gesetzlichen)\s)*feiertag(?:en|e|s)?\b"),
    weekdays=_WEEKDAYS | _SHORT_WEEKDAYS,
    weekday_range=re.compile(rf"\b(?P<first>{_ANY_DAY})s?\.?\s?(?:-|bis)\s?(?P<last>{_ANY_DAY})s?\b"),
    weekday_recurring=re.compile(
        rf"\b(?:(?:jeden|immer)\s(?P<each>{_DAY})s?|(?P<habit>{_DAY})s|an\s(?P<plural>{_DAY})en)\b"
    ),
    weekday=re.compile(
        rf"\b(?:(?P<next>{_NEXT})\s|(?P<after>ubernachste[nr]?)\s|(?:am|diesen|diesem)\s)?"
        rf"(?:(?P<name>{_DAY})|(?P<short>mo|di|mi|(?<!to )(?<!to-)do|sa|fr(?!\.\s?\w)|(?<=am\s)so|(?<=sa\s)so))\b"
    ),
    now=re.compile(
        r"\b(?:jetzt|jetz|jezt|jtzt|gerade|grade|grad|momentan|aktull|derzeit|zurzeit|zur\szeit|im\s(?:moment|augenblick))\b"
    ),
    still=re.compile(
        r"\b(?:noch|schon|bereits)\b(?=.{0,40}\b(?:offen|auf|geoffnet|da|besetzt|erreichbar|jemand\w*|kommen|vorbeikommen)\b)"
    ),
    closing=re.compile(
        r"\bbis\s(?:wann|wie\s?viel\suhr)\b"
        r"|\bwie\slange?\b(?=.{0,60}\b(?:offen|auf|geoffnet|da|besetzt|erreichbar|kommen|vorbeikommen)\b)"
        r"|\b(?:wann|wie\s?viel\suhr)\s(?:schliess\w*|mach\w*.{0,40}\b(?:zu|dicht))\b"
    ),
    day_parts=(
        DayPart(_LUNCH, time(12), time(14), lunch=True),
        DayPart(re.compile(r"\b(?:am\s)?vormittags?\b"), time(6), time(12)),
        DayPart(re.compile(r"\b(?:am\s)?(?:spaten\s)?nachmittags?\b"), time(13), time(18)),
        DayPart(re.compile(r"\bnach\s(?:(?:dem\s)?feierabend|der\sarbeit)\b"), time(17), time(0)),
        DayPart(re.compile(r"\b(?:am\s)?(?:fruhen\s|spaten\s)?abends?\b"), time(17), time(0)),
        DayPart(_EARLY, time(6), time(10)),
        DayPart(re.compile(r"(?<=\0\s)fruh\b"), time(6), time(10)),
        DayPart(re.compile(r"\bnachts\b|\bin\sder\snacht\b"), time(22), time(0)),
    ),
    clock_range=re.compile(
        rf"(?:\b(?:zwischen|von)\s)?(?<![\d.:\w])(?P<h1>{_HOUR})(?:[:.](?P<m1>\d\d))?(?:\s?uhr)?\s?(?:und|bis|-)\s?"
        rf"(?P<h2>{_HOUR})(?:[:.](?P<m2>\d\d))?\s?(?:uhr|h)\b"
        rf"|\bzwischen\s(?P<h3>{_HOUR})(?:[:.](?P<m3>\d\d))?\sund\s(?P<h4>{_HOUR})(?:[:.](?P<m4>\d\d))?(?![\d.:]){_UNIT}"
    ),
    clock=re.compile(
        r"(?<![\d.,:/\w])(?:(?P<prep>(?:spater\sals|nach|ab|seit|fruher\sals|vor|bis|um|gegen)(?:\sum)?)\s)?"
        r"(?:kurz\s)?(?:(?P<quarter>halb|viertel\snach|viertel\svor|dreiviertel|viertel)\s)?"
        rf"(?P<hour>{_HOUR})(?:[:.](?P<minute>\d\d))?(?:(?=\s?(?:uhr|h)\b)|(?![\w:]|[.,/]\d))"
        rf"(?:\s?(?P<mark>uhr|h)\b(?:\s?(?P<minute2>[0-5]\d)\b(?![.:]))?)?{_UNIT}"
    ),
    quarters={"halb": -30, "viertel nach": 15, "viertel vor": -15, "dreiviertel": -15, "viertel": -45},
    after=frozenset({"spater als", "nach", "ab", "seit", "ab um"}),
    before=frozenset({"fruher als", "vor"}),
    until=frozenset({"bis", "bis um"}),
)
