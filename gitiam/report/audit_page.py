"""The audit as a page that needs nothing but itself: it fetches nothing, and links to nothing."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from typing import Any

import jinja2

from gitiam.auditing.values import Audit
from gitiam.report.audit import cells, gaps
from gitiam.report.layout import printable

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
.gaps { border-left: 4px solid #c0392b; padding: .4rem 1rem; margin: 1rem 0; }
.gaps ul { margin: .2rem 0; padding-left: 1.2rem; }
input { font: inherit; padding: .4rem .6rem; width: min(32rem, 100%); box-sizing: border-box; }
table { border-collapse: collapse; width: 100%; min-width: 72rem; margin-top: 1rem; }
table { table-layout: fixed; }
th:nth-child(1) { width: 7.5rem; } th:nth-child(2) { width: 13%; } th:nth-child(3) { width: 26%; }
th:nth-child(4) { width: 18%; } th:nth-child(7) { width: 8.5rem; }
th { text-align: left; position: sticky; top: 0; background: Canvas; }
th, td { border-bottom: 1px solid var(--line); padding: .45rem .7rem .45rem 0; }
td { vertical-align: top; overflow-wrap: anywhere; }
tbody tr:hover { background: var(--soft); }
small, .quiet { color: GrayText; }
code { font-size: .92em; }
.status { font-weight: 600; white-space: nowrap; }
.is-in-effect { color: #1e8449; }
.is-pending, .is-unknown { color: #b9770e; }
.is-unreadable, .is-never-applied { color: #c0392b; }
.drift { color: #c0392b; }
"""
_SCRIPT = """
const rows = [...document.querySelectorAll("tbody tr")].map(
  row => [row, row.textContent.toLowerCase()]);
const box = document.querySelector("input"), count = document.querySelector("output");
let waiting;
function show() {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const [row, text] of rows) {
    row.hidden = !words.every(word => text.includes(word));
    shown += !row.hidden;
  }
  count.textContent = shown + " of " + rows.length;
}
box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 150); });
show();
"""


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


_POLICY = (
    f"default-src 'none'; style-src {_hashed(_STYLE)}; script-src {_hashed(_SCRIPT)};"
    " base-uri 'none'; form-action 'none'"
)
_PAGE = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gitiam audit</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Every permission there ever was</h1>
<p class="quiet">As of {{{{ at }}}}.
{{%- for one in sources %}} {{{{ one.name }}}}: {{{{ one.state }}}}.{{% endfor %}}</p>
{{% if gaps %}}
<div class="gaps" role="alert"><strong>This record is incomplete.</strong><ul>
{{% for gap in gaps %}}<li>{{{{ gap }}}}</li>
{{% endfor %}}</ul></div>
{{% endif %}}
<p><label>Filter:
<input type="search" autofocus placeholder="role/data-pipeline prod alice"></label>
<output>{{{{ rows|length }}}}</output></p>
<table>
<thead><tr><th>Status</th><th>Who</th><th>What</th><th>Asked</th><th>Approved</th><th>Applied</th>
<th>Ends, ended</th></tr></thead>
<tbody>
{{% for row in rows %}}
<tr>
<td><span class="status is-{{{{ row.status|replace(' ', '-') }}}}">{{{{ row.status }}}}</span>
{{%- if row.drift %}}<br><span class="drift">drift: {{{{ row.drift }}}}</span>{{% endif %}}
{{%- if row.problem %}}<br><small>{{{{ row.problem }}}}</small>{{% endif %}}</td>
<td>{{{{ row.principal }}}}<br><small>{{{{ row.account }}}}</small></td>
<td>{{{{ row.grants }}}}<br><code>{{{{ row.file }}}}</code></td>
<td>{{{{ row.requester }}}} <small>{{{{ row.committed_at }}}}</small><br>{{{{ row.reason }}}}
{{%- if row.ticket %}} <small>{{{{ row.ticket }}}}</small>{{% endif %}}<br>
<code title="{{{{ row.commit }}}}">{{{{ row.commit[:12] }}}}</code></td>
<td>{{{{ row.approvers }}}}
{{%- if row.rule %}} rule {{{{ row.rule }}}} {{{{ row.rule_version }}}}{{% endif %}}
{{%- if row.waived %}} waived: {{{{ row.waived }}}}{{% endif %}}<br>
<small>{{{{ row.pull }}}}
{{%- if row.merge %}} merged as {{{{ row.merge[:12] }}}}{{% endif %}}</small></td>
<td>{{{{ row.applied_at }}}}<br><small>{{{{ row.applied_by }}}}
{{%- if row.after %}}<br>
<code title="{{{{ row.before }}}} → {{{{ row.after }}}}">{{{{ row.before[:12] or 'nothing' }}}} →
{{{{ row.after[:12] }}}}</code><br>by {{{{ row.known_by }}}}{{% endif %}}</small></td>
<td>{{{{ row.ended_at }}}}
{{%- if row.ended_at %}}<br>{{% endif %}}<small>{{{{ row.ended_by }}}}
{{%- if row.expires %}}{{% if row.ended_by %}}<br>{{% endif %}}
expires {{{{ row.expires }}}}{{% endif %}}</small></td>
</tr>
{{% endfor %}}
</tbody>
</table>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def as_html(audit: Audit) -> str:
    """The whole page. All that is printed in it is escaped, and made printable."""
    return _template().render(
        at=audit.at.isoformat(timespec="minutes"),
        sources=audit.sources,
        gaps=list(gaps(audit)),
        rows=[cells(row) for row in audit.permissions],
    )


@lru_cache(1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=_shown, trim_blocks=True
    )
    return environment.from_string(_PAGE)


def _shown(value: Any) -> Any:
    return printable(" ".join(value.splitlines())) if isinstance(value, str) else value
