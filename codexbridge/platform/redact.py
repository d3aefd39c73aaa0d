"""Redaction of keys and tokens, wherever text leaves the bridge.

Two nets: the values that the bridge was given (exact, whatever their shape), and the shapes that issuers give
to their tokens. A shape is only listed when ordinary prose or code does not take it.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

REPLACEMENT = "[redacted]"

_T = r"[A-Za-z0-9_\-]"

SHAPES: dict[str, str] = {
    # The whole block goes, the armour stays as evidence of what it was.
    "private key": r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----\K[^-]{16,}",
    "bearer": r"(?i)\bBearer\s+[A-Za-z0-9_\-.~+/]{12,}=*",
    "basic": r"(?i)\bAuthorization:\s?Basic\s\K[A-Za-z0-9+/]{8,}=*",
    "jwt": r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){0,3}",
    "openai, anthropic": rf"\bsk-{_T}{{12,}}",
    "openai session": r"\bsess-[A-Za-z0-9]{20,}",
    "openai refresh": r"\brt[._][A-Za-z0-9_\-.]{32,}",
    "github": r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}",
    "gitlab": rf"\bgl(?:pat|dt|rt|cbt|ptt|soat|agent|oas)-{_T}{{16,}}",
    "slack": r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}|\bxapp-\d-[A-Za-z0-9\-]{10,}",
    "slack hook": r"\bhooks\.slack\.com/services/\K[A-Za-z0-9/]{16,}",
    "aws": r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    "aws secret": r"(?i)\baws_?secret_?access_?key['\"]?\s{0,2}[=:]\s{0,2}['\"]?\K[A-Za-z0-9/+]{40}",
    "google": rf"\bAIza{_T}{{35}}|\bya29\.[A-Za-z0-9_\-.]{{20,}}|\bGOCSPX-{_T}{{20,}}",
    "azure": r"\b(?:AccountKey|SharedAccessKey)=\K[A-Za-z0-9+/]{30,}=*|[?&]sig=\K[A-Za-z0-9%]{30,}",
    "stripe": r"\b[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/=]{16,}",
    "hugging face": r"\bhf_[A-Za-z0-9]{20,}",
    "npm, pypi": rf"\bnpm_[A-Za-z0-9]{{30,}}|\bpypi-{_T}{{40,}}",
    "groq, xai, perplexity": r"\b(?:gsk_|xai-|pplx-)[A-Za-z0-9]{20,}",
    "replicate": r"\br8_[A-Za-z0-9]{30,}",
    "vault": rf"\bhv[sbr]\.{_T}{{20,}}",
    "databricks, digitalocean": r"\bdapi[0-9a-f]{32}\b|\bdo[opr]_v1_[0-9a-f]{40,}",
    "docker, sendgrid": rf"\bdckr_[a-z]+_{_T}{{20,}}|\bSG\.{_T}{{16,}}\.{_T}{{16,}}",
    "linear, age": r"\blin_api_[A-Za-z0-9]{20,}|\bAGE-SECRET-KEY-1[A-Z0-9]{20,}",
    "fireworks, tavily, nvidia": r"\b(?:fw_|csk-|e2b_)[A-Za-z0-9]{20,}|\b(?:tvly|nvapi)-[A-Za-z0-9_\-]{20,}",
    "atlassian, notion, figma": r"\bATATT3[A-Za-z0-9_\-=]{20,}|\bntn_[A-Za-z0-9]{30,}|\bfig[du]_[A-Za-z0-9_\-]{30,}",
    "shopify, supabase, planetscale": r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|\bsbp_[a-f0-9]{40}"
    r"|\bpscale_\w{2,10}_[\w\-.]{30,}",
    "sentry, grafana, new relic": r"\bsntry[su]_[A-Za-z0-9_\-+/=]{30,}|\bgl(?:c|sa)_[A-Za-z0-9_+/=]{30,}"
    r"|\bNRAK-[A-Z0-9]{27}",
    "postman, rubygems, pulumi, terraform": r"\bPMAK-[a-f0-9\-]{50,}|\brubygems_[a-f0-9]{48}|\bpul-[a-f0-9]{40}"
    r"|\.atlasv1\.\K[A-Za-z0-9\-_]{40,}",
    "twilio, mailgun, telegram": r"\bSK[0-9a-f]{32}\b|\bkey-[0-9a-f]{32}\b|\b\d{8,10}:AA[A-Za-z0-9_\-]{32,34}\b",
    "google refresh": r"(?<![\w/])1//0[A-Za-z0-9_\-]{30,}",
    "cookie": r"(?i)\b(?:set-)?cookie:\s\K[^\s;=]{1,64}=[^\s;]{12,}",
    "key in a header": r"(?i)\b(?:x-)?(?:api-key|auth-token|access-token):\s{0,2}\K[A-Za-z0-9_\-.~+/=]{12,}",
    # In JSON: a name that says it is secret, and a value that looks random.
    "key in JSON": r"(?i)\"\w{0,40}(?:api_?key|token|secret|passw(?:or)?d)\"\s{0,2}:\s{0,2}\"\K"
    r"(?=[^\"]*\d)(?=[^\"]*[a-z])[A-Za-z0-9_\-./+=]{20,}(?=\")",
    "nats seed": r"\bS[AUONCX][A-Z2-7]{54,56}\b",
    "password in an address": r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s/:@]{1,64}:\K[^\s/:@]{3,}(?=@)",
    # KEY=value of an environment: names in capitals only, and a value that looks random.
    "assignment": r"\b[A-Z][A-Z0-9_]{0,40}?(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD)=['\"]?\K"
    r"(?=[^\s'\"]*\d)[A-Za-z0-9_\-./+=]{16,}",
}

# One by one and not as one alternation: each has a literal that the engine can look for first.
_PATTERNS = [regex.compile(shape, regex.V1) for shape in SHAPES.values()]


def _mask(found: regex.Match[str]) -> str:
    """As many characters as were found: the replacement, and stars."""
    return REPLACEMENT[: len(found[0])].ljust(len(found[0]), "*")


class Redactor:
    """``redactor(text)`` replaces every secret in ``text``."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        """``values`` are secrets that the bridge was given; those under eight characters are left alone."""
        known = sorted({value for value in values if len(value) >= 8}, key=len, reverse=True)
        self._values = regex.compile("|".join(regex.escape(value) for value in known)) if known else None

    def __call__(self, text: str) -> str:
        for pattern in self._all():
            text = pattern.sub(REPLACEMENT, text)
        return text

    def masked(self, text: str) -> str:
        """As calling it, but ``text`` keeps its length: for what has columns, as a screen and a recording have."""
        for pattern in self._all():
            text = pattern.sub(_mask, text)
        return text

    def _all(self) -> list[regex.Pattern[str]]:
        return [*([self._values] if self._values is not None else []), *_PATTERNS]


SECRET_NAMES = regex.compile(
    r"(?:^|_)(?:API_?KEY|ACCESS_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(?:_ID)?$|^(?:CODEX|OPENAI)_.*KEY$"
)


def secrets_in(document: object) -> list[str]:
    """The values of a configuration or a login, decoded, whose names say that they are secret."""
    found: list[str] = []
    stack: list[object] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, str) and _is_secret(str(name)):
                    # What stands before a token in a header is no part of it.
                    found.append(value.removeprefix("Bearer "))
                else:
                    stack.append(value)
        elif isinstance(node, list):
            stack += node
    return found


def _is_secret(name: str) -> bool:
    plain = name.upper().replace("-", "_")
    return plain == "AUTHORIZATION" or SECRET_NAMES.search(plain) is not None


def secrets_of(environment: Iterable[tuple[str, str]]) -> list[str]:
    """The values of those environment variables whose names say that they are secret."""
    return [value for name, value in environment if value and SECRET_NAMES.search(name.upper())]
