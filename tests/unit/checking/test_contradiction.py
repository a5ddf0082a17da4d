import pytest

from rag.checking.contradiction import contradicts
from rag.checking.overstatement import drops_condition
from rag.text.stemming import stem
from rag.text.words import Word, split_words


def words(text: str) -> list[Word]:
    return split_words(text, stem)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Planes are sold in Japan.", "Planes are not sold in Japan."),
        ("Ukraine can join NATO.", "A deal must ensure that Ukraine cannot join NATO."),
        ("Telephones may be used in the workshop.", "Telephones may be used in the canteen but not in the workshop."),
        ("The workshop moved to Aarhus.", "The workshop moved from Aarhus to Odense."),
        ("Harrow bought Tind.", "Harrow had tried to buy Tind."),
        ("Trump met Putin.", "Witkoff, who met with Putin, awaits a call between Trump and Putin."),
        ("Oskar Lind succeeded Mira.", "She succeeded Oskar Lind."),
        ("The guarantee doesn't cover dents.", "The guarantee covers dents."),
        ("Edith moved to Leeds.", "In 1996 Clara Finch sold her shares to Edith and moved to Leeds."),
        ("Guarantee repairs planes.", "Norland repairs planes."),
        ("Edith Bramble kept the books.", "Edith Bramble ran the workshop; Clara Finch kept the books."),
        ("Edith kept the books.", "Clara Finch kept the books, and Edith ran the workshop."),
        ("Witkoff said Putin would call.", "Witkoff awaits a call of Putin."),
        (
            "It was built by Tom Reed.",
            "It was built by Lars Holm; its first keeper was Tom Reed, who lived there long.",
        ),
        ("The first keeper was Lars Holm.", "It was built by Lars Holm; its first keeper was Tom Reed."),
        ("It was rebuilt by Brandt.", "It was rebuilt two years later by Brandt's grandson."),
        ("Guests may use the boats but not the sauna.", "Guests may use the sauna but not the boats."),
        ("Wine is not paid if a client is there.", "Wine is not paid unless a client is there."),
        ("Samuel Marlowe gave the clocks.", "Marlowe gave the clocks, and her brother Samuel paid for the repair."),
    ],
)
def test_the_same_words_can_say_the_contrary(claim: str, sentence: str) -> None:
    assert contradicts(words(claim), words(sentence))


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Alcohol is not paid back.", "Nobody is paid back for alcohol."),
        ("Ukraine must stay out of NATO.", "A deal must ensure that Ukraine cannot join NATO."),
        ("Telephones may be used in the canteen.", "Telephones may be used in the canteen but not in the workshop."),
        ("The workshop moved from Aarhus.", "In 1989 the workshop moved from Aarhus to Odense."),
        ("Harrow tried to buy Tind.", "Harrow had tried to buy Tind."),
        ("Clara led the crew.", "She led the crew."),
        ("Clara moved to Leeds.", "In 1996 Clara Finch sold her shares to Edith and moved to Leeds."),
        ("Clara kept the books.", "Edith ran the workshop; Clara Finch kept the books."),
        ("Mira succeeded Oskar.", "Oskar was succeeded by Mira."),
        ("Grushko said that guarantees must be woven in.", "Grushko emphasized that guarantees must be woven in."),
        ("Steve Witkoff is the U.S. envoy.", "President Putin met U.S. envoy Steve Witkoff."),
        ("It was built by Lars Holm.", "It was built in 1901 by the engineer Lars Holm, a friend of Tom Reed."),
        ("It was built by an engineer.", "It was built by Lars Holm."),
        ("The first keeper was Tom Reed.", "It was built by Lars Holm; its first keeper was Tom Reed."),
        ("It was rebuilt by his grandson.", "It was rebuilt two years later by Brandt's grandson."),
        ("Guests may not use the boats.", "Guests may use the sauna but not the boats."),
        ("Wine is paid only if a client is there.", "Wine is not paid unless a client is there."),
        ("Edith Marlowe gave the clocks.", "Marlowe gave the clocks, and her brother Samuel paid for the repair."),
        ("Meals abroad are paid.", "The company pays meals abroad, as Ida Lund said."),
        ("Ruth Amadi, a colleague, named a fern.", "She saw a fern that her colleague Ruth Amadi later named."),
    ],
)
def test_other_words_order_or_voice_are_no_contradiction(claim: str, sentence: str) -> None:
    assert not contradicts(words(claim), words(sentence))


def test_a_condition_left_out_is_noticed() -> None:
    assert drops_condition("Flights need approval.", "Flights need approval unless they are short.")
    assert not drops_condition("They need approval unless short.", "Flights need approval unless they are short.")
