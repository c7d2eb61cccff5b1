"""Every word that stands in a text finds it, whatever surrounds it and however it is written."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.search.lexing.queries import query_terms
from tests.domain.search.lexing.stored import stored


def finds(query: str, content: str, language: str = "english", id_: str = "id") -> bool:
    """Return whether a document has a term of the query, as a search needs."""
    found = stored(content, language, id_=id_).keys()
    terms = [term.form for term in query_terms(query, [language]) if term.form.sought]
    return any(found & set(form.lexemes) for form in terms)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("She said “zebra” and „Zirkus“ «zéphyr».", "zebra zirkus zéphyr"),
        ("the lamp—abandoned in June…now 2–3 ―so", "lamp abandoned June now 2 3 so"),
        ("•mango ✓approved ©Globex™ start→finish 25°Celsius", "mango approved Globex finish"),
        ("¿Cuándo llega? ¡Mañana!", "cuándo mañana"),
        ("كيف حالك؟ أنا هنا، شكرا", "حالك هنا شكرا"),
        ("यह घर। वह बड़ा।", "घर बड़ा"),
        ("🌱plants and ship it🚀now", "plants ship now"),
        ("PHP、MySQL・Go「API」。", "PHP MySQL Go API"),
        (
            "Option<Gizmo> <file_server_port> </jackson>",
            "Gizmo Option<Gizmo> file_server_port jackson",
        ),
        ("WP/KYB RE-2024-00173 v2.14.3", "WP KYB WP/KYB 00173 RE-2024-00173 2.14.3 v2.14.3"),
        (r"C:\Users\me\report_final.tar.gz", "users report report_final report_final.tar gz"),
        ("/var/log/nginx/error.log:42", "nginx error error.log log 42 nginx/error.log"),
        ("Mail ada.lovelace@mail.example.org!", "ada lovelace ada.lovelace mail.example.org"),
        (
            "https://www.example.com/a/b?quokka=mail#top",
            "example.com quokka mail top www.example.com",
        ),
        ("parseHttpRequest artifactId XMLParser", "parse http request artifactId parser"),
        ("The U.S. and e.g. C++, C# and .NET", "U.S. e.g. C++ C# .NET net"),
        ("snake_case __init__ kebab-case", "snake case init kebab snake_case"),
        ("soft\u00adhyphen zero\u200bwidth word\u2060joiner \ufeffbom", "softhyphen zerowidth bom"),
        ("cafe\u0301 \uff49\uff4e\uff4b ﬁsh ｶﾞｽ", "café cafe ink fish ガス"),
        ("rock ’n’ roll, the 'quoted' and ‘quoted’", "roll quoted n rock"),
        ("state-of-the-art", "state art state-of-the-art"),
    ],
)
def test_words_and_parts_of_words_are_found(text: str, words: str) -> None:
    assert [word for word in words.split() if not finds(word, text)] == []


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("french", "L’école, l’eau et d’Alembert", "école eau Alembert l'école L’école ecole"),
        ("italian", "L’acqua dell’isola", "acqua isola dell'isola"),
        (
            "english",
            "John’s dog, said O’Reilly. O'Brien",
            "John John's Reilly O'Reilly OBrien Brien",
        ),
        ("english", "OBrien", "O'Brien"),
        ("german", "Müller Straße Häuser", "Muller müller strasse straße Haus hauser"),
        ("simple", "בְּרֵאשִׁית", "בראשית בְּרֵאשִׁית"),
        ("arabic", "كِتَابٌ", "كتاب"),
        ("simple", "צה״ל בית־ספר", "צהל צה״ל ספר"),
        ("simple", "Łódź smørrebrød Đà Nẵng naïve", "lodz smorrebrod da nang naive"),
        ("turkish", "İstanbul", "istanbul İstanbul"),
        ("russian", "Красивые книги, ёлка", "книга елка ёлка"),
        ("greek", "Οδυσσέας", "Οδυσσεας ΟΔΥΣΣΕΑΣ"),
        ("english", "naïve café", "naive cafe"),
        ("english", "naive cafe", "naïve café"),
    ],
)
def test_words_are_found_with_and_without_accents_and_apostrophes(
    language: str, text: str, words: str
) -> None:
    assert [word for word in words.split() if not finds(word, text, language)] == []


@pytest.mark.parametrize(
    ("text", "word"),
    [("бой", "бои"), ("มัน", "มน"), ("hello", "hell"), ("बड़ा", "बड")],
)
def test_letters_that_are_no_accents_stay(text: str, word: str) -> None:
    assert not finds(word, text, "simple")


@pytest.mark.parametrize("query", ["搜索", "索", "引擎", "擎", "搜索引擎"])
def test_any_sequence_of_a_script_without_spaces_is_found(query: str) -> None:
    assert finds(query, "我们用PHP搜索引擎。", "simple")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("ꦲꦏ꧀ꦱꦫꦗꦮ", "ꦗꦮ"),
        ("ꆈꌠꁱꂷ", "ꁱꂷ"),
        ("ᨣᩤᩴᨾᩮᩬᩥᨦ", "ᨾᩮᩬᩥᨦ"),
        ("ᦅᧄᦺᦑᦟᦹᧉ", "ᦟᦹᧉ"),
        ("ㄅㄆㄇㄈ", "ㄇㄈ"),
        ("𛀁𛀂𛀃", "𛀂𛀃"),
        ("ꪁꪫꪱꪣꪼꪕ", "ꪼꪕ"),
        ("ᬅᬓ᭄ᬱᬭᬩᬮᬶ", "ᬩᬮᬶ"),
    ],
)
def test_each_script_without_spaces_is_known(text: str, query: str) -> None:
    assert finds(query, text, "simple")


def test_a_document_is_found_by_its_id() -> None:
    assert finds("Kundenliste-2024", "text", id_="Kundenliste-2024.csv")
    assert finds("kundenliste", "text", id_="Kundenliste-2024.csv")


@given(text=st.text(max_size=200), language=st.sampled_from(["english", "french", "simple"]))
@example(text="L’é\u0301cole 日本PHP語 a_b-c.d", language="french")
@example(text="\u0f73a \U0001d165b", language="simple")
def test_every_run_of_any_text_finds_it(text: str, language: str) -> None:
    for run in text.split():
        assert finds(run, text, language) or not query_terms(run, [language])
