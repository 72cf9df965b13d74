"""How risky proposed files are, for people and for machines."""

from __future__ import annotations

from gitiam.findings import Risk
from gitiam.report.risk import risks_as_json, risks_as_text
from gitiam.risk import Access, Assessment, Reason

HIGH = Assessment(
    "requests/x.yaml",
    Risk.HIGH,
    (Reason(Risk.HIGH, "write access to s3 in prod"), Reason(Risk.MEDIUM, "lasts 240 days")),
)
LOW = Assessment("requests/y.yaml", Risk.LOW)


def test_each_file_with_its_reasons_the_gravest_first() -> None:
    assert risks_as_text([HIGH, LOW]) == (
        "requests/x.yaml: high risk\n"
        "  high: write access to s3 in prod\n"
        "  medium: lasts 240 days\n"
        "requests/y.yaml: low risk\n"
    )


def test_nothing_proposed_nothing_said() -> None:
    assert risks_as_text([]) == ""


def test_a_text_from_a_file_cannot_move_the_cursor_or_command_the_runner() -> None:
    hostile = Assessment("a\x1b[2J", Risk.LOW, (Reason(Risk.LOW, "x\n::set-env name=A::b\x1b"),))
    text = risks_as_text([hostile])
    assert "\x1b" not in text
    assert "\n::" not in text


def test_the_risk_is_painted_by_how_grave_it_is() -> None:
    def style(text: str, role: str) -> str:
        return f"<{role} {text}>"

    assert risks_as_text([HIGH], style).startswith("<place requests/x.yaml>: <warning high risk>\n")


def test_the_same_for_machines() -> None:
    assert risks_as_json([HIGH, LOW]) == [
        {
            "path": "requests/x.yaml",
            "risk": "high",
            "reasons": [
                {"risk": "high", "message": "write access to s3 in prod"},
                {"risk": "medium", "message": "lasts 240 days"},
            ],
        },
        {"path": "requests/y.yaml", "risk": "low", "reasons": []},
    ]


def test_a_finding_is_named_and_lesser_access_gathered() -> None:
    long = "credential-exposure: whoever has this can read every secret"
    reasons = (
        Reason(Risk.HIGH, long, brief="credential-exposure, line 6 (and 2 more)"),
        access(("list",), ("ec2", "s3")),
        access(("read", "tagging"), ("s3",)),
    )
    assert risks_as_text([Assessment("requests/x.yaml", Risk.HIGH, reasons)]) == (
        "requests/x.yaml: high risk\n"
        "  high: credential-exposure, line 6 (and 2 more)\n"
        "  low: list, read and tagging access to ec2 and s3 in prod\n"
    )
    (told,) = risks_as_json([Assessment("requests/x.yaml", Risk.HIGH, reasons)])
    assert [reason["message"] for reason in told["reasons"]] == [r.text for r in reasons]


def access(levels: tuple[str, ...], services: tuple[str, ...]) -> Reason:
    text = f"{'/'.join(levels)} access"
    return Reason(Risk.LOW, text, access=Access(levels, services, "in prod"))
