"""Closed classes of English words, and what each is exchanged for to make a sentence false."""

import re

BE_FORMS = frozenset(("is", "are", "was", "were"))
AUXILIARIES = BE_FORMS | {
    *("has", "have", "had", "can", "could", "may", "must"),
    *("should", "will", "would", "did", "does", "do"),
}
# Names of these kinds are numbers or times.
NUMERIC_LABELS = frozenset(("DATE", "TIME", "CARDINAL", "ORDINAL", "PERCENT", "QUANTITY", "MONEY"))
MODAL_CHANGES = {
    "may": ("must", "will", "will not"),
    "might": ("will", "must"),
    "can": ("must", "cannot"),
    "could": ("will", "could not"),
    "must": ("may", "need not"),
    "should": ("must", "should not"),
    "will": ("may", "will not"),
    "would": ("would not",),
}
_NUMBER_AHEAD = r"(?= (?:\d|one|two|three|four|five|six|seven|eight|nine|ten|half|a ))"
# A pattern for the words, and those that stand for them.
SCOPES = tuple(
    (re.compile(rf"\b{old}", re.IGNORECASE), new)
    for old, new in (
        (r"at least\b", "at most"),
        (r"at most\b", "at least"),
        (r"more than\b", "less than"),
        (r"less than\b", "more than"),
        (r"fewer than\b", "more than"),
        (r"up to\b" + _NUMBER_AHEAD, "at least"),
        (r"no more than\b", "at least"),
        (r"all of\b", "some of"),
        (r"all of\b", "none of"),
        (r"all the\b", "some of the"),
        (r"(?<!at )(?<!after )(?<!above )all(?! (?:of|the|but|this|that|in|other)\b)(?= [a-z])", "some"),
        (r"(?<!at )(?<!after )(?<!above )all(?! (?:of|the|but|this|that|in|other)\b)(?= [a-z])", "no"),
        (r"some(?= [a-z])", "all"),
        (r"(?<!at )(?<!the )most(?= of\b)", "all"),
        (r"(?<!how )(?<!as )(?<!so )(?<!too )many\b", "few"),
        (r"(?<!how )(?<!as )(?<!so )(?<!too )many\b", "all"),
        (r"a few\b", "many"),
        (r"(?<!a )(?<!very )few(?= [a-z])", "many"),
        (r"several\b", "all"),
        (r"every(?= [a-z])", "every second"),
        (r"each of\b", "only one of"),
        (r"each(?! (?:other|of)\b)(?= [a-z])", "not every"),
        (r"both of\b", "neither of"),
        (r"always\b", "sometimes"),
        (r"usually\b", "always"),
        (r"(?<!how )(?<!more )(?<!less )(?<!most )often\b", "always"),
        (r"(?<!how )(?<!more )(?<!less )(?<!most )often\b", "rarely"),
        (r"sometimes\b", "always"),
        (r"never\b", "always"),
        (r"(?<!the )(?<!not )(?<!an )only\b", "also"),
        (r"about\b" + _NUMBER_AHEAD, "exactly"),
        (r"partly\b", "wholly"),
        (r"mainly\b", "only"),
        (r"almost\b" + _NUMBER_AHEAD, "more than"),
    )
)
ORDERS = {
    "before": "after",
    "after": "before",
    "first": "last",
    "last": "first",
    "earlier": "later",
    "later": "earlier",
    "until": "from",
    "since": "until",
    "above": "below",
    "below": "above",
    "inside": "outside",
    "outside": "inside",
    "with": "without",
    "without": "with",
    "over": "under",
    "under": "over",
    "to": "from",
    "from": "to",
    "against": "for",
}
# After these, "to" belongs to the word before it.
BOUND_TO = frozenset(
    ("due", "according", "prior", "compared", "next", "up", "as", "close", "related", "similar", "thanks", "owing")
)
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_IN_PLURAL = tuple(f"{day}s" for day in DAYS)
UNITS = (
    ("seconds", "minutes", "hours", "days", "weeks", "months", "years", "decades"),
    ("second", "minute", "hour", "day", "week", "month", "year"),
    ("grams", "kilograms", "tonnes", "pounds", "ounces"),
    ("metres", "kilometres", "centimetres", "miles", "feet", "inches"),
    ("meters", "kilometers", "centimeters", "miles", "feet", "inches"),
    ("dollars", "euros", "pounds", "yen"),
    ("thousand", "million", "billion", "trillion"),
    ("KB", "MB", "GB", "TB"),
)
CONDITIONS = frozenset(("if", "unless", "provided", "when", "while", "although", "though", "because", "since"))
NUMBER_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
HEDGES = frozenset(
    ("reportedly", "allegedly", "probably", "possibly", "perhaps", "apparently", "supposedly", "presumably", "likely")
)
SAYING = frozenset(
    ("say", "report", "claim", "argue", "state", "believe", "announce", "write", "suggest"),
)
