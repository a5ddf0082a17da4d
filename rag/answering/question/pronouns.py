"""Find the words by which a question refers to what was said before it. Pure.

In English, pronouns for a person, a thing and an owner are told apart, so that a name can replace
them. In other languages it is known only that a word refers to something.
"""

import re

# In "Who succeeded her?" it is a person; in "What is her extension?" it is a possessive.
PERSON = re.compile(r"\b(?:he|she|him|her(?=\W*$|\s+(?:in|on|at|as|to|after|before|by)\b))\b", re.IGNORECASE)
POSSESSIVE = re.compile(r"\b(?:his|her|hers|its|their|theirs)\b", re.IGNORECASE)
OF_A_PERSON = re.compile(r"\b(?:his|her|hers)\b", re.IGNORECASE)
THING = re.compile(r"\b(?:it|they|them)\b", re.IGNORECASE)
# "What is this company?" stands alone; "What about this?" and "Why that?" do not.
_POINTING = re.compile(
    r"\b(?:those|then)\b|\b(?:this|that|these)(?=\W*$|\s+(?:is|was|are|were|does|did|one|ones)\b)", re.IGNORECASE
)
_ENGLISH = (PERSON, POSSESSIVE, THING, _POINTING)

# German "Sie" and Italian "Lei" with a capital address the listener. Left out are pronouns that
# mostly refer to nothing ("gibt es", "il y a", "faut-il") and those that are other words as well:
# Dutch "zijn", Spanish "lo", French "le".
_WORDS = {
    "de": """er sie ihn ihm ihnen ihr ihre ihrem ihren ihrer ihres sein seine seinem seinen seiner seines dessen deren
        dieser diesem diesen davon dazu dafür damit daran darin daraus dort dies diese dieses""",
    "fr": "elle elles ils lui eux leur leurs son sa ses celui-ci celle-ci ceux-ci cela ça",
    "es": "él ella ellos ellas ello suyo suya suyos suyas su sus eso esto ése ésa éste ésta allí",
    "it": "lui lei essi esse esso essa loro suo sua suoi sue ciò questo questa lì",
    "pt": "ele ela eles elas dele dela deles delas nele nela seu sua seus suas isso isto aquilo lá",
    "nl": "hij zij ze hem haar hun hen daarvan daarvoor daarmee daarin ervan ervoor ermee erin daar",
    "pl": "on ona ono oni one jego jej ich jemu niego nim nią niej nich mu",
    "ru": "он она оно они его её ее их ему ей им него неё нее них нём нем ней ними там",
    "uk": "він вона воно вони його її їх йому їй їм нього неї них ньому ній ними там",
}
# Pronouns that refer to a thing unless the word beside them says otherwise.
_AMBIGUOUS = {
    "de": r"|(?<!gibt )(?<!gab )(?<!geht )(?<!handelt )es",
    "fr": r"|(?<!a-t-)(?<!faut-)(?<!agit-)il(?! (?:y|faut|s['’]agit)\b)",
}
_PRONOUNS = {
    language: re.compile(rf"(?<!\w)(?:{'|'.join(words.split())}{_AMBIGUOUS.get(language, '')})(?!\w)")
    for language, words in _WORDS.items()
} | {"ja": re.compile("彼|彼女|それ|そこ|その|これ"), "zh": re.compile("他|她|它|这个|那个|那里|其")}
_OPENINGS = {
    language: re.compile(rf"^[\W_]*(?:{words})(?!\w)[\s,]*", re.IGNORECASE)
    for language, words in {
        "en": "what about|how about|why not|why so|and|but|so|or|also",
        "de": "wie sieht es mit|wie ist es mit|was ist mit|und|aber|oder|auch|warum nicht",
        "fr": "qu['’]en est-il de|et|mais|ou bien|pourquoi pas",
        "es": "qué hay de|y|pero|o|por qué no",
        "it": "che dire di|e|ma|o|perché no",
        "pt": "e quanto a|e|mas|ou|por que não",
        "nl": "hoe zit het met|en|maar|of|waarom niet",
        "pl": "a co z|a|i|ale|lub|dlaczego nie",
        "ru": "а как насчёт|а|и|но|или|почему нет",
        "uk": "а як щодо|а|і|й|але|або|чому ні",
    }.items()
}
_OF_ENGLISH = "en"


def holds_pronoun(text: str, language: str) -> bool:
    """Return whether a text has a pronoun that may refer to something named elsewhere.

    Args:
        language: ISO 639-1 code; an unknown one is read as English.
    """
    if language in _PRONOUNS:
        return bool(_PRONOUNS[language].search(text[:1].lower() + text[1:]))
    return any(pattern.search(text) for pattern in _ENGLISH)


def opens_as_more(text: str, language: str) -> bool:
    """Return whether a question begins as a follow-up: "and", "what about"."""
    return without_opening(text, language) != text


def without_opening(text: str, language: str) -> str:
    """Return a question without its opening "and" or "what about", unless nothing else is left."""
    return _OPENINGS.get(language, _OPENINGS[_OF_ENGLISH]).sub("", text, count=1) or text
