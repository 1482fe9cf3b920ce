"""How citizens name times in English, in folded spelling (ue = u: "tusday")."""

import re
from datetime import time

from bot.knowledge.time_words import DayPart, TimeWords, easter, fixed, words
from bot.knowledge.time_words_de import GERMAN

_NUMBERS = {
    **{"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14},
}
_WEEKDAYS = {
    **{"monday": 0, "tusday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6},
}
_SHORT_WEEKDAYS = {
    **{"mon": 0, "tus": 1, "tu": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6},
}
_MONTHS = {
    **{"january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5},
    **{"june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9},
    **{"october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12},
}
_ENGLISH_DAYS = {
    "christmas eve": fixed((12, 24)),
    "christmas day": fixed((12, 25)),
    **dict.fromkeys(("boxing day", "second day of christmas"), fixed((12, 26))),
    **dict.fromkeys(("christmas", "xmas"), fixed((12, 24), (12, 25), (12, 26))),
    **dict.fromkeys(("new years eve", "new year eve"), fixed((12, 31))),
    **dict.fromkeys(("new years day", "new year", "new years"), fixed((1, 1))),
    **dict.fromkeys(("epiphany", "three kings day"), fixed((1, 6))),
    **dict.fromkeys(("shrove monday", "rose monday", "carnival monday"), easter(-48)),
    **dict.fromkeys(("shrove tusday",), easter(-47)),
    "carnival": easter(-52, -48, -47),
    "ash wednesday": easter(-46),
    "maundy thursday": easter(-3),
    "good friday": easter(-2),
    "easter saturday": easter(-1),
    "easter sunday": easter(0),
    "easter monday": easter(1),
    **dict.fromkeys(("easter", "easter weekend"), easter(-2, -1, 0, 1)),
    **dict.fromkeys(("labour day", "labor day", "may day"), fixed((5, 1))),
    **dict.fromkeys(("ascension day", "ascension"), easter(39)),
    **dict.fromkeys(("whit sunday", "pentecost sunday"), easter(49)),
    **dict.fromkeys(("whit monday", "pentecost monday"), easter(50)),
    **dict.fromkeys(("pentecost", "whitsun"), easter(49, 50)),
    "corpus christi": easter(60),
    **dict.fromkeys(("assumption day",), fixed((8, 15))),
    **dict.fromkeys(("german unity day", "day of german unity", "unity day"), fixed((10, 3))),
    **dict.fromkeys(("reformation day", "halloween"), fixed((10, 31))),
    "all saints day": fixed((11, 1)),
    **dict.fromkeys(
        ("between christmas and new years", "between christmas and new year", "between the years"),
        fixed((12, 27), (12, 28), (12, 29), (12, 30), (12, 31)),
    ),
}
_NAMED_DAYS = {**GERMAN.named_days, **_ENGLISH_DAYS}
_TODAY = {"the day after tomorrow": 2, "day after tomorrow": 2, "tomorrow": 1, "tommorow": 1, "tommorrow": 1}
_RELATIVE_DAYS = _TODAY | {"today": 0, "todays": 0}
_VOCABULARY = frozenset(
    (
        *_WEEKDAYS,
        *(f"{day}s" for day in _WEEKDAYS),
        *(name for name in _NAMED_DAYS if " " not in name),
        *(month for month in _MONTHS if len(month) > 6),
        *("tomorrow", "tonight", "weekend", "weekends", "weekday", "weekdays", "holiday", "holidays", "currently"),
        *("morning", "mornings", "afternoon", "afternoons", "evening", "evenings", "lunchtime", "todays"),
    )
)
_DAY = words(_WEEKDAYS)
_ANY_DAY = f"{_DAY}|{words(_SHORT_WEEKDAYS)}"
_MONTH = words(_MONTHS)
_YEAR = r"(?:,?\s(?P<year>\d{4})\b)?"
_HOUR = r"\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_AM_PM = r"a\.?m\b\.?|p\.?m\b\.?"
_UNIT = (
    r"(?!\s?(?:%|€|years?|days?|weeks?|months?|minutes?|mins?|hours?|euros?|percent|persons?|people|child|kids?|kg|km|times"
    r"|pages?)\b)"
)

ENGLISH = TimeWords(
    vocabulary=_VOCABULARY,
    greeting=re.compile(
        rf"{GERMAN.greeting.pattern}|"
        r"\b(?:good\s(?:morning|afternoon|evening|day|night)|(?:happy|merry)\s(?:easter|christmas|xmas|new\syear|holidays)"
        r"|(?:nice|great|good|lovely)\s(?:weekend|evening|day))\b"
    ),
    named_days=_NAMED_DAYS,
    named_day=re.compile(rf"\b(?P<name>{words(_NAMED_DAYS).replace('.', chr(92) + '.')})\b(?:\s(?P<year>20\d\d)\b)?"),
    relative_days=_RELATIVE_DAYS,
    relative_day=re.compile(rf"\b(?P<name>{words(_TODAY)}|todays?)\b"),
    in_days=re.compile(rf"\bin\s(?P<count>\d{{1,3}}|{words(_NUMBERS)})\s(?P<unit>day|week)s?\b"),
    numbers=_NUMBERS,
    months=_MONTHS,
    month_dates=(
        re.compile(rf"\b(?P<month>{_MONTH})\b\.?\s(?:the\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:){_YEAR}"),
        re.compile(rf"(?<![\d.,:])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<month>{_MONTH})\b\.?{_YEAR}"),
    ),
    day_of_month=re.compile(r"\b(?:on\s)?the\s(?P<day>\d{1,2})(?:st|nd|rd|th)\b(?!\s(?:floor|birthday|time))"),
    week=re.compile(r"\b(?:(?P<next>next|coming)|(?P<after>week\safter\snext)|this)\sweek\b"),
    weekend=re.compile(
        r"\b(?:(?:at|on|over|during)\s)?(?:(?P<every>every|each)\s|(?:the|this)\s)?(?:(?P<next>next|coming)\s)?weekend(?P<plural>s?)\b"
    ),
    workdays=((re.compile(r"\b(?:on\s)?(?:week|working\s|work|business\s)days?\b"), (0, 1, 2, 3, 4)),),
    holidays=re.compile(r"\b(?:on\s)?(?:a\s)?(?:public\s|bank\s)holidays?\b|\bon\s(?:a\s)?holidays?\b"),
    weekdays=_WEEKDAYS | _SHORT_WEEKDAYS,
    weekday_range=re.compile(rf"\b(?P<first>{_ANY_DAY})s?\.?\s?(?:-|to|till|until|through)\s?(?P<last>{_ANY_DAY})s?\b"),
    weekday_recurring=re.compile(rf"\b(?:(?:every|each)\s(?P<each>{_DAY})|(?:on\s)?(?P<habit>{_DAY})s)\b"),
    weekday=re.compile(
        rf"\b(?:on\s)?(?:(?P<next>next|(?:the\s)?coming)\s|this\s)?(?P<name>{_DAY})\b"
        rf"|\b(?:on|this|every)\s(?P<short>{words(_SHORT_WEEKDAYS)})\b"
    ),
    now=re.compile(r"\b(?:right\snow|just\snow|now|currently|at\sthe\smoment|at\spresent)\b"),
    still=re.compile(
        r"\b(?:still|already|yet)\b(?=.{0,40}\b(?:open|there|available|staffed|come)\b)|\bopen\s(?:still|yet)\b"
    ),
    closing=re.compile(
        r"\b(?:un)?till?\swhen\b|\bhow\s(?:long|late)\b(?=.{0,60}\b(?:open|there|available|come)\b)"
        r"|\b(?:when|what\stime)\s(?:do|dos|will|is|are)\b.{0,50}\b(?:close|closing|shut)\b"
    ),
    day_parts=(
        DayPart(
            re.compile(
                r"\b(?:at|during|over|in)\s(?:the\s|your\s)?(?:lunch(?:\s?time|\s?break|\s?hour)?|midday|noon)\b"
                r"|\blunch(?:\s?time|\s?break|\s?hour)\b"
            ),
            time(12),
            time(14),
            lunch=True,
        ),
        DayPart(re.compile(r"\bthis\smorning\b"), time(6), time(12), today=True),
        DayPart(re.compile(r"\bthis\safternoon\b"), time(13), time(18), today=True),
        DayPart(re.compile(r"\bthis\sevening\b|\btonight\b"), time(17), time(0), today=True),
        DayPart(re.compile(r"\b(?:in\sthe\s)?afternoons?\b"), time(13), time(18)),
        DayPart(re.compile(r"\bafter\swork\b"), time(17), time(0)),
        DayPart(re.compile(r"\b(?:in\sthe\s)?evenings?\b|\bat\snight\b"), time(17), time(0)),
        DayPart(re.compile(r"\b(?:early\s)?(?:in\sthe\s)?(?:early\s)?mornings?\b"), time(6), time(12)),
    ),
    clock_range=re.compile(
        rf"\b(?:between|from)\s(?P<h1>{_HOUR})(?:[:.](?P<m1>\d\d))?\s?(?P<ap1>{_AM_PM})?\s?(?:and|to|till|until|-)\s?"
        rf"(?P<h2>{_HOUR})(?:[:.](?P<m2>\d\d))?\b\s?(?P<ap2>{_AM_PM})?{_UNIT}"
    ),
    clock=re.compile(
        r"(?<![\d.,:/\w])(?:(?P<prep>later\sthan|after|past|from|since|earlier\sthan|before|until|till|til|by|at|around)\s)?"
        r"(?:(?P<quarter>half\spast|half|quarter\spast|quarter\sto)\s)?"
        rf"(?P<hour>{_HOUR})(?:[:.](?P<minute>\d\d))?(?:(?=\s?(?:{_AM_PM}|o\s?clock\b))|(?![\w:]|[.,/]\d))"
        rf"(?:\s?(?P<mark>{_AM_PM}|o\s?clock\b))?{_UNIT}"
    ),
    quarters={"half past": 30, "half": 30, "quarter past": 15, "quarter to": -15},
    after=frozenset({"later than", "after", "past", "from", "since"}),
    before=frozenset({"earlier than", "before"}),
    until=frozenset({"until", "till", "til", "by"}),
)
