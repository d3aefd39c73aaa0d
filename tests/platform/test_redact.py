"""Secrets do not leave; words that look a little like them do."""

from __future__ import annotations

import pytest

from codexbridge.platform.redact import Redactor, secrets_in, secrets_of

# Put together at run time, so that no scanner takes this file for a leak.
SECRETS = [
    "sk-" + "proj-" + "A1b2C3d4E5f6G7h8",
    "sk-" + "ant-api03-" + "A1b2C3d4E5f6",
    "ghp" + "_" + "A1b2C3d4E5f6G7h8I9j0K1l2",
    "github" + "_pat_" + "11A1b2C3d4E5f6G7h8_I9j0K1l2",
    "glpat" + "-" + "A1b2C3d4E5f6G7h8I9j0",
    "xoxb" + "-123456789012-" + "A1b2C3d4E5f6",
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "AIza" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r",
    "hf" + "_" + "A1b2C3d4E5f6G7h8I9j0",
    "npm" + "_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
    "sk_live" + "_" + "A1b2C3d4E5f6G7h8",
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "SUA" + "O" * 19 + "A2B3C4D5E6F7" * 3,
    "hvs" + "." + "A1b2C3d4E5f6G7h8I9j0K1",
    "fw" + "_" + "A1b2C3d4E5f6G7h8I9j0K1",
    "tvly" + "-" + "A1b2C3d4E5f6G7h8I9j0K1",
    "ATATT3" + "xFfGF0" + "A1b2C3d4E5f6G7h8",
    "ntn" + "_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
    "figd" + "_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
    "shpat" + "_" + "0123456789abcdef" * 2,
    "sntrys" + "_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
    "glsa" + "_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
    "NRAK" + "-" + "A1B2C3D4E5F6G7H8I9J0K1L2M3N",
    "rubygems" + "_" + "0123456789ab" * 4,
    "SK" + "0123456789abcdef" * 2,
    "123456789" + ":AA" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "1//0" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_every_shape_goes(secret: str) -> None:
    text = Redactor()(f"before {secret} after, again ({secret})")
    assert secret not in text
    assert text.startswith("before [redacted] after")


def test_headers_addresses_and_assignments() -> None:
    redact = Redactor()
    assert redact("Authorization: Bearer abcdefghij0123456789") == "Authorization: [redacted]"
    assert redact("postgres://me:hunter22@db/x") == "postgres://me:[redacted]@db/x"
    assert redact("Set-Cookie: session=abcdefghijkl; Path=/") == "Set-Cookie: [redacted]; Path=/"
    assert redact("x-api-key: abcdefghijkl0") == "x-api-key: [redacted]"
    assert redact('{"access_token": "abcdefghij0123456789"}') == '{"access_token": "[redacted]"}'
    assert redact("MY_API_KEY=abcdefgh12345678") == "MY_API_KEY=[redacted]"
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----"
    assert "MIIE" not in redact(key)


@pytest.mark.parametrize(
    "text",
    [
        "a risk-adjusted-return-of-capital and a task-management-system",
        "token = get_token()  # bearer of news",
        "https://example.org:8080/path?sig=1 and http://host/a@b",
        "KEY=value PATH=/usr/bin:/bin SECRET=changeme",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        '{"token": "the next one in the list", "max_tokens": "4096", "secret": "aaaaaaaaaaaaaaaaaaaaaaaaa"}',
        "the key-value store at 12:30:45; a cookie: chocolate; 1//0 is floor division",
        "basic research; the eyJ prefix; sk-short",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_known_values_go_whatever_their_shape() -> None:
    redact = Redactor(["correct horse", "short"])
    assert redact("the correct horse is short") == "the [redacted] is short"


def test_secrets_are_found_by_name() -> None:
    environment = {"OPENAI_API_KEY": "a", "GH_TOKEN": "b", "DB_PASSWORD": "c", "PATH": "d", "KEYBOARD": "e"}
    assert sorted(secrets_of(environment.items())) == ["a", "b", "c"]


def test_secrets_are_found_in_a_login_and_in_a_configuration() -> None:
    login = {
        "OPENAI_API_KEY": None,
        "tokens": {"access_token": "aaaaaaaa", "refresh_token": "bbbbbbbb", "account_id": "c"},
    }
    servers = {
        "a": {"env": {"DB_PASSWORD": "dddddddd", "MODE": "x"}, "http_headers": {"Authorization": "Bearer eeeeeeee"}}
    }
    assert sorted(secrets_in([login, servers])) == ["aaaaaaaa", "bbbbbbbb", "dddddddd", "eeeeeeee"]


def test_masking_keeps_the_length() -> None:
    redact = Redactor(["correct horse"])
    for text in ("key " + SECRETS[0] + " end", "the correct horse", "nothing"):
        assert len(redact.masked(text)) == len(text)
        assert redact.masked(redact.masked(text)) == redact.masked(text)
    assert "horse" not in redact.masked("the correct horse")
