import pytest

from rag.sites.pages.addresses import Scope, clean_address, is_calendar, is_endless_path, key_of, pattern_of


@pytest.mark.parametrize(
    ("link", "cleaned"),
    [
        ("page.html#part", "https://example.org/docs/page.html"),
        ("../a/./b/../c", "https://example.org/a/c"),
        ("../../../../x", "https://example.org/x"),
        ("//EXAMPLE.org:443/A//b", "https://example.org/A/b"),
        ("http://example.org:80", "http://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("./?b=2&a=1&utm_source=x&gclid=y", "https://example.org/docs/?a=1&b=2"),
        ("/p;jsessionid=AB12?PHPSESSID=0123456789abcdef", "https://example.org/p"),
        ("/p?sid=0123456789abcdef0123", "https://example.org/p"),
        ("/p?sid=12", "https://example.org/p?sid=12"),
        ("/%7euser/%e4%b8%80 x", "https://example.org/~user/%E4%B8%80%20x"),
        ("/straße?q=ü", "https://example.org/stra%C3%9Fe?q=%C3%BC"),
        ("/a%2Fb/100%", "https://example.org/a%2Fb/100%25"),
        ("  /a\n\tb ", "https://example.org/ab"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("/?flag", "https://example.org/?flag"),
    ],
)
def test_an_address_gets_one_form(link: str, cleaned: str) -> None:
    assert clean_address(link, "https://example.org/docs/index.html") == cleaned
    assert clean_address(cleaned) == cleaned


@pytest.mark.parametrize(
    "link",
    [
        *(
            "javascript:alert(1)",
            "mailto:a@example.org",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://example.org/",
        ),
        *(
            "https://name:word@example.org/",
            "https://user@example.org/",
            "http://[::1",
            "http://a:99999/",
        ),
        *("http://exa mple.org/", "http://a_b\\c/", "/" + "x" * 2_000),
    ],
)
def test_what_is_no_plain_web_address_is_left_alone(link: str) -> None:
    assert clean_address(link, "https://example.org/") is None


@pytest.mark.parametrize(
    "address", ["https://a.example/d/index.html", "https://a.example/d/index.php", "https://a.example/d/Default.aspx"]
)
def test_an_index_page_is_its_folder(address: str) -> None:
    assert key_of(address) == key_of("https://a.example/d/")


def test_a_scope_holds_its_path_and_both_schemes_of_its_host() -> None:
    scope = Scope("https://example.org", "/docs/")

    assert scope.adopt("https://example.org/docs/a") == "https://example.org/docs/a"
    assert scope.adopt("http://example.org/docs/a") == "https://example.org/docs/a"
    assert scope.adopt("https://example.org/docs") == "https://example.org/docs"
    for outside in ("https://example.org/docs-old/a", "https://example.org/", "https://example.org:8443/docs/"):
        assert scope.adopt(outside) is None
    assert scope.adopt("https://example.org.evil.example/docs/") is None


@pytest.mark.parametrize(
    ("address", "pattern"),
    [
        ("https://a.example/page-17.html", "/page-#.html"),
        ("https://a.example/2024/05/title-of-post", "/#/#/title-of-post"),
        ("https://a.example/x/deadbeef0123/", "/x/#/"),
        ("https://a.example/?year=2031&month=2", "/?month&year"),
        ("https://a.example/about", "/about"),
        ("https://a.example/a/b/a/b/", "/a/b/"),
    ],
)
def test_a_pattern_leaves_numbers_ids_and_values_open(address: str, pattern: str) -> None:
    assert pattern_of(address) == pattern


def test_paths_that_repeat_or_are_too_deep_are_endless() -> None:
    assert is_endless_path("https://a.example" + "/en/docs" * 4)
    assert is_endless_path("https://a.example/" + "/".join(map(str, range(17))))
    assert not is_endless_path("https://a.example/docs/en/docs/api/docs")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/calendar/2031/02/", True),
        ("https://a.example/events/2031-02-14", True),
        ("https://a.example/?month=2&view=list", True),
        ("https://a.example/2024/05/12/harbour-opens", False),
        ("https://a.example/?id=12", False),
        ("https://a.example/page/17", False),
    ],
)
def test_a_calendar_is_an_address_that_chooses_a_date_alone(address: str, *, expected: bool) -> None:
    assert is_calendar(address) is expected
